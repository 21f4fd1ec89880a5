//! The installation's journal: who signed in, who failed to, and what was done to no tenant.

use super::office::{Office, Tab};
use crate::console::frame::{Frame, Theme, page};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use store::administrators::INSTALLATION;
use store::events::{self, Event};

/// How many events a page shows.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "settings/journal.html")]
struct JournalPage {
    frame: Frame,
    tabs: Vec<Tab>,
    events: Vec<Event>,
    older: Option<i64>,
    is_first: bool,
}

/// `GET /installation/journal?before={number}`.
pub async fn page_of(office: Office, RawQuery(query): RawQuery) -> Result<Response, Trouble> {
    let query = query.unwrap_or_default();
    let before = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "before");
    let before = before.and_then(|(_, number)| number.parse::<i64>().ok());
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let store = office.app.store();
    let mut events = store.read(|tx| events::before(tx, INSTALLATION, before.unwrap_or(i64::MAX), limit))?;
    let has_more = events.len() > PAGE;
    events.truncate(PAGE);
    page(&JournalPage {
        frame: office.frame("Journal"),
        tabs: office.tabs("Journal"),
        older: events.last().filter(|_| has_more).map(|event| event.number),
        events,
        is_first: before.is_none(),
    })
}
