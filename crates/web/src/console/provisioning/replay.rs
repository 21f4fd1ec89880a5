//! A dry run: a request of the past once more, against the settings and the directory of today. It goes through its own
//! routes and rules; its transaction is taken back.

use super::head::{ConnectionHead, Tab, find};
use super::line::{Names, RequestLine, changes};
use super::raw::{can_be_repeated, target};
use super::request::{Remark, record_of, remarks};
use crate::App;
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Section, Theme};
use crate::console::trouble::Trouble;
use crate::error::Failure;
use crate::exchange::{Exchange, Rehearsed, Remarks, told};
use crate::router;
use askama::Template;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, Method, Request, header};
use axum::response::Response;
use provisioning::records::redacted;
use provisioning::{Caller, Error, Session};
use std::sync::Arc;
use std::time::Instant;
use store::connections::Connection;
use store::requests::Record;
use tower::ServiceExt;

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
        frame: desk.frame(Section::Provisioning, "Dry run"),
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
    let exchange = Arc::new(exchange(app, connection, record)?);
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a request could not be rehearsed");
        Trouble::internal()
    };
    let mut request = Request::builder()
        .method(exchange.method.clone())
        .uri(format!("/scim/v2/{}{}", connection.id, target(record)))
        .body(Body::empty())
        .map_err(|error| failed(&error))?;
    request.extensions_mut().insert(Arc::clone(&exchange));
    let routes = router::within().with_state(app.clone());
    let response = match routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| failed(&error))?;
    let Some(Rehearsed(record)) = parts.extensions.get::<Rehearsed>() else {
        let notes = parts.extensions.get::<Remarks>().and_then(|Remarks(notes)| told(notes));
        return Ok(Outcome {
            status: i64::from(parts.status.as_u16()),
            error: parts.extensions.get::<Failure>().map(|Failure(error)| error.detail.clone()),
            changes: Vec::new(),
            remarks: remarks(notes.as_ref()),
            body: redacted(&body),
        });
    };
    Ok(Outcome {
        status: record.status,
        error: None,
        changes: changes(record).into_iter().map(|(_, summary)| summary.to_owned()).collect(),
        remarks: remarks(record.notes.as_ref()),
        body: record.response_body.clone(),
    })
}

/// The request as it would come in today, with a credential that is accepted.
fn exchange(app: &App, connection: &Connection, record: &Record) -> Result<Exchange, Trouble> {
    let shape = app.shape(connection)?;
    let store = app.store();
    let session = Session {
        scope: connection.scope,
        provider: connection.provider.parse().unwrap_or_default(),
        connection_version: connection.version,
        settings: shape.settings.clone(),
        definitions: Arc::clone(&shape.definitions),
        policy: Arc::clone(&shape.policy),
        base_url: app.base_url(&connection.id),
        request_id: store.ids().next(),
        at: store.clock().now(),
        caller: Caller::Nobody,
        is_rehearsal: true,
    };
    let method = record.method.parse::<Method>();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
    Ok(Exchange {
        session: Arc::new(session),
        method: method.map_err(|_| Error::invalid("Its method is none that is known here."))?,
        path: record.path.clone(),
        query: record.query.clone(),
        headers,
        body: Bytes::from(record.request_body.clone().unwrap_or_default()),
        address: None,
        started: Instant::now(),
    })
}
