//! A dry run: a request of the past once more, against the settings and the directory of today. It goes through its own
//! routes and rules; its transaction is taken back.

use super::head::{ConnectionHead, Tab, find, framed};
use super::line::{Names, RequestLine, changes};
use super::raw::{can_be_repeated, indented};
use super::request::{Remark, record_of, remarks};
use crate::App;
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Theme};
use crate::console::trouble::Trouble;
use crate::error::Failure;
use crate::exchange::{Rehearsed, Remarks, told};
use crate::within::{Wanted, carry_out};
use askama::Template;
use axum::body::{Bytes, to_bytes};
use axum::extract::Path;
use axum::response::Response;
use provisioning::Error;
use provisioning::records::redacted;
use store::connections::Connection;
use store::requests::Record;

#[derive(Template)]
#[template(path = "provisioning/replay.html")]
struct ReplayPage {
    frame: Frame,
    head: ConnectionHead,
    line: RequestLine,
    /// Why it cannot be repeated.
    problem: Option<&'static str>,
    then: i64,
    now: Option<Outcome>,
    before: Vec<String>,
}

/// What would come of the request today.
struct Outcome {
    status: i64,
    error: Option<String>,
    changes: Vec<String>,
    remarks: Vec<Remark>,
    body: Option<String>,
}

/// `GET …/activity/{request}/replay`. It changes nothing, so that looking at it is allowed to everybody.
pub async fn page(
    desk: Desk,
    Path((_, id, request)): Path<(String, String, String)>,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let record = record_of(&desk, &connection, &request)?;
    let head = ConnectionHead::of(&desk, &connection, Tab::Activity)?;
    let names = desk.app.store().read(|tx| Names::of(tx, connection.scope, std::slice::from_ref(&record)))?;
    let line = RequestLine::of(&record, &names, &format!("{}/activity", head.path));
    let problem = can_be_repeated(&record).err();
    let now = if problem.is_none() { Some(rehearse(&desk.app, &connection, &record).await?) } else { None };
    let page = ReplayPage {
        frame: framed(&desk, &connection, "Dry run"),
        head,
        problem,
        then: record.status,
        now,
        before: changes(&record).into_iter().map(|(_, summary)| summary.to_owned()).collect(),
        line,
    };
    frame::page(&page)
}

async fn rehearse(app: &App, connection: &Connection, record: &Record) -> Result<Outcome, Trouble> {
    let wanted = Wanted {
        method: record
            .method
            .parse()
            .map_err(|_| Error::invalid("Its method is none that is known here."))?,
        path: record.path.clone(),
        query: record.query.clone(),
        body: Bytes::from(record.request_body.clone().unwrap_or_default()),
        is_rehearsal: true,
    };
    let (parts, body) = carry_out(app, connection, wanted).await?.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| {
        tracing::error!(%error, "the answer of a rehearsal cannot be read");
        Trouble::internal()
    })?;
    let Some(Rehearsed(record)) = parts.extensions.get::<Rehearsed>() else {
        let notes = parts.extensions.get::<Remarks>().and_then(|Remarks(notes)| told(notes));
        return Ok(Outcome {
            status: i64::from(parts.status.as_u16()),
            error: parts.extensions.get::<Failure>().map(|Failure(error)| error.detail.clone()),
            changes: Vec::new(),
            remarks: remarks(notes.as_ref()),
            body: redacted(&body).as_deref().map(indented),
        });
    };
    Ok(Outcome {
        status: record.status,
        error: None,
        changes: changes(record).into_iter().map(|(_, summary)| summary.to_owned()).collect(),
        remarks: remarks(record.notes.as_ref()),
        body: record.response_body.as_deref().map(indented),
    })
}
