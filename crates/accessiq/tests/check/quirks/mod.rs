//! The quirks of docs/identity-providers.md §7, one by one: a server that gets it wrong is found out by the check that is
//! meant for it, and a server that gets it right is not (`whole.rs`).

mod finding;
mod keeping;
mod shapes;

use crate::proxy::{Asked, Fault, Given, Misbehaving, NONE, broken, refusal};
use serde_json::{Value, json};

/// A quirk, a server that gets it wrong, and the checks that find it out.
pub type Row = (&'static str, Fault, &'static [&'static str]);

const fn ask(ask: crate::proxy::Ask) -> Fault {
    Fault { ask, ..NONE }
}

const fn answer(answer: crate::proxy::Answer) -> Fault {
    Fault { answer, ..NONE }
}

/// Refuses a request if it is so.
fn refuse_if(is_so: bool, status: u16) -> Option<Given> {
    is_so.then(|| refusal(status, "invalidValue"))
}

fn header<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn resources(given: &mut Given) -> &mut Vec<Value> {
    if !given.body["Resources"].is_array() {
        given.body["Resources"] = json!([]);
    }
    match &mut given.body["Resources"] {
        Value::Array(resources) => resources,
        _ => unreachable!("just made an array"),
    }
}

/// Takes resources out of a list.
fn hide(given: &mut Given, is_hidden: impl Fn(&Value) -> bool) {
    if given.body["Resources"].is_array() {
        resources(given).retain(|resource| !is_hidden(resource));
        given.body["totalResults"] = json!(resources(given).len());
    }
}

/// Any operation has a value with that key.
fn has_key(asked: &mut Asked, key: &str) -> bool {
    asked.operations().iter().any(|operation| operation["value"].get(key).is_some())
}

fn paths(asked: &mut Asked, text: &str) -> bool {
    asked
        .operations()
        .iter()
        .any(|operation| operation["path"].as_str().is_some_and(|path| path.contains(text)))
}

impl Fault {
    /// The same, with another answer as well.
    const fn and_answer(self, answer: crate::proxy::Answer) -> Self {
        Self { answer, ..self }
    }
}

/// Every row.
fn rows() -> impl Iterator<Item = &'static Row> {
    [shapes::ROWS, finding::ROWS, keeping::ROWS].into_iter().flatten()
}

/// The checks that a row shows to fail.
pub fn covered() -> impl Iterator<Item = &'static str> {
    rows().flat_map(|(_, _, checks)| checks.iter().copied())
}

#[tokio::test]
async fn each_quirk_that_a_server_gets_wrong_is_found_by_its_checks() {
    let mut missed = Vec::new();
    for (quirk, fault, checks) in rows() {
        let serving = Misbehaving::serve(*fault, &[]).await;
        let report = serving.check(checks).await;
        let found = broken(&report);
        for check in checks.iter().filter(|check| !found.contains(check)) {
            let why = report
                .checks
                .iter()
                .find(|finding| finding.id == *check)
                .and_then(|finding| finding.why.clone());
            missed.push(format!("{quirk}: {check} {}", why.unwrap_or_else(|| "passed".into())));
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

/// Q-1 … Q-28 of docs/identity-providers.md §7.
#[test]
fn every_quirk_has_a_server_that_gets_it_wrong() {
    for number in 1..=28 {
        let quirk = format!("Q-{number} ");
        let is_there = rows().any(|(name, ..)| name.starts_with(&quirk));
        assert!(is_there, "{quirk}");
    }
}
