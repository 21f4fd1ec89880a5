//! The bodies and paths of the Okta player, held against the recorded conversation `okta-aiw`.

use std::collections::BTreeMap;

use client::people::{Company, Person};
use client::players::okta::bodies::{
    change_group, create_group, create_user, push_group, replace_group, replace_user, set_active,
};
use client::players::okta::lookup_path;
use client::players::wire::ENTERPRISE;
use serde_json::{Value, json};

fn somebody(employee: bool) -> Person {
    let company = Company::found(400, 0, 1);
    company.people.into_iter().skip(30).find(|person| person.work.is_some() == employee).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// okta-aiw-06 and -10; `timezone`, `phoneNumbers` are mapped besides, as `title` is there.
#[test]
fn a_create_has_the_keys_of_the_recorded_one() {
    const RECORDED: [&str; 10] = [
        "schemas",
        "userName",
        "name",
        "emails",
        "displayName",
        "locale",
        "externalId",
        "groups",
        "password",
        "active",
    ];
    const MAPPED: [&str; 2] = ["timezone", "phoneNumbers"];
    for (employee, more) in [(true, &["title", ENTERPRISE][..]), (false, &[][..])] {
        let body = create_user(&somebody(employee), "1mz050nq");
        let mut expected: Vec<&str> =
            RECORDED.into_iter().chain(MAPPED).chain(more.iter().copied()).collect();
        let mut found = keys(&body);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(keys(&body["name"]), ["givenName", "familyName"]);
        assert_eq!(keys(&body["emails"][0]), ["primary", "value", "type"]);
        assert_eq!(
            (&body["groups"], &body["active"], &body["password"]),
            (&json!([]), &json!(true), &json!("1mz050nq"))
        );
        assert_eq!(body["schemas"].as_array().unwrap().len(), if employee { 2 } else { 1 });
    }
}

/// okta-aiw-23 and -25: `id`, stale `meta`, what Okta does not know and `name.formatted` travel back.
#[test]
fn a_put_is_the_returned_document_overlaid() {
    let person = somebody(true);
    let returned = json!({
        "schemas": ["urn:other"], "id": "u1", "userName": "old", "nickName": "Ánh", "active": false,
        "groups": [{ "value": "g1" }], "name": { "familyName": "old", "formatted": "old" },
        "meta": { "location": "https://stale.example/scim/v2/Users/u1", "version": "W/\"1\"" },
        ENTERPRISE: { "department": "old", "division": "kept" },
    });
    let body = replace_user(&returned, &person);
    for (name, expected) in [
        ("id", json!("u1")),
        ("nickName", json!("Ánh")),
        ("active", json!(true)),
        ("groups", json!([])),
        ("userName", json!(person.user_name)),
        ("meta", returned["meta"].clone()),
    ] {
        assert_eq!(body[name], expected, "{name}");
    }
    assert_eq!(
        (&body["name"]["familyName"], &body["name"]["formatted"]),
        (&json!(person.family_name), &json!("old"))
    );
    assert_eq!(
        (&body[ENTERPRISE]["department"], &body[ENTERPRISE]["division"]),
        (&json!(person.department()), &json!("kept"))
    );
    assert!(body.get("password").is_none());
}

/// okta-aiw-29, -31; docs/identity-providers.md O-9, O-14, O-15 for the catalog.
#[test]
fn group_and_patch_bodies_are_the_recorded_ones() {
    let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let patch_op = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    let before = BTreeMap::from([("u1".to_owned(), "a@x".to_owned()), ("u2".to_owned(), "b@x".to_owned())]);
    let after = BTreeMap::from([("u2".to_owned(), "b@x".to_owned()), ("u3".to_owned(), "c@x".to_owned())]);
    let list = json!([{ "value": "u2", "display": "b@x" }, { "value": "u3", "display": "c@x" }]);
    let rename = json!({ "op": "replace", "value": { "id": "g", "displayName": "N" } });
    assert_eq!(create_group("N"), json!({ "schemas": [group], "displayName": "N", "members": [] }));
    assert_eq!(
        replace_group("g", "N", &after),
        json!({ "schemas": [group], "id": "g", "displayName": "N", "members": list })
    );
    assert_eq!(
        push_group("g", "N", &after),
        json!({ "schemas": [patch_op], "Operations": [rename, { "op": "replace", "path": "members", "value": list }] })
    );
    assert_eq!(
        change_group("g", "N", &before, &after),
        json!({ "schemas": [patch_op], "Operations": [
            { "op": "remove", "path": "members[value eq \"u1\"]" },
            { "op": "add", "path": "members", "value": [{ "value": "u3", "display": "c@x" }] },
            rename,
        ] })
    );
    assert_eq!(
        set_active(false),
        json!({ "schemas": [patch_op], "Operations": [{ "op": "replace", "value": { "active": false } }] })
    );
}

/// okta-aiw-11 and -28; both orders of the parameters were seen.
#[test]
fn lookups_are_encoded_as_recorded() {
    assert_eq!(
        lookup_path("Users", "userName", "sean.o'brien+hr@contoso.example"),
        "/Users?startIndex=1&count=100&filter=userName%20eq%20%22sean.o%27brien%2Bhr%40contoso.example%22"
    );
    assert_eq!(
        lookup_path("Groups", "displayName", "Équipe R&D "),
        "/Groups?filter=displayName%20eq%20%22%C3%89quipe%20R%26D%20%22&startIndex=1&count=100"
    );
}
