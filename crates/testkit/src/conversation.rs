//! Conversations: what an identity provider really sends, line by line, with what it needs back.
//!
//! One request a line: `{step, method, path, query, headers, body, expect: {status, body_checks, notes}, capture, src}`.
//! `{{name}}` stands for what an earlier answer was captured as; `{{token}}` and `{{bad_token}}` are given. `notes` are
//! all remarks that the request's record must hold. A line `{step, wait}` lets so many seconds pass.

use crate::{Client, Reply, Server};
use axum::http::Method;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// How a conversation went.
pub struct Played {
    /// What did not hold, a line each.
    pub failures: Vec<String>,
    /// The names of all remarks on the records of the connection.
    pub remarks: BTreeSet<String>,
}

/// Plays a conversation against a connection, to its end, and waits for the records.
pub async fn play(server: &Server, client: &Client, conversation: &str) -> Played {
    let token = client.token().to_owned();
    let bad: String = token.chars().rev().collect();
    let mut known =
        HashMap::from([("token".to_owned(), token), ("bad_token".to_owned(), format!("wrong-{bad}"))]);
    let (mut failures, mut expected) = (Vec::new(), Vec::new());
    for line in conversation.lines().filter(|line| !line.trim().is_empty()) {
        let step: Value = serde_json::from_str(line).expect("a line of JSON");
        let name = step["step"].as_str().unwrap_or("?").to_owned();
        if let Some(seconds) = step["wait"].as_i64() {
            server.wait(seconds);
            continue;
        }
        let (reply, found) = play_step(client, &step, &mut known).await;
        failures.extend(found.into_iter().map(|failure| format!("{name}: {failure}")));
        if let Some(notes) = step["expect"].get("notes") {
            expected.push((
                name,
                reply.header("x-request-id").unwrap_or_default().to_owned(),
                filled(notes, &known),
            ));
        }
    }
    server.flush().await;
    let notes = notes_of(server, client);
    for (name, request, wanted) in expected {
        let said: Value =
            notes.get(&request).into_iter().flatten().map(|note| note["text"].clone()).collect();
        if said != wanted {
            failures.push(format!("{name}: the record says {said} instead of {wanted}"));
        }
    }
    let remarks = notes.into_values().flatten().filter_map(|note| Some(note["habit"].as_str()?.to_owned()));
    Played { failures, remarks: remarks.collect() }
}

/// The remarks on each record of a connection, by the id of the request.
fn notes_of(server: &Server, client: &Client) -> HashMap<String, Vec<Value>> {
    let records = server.store().read(|tx| store::requests::newest(tx, client.connection.scope, 10_000));
    let records = records.expect("a readable database").into_iter();
    records.filter_map(|record| Some((record.id, record.notes?.as_array()?.clone()))).collect()
}

async fn play_step(
    client: &Client,
    step: &Value,
    known: &mut HashMap<String, String>,
) -> (Reply, Vec<String>) {
    let text = |name: &str| filled(&step[name], known).as_str().unwrap_or_default().to_owned();
    let (method, mut path, query) = (text("method"), text("path"), text("query"));
    if !query.is_empty() {
        path = format!("{path}?{query}");
    }
    let mut speaker = client.with_token(None);
    for (name, value) in filled(&step["headers"], known).as_object().into_iter().flatten() {
        speaker = speaker.with_header(name, value.as_str().unwrap_or_default());
    }
    let body = if step["body"].is_null() { String::new() } else { filled(&step["body"], known).to_string() };
    let reply = speaker.send(method.parse::<Method>().expect("a method"), &path, body).await;
    let expect = filled(&step["expect"], known);
    let statuses: Vec<u64> =
        expect["status"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    if !statuses.contains(&u64::from(reply.code())) {
        let failure = format!("answered {} instead of {statuses:?}: {}", reply.code(), reply.text);
        return (reply, vec![failure]);
    }
    let mut failures = Vec::new();
    if reply.code() != 204 {
        let only_json = step["headers"]["Accept"] == "application/json";
        let wanted = if only_json { "application/json" } else { "application/scim+json" };
        let given = reply.header("content-type").unwrap_or_default();
        if !given.starts_with("application/scim+json") && !given.starts_with(wanted) {
            failures.push(format!("Content-Type is {given}"));
        }
        let judged = reply.code() < 400 || statuses.len() == 1;
        let checks = expect["body_checks"].as_array().into_iter().flatten().filter(|_| judged);
        failures.extend(
            checks
                .filter(|check| !holds(check, &reply.body))
                .map(|check| format!("{check} in {}", reply.text)),
        );
    }
    for (name, pointer) in step["capture"].as_object().into_iter().flatten() {
        match at(&reply.body, pointer.as_str().unwrap_or_default()).and_then(Value::as_str) {
            Some(found) => drop(known.insert(name.clone(), found.to_owned())),
            None => failures.push(format!("nothing to capture at {pointer}")),
        }
    }
    (reply, failures)
}

/// A value with every placeholder filled in.
fn filled(value: &Value, known: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(filled_text(text, known)),
        Value::Array(items) => items.iter().map(|item| filled(item, known)).collect(),
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, value)| (filled_text(name, known), filled(value, known)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn filled_text(text: &str, known: &HashMap<String, String>) -> String {
    let mut filled = text.to_owned();
    for (name, value) in known {
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    filled
}

/// A JSON pointer whose names may hold `/` and URNs: the longest name that is there is taken.
fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    let Some(rest) = pointer.strip_prefix('/').filter(|rest| !rest.is_empty()) else { return Some(value) };
    let parts: Vec<&str> = rest.split('/').collect();
    (1..=parts.len()).rev().find_map(|length| {
        let name = parts[..length].join("/");
        let next = match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            Value::Object(members) => members.get(&name)?,
            _ => return None,
        };
        let below = parts[length..].join("/");
        at(next, &if below.is_empty() { String::new() } else { format!("/{below}") })
    })
}

/// Whether a check of a body holds.
fn holds(check: &Value, body: &Value) -> bool {
    let found = at(body, check["path"].as_str().unwrap_or_default()).filter(|found| !found.is_null());
    let (wanted, full) = (&check["value"], check["op"].as_str().unwrap_or_default());
    let operation = full.strip_suffix("_or_absent").unwrap_or(full);
    let Some(found) = found else { return full != operation || matches!(full, "absent" | "absent_or_value") };
    let items = || found.as_array().into_iter().flatten();
    let values = |list: &Value| -> Vec<String> {
        let text = |item: &Value| item.get("value").unwrap_or(item).as_str().unwrap_or_default().to_owned();
        let mut values: Vec<String> = list.as_array().into_iter().flatten().map(text).collect();
        values.sort();
        values
    };
    match operation {
        "absent" => found.as_array().is_some_and(Vec::is_empty),
        "absent_or_value" => found.get("value").is_some_and(|value| value != ""),
        "exists" => true,
        "eq" => found == wanted,
        "ge" => found.as_i64() >= wanted.as_i64(),
        "contains" => {
            items().any(|item| item == wanted)
                || found.as_str().zip(wanted.as_str()).is_some_and(|(text, part)| text.contains(part))
        }
        "not_empty" => {
            !matches!(found, Value::String(text) if text.is_empty()) && found != &Value::Array(Vec::new())
        }
        "type" => match wanted.as_str() {
            Some("integer") => found.is_i64(),
            Some("string") => found.as_str().is_some_and(|text| !text.is_empty()),
            _ => found.is_array(),
        },
        "len" => {
            found.as_array().map(Vec::len) == wanted.as_u64().and_then(|length| usize::try_from(length).ok())
        }
        "any" => items().any(|item| covers(item, wanted)),
        "none" => found.is_array() && !items().any(|item| covers(item, wanted)),
        "values_eq" => values(found) == values(wanted),
        "values_ge" => values(wanted).iter().all(|value| values(found).contains(value)),
        "values_excludes" => values(wanted).iter().all(|value| !values(found).contains(value)),
        "array_if_nonzero" => found.is_array(),
        other => panic!("the conversation asks for an unknown check: {other}"),
    }
}

/// Whether a value has everything another has.
fn covers(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Object(members) => {
            members.iter().all(|(name, wanted)| value.get(name).is_some_and(|value| covers(value, wanted)))
        }
        _ => value == wanted,
    }
}
