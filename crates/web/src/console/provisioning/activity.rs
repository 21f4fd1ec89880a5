//! Activity: every request of a connection, newest first, new ones as they come.

use super::filter::{Filter, OPERATIONS, OUTCOMES};
use super::head::{ConnectionHead, Tab, find, framed};
use super::line::{Names, RequestLine};
use super::search::{Found, look};
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Theme};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use provisioning::Error;
use store::connections::Connection;
use store::requests::Record;
use store::{Tx, activity, requests};

/// How many requests a page shows.
const PAGE: usize = 50;
/// How many new requests are looked at each time.
const NEW: i64 = 200;

#[derive(Template)]
#[template(path = "provisioning/activity.html")]
struct ActivityPage {
    frame: Frame,
    head: ConnectionHead,
    filter: Filter,
    problem: Option<String>,
    lines: Vec<RequestLine>,
    /// How many requests there are in all, where nothing is left out.
    total: Option<i64>,
    /// When the last record that was looked at came in, if not all were.
    reached: Option<i64>,
    next: Option<String>,
    is_first: bool,
    /// The newest request that is known, shown or not.
    newest: String,
}

#[derive(Template)]
#[template(path = "provisioning/newer.html")]
struct NewerPart {
    frame: Frame,
    head: ConnectionHead,
    filter: Filter,
    lines: Vec<RequestLine>,
    newest: String,
}

/// `GET …/activity`.
pub async fn page(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let head = ConnectionHead::of(&desk, &connection, Tab::Activity)?;
    let (filter, before, checked) = Filter::read(query.as_deref());
    let newest = newest(&desk, &connection)?;
    let is_first = before.is_none();
    let (found, lines) = match &checked {
        Ok(()) => {
            let found = look(&desk.app, connection.scope, filter.clone(), before, PAGE).await?;
            let lines = lines(&desk, &connection, &found.records, &head)?;
            (found, lines)
        }
        Err(_) => (Found::default(), Vec::new()),
    };
    let total = if filter.is_empty() { Some(total(&desk, &connection).await?) } else { None };
    let status = if checked.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ActivityPage {
        frame: framed(&desk, &connection, &format!("Activity of {}", connection.name)),
        head,
        filter,
        problem: checked.err(),
        lines,
        total,
        reached: found.reached.filter(|_| found.next.is_some()),
        next: found.next,
        is_first,
        newest,
    };
    frame::page_with(status, &page)
}

/// `GET …/activity/newer?after=`: the requests that came in since, as lines; `204` if there are none.
pub async fn newer(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let after = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "after")
        .map(|(_, after)| after.into_owned())
        .unwrap_or_default();
    let (filter, _, checked) = Filter::read(query.as_deref());
    if checked.is_err() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (scope, own) = (connection.scope, filter.clone());
    let read = move |tx: &mut Tx<'_>| {
        let came = activity::after(tx, scope, &after, NEW)?;
        let sought = own.sought(tx, scope)?;
        let newest = came.last().map(|record| record.id.clone());
        let meant = came.into_iter().rev().filter(|record| sought.has(record));
        Ok::<_, Error>((meant.collect::<Vec<Record>>(), newest))
    };
    let (records, newest) = desk.app.store().read_long_of(scope.tenant, read).await?;
    let Some(newest) = newest else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let head = ConnectionHead::of(&desk, &connection, Tab::Activity)?;
    let lines = lines(&desk, &connection, &records, &head)?;
    let frame = framed(&desk, &connection, "Activity");
    frame::page(&NewerPart { frame, head, filter, lines, newest })
}

fn lines(
    desk: &Desk,
    connection: &Connection,
    records: &[Record],
    head: &ConnectionHead,
) -> Result<Vec<RequestLine>, Trouble> {
    let names = desk.app.store().read(|tx| Names::of(tx, connection.scope, records))?;
    let activity = format!("{}/activity", head.path);
    Ok(records.iter().map(|record| RequestLine::of(record, &names, &activity)).collect())
}

/// The id of the newest request; what nothing comes before if there is none.
fn newest(desk: &Desk, connection: &Connection) -> Result<String, Trouble> {
    let newest = desk.app.store().read(|tx| requests::newest(tx, connection.scope, 1))?;
    Ok(newest.into_iter().next().map_or_else(|| "0".to_owned(), |record| record.id))
}

async fn total(desk: &Desk, connection: &Connection) -> Result<i64, Trouble> {
    let scope = connection.scope;
    Ok(desk.app.store().read_long_of(scope.tenant, move |tx| requests::count(tx, scope)).await?)
}
