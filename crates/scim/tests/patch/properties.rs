//! What holds of any PATCH on any document.

use crate::patching::{operations, patch, plan};
use crate::support::{CUSTOM, ENTERPRISE, definitions, read};
use proptest::prelude::*;
use scim::patch::{self, Step};
use scim::{Document, Mode, Notes, ScimError};
use serde_json::{Value, json};

const PATHS: [&str; 22] = [
    "title",
    "userName",
    "name",
    "name.givenName",
    "emails",
    "emails.value",
    "emails[type eq \"work\"]",
    "emails[type eq \"work\"].value",
    "emails[value eq \"a\" and type eq \"b\"].primary",
    "phoneNumbers[not (type eq \"x\")].type",
    "active",
    "roles[primary eq \"True\"].value",
    "x509Certificates",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "manager",
    "schemas",
    "id",
    "password",
    "nope",
    "",
    "urn:example:params:scim:schemas:extension:custom:2.0:User:tags[value eq \"a\"]",
];
const NAMES: [&str; 18] = [
    "value",
    "type",
    "primary",
    "userName",
    "USERNAME",
    "name",
    "givenName",
    "name.givenName",
    "emails",
    "schemas",
    "op",
    "path",
    "Operations",
    ENTERPRISE,
    CUSTOM,
    "manager",
    "tags",
    "$ref",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&["", " ", "a", "work", "true", "False", "Add", "remove"][..])
            .prop_map(str::to_owned),
        "\\PC{0,6}"
    ]
}

/// JSON that looks somewhat like SCIM.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), object_of(inner)]
    })
}

fn object_of(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop_oneof![4 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => text()];
    prop::collection::vec((name, inner), 0..5).prop_map(|members| members.into_iter().collect())
}

fn operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(&["add", "replace", "remove"][..]);
    let path = prop_oneof![4 => prop::sample::select(&PATHS[..]).prop_map(Value::from), 1 => anything()];
    (op, path, anything()).prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

/// Values that most paths accept.
fn fitting() -> impl Strategy<Value = Value> {
    let element = (text(), prop::sample::select(&["work", "home"][..]), any::<bool>())
        .prop_map(|(value, kind, primary)| json!({ "value": value, "type": kind, "primary": primary }))
        .boxed();
    prop_oneof![
        text().prop_map(Value::from),
        element.clone(),
        prop::collection::vec(element, 1..2).prop_map(Value::from),
        text().prop_map(|name| json!({ "givenName": name, "familyName": name })),
        any::<bool>().prop_map(Value::from),
    ]
}

fn user() -> impl Strategy<Value = Value> {
    let element = (text(), prop::sample::select(&["work", "home", "other"][..]))
        .prop_map(|(value, kind)| json!({ "value": value, "type": kind }));
    (text(), prop::collection::vec(element, 0..4)).prop_map(|(title, emails)| {
        let body = json!({ "userName": "a", "title": title, "emails": emails });
        read(&definitions().user, Mode::Lenient, body).0.map(Value::Object).unwrap_or_default()
    })
}

const MODES: [Mode; 2] = [Mode::Lenient, Mode::Strict];

proptest! {
    /// Nothing panics on any JSON, nor on any document, whatever comes of it.
    #[test]
    fn anything_is_answered(body in anything(), list in prop::collection::vec(operation(), 0..4), document in anything()) {
        let document = document.as_object().cloned().unwrap_or_default();
        for definition in [&definitions().user, &definitions().group] {
            for mode in MODES {
                drop(read(definition, mode, body.clone()));
                drop(plan(definition, mode, body.clone()));
                drop(patch(definition, mode, &Value::Object(document.clone()), operations(json!(list))));
                drop(patch::finish(definition, &mut document.clone(), &mut Notes::new()));
            }
        }
    }

    /// R7644-3.5.2.1-08: what is added twice is there once.
    #[test]
    fn adding_twice_is_adding_once(before in user(), path in prop::sample::select(&PATHS[..]), value in fitting()) {
        for mode in MODES {
            let add = json!({ "op": "add", "path": path, "value": value });
            let once = patch(&definitions().user, mode, &before, operations(json!([add]))).0;
            let twice = patch(&definitions().user, mode, &before, operations(json!([add, add]))).0;
            // The sentence of an error says which of two operations it is.
            let code = |error: ScimError| (error.status, error.scim_type);
            prop_assert_eq!(once.map_err(code), twice.map_err(code));
        }
    }

    /// A replacement repeated changes nothing more; a removal repeated neither.
    #[test]
    fn repeating_a_request_changes_nothing(before in user(), path in prop::sample::select(&PATHS[..]), value in fitting(), op in prop::sample::select(&["replace", "remove"][..])) {
        // A replaced element may no longer meet the filter, and then the repetition adds another.
        let path = if op == "replace" { path.split('[').next().unwrap_or_default() } else { path };
        let body = operations(json!([{ "op": op, "path": path, "value": value }]));
        if let Ok((once, _)) = patch(&definitions().user, Mode::Lenient, &before, body.clone()).0 {
            let twice = patch(&definitions().user, Mode::Lenient, &once, body).0;
            prop_assert_eq!(twice.map(|(twice, _)| twice), Ok(once));
        }
    }

    /// What `finish` has made whole, it leaves as it is; and it holds no null and nothing empty.
    #[test]
    fn finishing_twice_is_finishing_once(before in user(), list in prop::collection::vec(operation(), 0..4)) {
        let definition = &definitions().user;
        let (steps, mut notes) = plan(definition, Mode::Lenient, operations(json!(list)));
        let mut document: Document = before.as_object().unwrap().clone();
        let mut applied = steps.is_ok();
        for step in steps.unwrap_or_default() {
            if let Step::Document(operation) = step {
                applied &= patch::apply(definition, &mut document, &operation, Mode::Lenient, &mut notes).is_ok();
            }
        }
        if applied && patch::finish(definition, &mut document, &mut notes).is_ok() {
            let once = document.clone();
            prop_assert_eq!(patch::finish(definition, &mut document, &mut notes), Ok(()));
            prop_assert_eq!(&once, &document);
            prop_assert!(!serde_json::to_string(&document).unwrap().contains("null,"));
        }
    }

    /// What was read is read again to the same: a canonical body stays as it is.
    #[test]
    fn reading_is_idempotent(body in object_of(anything())) {
        let definition = &definitions().user;
        if let Ok(once) = read(definition, Mode::Lenient, body).0 {
            let again = read(definition, Mode::Lenient, Value::Object(once.clone())).0;
            prop_assert_eq!(again, Ok(once));
        }
    }
}
