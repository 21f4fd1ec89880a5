//! Events: the tenant's journal. Who did what, when, before and after.

use super::actors::Actors;
use super::asked::Asked;
use super::difference::{Changed, cut, difference};
use super::refusal::Refusal;
use super::{Feed, feeds, links};
use crate::console::desk::Desk;
use crate::console::frame::{self, Frame, Section, Theme, page_with};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::Error;
use provisioning::access::Named;
use provisioning::journal::{self, Wanted};
use scim::instant;
use store::events::{self, Event, Wanted as Narrow};
use store::{StoreError, Tx};

/// How many events a page holds.
const SHOWN: usize = 50;
/// How many changes a line shows, and how many characters of each value.
const CHANGES: (usize, usize) = (4, 60);
/// How many characters of what happened are shown.
const SENTENCE: usize = 400;
/// How many characters of a value an event's own page shows.
const WHOLE: usize = 4000;

/// The first words of kinds, with what they are about.
pub const KINDS: [(&str, &str); 14] = [
    ("user", "Users"),
    ("membership", "Memberships"),
    ("organization", "Organizations"),
    ("role", "Roles"),
    ("resource", "Users of a connection"),
    ("group", "Groups of a connection"),
    ("mapping", "Mappings"),
    ("rule", "Rules"),
    ("connection", "Connections"),
    ("token", "Tokens"),
    ("client", "OAuth clients"),
    ("key", "API keys"),
    ("administrator", "Administrators"),
    ("tenant", "The tenant itself"),
];

/// An event, in a line.
pub struct EventLine {
    /// The number.
    pub number: i64,
    /// Its page.
    pub path: String,
    /// When.
    pub at: i64,
    /// What happened.
    pub summary: String,
    /// Its kind.
    pub kind: String,
    /// More of this kind.
    pub kind_path: String,
    /// Who did it.
    pub actor: String,
    /// More by them.
    pub actor_path: String,
    /// The request that did it.
    pub request: Option<(String, String)>,
    /// What changed.
    pub changes: Vec<Changed>,
    /// How many changes are not shown.
    pub more: i64,
}

#[derive(Template)]
#[template(path = "directory/events.html")]
struct EventsPage {
    frame: Frame,
    typed: Typed,
    kinds: [(&'static str, &'static str); 14],
    connections: Vec<Named>,
    lines: Vec<EventLine>,
    total: i64,
    is_narrowed: bool,
    is_cut: bool,
    reach: i64,
    all: String,
    newest: Option<String>,
    older: Option<String>,
    csv: String,
    jsonl: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "directory/event.html")]
struct EventPage {
    frame: Frame,
    all: String,
    line: EventLine,
    subject: (String, String),
    subject_path: Option<String>,
    subject_events: String,
    connection: Option<(String, String)>,
    changes: Vec<Changed>,
    before: Option<String>,
    after: Option<String>,
    older: Option<String>,
    newer: Option<String>,
}

/// What was typed to narrow the journal.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    kind: String,
    actor: String,
    subject: String,
    connection: String,
    from: String,
    until: String,
    text: String,
}

impl Typed {
    /// What an address asks for.
    pub fn of(asked: &Asked) -> Self {
        let text = |name: &str| asked.text(name).to_owned();
        Self {
            kind: text("kind"),
            actor: text("actor"),
            subject: text("subject"),
            connection: text("connection"),
            from: text("from"),
            until: text("until"),
            text: text("q"),
        }
    }

    fn is_empty(&self) -> bool {
        let Self { kind, actor, subject, connection, from, until, text } = self;
        [kind, actor, subject, connection, from, until, text].into_iter().all(String::is_empty)
    }

    /// Which events are wanted, of a tenant with these connections.
    pub fn wanted(&self, feeds: &[Feed]) -> Result<Wanted, Error> {
        let connection = match self.connection.as_str() {
            "" => None,
            id => {
                let found = feeds.iter().find(|feed| feed.named.id == id);
                let found =
                    found.ok_or_else(|| Error::invalid("There is no such connection in this tenant."))?;
                Some(found.scope.connection)
            }
        };
        Ok(Wanted {
            narrow: Narrow {
                kind: self.kind.clone(),
                actor: self.actor.clone(),
                subject: self.subject.clone(),
                connection,
            },
            from: time("From", &self.from)?,
            until: time("Until", &self.until)?,
            text: self.text.clone(),
        })
    }
}

/// Reads a day or a time, in UTC.
fn time(field: &str, text: &str) -> Result<Option<i64>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let whole = if text.contains('T') { text.replace(' ', "") } else { format!("{text}T00:00:00") };
    instant::microseconds(&whole).map(Some).ok_or_else(|| {
        Error::invalid(format!(
            "{field} takes a day or a time in UTC, such as 2026-05-03 or 2026-05-03T12:04, not \"{text}\"."
        ))
    })
}

/// `GET /events`.
pub async fn list(desk: Desk) -> Result<Response, Trouble> {
    let (asked, tenant) = (Asked::of(&desk), desk.tenant.tenant);
    let typed = Typed::of(&asked);
    let (read_typed, before) = (typed.clone(), asked.text("before").parse().ok());
    let last = desk.tenant.last_event;
    let read = move |tx: &mut Tx<'_>| {
        let feeds = feeds(tx, tenant)?;
        let page = match read_typed.wanted(&feeds) {
            Ok(wanted) => Ok(journal::page(tx, tenant, &wanted, (last, before), SHOWN)?),
            Err(error) => Err(error),
        };
        let found = page.as_ref().map_or(&[][..], |page| &page.events);
        let actors = Actors::read(tx, tenant, &feeds, found)?;
        Ok::<_, Error>((feeds, actors, page))
    };
    let (feeds, actors, found) = desk.app.store().read_long_of(tenant, read).await?;
    let (found, refusal) = match found {
        Ok(found) => (found, None),
        Err(error) => (journal::Page::default(), Some(Refusal::of(error)?)),
    };
    let export = |format: &str| asked.at(&desk.path("/events/export"), &[("format", format), ("before", "")]);
    let page = EventsPage {
        frame: desk.frame(Section::Events, "Events"),
        lines: lines(&desk, &found.events, &feeds, &actors),
        total: last,
        is_narrowed: !typed.is_empty(),
        is_cut: found.is_cut,
        reach: journal::REACH,
        all: desk.path("/events"),
        newest: before.map(|_: i64| asked.with(&[("before", "")])),
        older: found.next.map(|next| asked.with(&[("before", &next.to_string())])),
        csv: export("csv"),
        jsonl: export("jsonl"),
        wrong: refusal.as_ref().map(|refusal| refusal.detail.clone()),
        kinds: KINDS,
        connections: feeds.into_iter().map(|feed| feed.named).collect(),
        typed,
    };
    page_with(refusal.map_or(StatusCode::OK, |refusal| refusal.status), &page)
}

/// Events as lines.
pub fn lines(desk: &Desk, events: &[Event], feeds: &[Feed], actors: &Actors) -> Vec<EventLine> {
    events.iter().map(|event| line(desk, event, feeds, actors)).collect()
}

fn line(desk: &Desk, event: &Event, feeds: &[Feed], actors: &Actors) -> EventLine {
    let (shown, length) = CHANGES;
    let mut changes = difference(event.before.as_ref(), event.after.as_ref(), length);
    let more = changes.len().saturating_sub(shown);
    changes.truncate(shown);
    let narrowed = |name: &str, value: &str| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        desk.path(&format!("/events?{query}"))
    };
    EventLine {
        number: event.number,
        path: links::event(desk, event.number),
        at: event.at,
        summary: cut(&event.summary, SENTENCE),
        kind: event.kind.clone(),
        kind_path: narrowed("kind", &event.kind),
        actor: actors.name(event),
        actor_path: narrowed("actor", event.actor.1.as_ref().unwrap_or(&event.actor.0)),
        request: request(desk, event, feeds),
        changes,
        more: i64::try_from(more).unwrap_or(i64::MAX),
    }
}

/// The request of a connection that an event came of, and its page. What a key asked for has no record to show.
fn request(desk: &Desk, event: &Event, feeds: &[Feed]) -> Option<(String, String)> {
    if !matches!(event.actor.0.as_str(), "token" | "client" | "entra") {
        return None;
    }
    let feed = feeds.iter().find(|feed| Some(feed.scope.connection) == event.connection)?;
    let id = event.request_id.clone()?;
    let path = links::request(desk, &feed.named.id, &id);
    Some((id, path))
}

/// `GET /events/{number}`.
pub async fn one(desk: Desk, Path((_, number)): Path<(String, String)>) -> Result<Response, Trouble> {
    let (tenant, number) = (desk.tenant.tenant, number.parse::<i64>().map_err(|_| Trouble::not_found())?);
    let read = move |tx: &mut Tx<'_>| {
        let Some(event) = events::by_number(tx, tenant, number)? else { return Ok(None) };
        let feeds = feeds(tx, tenant)?;
        let actors = Actors::read(tx, tenant, &feeds, std::slice::from_ref(&event))?;
        Ok::<_, StoreError>(Some((event, feeds, actors)))
    };
    let found = desk.app.store().read_long_of(tenant, read).await?;
    let (event, feeds, actors) = found.ok_or_else(Trouble::not_found)?;
    let feed = feeds.iter().find(|feed| Some(feed.scope.connection) == event.connection);
    let neighbour =
        |number: i64| (1..=desk.tenant.last_event).contains(&number).then(|| links::event(&desk, number));
    let whole = |value: Option<&serde_json::Value>| value.map(|value| format!("{value:#}"));
    frame::page(&EventPage {
        frame: desk.frame(Section::Events, &format!("Event {number}")),
        all: desk.path("/events"),
        line: line(&desk, &event, &feeds, &actors),
        subject_path: subject_path(&desk, &event, feed),
        subject_events: desk.path(&format!("/events?subject={}", encoded(&event.subject.1))),
        subject: event.subject.clone(),
        connection: feed.map(|feed| (feed.named.name.clone(), links::connection(&desk, &feed.named.id, ""))),
        changes: difference(event.before.as_ref(), event.after.as_ref(), WHOLE),
        before: whole(event.before.as_ref()),
        after: whole(event.after.as_ref()),
        older: neighbour(number - 1),
        newer: neighbour(number + 1),
    })
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The page of what an event is about.
fn subject_path(desk: &Desk, event: &Event, feed: Option<&Feed>) -> Option<String> {
    let (kind, id) = (event.subject.0.as_str(), event.subject.1.as_str());
    let of_connection = |rest: &str| feed.map(|feed| links::connection(desk, &feed.named.id, rest));
    match kind {
        "user" => Some(links::user(desk, id)),
        "organization" => Some(links::organization(desk, id)),
        "role" => Some(links::role(desk, id)),
        "connection" => of_connection(""),
        "group" => feed.map(|feed| links::group(desk, &feed.named.id, id)),
        "resource" => of_connection(&format!("/users/{id}")),
        "mapping" | "rule" => of_connection("/mappings"),
        "token" | "client" => of_connection("/tokens"),
        _ => None,
    }
}
