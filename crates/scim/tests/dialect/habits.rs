//! Each habit: the JSON before and after, and that a strict connection leaves it alone.

use crate::patching::operations;
use crate::support::{CUSTOM, ENTERPRISE, definitions, habits};
use scim::dialect::{HABITS, Rewrite, read_patch, read_resource};
use scim::patch::PATCH_SCHEMA;
use scim::{Mode, Notes, Provider, ResourceDefinition};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const MALFORMED: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";

type Porch = fn(Provider, Mode, &ResourceDefinition, Value, &mut Notes) -> Value;

/// Runs a case, checks the result on both kinds of connection, and says which habits were noted.
fn check(porch: Porch, definition: &ResourceDefinition, before: &Value, after: &Value) -> BTreeSet<String> {
    let mut notes = Notes::new();
    let read = porch(Provider::Generic, Mode::Lenient, definition, before.clone(), &mut notes);
    assert_eq!(&read, after, "{before}");
    let mut silence = Notes::new();
    assert_eq!(&porch(Provider::Generic, Mode::Strict, definition, before.clone(), &mut silence), before);
    assert!(silence.as_slice().is_empty());
    // What is read as the RFC says needs no second correction.
    let mut again = Notes::new();
    assert_eq!(porch(Provider::Generic, Mode::Lenient, definition, read.clone(), &mut again), read);
    assert!(again.as_slice().is_empty(), "{again:?}");
    habits(&notes).into_iter().map(str::to_owned).collect()
}

/// Habit, body of a resource before, after.
fn resources() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "string-boolean",
            json!({ "Active": "False", "roles": [{ "primary": "True" }] }),
            json!({ "Active": false, "roles": [{ "primary": true }] }),
        ),
        (
            "single-value-for-list",
            json!({ "schemas": USER, "emails": { "value": "a" } }),
            json!({ "schemas": [USER], "emails": [{ "value": "a" }] }),
        ),
        (
            "list-for-single-value",
            json!({ "title": ["T"], "name": [{ "givenName": "A" }] }),
            json!({ "title": "T", "name": { "givenName": "A" } }),
        ),
        (
            "bare-value",
            json!({ ENTERPRISE: { "manager": "m" } }),
            json!({ ENTERPRISE: { "manager": { "value": "m" } } }),
        ),
        ("bare-value", json!({ "emails": ["a@b"] }), json!({ "emails": [{ "value": "a@b" }] })),
        (
            "blank-text",
            json!({ "title": "", "nickName": " ", "name": { "givenName": "" } }),
            json!({ "title": null, "nickName": null, "name": { "givenName": null } }),
        ),
        (
            "blank-value",
            json!({ ENTERPRISE: { "manager": { "value": "", "displayName": " " } } }),
            json!({ ENTERPRISE: { "manager": null } }),
        ),
        ("blank-value", json!({ "emails": [{ "type": "work", "value": " " }] }), json!({ "emails": [null] })),
        (
            "number-for-text",
            json!({ ENTERPRISE: { "employeeNumber": 701_984 } }),
            json!({ ENTERPRISE: { "employeeNumber": "701984" } }),
        ),
        (
            "reference-alone",
            json!({ ENTERPRISE: { "manager": { "$ref": "https://h/Users/m/" } } }),
            json!({ ENTERPRISE: { "manager": { "$ref": "https://h/Users/m/", "value": "m" } } }),
        ),
        (
            "malformed-urn",
            json!({ "schemas": [USER, MALFORMED], MALFORMED: { "division": "D" } }),
            json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "division": "D" } }),
        ),
        ("key-without-urn", json!({ "Department": "D" }), json!({ ENTERPRISE: { "department": "D" } })),
        (
            "key-without-urn",
            json!({ "manager": { "value": "m" } }),
            json!({ ENTERPRISE: { "manager": { "value": "m" } } }),
        ),
        (
            "flattened-keys",
            json!({ "Name.GivenName": "A", "name": { "familyName": "B" } }),
            json!({ "name": { "givenName": "A", "familyName": "B" } }),
        ),
        (
            "flattened-keys",
            json!({ format!("{USER}:userName"): "a", USER: { "title": "T" } }),
            json!({ "userName": "a", "title": "T" }),
        ),
        (
            "flattened-keys",
            json!({ format!("{ENTERPRISE}:manager.value"): "m", format!("{ENTERPRISE}:division"): "D" }),
            json!({ ENTERPRISE: { "manager": { "value": "m" }, "division": "D" } }),
        ),
    ]
}

/// Habit, operation before, operations after.
fn patches() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "op-letter-case",
            json!({ "op": "Add", "path": "title", "value": "T" }),
            json!([{ "op": "add", "path": "title", "value": "T" }]),
        ),
        (
            "extra-operation-member",
            json!({ "op": "add", "name": "x", "path": "title", "value": "T" }),
            json!([{ "op": "add", "path": "title", "value": "T" }]),
        ),
        (
            "empty-path",
            json!({ "op": "add", "path": "", "value": { "title": "T" } }),
            json!([{ "op": "add", "value": { "title": "T" } }]),
        ),
        (
            "empty-path",
            json!({ "op": "add", "path": " title ", "value": "T" }),
            json!([{ "op": "add", "path": "title", "value": "T" }]),
        ),
        (
            "malformed-urn-path",
            json!({ "op": "remove", "path": format!("{MALFORMED}:division") }),
            json!([{ "op": "remove", "path": format!("{ENTERPRISE}:division") }]),
        ),
        (
            "urn-dot-path",
            json!({ "op": "remove", "path": format!("{ENTERPRISE}.manager") }),
            json!([{ "op": "remove", "path": format!("{ENTERPRISE}:manager") }]),
        ),
        (
            "path-without-urn",
            json!({ "op": "remove", "path": "manager" }),
            json!([{ "op": "remove", "path": format!("{ENTERPRISE}:manager") }]),
        ),
        (
            "remove-with-value",
            json!({ "op": "remove", "path": "emails[type eq \"work\"].value", "value": "a" }),
            json!([{ "op": "remove", "path": "emails[type eq \"work\"].value" }]),
        ),
        (
            "remove-with-value",
            json!({ "op": "remove", "path": "title", "value": "T" }),
            json!([{ "op": "remove", "path": "title" }]),
        ),
        (
            "read-only-in-value",
            json!({ "op": "replace", "value": { "id": "1", "Groups": [], "title": "T" } }),
            json!([{ "op": "replace", "value": { "title": "T" } }]),
        ),
        (
            "schemas-in-value",
            json!({ "op": "replace", "value": { "schemas": [USER], "active": true } }),
            json!([{ "op": "replace", "value": { "active": true } }]),
        ),
        (
            "value-path-keys",
            json!({ "op": "add", "value": { "title": "T", "emails[type eq \"work\"].value": "a", "phoneNumbers.value": "1" } }),
            json!([{ "op": "add", "value": { "title": "T" } }, { "op": "add", "path": "emails[type eq \"work\"].value", "value": "a" },
                { "op": "add", "path": "phoneNumbers.value", "value": "1" }]),
        ),
        (
            "flattened-keys",
            json!({ "op": "replace", "value": { "name.givenName": "Zoë", format!("{ENTERPRISE}:department"): "X" } }),
            json!([{ "op": "replace", "value": { "name": { "givenName": "Zoë" }, ENTERPRISE: { "department": "X" } } }]),
        ),
    ]
}

/// The same for values of operations.
fn values() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "string-boolean",
            json!({ "op": "replace", "path": "active", "value": "False" }),
            json!([{ "op": "replace", "path": "active", "value": false }]),
        ),
        (
            "string-boolean",
            json!({ "op": "add", "path": "roles[value eq \"a\"].primary", "value": "true" }),
            json!([{ "op": "add", "path": "roles[value eq \"a\"].primary", "value": true }]),
        ),
        (
            "list-for-single-value",
            json!({ "op": "add", "path": "active", "value": ["true"] }),
            json!([{ "op": "add", "path": "active", "value": true }]),
        ),
        (
            "list-for-single-value",
            json!({ "op": "add", "path": "emails[type eq \"work\"].value", "value": ["a"] }),
            json!([{ "op": "add", "path": "emails[type eq \"work\"].value", "value": "a" }]),
        ),
        (
            "list-for-single-value",
            json!({ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": [{ "value": "m" }] }),
            json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "m" } }]),
        ),
        (
            "bare-value",
            json!({ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "m" }),
            json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "m" } }]),
        ),
        (
            "blank-text",
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "" }),
            json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": null }]),
        ),
        (
            "blank-value",
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "" } }),
            json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": null }]),
        ),
        (
            "number-for-text",
            json!({ "op": "replace", "path": "title", "value": 1.5 }),
            json!([{ "op": "replace", "path": "title", "value": "1.5" }]),
        ),
        (
            "string-boolean",
            json!({ "op": "add", "path": ENTERPRISE, "value": { "division": "true" } }),
            json!([{ "op": "add", "path": ENTERPRISE, "value": { "division": "true" } }]),
        ),
    ]
}

/// M-31, M-32, E-9, E-10, E-11, E-19, E-26, O-15, A-9, L-3, Q-1, Q-4, Q-5: each habit is read as the RFC says it, noted
/// by its name, and left alone on a strict connection.
#[test]
fn habits_are_read_as_the_rfc_says() {
    let user = &definitions().user;
    let mut seen = BTreeSet::new();
    for (habit, before, after) in resources() {
        let noted = check(read_resource, user, &before, &after);
        assert!(noted.contains(habit), "{before}: {noted:?}");
        seen.extend(noted);
    }
    for (habit, before, after) in patches().into_iter().chain(values()) {
        let noted = check(read_patch, user, &operations(json!([before])), &operations(after.clone()));
        assert!(noted.contains(habit) || after == json!([before]), "{before}: {noted:?}");
        seen.extend(noted);
    }
    let envelopes = [
        (
            "patch-without-schema",
            json!({ "Operations": [] }),
            json!({ "Operations": [], "schemas": [PATCH_SCHEMA] }),
        ),
        (
            "patch-without-schema",
            json!({ "Schemas": "x", "Operations": [] }),
            json!({ "Schemas": [PATCH_SCHEMA], "Operations": [] }),
        ),
        (
            "single-operation",
            json!({ "schemas": [PATCH_SCHEMA], "operations": {} }),
            json!({ "schemas": [PATCH_SCHEMA], "operations": [{}] }),
        ),
        (
            "extra-patch-member",
            json!({ "schemas": [PATCH_SCHEMA], "id": "1", "Operations": [] }),
            operations(json!([])),
        ),
    ];
    for (habit, before, after) in envelopes {
        let noted = check(read_patch, user, &before, &after);
        assert!(noted.contains(habit), "{before}: {noted:?}");
        seen.extend(noted);
    }
    let names: BTreeSet<String> = HABITS.iter().map(|habit| habit.name.to_owned()).collect();
    assert_eq!(seen, names, "every habit has a case");
}

/// E-16, E-26: members as bare text and as references.
#[test]
fn members_are_read_in_all_their_shapes() {
    let group = &definitions().group;
    for value in [
        json!("1"),
        json!(["1"]),
        json!({ "value": "1" }),
        json!([{ "value": 1 }]),
        json!([{ "$ref": "../Users/1" }]),
    ] {
        let body = operations(json!([{ "op": "Add", "path": "members", "value": value }]));
        let (steps, _) = crate::patching::plan(group, Mode::Lenient, body);
        let steps = format!("{:?}", steps.unwrap());
        assert!(steps.contains("Add([") && steps.contains("\"value\": String(\"1\")"), "{value}: {steps}");
    }
}

/// what is no habit is not touched.
#[test]
fn other_json_is_left_alone() {
    let user = &definitions().user;
    for body in [
        json!({ "userName": "False", "roles": [{ "value": "{\"id\":1,\"value\":\"Admin\"}" }], "displayName": " a " }),
        json!({ "unknown": ["x"], "urn:x:y:z": "x", "a.b": 1, "active": "yes", "emails": [] }),
        json!({ CUSTOM: { "tags": ["a"], "seats": "1" }, "name": { "unknown": "" } }),
        json!([]),
        json!("x"),
        json!(null),
    ] {
        assert!(check(read_resource, user, &body, &body).is_empty());
    }
    for body in [
        json!([]),
        json!({ "schemas": [PATCH_SCHEMA], "Operations": "x" }),
        operations(json!([1, "x", {}, { "op": 1, "path": 2, "value": 3 }])),
    ] {
        assert!(check(read_patch, user, &body, &body).is_empty());
    }
}

/// The table is what people read: names are unique and in kebab case, meanings one line, in the order in which the
/// habits run.
#[test]
fn the_table_is_in_order() {
    let names: BTreeSet<&str> = HABITS.iter().map(|habit| habit.name).collect();
    assert_eq!(names.len(), HABITS.len());
    let order: Vec<u8> = HABITS
        .iter()
        .map(|habit| match habit.rewrite {
            Rewrite::Patch(_) => 0,
            Rewrite::Operation(_) => 1,
            Rewrite::Attributes(_) => 2,
            Rewrite::Value(_) => 3,
        })
        .collect();
    assert!(order.is_sorted());
    for habit in HABITS {
        assert!(habit.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", habit.name);
        assert!(
            habit.meaning.ends_with('.') && !habit.meaning.contains('\n') && habit.meaning.len() < 120,
            "{}",
            habit.meaning
        );
    }
}
