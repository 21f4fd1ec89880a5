//! The request bodies of Google's auto-provisioning, key for key as in the conversation `google`.
//!
//! Pure functions from a person to what Google sends.

use serde_json::{Map, Value, json};

use super::directory_id;
use crate::people::Person;
use crate::players::wire::{USER, patch};

/// `POST /Users` (docs/identity-providers.md G-4).
pub fn user(person: &Person) -> Value {
    let mut body = json!({ "schemas": [USER] });
    if let Value::Object(body) = &mut body {
        body.extend(mapped(person));
    }
    body
}

/// `PUT /Users/{id}` (docs/identity-providers.md G-5): with the id, without `meta`.
pub fn replace_user(id: &str, person: &Person) -> Value {
    let mut body = json!({ "schemas": [USER], "id": id });
    if let Value::Object(body) = &mut body {
        body.extend(mapped(person));
    }
    body
}

/// `PATCH /Users/{id}` (docs/identity-providers.md G-5): one operation without a path.
pub fn patch_user(person: &Person) -> Value {
    patch(&[json!({ "op": "replace", "value": mapped(person) })])
}

/// `PATCH /Users/{id}` to suspend (docs/identity-providers.md G-6).
pub fn set_active(active: bool) -> Value {
    patch(&[json!({ "op": "replace", "value": { "active": active } })])
}

fn mapped(person: &Person) -> Map<String, Value> {
    let mut mapped = Map::new();
    let mut set = |name: &str, value: Value| {
        mapped.insert(name.to_owned(), value);
    };
    set("userName", json!(person.user_name));
    set("externalId", json!(directory_id(person)));
    set("name", json!({ "givenName": person.given_name, "familyName": person.family_name }));
    set("displayName", json!(person.display_name));
    set("emails", json!([{ "value": person.email, "type": "work", "primary": true }]));
    set("active", json!(person.employed));
    mapped
}
