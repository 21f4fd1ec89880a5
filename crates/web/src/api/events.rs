//! Events: the tenant's journal as a feed that never ends.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::jobs::Actor;
use super::named::{SAMPLE_ID, SAMPLE_TIME, connections_of};
use super::page::{MAX, USUAL};
use super::problem::Problem;
use provisioning::people::time;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::events::{self, Event};
use store::{StoreError, Tx};

/// One committed change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub struct EventView {
    /// The number: from 1, without gaps, in the order of commits.
    pub number: i64,
    /// When.
    pub at: String,
    /// Such as `user.deactivated`.
    pub kind: String,
    /// What it is about.
    pub subject: Subject,
    /// The connection it belongs to.
    pub connection: Option<String>,
    /// Who did it.
    pub actor: Actor,
    /// The request, or the job, that did it.
    pub request: Option<String>,
    /// What happened, as a sentence.
    pub summary: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is.
    pub after: Option<Value>,
}

/// What an event is about.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Subject {
    /// Such as `user`, `group`, `organization`.
    pub kind: String,
    /// The id.
    pub id: String,
}

impl EventView {
    /// An event of a tenant with these connections.
    pub fn of(event: &Event, connections: &HashMap<i64, String>) -> Self {
        Self {
            number: event.number,
            at: time(event.at),
            kind: event.kind.clone(),
            subject: Subject { kind: event.subject.0.clone(), id: event.subject.1.clone() },
            connection: event.connection.and_then(|number| connections.get(&number).cloned()),
            actor: Actor { kind: event.actor.0.clone(), id: event.actor.1.clone() },
            request: event.request_id.clone(),
            summary: event.summary.clone(),
            before: event.before.clone(),
            after: event.after.clone(),
        }
    }
}

/// A piece of the feed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventFeed {
    /// The events, oldest first.
    pub items: Vec<EventView>,
    /// What `after` takes next. It is there when nothing has happened as well: ask again later.
    pub next: i64,
}

impl Sample for EventFeed {
    fn sample() -> Self {
        let event = EventView {
            number: 57,
            at: SAMPLE_TIME.into(),
            kind: "user.deactivated".into(),
            subject: Subject { kind: "user".into(), id: SAMPLE_ID.into() },
            connection: Some(SAMPLE_ID.into()),
            actor: Actor { kind: "token".into(), id: Some(SAMPLE_ID.into()) },
            request: Some(SAMPLE_ID.into()),
            summary: "Ana Müller was deactivated".into(),
            before: Some(json!({ "status": "active" })),
            after: Some(json!({ "status": "deactivated" })),
        };
        Self { items: vec![event], next: 57 }
    }
}

pub(super) async fn feed(call: Call) -> Result<Reply, Problem> {
    let number = |name: &str, usual: i64, least: i64, most: i64| match call.parameter(name) {
        None => Ok(usual),
        Some(text) => text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            Problem::malformed(format!("{name} takes a number from {least} to {most}, not \"{text}\"."))
        }),
    };
    let (after, limit) = (number("after", 0, 0, i64::MAX)?, number("limit", USUAL, 1, MAX)?);
    let tenant = call.tenant()?.tenant;
    let read = move |tx: &mut Tx<'_>| {
        Ok::<_, StoreError>((events::after(tx, tenant, after, limit)?, connections_of(tx, tenant)?))
    };
    let (rows, connections) = call.app.store().read_long(read).await?;
    let next = rows.last().map_or(after, |event| event.number);
    let items = rows.iter().map(|event| EventView::of(event, &connections)).collect();
    Reply::ok(&EventFeed { items, next })
}
