//! A dry run: a request of the past once more, against the settings and the directory of today. It goes through its own
//! routes and rules; its transaction is taken back.

use super::head::{ConnectionHead, Tab, find, framed};
use super::line::{Names, RequestLine, changes};
use super::raw::{can_be_repeated, indented, is_bulk};
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
    /// Whether it is many in one: what each did then stands on a record of its own.
    is_bulk: bool,
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
    /// Of a bulk request, each operation, as they would be carried out.
    operations: Vec<Operation>,
}

/// What would come of one operation of a bulk request.
struct Operation {
    line: RequestLine,
    path: String,
    changes: Vec<String>,
    remarks: Vec<Remark>,
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
    let now =
        if problem.is_none() { Some(rehearse(&desk.app, &connection, &record, &head).await?) } else { None };
    let page = ReplayPage {
        frame: framed(&desk, &connection, "Dry run"),
        head,
        problem,
        is_bulk: is_bulk(&record),
        then: record.status,
        now,
        before: summaries(&record),
        line,
    };
    frame::page(&page)
}

fn summaries(record: &Record) -> Vec<String> {
    changes(record).into_iter().map(|(_, summary)| summary.to_owned()).collect()
}

async fn rehearse(
    app: &App,
    connection: &Connection,
    record: &Record,
    head: &ConnectionHead,
) -> Result<Outcome, Trouble> {
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
    let records =
        parts.extensions.get::<Rehearsed>().map(|Rehearsed(records)| records.as_slice()).unwrap_or_default();
    if let ([own], false) = (records, is_bulk(record)) {
        return Ok(Outcome {
            status: own.status,
            error: None,
            changes: summaries(own),
            remarks: remarks(own.notes.as_ref()),
            body: own.response_body.as_deref().map(indented),
            operations: Vec::new(),
        });
    }
    let notes = parts.extensions.get::<Remarks>().and_then(|Remarks(notes)| told(notes));
    Ok(Outcome {
        status: i64::from(parts.status.as_u16()),
        error: parts.extensions.get::<Failure>().map(|Failure(error)| error.detail.clone()),
        changes: Vec::new(),
        remarks: remarks(notes.as_ref()),
        body: redacted(&body).as_deref().map(indented),
        operations: operations(app, connection, records, head)?,
    })
}

/// What would come of each operation. What they would make has no page.
fn operations(
    app: &App,
    connection: &Connection,
    records: &[Record],
    head: &ConnectionHead,
) -> Result<Vec<Operation>, Trouble> {
    let names = app.store().read(|tx| Names::of(tx, connection.scope, records))?;
    let operation = |record: &Record| Operation {
        line: RequestLine::of(record, &names, &head.path),
        path: record.path.clone(),
        changes: summaries(record).into_iter().skip(1).collect(),
        remarks: remarks(record.notes.as_ref()),
    };
    Ok(records.iter().map(operation).collect())
}
