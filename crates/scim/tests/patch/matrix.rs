//! The matrix of REQUIREMENTS §26 in one table: each operation on each shape of target, on a lenient connection and
//! on a strict one.

use crate::patching::{operations, patch};
use crate::support::{CUSTOM, ENTERPRISE, code, definitions};
use scim::Mode::{self, Lenient, Strict};
use serde_json::{Value, json};

/// What comes out: this change of the document, nothing changed, or an error.
enum Then {
    /// These attributes differ afterwards; null is gone.
    Changed(Value),
    Same,
    Error(&'static str),
}
use Then::{Changed, Error, Same};

struct Row {
    what: &'static str,
    operation: Value,
    lenient: Then,
    /// `None` where a strict connection does the same.
    strict: Option<Then>,
}

fn before() -> Value {
    json!({
        "externalId": "e", "userName": "a", "title": "T", "active": true,
        "name": { "givenName": "A", "familyName": "B" },
        "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }],
        "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2", "type": "work" }],
        ENTERPRISE: { "department": "D", "division": "V" },
        CUSTOM: {
            "tags": ["a", "b"], "badge": "7",
            "devices": [{ "value": "d", "serial": "1" }],
        },
    })
}

fn custom(changes: &Value) -> Value {
    let mut custom = before()[CUSTOM].clone();
    merge(&mut custom, changes);
    json!({ CUSTOM: custom })
}

fn merge(into: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        let members = into.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(name)
        } else {
            members.insert(name.clone(), value.clone())
        };
    }
}

fn row(what: &'static str, operation: Value, lenient: Then) -> Row {
    Row { what, operation, lenient, strict: None }
}

fn both(what: &'static str, operation: Value, lenient: Then, strict: Then) -> Row {
    Row { what, operation, lenient, strict: Some(strict) }
}

/// R7644-3.5.2.1-03, R7644-3.5.2.3-01, R7644-3.5.2.2-01, RINT-6.5-01, R7644-3.5.2.1-04.
fn resource() -> Vec<Row> {
    let syntax = || Error("400 invalidSyntax");
    vec![
        both(
            "∅ add",
            json!({ "op": "add", "value": { "nickName": "N", "emails": [{ "value": "o@x", "type": "other" }] } }),
            Changed(json!({ "nickName": "N", "emails": [
                { "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }, { "value": "o@x", "type": "other" }] })),
            syntax(),
        ),
        both(
            "∅ replace",
            json!({ "op": "replace", "value": { "active": false, "emails": [{ "value": "o@x" }], "name": { "givenName": "Z" } } }),
            Changed(
                json!({ "active": false, "emails": [{ "value": "o@x" }], "name": { "givenName": "Z", "familyName": "B" } }),
            ),
            syntax(),
        ),
        both(
            "∅ replace with null",
            json!({ "op": "replace", "value": { "title": null, "phoneNumbers": [] } }),
            Changed(json!({ "title": null, "phoneNumbers": null })),
            syntax(),
        ),
        both(
            "∅ replace in an extension",
            json!({ "op": "replace", "value": { ENTERPRISE: { "department": "E" } } }),
            Changed(json!({ ENTERPRISE: { "department": "E", "division": "V" } })),
            syntax(),
        ),
        both("∅ not an object", json!({ "op": "add", "value": "x" }), Error("400 invalidValue"), syntax()),
        both(
            "∅ read-only inside",
            json!({ "op": "replace", "value": { "id": "x", "groups": [], "title": "U" } }),
            Changed(json!({ "title": "U" })),
            syntax(),
        ),
        both("∅ nothing inside", json!({ "op": "add", "value": {} }), Same, syntax()),
        row("∅ remove", json!({ "op": "remove" }), Error("400 noTarget")),
        row(
            "∅ remove with value",
            json!({ "op": "remove", "value": { "title": "T" } }),
            Error("400 noTarget"),
        ),
    ]
}

/// R7644-3.5.2.1-02, -05, -17, R7644-3.5.2.2-02, -06, -09, R7644-3.5.2.3-02, -04, -09, -10, RINT-6.5-02, M-16.
fn singular() -> Vec<Row> {
    vec![
        row(
            "S add, set",
            json!({ "op": "add", "path": "title", "value": "U" }),
            Changed(json!({ "title": "U" })),
        ),
        row(
            "S add, unset",
            json!({ "op": "add", "path": "nickName", "value": "N" }),
            Changed(json!({ "nickName": "N" })),
        ),
        row(
            "S replace, set",
            json!({ "op": "replace", "path": "TITLE", "value": "U" }),
            Changed(json!({ "title": "U" })),
        ),
        row(
            "S replace, unset",
            json!({ "op": "replace", "path": "nickName", "value": "N" }),
            Changed(json!({ "nickName": "N" })),
        ),
        row("S replace, same", json!({ "op": "replace", "path": "title", "value": "T" }), Same),
        row("S remove, set", json!({ "op": "remove", "path": "title" }), Changed(json!({ "title": null }))),
        row("S remove, unset", json!({ "op": "remove", "path": "nickName" }), Same),
        row(
            "S add null",
            json!({ "op": "add", "path": "title", "value": null }),
            Changed(json!({ "title": null })),
        ),
        row(
            "S replace null",
            json!({ "op": "replace", "path": "title", "value": null }),
            Changed(json!({ "title": null })),
        ),
        both(
            "S replace with empty text",
            json!({ "op": "replace", "path": "title", "value": "" }),
            Changed(json!({ "title": null })),
            Changed(json!({ "title": "" })),
        ),
        row(
            "S replace false",
            json!({ "op": "replace", "path": "active", "value": false }),
            Changed(json!({ "active": false })),
        ),
        row("S add without value", json!({ "op": "add", "path": "title" }), Error("400 invalidValue")),
        row(
            "S replace without value",
            json!({ "op": "replace", "path": "title" }),
            Error("400 invalidValue"),
        ),
        row(
            "S wrong type",
            json!({ "op": "replace", "path": "active", "value": "maybe" }),
            Error("400 invalidValue"),
        ),
        row("S required, remove", json!({ "op": "remove", "path": "userName" }), Error("400 mutability")),
        row(
            "S required, replace null",
            json!({ "op": "replace", "path": "userName", "value": null }),
            Error("400 mutability"),
        ),
        both(
            "S required, blank",
            json!({ "op": "replace", "path": "userName", "value": " " }),
            Error("400 mutability"),
            Error("400 invalidValue"),
        ),
        row(
            "externalId replace",
            json!({ "op": "replace", "path": "externalId", "value": "f" }),
            Changed(json!({ "externalId": "f" })),
        ),
        row(
            "externalId remove",
            json!({ "op": "remove", "path": "externalId" }),
            Changed(json!({ "externalId": null })),
        ),
    ]
}

/// R7644-3.5.2.1-06, -13, R7644-3.5.2.2-02, R7644-3.5.2.3-05, M-10.
fn complex() -> Vec<Row> {
    vec![
        row(
            "C add",
            json!({ "op": "add", "path": "name", "value": { "givenName": "Z" } }),
            Changed(json!({ "name": { "givenName": "Z", "familyName": "B" } })),
        ),
        both(
            "C replace",
            json!({ "op": "replace", "path": "name", "value": { "givenName": "Z" } }),
            Changed(json!({ "name": { "givenName": "Z", "familyName": "B" } })),
            Changed(json!({ "name": { "givenName": "Z" } })),
        ),
        row(
            "C add null inside",
            json!({ "op": "add", "path": "name", "value": { "givenName": null } }),
            Changed(json!({ "name": { "familyName": "B" } })),
        ),
        row("C remove", json!({ "op": "remove", "path": "name" }), Changed(json!({ "name": null }))),
        row(
            "C not an object",
            json!({ "op": "add", "path": "name", "value": "x" }),
            Error("400 invalidValue"),
        ),
        row(
            "C.s add",
            json!({ "op": "add", "path": "name.middleName", "value": "M" }),
            Changed(json!({ "name": { "givenName": "A", "familyName": "B", "middleName": "M" } })),
        ),
        row(
            "C.s replace",
            json!({ "op": "replace", "path": "name.givenName", "value": "Z" }),
            Changed(json!({ "name": { "givenName": "Z", "familyName": "B" } })),
        ),
        row(
            "C.s remove",
            json!({ "op": "remove", "path": "name.givenName" }),
            Changed(json!({ "name": { "familyName": "B" } })),
        ),
        row("C.s remove, unset", json!({ "op": "remove", "path": "name.middleName" }), Same),
        row(
            "C.s of unset C, add",
            json!({ "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "m" }),
            Changed(
                json!({ ENTERPRISE: { "department": "D", "division": "V", "manager": { "value": "m" } } }),
            ),
        ),
        row(
            "C.s of unset C, replace",
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "m" }),
            Changed(
                json!({ ENTERPRISE: { "department": "D", "division": "V", "manager": { "value": "m" } } }),
            ),
        ),
        row(
            "C.s of unset C, remove",
            json!({ "op": "remove", "path": format!("{ENTERPRISE}:manager.value") }),
            Same,
        ),
    ]
}

/// R7644-3.5.2.1-09, R7644-3.5.2.2-03, R7644-3.5.2.3-03, erratum 7122.
fn simple_list() -> Vec<Row> {
    let tags = |tags: Value| Changed(custom(&json!({ "tags": tags })));
    let path = |rest: &str| format!("{CUSTOM}:tags{rest}");
    vec![
        row(
            "MS add",
            json!({ "op": "add", "path": path(""), "value": ["b", "c"] }),
            tags(json!(["a", "b", "c"])),
        ),
        row(
            "MS add one",
            json!({ "op": "add", "path": path(""), "value": "c" }),
            tags(json!(["a", "b", "c"])),
        ),
        row("MS add what is there", json!({ "op": "add", "path": path(""), "value": ["a"] }), Same),
        row("MS add null", json!({ "op": "add", "path": path(""), "value": null }), Same),
        row(
            "MS replace",
            json!({ "op": "replace", "path": path(""), "value": ["c", "c"] }),
            tags(json!(["c"])),
        ),
        row(
            "MS replace, empty",
            json!({ "op": "replace", "path": path(""), "value": [] }),
            tags(json!(null)),
        ),
        row("MS remove", json!({ "op": "remove", "path": path("") }), tags(json!(null))),
        row(
            "MS remove listed",
            json!({ "op": "remove", "path": path(""), "value": ["a"] }),
            tags(json!(["b"])),
        ),
        row(
            "MS remove by filter",
            json!({ "op": "remove", "path": path("[value eq \"a\"]") }),
            tags(json!(["b"])),
        ),
        row(
            "MS remove by expression",
            json!({ "op": "remove", "path": path(" eq \"a\"") }),
            tags(json!(["b"])),
        ),
        row(
            "MS replace by filter",
            json!({ "op": "replace", "path": path("[value eq \"a\"]"), "value": "z" }),
            tags(json!(["z", "b"])),
        ),
        row(
            "MS wrong type",
            json!({ "op": "add", "path": path(""), "value": [1, { "a": 1 }] }),
            Error("400 invalidValue"),
        ),
    ]
}

/// R7644-3.5.2.1-07, -08, -14, R7644-3.5.2.2-03, -10, R7644-3.5.2.3-03, R7644-3.5.2-11, M-15, M-44, R7643-2.4-03.
fn complex_list() -> Vec<Row> {
    let (work, home) = (
        json!({ "value": "w@x", "type": "work", "primary": true }),
        json!({ "value": "h@x", "type": "home" }),
    );
    let path_error = || Error("400 invalidPath");
    vec![
        row(
            "MC add",
            json!({ "op": "add", "path": "emails", "value": [{ "value": "o@x" }] }),
            Changed(json!({ "emails": [work, home, { "value": "o@x" }] })),
        ),
        row(
            "MC add one",
            json!({ "op": "add", "path": "emails", "value": { "value": "o@x" } }),
            Changed(json!({ "emails": [work, home, { "value": "o@x" }] })),
        ),
        row(
            "MC add what is there",
            json!({ "op": "add", "path": "emails", "value": [{ "value": "H@X", "type": "home" }] }),
            Same,
        ),
        row("MC add nothing", json!({ "op": "add", "path": "emails", "value": [] }), Same),
        row(
            "MC add another type",
            json!({ "op": "add", "path": "emails", "value": { "value": "w@x", "type": "other" } }),
            Changed(json!({ "emails": [work, home, { "value": "w@x", "type": "other" }] })),
        ),
        row(
            "MC add a primary",
            json!({ "op": "add", "path": "emails", "value": [{ "value": "o@x", "primary": true }] }),
            Changed(
                json!({ "emails": [{ "value": "w@x", "type": "work", "primary": false }, home, { "value": "o@x", "primary": true }] }),
            ),
        ),
        row(
            "MC add two primaries",
            json!({ "op": "add", "path": "emails", "value": [{ "value": "o", "primary": true }, { "value": "p", "primary": true }] }),
            Error("400 invalidValue"),
        ),
        row(
            "MC replace",
            json!({ "op": "replace", "path": "emails", "value": [{ "value": "o@x" }] }),
            Changed(json!({ "emails": [{ "value": "o@x" }] })),
        ),
        row(
            "MC replace, empty",
            json!({ "op": "replace", "path": "emails", "value": [] }),
            Changed(json!({ "emails": null })),
        ),
        row(
            "MC replace null",
            json!({ "op": "replace", "path": "emails", "value": null }),
            Changed(json!({ "emails": null })),
        ),
        row("MC remove", json!({ "op": "remove", "path": "emails" }), Changed(json!({ "emails": null }))),
        row(
            "MC remove listed",
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "h@x" }] }),
            Changed(json!({ "emails": [work] })),
        ),
        row(
            "MC remove listed of another type",
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "h@x", "type": "work" }] }),
            Same,
        ),
        row("MC remove, nothing listed", json!({ "op": "remove", "path": "emails", "value": [] }), Same),
        both(
            "MC.s replace",
            json!({ "op": "replace", "path": "phoneNumbers.type", "value": "fax" }),
            Changed(
                json!({ "phoneNumbers": [{ "value": "1", "type": "fax" }, { "value": "2", "type": "fax" }] }),
            ),
            path_error(),
        ),
        both(
            "MC.s add, unset",
            json!({ "op": "add", "path": "ims.value", "value": "i" }),
            Changed(json!({ "ims": [{ "value": "i" }] })),
            path_error(),
        ),
        both(
            "MC.s remove",
            json!({ "op": "remove", "path": "phoneNumbers.type" }),
            Changed(json!({ "phoneNumbers": [{ "value": "1" }, { "value": "2" }] })),
            path_error(),
        ),
    ]
}

/// R7644-3.5.2.1-10 to -12, R7644-3.5.2.2-04, -05, -07, -08, -12, R7644-3.5.2.3-06 to -08, M-11 to M-14, RINT-6.5-01,
/// E-10, Q-3, R7644-3.5.2-11.
fn chosen() -> Vec<Row> {
    let (work, home) = (
        json!({ "value": "w@x", "type": "work", "primary": true }),
        json!({ "value": "h@x", "type": "home" }),
    );
    let path_error = || Error("400 invalidPath");
    let phones = |phones: Value| Changed(json!({ "phoneNumbers": phones }));
    vec![
        both(
            "MC[f] add",
            json!({ "op": "add", "path": "emails[type eq \"home\"]", "value": { "display": "H" } }),
            Changed(json!({ "emails": [work, { "value": "h@x", "type": "home", "display": "H" }] })),
            path_error(),
        ),
        both(
            "MC[f] replace",
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "value": "n@x" } }),
            Changed(json!({ "emails": [{ "value": "n@x" }, home] })),
            path_error(),
        ),
        row(
            "MC[f] remove",
            json!({ "op": "remove", "path": "emails[type eq \"work\" and value ew \"x\"]" }),
            Changed(json!({ "emails": [home] })),
        ),
        row(
            "MC[f] remove, all",
            json!({ "op": "remove", "path": "phoneNumbers[type eq \"work\"]" }),
            phones(json!(null)),
        ),
        row("MC[f] remove, none", json!({ "op": "remove", "path": "emails[type eq \"fax\"]" }), Same),
        both(
            "MC[f] add, none",
            json!({ "op": "add", "path": "emails[type eq \"other\"]", "value": { "value": "o@x" } }),
            Changed(json!({ "emails": [work, home, { "type": "other", "value": "o@x" }] })),
            path_error(),
        ),
        both(
            "MC[f] replace, none",
            json!({ "op": "replace", "path": "emails[type eq \"other\"]", "value": { "value": "o@x" } }),
            Changed(json!({ "emails": [work, home, { "type": "other", "value": "o@x" }] })),
            path_error(),
        ),
        both(
            "MC[f] replace null",
            json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": null }),
            Changed(json!({ "emails": [home] })),
            path_error(),
        ),
        row(
            "MC[f].s add",
            json!({ "op": "add", "path": "emails[type eq \"home\"].display", "value": "H" }),
            Changed(json!({ "emails": [work, { "value": "h@x", "type": "home", "display": "H" }] })),
        ),
        both(
            "MC[f].s replace, two",
            json!({ "op": "replace", "path": "phoneNumbers[type eq \"work\"].display", "value": "W" }),
            phones(
                json!([{ "value": "1", "type": "work", "display": "W" }, { "value": "2", "type": "work", "display": "W" }]),
            ),
            Error("400 invalidFilter"),
        ),
        row(
            "MC[f].s remove",
            json!({ "op": "remove", "path": "emails[type eq \"work\"].primary" }),
            Changed(json!({ "emails": [{ "value": "w@x", "type": "work" }, home] })),
        ),
        both(
            "MC[f].s remove of the last content",
            json!({ "op": "remove", "path": "emails[type eq \"home\"].value" }),
            Changed(json!({ "emails": [work] })),
            Changed(json!({ "emails": [work, { "type": "home" }] })),
        ),
        row(
            "MC[f].s add, none",
            json!({ "op": "add", "path": "emails[type eq \"other\"].value", "value": "o@x" }),
            Changed(json!({ "emails": [work, home, { "type": "other", "value": "o@x" }] })),
        ),
        both(
            "MC[f].s replace, none",
            json!({ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "o@x" }),
            Changed(json!({ "emails": [work, home, { "type": "other", "value": "o@x" }] })),
            Error("400 noTarget"),
        ),
        row(
            "MC[f].s remove, none",
            json!({ "op": "remove", "path": "emails[type eq \"other\"].value" }),
            Same,
        ),
        row(
            "MC[f].s add, none, and",
            json!({ "op": "add", "path": "ims[type eq \"aim\" and primary eq true].value", "value": "i" }),
            Changed(json!({ "ims": [{ "type": "aim", "primary": true, "value": "i" }] })),
        ),
        row(
            "MC[f].s add, none, not by equality",
            json!({ "op": "add", "path": "emails[value co \"q\"].type", "value": "work" }),
            Error("400 noTarget"),
        ),
        row(
            "MC[f].s add, none, or",
            json!({ "op": "add", "path": "ims[type eq \"a\" or type eq \"b\"].value", "value": "i" }),
            Error("400 noTarget"),
        ),
        row(
            "MC[f].s primary",
            json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }),
            Changed(
                json!({ "emails": [{ "value": "w@x", "type": "work", "primary": false }, { "value": "h@x", "type": "home", "primary": true }] }),
            ),
        ),
        both(
            "MC[f].s primary, two",
            json!({ "op": "replace", "path": "phoneNumbers[type eq \"work\"].primary", "value": true }),
            Error("400 invalidValue"),
            Error("400 invalidFilter"),
        ),
        row(
            "MC[f].s required, remove",
            json!({ "op": "remove", "path": format!("{CUSTOM}:devices[value eq \"d\"].value") }),
            Error("400 mutability"),
        ),
    ]
}

/// R7644-3.10-04, R7644-3.5.2-13, R7644-3.5.2.2-11, R7643-3.3-03, M-08, M-09.
fn extension() -> Vec<Row> {
    vec![
        row(
            "E add",
            json!({ "op": "add", "path": ENTERPRISE, "value": { "costCenter": "C" } }),
            Changed(json!({ ENTERPRISE: { "department": "D", "division": "V", "costCenter": "C" } })),
        ),
        row(
            "E replace",
            json!({ "op": "replace", "path": ENTERPRISE.to_uppercase(), "value": { "department": "E", "division": null } }),
            Changed(json!({ ENTERPRISE: { "department": "E" } })),
        ),
        row("E remove", json!({ "op": "remove", "path": ENTERPRISE }), Changed(json!({ ENTERPRISE: null }))),
        row(
            "E not an object",
            json!({ "op": "add", "path": ENTERPRISE, "value": "x" }),
            Error("400 invalidValue"),
        ),
        row(
            "E attribute replace",
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:Department"), "value": "E" }),
            Changed(json!({ ENTERPRISE: { "department": "E", "division": "V" } })),
        ),
        row(
            "E attribute remove",
            json!({ "op": "remove", "path": format!("{ENTERPRISE}:division") }),
            Changed(json!({ ENTERPRISE: { "department": "D" } })),
        ),
        row(
            "core URN",
            json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "U" }),
            Changed(json!({ "title": "U" })),
        ),
    ]
}

/// R7644-3.5.2-09, -10, -14, R7643-4.3-01, R7644-3.5.2.3-12, M-21, M-56.
fn mutability() -> Vec<Row> {
    let refused = || Error("400 mutability");
    let badge =
        |op: &str, value: &str| json!({ "op": op, "path": format!("{CUSTOM}:badge"), "value": value });
    let serial = |value: &str| json!({ "op": "replace", "path": format!("{CUSTOM}:devices[value eq \"d\"].serial"), "value": value });
    let mut rows = vec![
        row("immutable add, same", badge("add", "7"), Same),
        row("immutable replace, same", badge("replace", "7"), Same),
        row("immutable add, other", badge("add", "8"), refused()),
        row("immutable replace, other", badge("replace", "8"), refused()),
        row("immutable remove", json!({ "op": "remove", "path": format!("{CUSTOM}:badge") }), refused()),
        row("immutable with its extension", json!({ "op": "remove", "path": CUSTOM }), refused()),
        row("immutable part, same", serial("1"), Same),
        row("immutable part, other", serial("2"), refused()),
        row("schemas add", json!({ "op": "add", "path": "schemas", "value": [ENTERPRISE] }), Same),
        row(
            "schemas replace",
            json!({ "op": "replace", "path": "schemas", "value": ["urn:ietf:params:scim:schemas:core:2.0:User"] }),
            Same,
        ),
        row(
            "schemas replace without base",
            json!({ "op": "replace", "path": "schemas", "value": [ENTERPRISE] }),
            refused(),
        ),
        row("schemas remove", json!({ "op": "remove", "path": "schemas" }), refused()),
        both(
            "schemas add unknown",
            json!({ "op": "add", "path": "schemas", "value": ["urn:x:y"] }),
            Same,
            Error("400 invalidValue"),
        ),
        both(
            "writeOnly",
            json!({ "op": "replace", "path": "password", "value": "x" }),
            Same,
            Error("400 invalidPath"),
        ),
        both(
            "unknown",
            json!({ "op": "replace", "path": "nope", "value": "x" }),
            Same,
            Error("400 invalidPath"),
        ),
    ];
    for path in [
        "id",
        "meta",
        "meta.created",
        "groups",
        "groups[value eq \"g\"]",
        &format!("{ENTERPRISE}:manager.displayName"),
        &format!("{CUSTOM}:state"),
    ] {
        for op in ["add", "replace", "remove"] {
            rows.push(row("readOnly", json!({ "op": op, "path": path, "value": "x" }), refused()));
        }
    }
    rows
}

fn check(row: &Row, mode: Mode, then: &Then) {
    let (what, operation) = (row.what, &row.operation);
    let changed = patch(&definitions().user, mode, &before(), operations(json!([operation]))).0;
    let mut expected = before();
    match (then, changed) {
        (Error(error), changed) => assert_eq!(&code(&changed), error, "{what}, {mode:?}: {operation}"),
        (_, Err(error)) => panic!("{what}, {mode:?}: {operation}: {error}"),
        (then, Ok((changed, rows))) => {
            if let Changed(changes) = then {
                merge(&mut expected, changes);
            }
            assert_eq!(changed, expected, "{what}, {mode:?}: {operation}");
            assert_eq!(rows, []);
        }
    }
}

/// REQUIREMENTS §26: every row of the tables above.
#[test]
fn every_operation_on_every_target_does_what_the_matrix_says() {
    let tables = [
        resource(),
        singular(),
        complex(),
        simple_list(),
        complex_list(),
        chosen(),
        extension(),
        mutability(),
    ];
    for row in tables.iter().flatten() {
        check(row, Lenient, &row.lenient);
        check(row, Strict, row.strict.as_ref().unwrap_or(&row.lenient));
    }
}
