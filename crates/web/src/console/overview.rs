//! The overview of a tenant: what needs somebody, then what there is.

use super::desk::Desk;
use super::frame::{self, Frame, Section, Theme};
use super::provisioning::head::path_of;
use super::provisioning::line::{Names, RequestLine};
use super::provisioning::needs::{self, ConnectionLine, Need};
use super::trouble::Trouble;
use askama::Template;
use axum::response::Response;
use provisioning::Error;
use store::connections::Connection;
use store::{Tx, connections, requests, users};

/// How many of the latest requests are shown.
const LATEST: usize = 10;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    seen: Seen,
    provisioning: String,
}

/// A request of some connection, in a line.
struct Latest {
    connection: String,
    line: RequestLine,
}

/// What the page shows of a tenant.
struct Seen {
    needs: Vec<Need>,
    connections: Vec<ConnectionLine>,
    people: Vec<(String, i64)>,
    latest: Vec<Latest>,
}

/// `GET /t/{tenant}`.
pub async fn page(desk: Desk) -> Result<Response, Trouble> {
    let own = desk.clone();
    let read = move |tx: &mut Tx<'_>| see(tx, &own);
    let seen = desk.app.store().read_long_of(desk.tenant.tenant, read).await?;
    let frame = desk.frame(Section::Overview, "Overview");
    frame::page(&OverviewPage { frame, seen, provisioning: desk.path("/provisioning") })
}

fn see(tx: &mut Tx<'_>, desk: &Desk) -> Result<Seen, Error> {
    let all = connections::of_tenant(tx, desk.tenant.tenant)?;
    let lines = all.iter().map(|connection| ConnectionLine::of(tx, desk, connection));
    Ok(Seen {
        connections: lines.collect::<Result<_, Error>>()?,
        needs: needs::of_tenant(tx, desk, &all)?,
        people: users::counts(tx, desk.tenant.tenant)?,
        latest: latest(tx, desk, &all)?,
    })
}

/// The latest requests, whatever the connection. Ids are in the order of time.
fn latest(tx: &mut Tx<'_>, desk: &Desk, all: &[Connection]) -> Result<Vec<Latest>, Error> {
    let mut latest = Vec::new();
    for connection in all {
        let records = requests::newest(tx, connection.scope, i64::try_from(LATEST).unwrap_or(i64::MAX))?;
        let names = Names::of(tx, connection.scope, &records)?;
        let activity = format!("{}/activity", path_of(desk, connection));
        latest.extend(records.iter().map(|record| Latest {
            connection: connection.name.clone(),
            line: RequestLine::of(record, &names, &activity),
        }));
    }
    latest.sort_by(|one, other| other.line.id.cmp(&one.line.id));
    latest.truncate(LATEST);
    Ok(latest)
}
