//! Activity as a file: the filtered requests, newest first, as JSON Lines or CSV, read and sent piece by piece.

use super::filter::Filter;
use super::head::find;
use super::line::{Names, RequestLine};
use super::search::look;
use crate::App;
use crate::api::requests::RequestView;
use crate::console::desk::Desk;
use crate::console::sheet::row;
use crate::console::trouble::Trouble;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};
use provisioning::Error;
use provisioning::people::time;
use std::io;
use store::Scope;
use store::requests::Record;

/// How many requests are read at once.
const PIECE: usize = 500;
/// How many pieces wait for a slow reader.
const WAITING: usize = 2;

/// A form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    JsonLines,
    Csv,
}

/// The columns of a CSV file.
const COLUMNS: [&str; 14] = [
    "id",
    "at",
    "what",
    "effect",
    "method",
    "path",
    "query",
    "status",
    "duration_micros",
    "remarks",
    "error",
    "token",
    "address",
    "user_agent",
];

/// `GET …/activity/export?form=csv`, with the filter of the page.
pub async fn file(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let (filter, _, checked) = Filter::read(query.as_deref());
    checked.map_err(Error::invalid)?;
    let mut pairs = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
    let is_csv = pairs.any(|(name, value)| name == "form" && value == "csv");
    let form = if is_csv { Form::Csv } else { Form::JsonLines };
    let source = Source { app: desk.app.clone(), scope: connection.scope, filter, form };
    // What cannot be read at all is told by a page, not by a file that breaks off.
    let first = source.piece(None, true).await?;
    let (sender, body) = Channel::<Bytes, io::Error>::new(WAITING);
    tokio::spawn(send(source, first, sender));
    let (media_type, ending) = match form {
        Form::JsonLines => ("application/jsonl", "jsonl"),
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    let name = format!("attachment; filename=\"accessiq-activity-{}.{ending}\"", connection.id);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    Ok((headers, Body::new(body)).into_response())
}

/// Where a file comes from.
struct Source {
    app: App,
    scope: Scope,
    filter: Filter,
    form: Form,
}

/// A part of a file, and the id that the next one begins before.
struct Piece {
    text: Vec<u8>,
    next: Option<String>,
}

/// Sends the file. A reader that has gone away ends it; an error breaks it off, so that nobody takes it for whole.
async fn send(source: Source, mut piece: Piece, mut sender: Sender<Bytes, io::Error>) {
    loop {
        if !piece.text.is_empty() && sender.send_data(piece.text.into()).await.is_err() {
            return;
        }
        let Some(next) = piece.next else { return };
        piece = match source.piece(Some(next), false).await {
            Ok(piece) => piece,
            Err(error) => {
                tracing::error!(%error, "an export of activity broke off");
                return sender.abort(io::Error::other("the export broke off"));
            }
        };
    }
}

impl Source {
    async fn piece(&self, before: Option<String>, is_first: bool) -> Result<Piece, Error> {
        let found = look(&self.app, self.scope, self.filter.clone(), before, PIECE).await?;
        let text = match self.form {
            Form::JsonLines => json_lines(&found.records),
            Form::Csv => {
                let names = self.app.store().read(|tx| Names::of(tx, self.scope, &found.records))?;
                Ok(csv(&found.records, &names, is_first).into_bytes())
            }
        };
        let text = text.map_err(|error| Error::invalid(format!("The file cannot be written: {error}.")))?;
        Ok(Piece { text, next: found.next })
    }
}

fn json_lines(records: &[Record]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for record in records {
        serde_json::to_writer(&mut text, &RequestView::from(record))?;
        text.push(b'\n');
    }
    Ok(text)
}

fn csv(records: &[Record], names: &Names, is_first: bool) -> String {
    let mut text = if is_first { row(COLUMNS.map(str::to_owned)) } else { String::new() };
    for record in records {
        let line = RequestLine::of(record, names, "");
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells: [String; COLUMNS.len()] = [
            record.id.clone(),
            time(record.at),
            line.what,
            optional(&line.effect),
            record.method.clone(),
            record.path.clone(),
            optional(&record.query),
            record.status.to_string(),
            record.duration.to_string(),
            optional(&line.remarks),
            optional(&record.error),
            optional(&record.token_id),
            optional(&record.address),
            optional(&record.user_agent),
        ];
        text.push_str(&row(cells));
    }
    text
}
