//! Every body of the conversations that identity providers were recorded in, in `tests/data`, one a line.

use crate::patching::patch;
use crate::support::read;
use scim::note::NoteKind;
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Mode, dialect, resource};
use serde_json::{Value, json};

const RECORDED: [(&str, &str); 7] = [
    ("auth0", include_str!("../data/auth0.jsonl")),
    ("cognito-manual", include_str!("../data/cognito-manual.jsonl")),
    ("entra-aadOptscim062020", include_str!("../data/entra-aadOptscim062020.jsonl")),
    ("entra-default", include_str!("../data/entra-default.jsonl")),
    ("google", include_str!("../data/google.jsonl")),
    ("okta-aiw", include_str!("../data/okta-aiw.jsonl")),
    ("okta-spec-suite", include_str!("../data/okta-spec-suite.jsonl")),
];

fn before() -> Value {
    json!({
        "userName": "a@b", "name": { "givenName": "A", "familyName": "B" },
        "emails": [{ "value": "a@b", "type": "work", "primary": true }],
    })
}

/// What the providers send is taken, with the required attributes in place. A password is nowhere in it.
#[test]
fn recorded_bodies_are_taken() {
    let definitions = Definitions::build(&Synchronised::default());
    for (provider, lines) in RECORDED {
        for line in lines.lines() {
            let mut recorded: Value = serde_json::from_str(line).unwrap();
            let body = recorded["body"].take();
            let definition = if recorded["type"] == "User" { &definitions.user } else { &definitions.group };
            let (outcome, notes) = if recorded["method"] == "PATCH" {
                let document =
                    if recorded["type"] == "User" { before() } else { json!({ "displayName": "g" }) };
                let (changed, notes) = patch(definition, Mode::Lenient, &document, body);
                (changed.map(|(changed, _)| changed), notes)
            } else {
                let (read, notes) = read(definition, Mode::Lenient, body);
                let read = read.and_then(|read| resource::check_required(definition, &read).map(|()| read));
                (read.map(Value::Object), notes)
            };
            let outcome = outcome.unwrap_or_else(|error| panic!("{provider}: {line}: {error}"));
            for note in notes.as_slice() {
                assert!(dialect::meaning(&note.habit).is_some(), "{note:?} has no meaning");
            }
            let told = format!("{outcome} {notes:?}");
            assert!(!told.contains("1mz050nq") && !told.contains("N3w-p"), "{line}");
        }
    }
}

/// The compliant dialects need no correction: those connections could be strict.
#[test]
fn compliant_providers_need_no_corrections() {
    let definitions = Definitions::build(&Synchronised::default());
    for (provider, lines) in RECORDED
        .into_iter()
        .filter(|(name, _)| ["google", "cognito-manual", "okta-spec-suite"].contains(name))
    {
        for line in lines.lines() {
            let mut recorded: Value = serde_json::from_str(line).unwrap();
            if recorded["method"] != "PATCH" {
                let definition =
                    if recorded["type"] == "User" { &definitions.user } else { &definitions.group };
                let (read, notes) = read(definition, Mode::Strict, recorded["body"].take());
                let corrected = notes.counts().iter().any(|(kind, ..)| *kind == NoteKind::Corrected);
                assert!(read.is_ok() && !corrected, "{provider}: {line}: {read:?}");
            }
        }
    }
}
