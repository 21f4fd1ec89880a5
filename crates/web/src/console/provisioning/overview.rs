//! How a connection goes: what needs somebody, its people and groups, its requests by the hour.

use super::chart::{Chart, first_hour};
use super::head::{ConnectionHead, Tab, find, framed};
use super::line::{Names, RequestLine};
use super::needs::{self, Need};
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Theme};
use crate::console::show::{Count, State};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use provisioning::Error;
use provisioning::contact::SELF_TEST;
use provisioning::figures::{self, Usual};
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
    people: Vec<Chart>,
    /// What is to be said of today's deactivations, and whether somebody should look.
    said: (Option<State>, String),
    latest: Vec<RequestLine>,
    heard: Option<Heard>,
    last_change: Option<i64>,
    base_url: String,
    id: String,
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
    let people = figures::people(tx, scope, desk.now)?;
    let days = figures::deactivations(tx, connection, desk.now)?;
    let (today, before) = days.split_last().map_or((0, &days[..]), |((_, today), before)| (*today, before));
    let usual = Usual::of(&before.iter().map(|(_, number)| *number).collect::<Vec<_>>());
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
        people: vec![Chart::of_people(&people), Chart::of_deactivations(&days, usual)],
        said: said(today, usual),
        last_change: latest.iter().find(|record| record.changes.is_some()).map(|record| record.at),
        latest: latest.iter().map(|record| RequestLine::of(record, &names, activity)).collect(),
        heard: activity::heard(tx, scope, SELF_TEST)?,
        base_url: desk.app.base_url(&connection.id),
        id: connection.id.clone(),
    })
}

/// Today's deactivations beside what is usual, in words.
fn said(today: i64, usual: Option<Usual>) -> (Option<State>, String) {
    let were = match today {
        0 => "Nobody was deactivated today".to_owned(),
        1 => "1 person was deactivated today".to_owned(),
        _ => format!("{} people were deactivated today", Count(today)),
    };
    let Some(Usual { median, least, most }) = usual else {
        return (
            None,
            format!("{were}. What is usual can be said once there are two weeks to look back on."),
        );
    };
    let range = format!("{} to {} a day, in the middle {}", Count(least), Count(most), Count(median));
    if today > most {
        let sentence =
            format!("{were}, more than usual: {range}. If nobody meant it, look at the activity first.");
        return (Some(State::Attention("Unusual")), sentence);
    }
    (None, format!("{were}. Usual is {range}."))
}
