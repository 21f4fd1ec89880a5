//! How a connection goes: what needs somebody, its people and groups, its requests by the hour.

use super::chart::{Chart, first_hour};
use super::head::{ConnectionHead, Tab, find, framed};
use super::line::{Names, RequestLine};
use super::needs::{self, Need};
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Theme};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use provisioning::Error;
use provisioning::contact::SELF_TEST;
use store::activity::{self, Heard};
use store::connections::Connection;
use store::{Tx, mirror_groups, requests};

/// How many of the latest requests are shown.
const LATEST: i64 = 8;

#[derive(Template)]
#[template(path = "provisioning/overview.html")]
struct OverviewPage {
    frame: Frame,
    head: ConnectionHead,
    seen: Seen,
}

/// What the page shows of a connection.
struct Seen {
    needs: Vec<Need>,
    statuses: Vec<(&'static str, i64)>,
    groups: i64,
    charts: Vec<Chart>,
    latest: Vec<RequestLine>,
    heard: Option<Heard>,
    last_change: Option<i64>,
    base_url: String,
}

/// `GET /t/{tenant}/provisioning/{connection}`.
pub async fn page(desk: Desk, Path((_, id)): Path<(String, String)>) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let head = ConnectionHead::of(&desk, &connection, Tab::Overview)?;
    let frame = framed(&desk, &connection, &connection.name);
    let (own, activity) = (desk.clone(), format!("{}/activity", head.path));
    let read = move |tx: &mut Tx<'_>| see(tx, &own, &connection, &activity);
    let seen = desk.app.store().read_long_of(desk.tenant.tenant, read).await?;
    frame::page(&OverviewPage { frame, head, seen })
}

fn see(tx: &mut Tx<'_>, desk: &Desk, connection: &Connection, activity: &str) -> Result<Seen, Error> {
    let scope = connection.scope;
    let hours = activity::hours(tx, scope, first_hour(desk.now))?;
    let counted = activity::statuses(tx, scope)?;
    let number =
        |status: &str| counted.iter().find(|(known, _)| known == status).map_or(0, |(_, number)| *number);
    let statuses = [("active", "Active"), ("deactivated", "Deactivated"), ("staged", "Staged")];
    let latest = requests::newest(tx, scope, LATEST)?;
    let names = Names::of(tx, scope, &latest)?;
    Ok(Seen {
        needs: needs::of_connection(tx, desk, connection)?,
        // Nobody is staged where nothing is tried out first: a figure that is always nothing says nothing.
        statuses: statuses
            .map(|(status, name)| (name, number(status)))
            .into_iter()
            .filter(|(name, number)| *name != "Staged" || *number > 0)
            .collect(),
        groups: mirror_groups::count(tx, scope)?,
        charts: vec![
            Chart::of("Requests by hour", "bar-good", &hours, desk.now, |hour| hour.requests),
            Chart::of("Errors by hour", "bar-wrong", &hours, desk.now, |hour| hour.failures),
        ],
        last_change: latest.iter().find(|record| record.changes.is_some()).map(|record| record.at),
        latest: latest.iter().map(|record| RequestLine::of(record, &names, activity)).collect(),
        heard: activity::heard(tx, scope, SELF_TEST)?,
        base_url: desk.app.base_url(&connection.id),
    })
}
