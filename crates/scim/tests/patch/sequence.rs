//! Several operations in one request.

use crate::patching::{operations, patch};
use crate::support::{CUSTOM, ENTERPRISE, code, definitions, habits};
use scim::Mode::{Lenient, Strict};
use scim::patch;
use scim::schema::definition::{Definitions, Synchronised};
use scim::{Notes, ScimError};
use serde_json::{Value, json};

fn changed(before: &Value, list: Value) -> Result<Value, ScimError> {
    patch(&definitions().user, Lenient, before, operations(list)).0.map(|(changed, _)| changed)
}

/// R7644-3.5.2-07, Q-21: each operation sees what the one before left.
#[test]
fn operations_are_carried_out_in_order() {
    let list = json!([
        { "op": "remove", "path": "externalId" }, { "op": "add", "path": "externalId", "value": "78" },
        { "op": "replace", "path": "externalId", "value": "79" },
        { "op": "add", "path": "emails", "value": [{ "type": "work", "value": "a@b" }] },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "c@d" },
    ]);
    for mode in [Lenient, Strict] {
        let before = json!({ "userName": "a", "externalId": "1" });
        let (changed, _) = patch(&definitions().user, mode, &before, operations(list.clone()));
        let expected =
            json!({ "userName": "a", "externalId": "79", "emails": [{ "type": "work", "value": "c@d" }] });
        assert_eq!(changed.unwrap().0, expected);
    }
}

/// E-10, Q-6: several operations on one filter that selects nothing build one element, with a real boolean in it.
#[test]
fn one_filter_builds_one_element() {
    let list = json!([
        { "op": "Add", "path": "roles[primary eq \"True\"].display", "value": "Administrator" },
        { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin" },
        { "op": "Add", "path": "roles[primary eq \"True\"].type", "value": "WindowsAzureActiveDirectoryRole" },
        { "op": "Replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "Łąkowa 7" },
        { "op": "Replace", "path": "addresses[type eq \"work\"].country", "value": "PL" },
    ]);
    let expected = json!({
        "userName": "a", "addresses": [{ "type": "work", "streetAddress": "Łąkowa 7", "country": "PL" }],
        "roles": [{ "primary": true, "display": "Administrator", "value": "Admin", "type": "WindowsAzureActiveDirectoryRole" }],
    });
    assert_eq!(changed(&json!({ "userName": "a" }), list).unwrap(), expected);
}

/// R7644-3.5.2.2-06, RFC 7644 §3.5.2: the required check comes last: to remove and set again is no error.
#[test]
fn required_attributes_are_looked_for_at_the_end() {
    let standard = Definitions::build(&Synchronised::default()).user;
    let before = json!({ "userName": "a", "name": { "givenName": "A", "familyName": "B" }, "emails": [{ "value": "a@b", "type": "work" }] });
    let set_again = json!([{ "op": "remove", "path": "emails" }, { "op": "add", "path": "emails", "value": { "value": "c@d" } }]);
    let cases = [
        (set_again, "ok"),
        (json!([{ "op": "remove", "path": "emails" }]), "400 mutability"),
        (json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }]), "400 mutability"),
        (json!([{ "op": "remove", "path": "name" }]), "400 mutability"),
        (json!([{ "op": "remove", "path": "name.givenName" }]), "400 mutability"),
        (json!([{ "op": "replace", "path": "name", "value": { "givenName": null } }]), "400 mutability"),
        (json!([{ "op": "replace", "path": "emails", "value": [] }]), "400 mutability"),
        (json!([{ "op": "replace", "path": "emails", "value": [{ "type": "work" }] }]), "400 invalidValue"),
        // An address in userName serves as the e-mail.
        (
            json!([{ "op": "remove", "path": "emails" }, { "op": "replace", "path": "userName", "value": "a@b" }]),
            "ok",
        ),
    ];
    for (list, expected) in cases {
        let (changed, _) = patch(&standard, Lenient, &before, operations(list.clone()));
        assert!(code(&changed).starts_with(expected), "{list}: {}", code(&changed));
    }
    let incomplete = json!({ "userName": "a", "name": { "givenName": "A" } });
    let (changed, _) = patch(
        &standard,
        Lenient,
        &incomplete,
        operations(json!([{ "op": "add", "path": "title", "value": "T" }])),
    );
    assert_eq!(code(&changed), "400 invalidValue");
}

/// R7643-3.3-03: the last attribute of an extension takes the container with it.
#[test]
fn empty_containers_go() {
    let before = json!({ "userName": "a", ENTERPRISE: { "department": "D", "manager": { "value": "m" } } });
    let list = json!([
        { "op": "remove", "path": format!("{ENTERPRISE}:department") }, { "op": "remove", "path": format!("{ENTERPRISE}:manager.value") },
    ]);
    assert_eq!(changed(&before, list).unwrap(), json!({ "userName": "a" }));
}

/// R7644-3.5.2.1-01: an operation without effect leaves an equal document.
#[test]
fn no_operation_leaves_a_trace() {
    let before = json!({ "userName": "a", "emails": [{ "value": "a@b", "type": "work", "primary": true }] });
    let list = json!([
        { "op": "remove", "path": "title" }, { "op": "remove", "path": "name.givenName" }, { "op": "remove", "path": ENTERPRISE },
        { "op": "remove", "path": format!("{ENTERPRISE}:manager") }, { "op": "replace", "path": "nickName", "value": null },
        { "op": "remove", "path": "phoneNumbers[type eq \"work\"].value" }, { "op": "add", "path": "emails", "value": before["emails"] },
        { "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "" }, { "op": "add", "path": CUSTOM, "value": {} },
    ]);
    assert_eq!(changed(&before, list).unwrap(), before);
}

/// What was read otherwise than it stands is on the record.
#[test]
fn corrections_are_noted() {
    let list = json!([
        { "op": "replace", "path": "phoneNumbers[type eq \"fax\"].value", "value": "1" },
        { "op": "remove", "path": "emails", "value": [{ "value": "a@b" }] },
        { "op": "remove", "path": "phoneNumbers[type eq \"fax\"].value" },
    ]);
    let (_, notes) = patch(&definitions().user, Lenient, &json!({ "userName": "a" }), operations(list));
    assert_eq!(habits(&notes), ["remove-listed", "created-by-filter", "hollow-element"]);
}

/// R7644-3.12-09: what a document holds of the wrong type is found at the end.
#[test]
fn finish_checks_types() {
    for document in [
        json!({ "userName": 1 }),
        json!({ "userName": "a", "emails": "x" }),
        json!({ "userName": "a", "emails": [1] }),
        json!({ "userName": "a", "name": { "givenName": {"a": 1} } }),
        json!({ "userName": "a", CUSTOM: { "seats": 1.5 } }),
        json!({ "userName": "a", "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
    ] {
        let mut document = document.as_object().unwrap().clone();
        let finished = patch::finish(&definitions().user, &mut document, &mut Notes::new());
        assert_eq!(code(&finished), "400 invalidValue", "{document:?}");
    }
}
