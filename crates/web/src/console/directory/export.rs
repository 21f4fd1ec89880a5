//! The journal as a file: JSON Lines for programs, CSV for people with a spreadsheet. Written while it is read, so that
//! a million events are never in memory at once.

use super::asked::Asked;
use super::events::Typed;
use super::feeds;
use super::refusal::Refusal;
use crate::api::events::EventView;
use crate::console::desk::Desk;
use crate::console::sheet::row;
use crate::console::trouble::Trouble;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use provisioning::{Error, journal};
use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// How many pieces wait for whoever reads them.
const WAITING: usize = 2;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON document a line.
    JsonLines,
    /// Comma-separated values (RFC 4180).
    Csv,
}

impl Format {
    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::JsonLines => ("jsonl", "application/jsonl"),
            Self::Csv => ("csv", "text/csv; charset=utf-8; header=present"),
        }
    }
}

/// A body that is written while it is sent.
pub struct Lines {
    first: Option<Bytes>,
    sender: mpsc::Sender<Result<Bytes, axum::BoxError>>,
    pieces: mpsc::Receiver<Result<Bytes, axum::BoxError>>,
}

/// What writes it.
pub struct Writer(mpsc::Sender<Result<Bytes, axum::BoxError>>);

struct Pieces {
    first: Option<Bytes>,
    rest: mpsc::Receiver<Result<Bytes, axum::BoxError>>,
}

impl Lines {
    /// Begins with these lines.
    pub fn begin(first: String) -> Self {
        let (sender, pieces) = mpsc::channel(WAITING);
        Self { first: Some(first.into()), sender, pieces }
    }

    /// What writes the rest. The file ends when it is dropped.
    pub fn writer(&self) -> Writer {
        Writer(self.sender.clone())
    }

    /// The answer: a file of this name.
    pub fn respond(self, format: Format, name: &str) -> Response {
        let (ending, media_type) = format.parts();
        // A spreadsheet takes a file without this mark for one of the last century's codes.
        let mark = if format == Format::Csv { "\u{feff}" } else { "" };
        let first = self.first.map(|first| [mark.as_bytes(), &first].concat().into());
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}.{ending}\""));
        let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        (headers, Body::new(Pieces { first, rest: self.pieces })).into_response()
    }
}

impl Writer {
    /// Writes lines, once there is room for them. Whether anybody still reads.
    pub async fn write(&self, text: String) -> bool {
        text.is_empty() || self.0.send(Ok(text.into())).await.is_ok()
    }

    /// Breaks the file off, so that nobody takes it for whole.
    pub async fn fail(&self, error: &Error) {
        tracing::error!(%error, "a file broke off while it was written");
        drop(self.0.send(Err("the file could not be read to its end".into())).await);
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.rest.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// `GET /events/export`: the events that the filters of the address choose, oldest first.
pub async fn download(desk: Desk) -> Result<Response, Trouble> {
    let (asked, tenant) = (Asked::of(&desk), desk.tenant.tenant);
    let format = match asked.text("format") {
        "csv" => Format::Csv,
        "" | "jsonl" => Format::JsonLines,
        other => {
            return Err(Error::invalid(format!("format is csv or jsonl, not \"{other}\".")).into());
        }
    };
    let feeds = desk.app.store().read(|tx| feeds(tx, tenant))?;
    let wanted = match Typed::of(&asked).wanted(&feeds) {
        Ok(wanted) => wanted,
        Err(error) => return Err(Error::invalid(Refusal::of(error)?.detail).into()),
    };
    let connections: HashMap<i64, String> =
        feeds.into_iter().map(|feed| (feed.scope.connection, feed.named.id)).collect();
    let (store, last) = (desk.app.store().clone(), desk.tenant.last_event);
    let header = match format {
        Format::Csv => row(COLUMNS.map(str::to_owned)),
        Format::JsonLines => String::new(),
    };
    let lines = Lines::begin(header);
    let writer = lines.writer();
    tokio::spawn(async move {
        let mut after = 0;
        loop {
            let wanted = wanted.clone();
            let read =
                store.read_long_of(tenant, move |tx| journal::walk(tx, tenant, &wanted, (after, last)));
            let (events, reached) = match read.await {
                Ok(Some(found)) => found,
                Ok(None) => return,
                Err(error) => return writer.fail(&error).await,
            };
            let views = events.iter().map(|event| EventView::of(event, &connections));
            let text: String = views.map(|view| line(format, view)).collect();
            if !writer.write(text).await {
                return;
            }
            after = reached;
        }
    });
    Ok(lines.respond(format, "events"))
}

const COLUMNS: [&str; 12] = [
    "number",
    "time",
    "kind",
    "subject kind",
    "subject",
    "connection",
    "actor kind",
    "actor",
    "request",
    "summary",
    "before",
    "after",
];

fn line(format: Format, view: EventView) -> String {
    if format == Format::JsonLines {
        // A struct of text, numbers and JSON has no error case.
        return format!("{}\n", serde_json::to_string(&view).unwrap_or_default());
    }
    let json = |value: Option<serde_json::Value>| value.map_or_else(String::new, |value| value.to_string());
    row([
        view.number.to_string(),
        view.at,
        view.kind,
        view.subject.kind,
        view.subject.id,
        view.connection.unwrap_or_default(),
        view.actor.kind,
        view.actor.id.unwrap_or_default(),
        view.request.unwrap_or_default(),
        view.summary,
        json(view.before),
        json(view.after),
    ])
}
