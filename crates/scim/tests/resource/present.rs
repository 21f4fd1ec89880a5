//! How a resource is shown.

use crate::support::{CUSTOM, ENTERPRISE, definitions};
use scim::Document;
use scim::resource::{Shown, present};
use serde_json::{Value, json};

const SHOWN: Shown<'_> = Shown {
    id: "0197",
    created: 1_767_607_200_123_456,
    last_modified: 1_767_607_201_000_000,
    version: 3,
    location: "https://host/scim/v2/c/Users/0197",
};

fn object(value: Value) -> Document {
    match value {
        Value::Object(members) => members,
        other => panic!("{other}"),
    }
}

/// R7643-3.1-11 to 3.1-14, R7643-3.3-02, R7643-3.3-03: order, times with milliseconds and Z, extensions with data alone.
#[test]
fn a_user_is_shown_in_order() {
    let stored = object(json!({
        ENTERPRISE: { "department": "X" }, "emails": [{ "value": "a@b" }], "userName": "a", CUSTOM: {}, "externalId": "e",
    }));
    let shown =
        present(&definitions().user, stored.clone(), object(json!({ "groups": [{ "value": "g" }] })), &SHOWN);
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap(), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "id": "0197",
      "externalId": "e",
      "userName": "a",
      "emails": [
        {
          "value": "a@b"
        }
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "department": "X"
      },
      "groups": [
        {
          "value": "g"
        }
      ],
      "meta": {
        "resourceType": "User",
        "created": "2026-01-05T10:00:00.123Z",
        "lastModified": "2026-01-05T10:00:01.000Z",
        "location": "https://host/scim/v2/c/Users/0197",
        "version": "W/\"3\""
      }
    }
    "#);
}

/// R7643-7-05, R7643-2.5-02: what is never returned is not shown, nor is what is unassigned.
#[test]
fn secrets_and_nulls_are_not_shown() {
    let stored = object(json!({ "userName": "a", "title": null, CUSTOM: { "pin": "1234" } }));
    let shown = present(&definitions().user, stored.clone(), Document::new(), &SHOWN);
    let keys: Vec<&str> = shown.keys().map(String::as_str).collect();
    assert_eq!(keys, ["schemas", "id", "userName", "meta"]);
    assert_eq!(shown["schemas"].as_array().unwrap().len(), 1);
}

/// R7643-4.3-02: what is computed for an attribute of an extension goes into it, and never makes a container.
#[test]
fn computed_parts_of_an_extension_are_merged() {
    let computed =
        object(json!({ ENTERPRISE: { "manager": { "$ref": "https://host/Users/m", "displayName": "M" } } }));
    let stored = object(json!({ ENTERPRISE: { "manager": { "value": "m" } } }));
    let shown = present(&definitions().user, stored.clone(), computed.clone(), &SHOWN);
    let manager = json!({ "value": "m", "$ref": "https://host/Users/m", "displayName": "M" });
    assert_eq!(shown[ENTERPRISE], json!({ "manager": manager }));
    assert!(!present(&definitions().user, Document::new(), computed, &SHOWN).contains_key(ENTERPRISE));
}

/// R7643-3.1-11: times outside the calendar are no reason to fail.
#[test]
fn impossible_times_do_not_panic() {
    for time in [i64::MIN, i64::MAX] {
        let shown = Shown { created: time, ..SHOWN };
        assert!(
            present(&definitions().group, Document::new(), Document::new(), &shown)["meta"]["created"]
                .is_string()
        );
    }
}
