//! Going through what was written about a person: events, records of requests, answers that are given again, jobs.
//! Some rows a step; what is left of them names nobody.

use super::traces::{ERASED, Traces};
use super::{NOBODY, traces};
use crate::{Error, directory, jobs};
use serde_json::{Value, json};
use store::events::{self, Event};
use store::jobs::Job;
use store::replays::Owner;
use store::requests::{self, Record};
use store::{Scope, StoreError, TenantId, Tx, connections, replays};

/// How many events or records one step looks at.
const A_STEP: i64 = 500;
/// The part of the work in which the file gives up what it no longer holds; done outside of any transaction.
pub(crate) const TRACES: &str = "traces";

/// Makes one step.
pub(crate) fn advance(tx: &mut Tx<'_>, job: &mut Job, at: i64) -> Result<(), Error> {
    let tenant = job.scope.tenant;
    if job.phase == TRACES {
        // Until here, so that an interrupted job knows whom it is about.
        job.detail = json!({});
        jobs::done(job, at);
        return Ok(());
    }
    let traces = Traces::read(&job.detail)?;
    match job.phase.as_str() {
        "events" => go_through_events(tx, &traces, job),
        "records" => go_through_records(tx, &traces, job),
        _ => {
            for owner in [tenant, TenantId(0)] {
                go_through_answers(tx, owner, &traces)?;
            }
            go_through_jobs(tx, tenant, &traces)?;
            job.detail = json!({});
            jobs::next(job, TRACES);
            Ok(())
        }
    }
}

fn go_through_events(tx: &mut Tx<'_>, traces: &Traces, job: &mut Job) -> Result<(), Error> {
    let tenant = job.scope.tenant;
    let after = job.place.parse().unwrap_or(0);
    let page = events::after(tx, tenant, after, A_STEP)?;
    for event in &page {
        if let Some(nameless) = nameless(event, traces) {
            events::rewrite(tx, tenant, &nameless)?;
        }
        job.done += 1;
    }
    match page.last() {
        Some(last) => job.place = last.number.to_string(),
        None => jobs::next(job, "records"),
    }
    Ok(())
}

/// An event without the person; `None` if it tells nothing of the person.
fn nameless(event: &Event, traces: &Traces) -> Option<Event> {
    let told = || event.before.iter().chain(&event.after);
    let mut nameless = event.clone();
    if event.subject.1 == traces.user() {
        if event.kind.starts_with("membership.") {
            nameless.summary = membership_sentence(event);
        } else if event.kind != "user.erased" {
            nameless.summary = format!("{NOBODY}: {}", event.kind);
            nameless.before = event.before.as_ref().and_then(ids);
            nameless.after = event.after.as_ref().and_then(ids);
        }
        return Some(nameless);
    }
    if !traces.names(&event.summary) && !told().any(|value| traces.names_value(value)) {
        return None;
    }
    nameless.summary = traces.blotted(&event.summary);
    for value in nameless.before.iter_mut().chain(&mut nameless.after) {
        traces.blot(value);
    }
    Some(nameless)
}

/// What an event about a membership told, of nobody in particular.
fn membership_sentence(event: &Event) -> String {
    let told = event.after.as_ref().or(event.before.as_ref());
    let name = |pointer: &str| told.and_then(|told| told.pointer(pointer)?.as_str()).unwrap_or_default();
    let (organization, role) = (name("/organization/name"), name("/role/name"));
    match event.kind.as_str() {
        "membership.ended" => format!("{NOBODY} is no longer {role} of {organization}"),
        "membership.started" => directory::started(None, false, NOBODY, role, organization).1,
        _ => format!("{NOBODY} is {role} of {organization}"),
    }
}

/// Of what changed, the ids and the status.
fn ids(told: &Value) -> Option<Value> {
    let mut left = told.as_object()?.clone();
    left.retain(|name, _| matches!(name.as_str(), "scimId" | "status" | "source" | "locked"));
    (!left.is_empty()).then(|| left.into())
}

fn go_through_records(tx: &mut Tx<'_>, traces: &Traces, job: &mut Job) -> Result<(), Error> {
    // The place is the number of a connection, and the last of its records.
    let (number, after) = job.place.split_once('/').unwrap_or(("0", ""));
    let mut connection: i64 = number.parse().unwrap_or(0);
    let mut page = Vec::new();
    if connection > 0 {
        let scope = Scope { connection, ..job.scope };
        page = requests::after(tx, scope, after, A_STEP)?;
    }
    if page.is_empty() {
        let all = connections::of_tenant(tx, job.scope.tenant)?;
        let Some(next) = all.iter().find(|found| found.scope.connection > connection) else {
            jobs::next(job, "answers");
            return Ok(());
        };
        connection = next.scope.connection;
        job.place = format!("{connection}/");
        return Ok(());
    }
    for record in &page {
        if is_about(record, traces) {
            requests::rewrite(tx, &without_person(record, traces))?;
        }
        job.done += 1;
    }
    if let Some(last) = page.last() {
        job.place = format!("{connection}/{}", last.id);
    }
    Ok(())
}

fn is_about(record: &Record, traces: &Traces) -> bool {
    let is = |text: &Option<String>, ask: fn(&Traces, &str) -> bool| {
        text.as_ref().is_some_and(|text| ask(traces, text))
    };
    traces.names_encoded(&record.path)
        || is(&record.query, Traces::names_encoded)
        || is(&record.error, Traces::names)
        || is(&record.request_body, Traces::names_body)
        || is(&record.response_body, Traces::names_body)
        || record.changes.iter().chain(&record.notes).any(|value| traces.names_value(value))
}

/// What is left of a record: when, from where, with which credential, what method, what status; and which habits.
fn without_person(record: &Record, traces: &Traces) -> Record {
    let mut left = record.clone();
    let path = percent_encoding::percent_decode_str(&record.path).decode_utf8_lossy();
    if traces.blotted(&path) != path {
        left.path = traces.blotted(&path);
    }
    let gone = |text: Option<String>| text.map(|_| ERASED.to_owned());
    left.query = gone(left.query);
    left.error = gone(left.error);
    left.request_body = gone(left.request_body);
    left.response_body = gone(left.response_body);
    for note in left.notes.iter_mut().flat_map(|notes| notes.as_array_mut().into_iter().flatten()) {
        note["text"] = ERASED.into();
    }
    for change in left.changes.iter_mut().flat_map(|changes| changes.as_array_mut().into_iter().flatten()) {
        change["summary"] = ERASED.into();
    }
    left
}

/// An answer that named the person is not given again.
fn go_through_answers(tx: &mut Tx<'_>, tenant: TenantId, traces: &Traces) -> Result<(), StoreError> {
    for (key, name, answer) in replays::answers(tx, tenant)? {
        if traces.names_body(&answer) || embedded(&answer).is_some_and(|body| traces.names_body(&body)) {
            replays::drop_answer(tx, &Owner { tenant, key }, &name)?;
        }
    }
    Ok(())
}

/// The body within an answer that is kept.
fn embedded(answer: &str) -> Option<String> {
    let kept: Value = serde_json::from_str(answer).ok()?;
    kept.get("body")?.as_str().map(str::to_owned)
}

fn go_through_jobs(tx: &mut Tx<'_>, tenant: TenantId, traces: &Traces) -> Result<(), StoreError> {
    let mut before = traces::AFTER_ALL.to_owned();
    loop {
        let page = store::jobs::page(tx, tenant, &before, A_STEP)?;
        let Some(last) = page.last() else { return Ok(()) };
        before.clone_from(&last.id);
        for mut job in page {
            if let Some(failure) = job.failure.as_ref().filter(|failure| traces.names(failure)) {
                job.failure = Some(traces.blotted(failure));
                store::jobs::update(tx, &job)?;
            }
        }
    }
}
