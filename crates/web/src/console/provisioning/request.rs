//! One request, whole: what was asked, how it was read, what changed, what that meant for access, what was answered.

use super::head::{ConnectionHead, Tab, find, framed};
use super::line::{Names, RequestLine, changes, is_of_access, readable, took};
use super::prose::Prose;
use super::raw::{self, Raw};
use super::setup::guide_of;
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Theme};
use crate::console::show::absolute;
use crate::console::trouble::Trouble;
use crate::guides::Refusal;
use ::scim::dialect;
use ::scim::note::{Note, NoteKind};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use provisioning::Error;
use serde_json::Value;
use std::collections::BTreeSet;
use store::connections::Connection;
use store::events::{self, Event};
use store::requests::{self, Record};
use store::{Tx, clients, tokens};

/// Of how many things that a request changed the before and after are shown; the journal has all.
const SUBJECTS: usize = 25;

/// What was corrected or passed over.
pub struct Remark {
    pub(super) is_correction: bool,
    pub(super) text: String,
    pub(super) why: Option<&'static str>,
}

/// A change, and each value of it before and after.
struct Change {
    summary: String,
    path: Option<String>,
    values: Vec<(String, Option<String>, Option<String>)>,
}

/// Who sent a request: in words, and the id where no name is known.
struct Sender {
    words: String,
    id: Option<String>,
}

/// Why a request failed, and what to do.
struct Failure {
    sentence: String,
    refusal: Option<Refusal>,
}

#[derive(Template)]
#[template(path = "provisioning/request.html")]
struct RequestPage {
    frame: Frame,
    head: ConnectionHead,
    line: RequestLine,
    at: String,
    record: Record,
    query: Option<String>,
    took: String,
    sender: Sender,
    remarks: Vec<Remark>,
    changes: Vec<Change>,
    more: usize,
    access: Vec<String>,
    failure: Option<Failure>,
    raw: Raw,
    can_replay: bool,
}

/// `GET …/activity/{request}`.
pub async fn page(
    desk: Desk,
    Path((_, id, request)): Path<(String, String, String)>,
) -> Result<Response, Trouble> {
    let connection = find(&desk, &id)?;
    let record = record_of(&desk, &connection, &request)?;
    let head = ConnectionHead::of(&desk, &connection, Tab::Activity)?;
    let own = record.clone();
    let scope = connection.scope;
    let read = move |tx: &mut Tx<'_>| {
        let names = Names::of(tx, scope, std::slice::from_ref(&own))?;
        Ok::<_, Error>((names, events_of(tx, &own)?, sender(tx, &own)?))
    };
    let (names, events, sender) = desk.app.store().read_long_of(scope.tenant, read).await?;
    let line = RequestLine::of(&record, &names, &format!("{}/activity", head.path));
    let told = changes(&record);
    let changes: Vec<Change> = events.iter().map(|event| change(&desk, event)).collect();
    let page = RequestPage {
        frame: framed(&desk, &connection, &line.what),
        at: absolute(record.at),
        query: record.query.as_deref().map(readable),
        took: took(record.duration),
        sender,
        remarks: remarks(record.notes.as_ref()),
        more: told.len().saturating_sub(changes.len()),
        access: told
            .iter()
            .filter(|(kind, _)| is_of_access(kind))
            .map(|(_, summary)| (*summary).to_owned())
            .collect(),
        changes,
        failure: failure(&desk, &connection, &record)?,
        raw: Raw::of(&record, &desk.app.base_url(&connection.id)),
        can_replay: raw::can_be_repeated(&record).is_ok(),
        head,
        line,
        record,
    };
    frame::page(&page)
}

/// The record of a request of this connection.
pub fn record_of(desk: &Desk, connection: &Connection, request: &str) -> Result<Record, Trouble> {
    let found = desk.app.store().read(|tx| requests::by_id(tx, connection.scope, request))?;
    found.ok_or_else(Trouble::not_found)
}

/// What was remarked on a request, with what each remark means.
pub fn remarks(notes: Option<&Value>) -> Vec<Remark> {
    let notes: Vec<Note> =
        notes.cloned().and_then(|notes| serde_json::from_value(notes).ok()).unwrap_or_default();
    let remark = |note: Note| Remark {
        is_correction: note.kind == NoteKind::Corrected,
        why: dialect::meaning(&note.habit),
        text: note.text,
    };
    notes.into_iter().map(remark).collect()
}

/// The events of a request, by what it changed: the record names each.
fn events_of(tx: &mut Tx<'_>, record: &Record) -> Result<Vec<Event>, Error> {
    let all = record.changes.as_ref().and_then(Value::as_array).into_iter().flatten();
    let mut subjects: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    for subject in all.filter_map(|change| change.get("subject")?.as_str()) {
        if seen.insert(subject) && subjects.len() < SUBJECTS {
            subjects.push(subject);
        }
    }
    let mut found = Vec::new();
    for subject in subjects {
        let own = events::of_subject(tx, record.scope.tenant, subject)?.into_iter();
        found.extend(own.filter(|event| event.request_id.as_deref() == Some(&record.id)));
    }
    found.sort_by_key(|event| event.number);
    Ok(found)
}

fn change(desk: &Desk, event: &Event) -> Change {
    let path = match event.subject.0.as_str() {
        "user" => Some(desk.path(&format!("/users/{}", event.subject.1))),
        "organization" => Some(desk.path(&format!("/organizations/{}", event.subject.1))),
        _ => None,
    };
    Change {
        summary: event.summary.clone(),
        path,
        values: values(event.before.as_ref(), event.after.as_ref()),
    }
}

/// Each value that differs, by its name.
fn values(before: Option<&Value>, after: Option<&Value>) -> Vec<(String, Option<String>, Option<String>)> {
    let members = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (members(before), members(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let text = |value: Option<&Value>| {
        value
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let pair = |name: &String| (name.clone(), text(before.get(name)), text(after.get(name)));
    names.into_iter().map(pair).filter(|(_, before, after)| before != after).collect()
}

/// Who sent it, in words.
fn sender(tx: &mut Tx<'_>, record: &Record) -> Result<Sender, Error> {
    let named = |kind: &str, name: &str| Sender { words: format!("{kind} \u{201c}{name}\u{201d}"), id: None };
    let known_by_id = |words: &str, id: &str| Sender { words: words.to_owned(), id: Some(id.to_owned()) };
    if let Some(caller) = &record.caller {
        return Ok(match caller.split_once(':') {
            Some(("client", id)) => match clients::by_id(tx, id)? {
                Some(client) => named("Client", &client.name),
                None => known_by_id("Client", id),
            },
            Some(("entra", id)) => known_by_id("Microsoft Entra ID, application", id),
            _ => Sender { words: caller.clone(), id: None },
        });
    }
    let Some(token) = &record.token_id else {
        return Ok(Sender { words: "Nobody: no credential was accepted".to_owned(), id: None });
    };
    let all = tokens::of_connection(tx, record.scope)?;
    let name = all.into_iter().find(|known| known.id == *token).map(|known| known.name);
    Ok(name.map_or_else(|| known_by_id("Token", token), |name| named("Token", &name)))
}

fn failure(desk: &Desk, connection: &Connection, record: &Record) -> Result<Option<Failure>, Trouble> {
    let Some(sentence) = record.error.clone() else { return Ok(None) };
    let guide = guide_of(desk, connection)?;
    let refusal = guide.refusal(record.status, &sentence).cloned();
    Ok(Some(Failure { sentence, refusal }))
}
