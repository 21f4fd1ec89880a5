//! The request bodies of Okta's SCIM client, key for key as in the recorded conversation `okta-aiw`.
//!
//! Pure functions from what Okta knows (a person, members) and what the server returned to what Okta sends.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::people::Person;
use crate::players::wire::{ENTERPRISE, GROUP, USER, patch};

/// `POST /Users` (docs/identity-providers.md O-4): `password` and an empty `groups` are always there; the enterprise schema only
/// if one of its attributes has a value.
pub fn create_user(person: &Person, password: &str) -> Value {
    let mut body = profile(person);
    body.insert("password".into(), password.into());
    Value::Object(body)
}

/// `PUT /Users/{id}` (docs/identity-providers.md O-8): the document that the server `returned`, overlaid with what Okta has.
/// So the server's `id`, `meta` and whatever Okta does not know travel back.
pub fn replace_user(returned: &Value, person: &Person) -> Value {
    let mut body = profile(person);
    if let Value::Object(returned) = returned {
        for (name, value) in returned {
            match (body.get_mut(name), value) {
                (None, _) => {
                    body.insert(name.clone(), value.clone());
                }
                (Some(Value::Object(ours)), Value::Object(theirs)) => {
                    for (part, value) in theirs {
                        ours.entry(part).or_insert_with(|| value.clone());
                    }
                }
                (Some(_), _) => {}
            }
        }
    }
    let with_enterprise = body.contains_key(ENTERPRISE);
    body.insert("schemas".into(), user_schemas(with_enterprise));
    Value::Object(body)
}

/// `PATCH /Users/{id}` of a catalog app (docs/identity-providers.md O-9, O-10): one operation without a path.
pub fn set_active(active: bool) -> Value {
    patch(&[json!({ "op": "replace", "value": { "active": active } })])
}

/// `POST /Groups` (docs/identity-providers.md O-13): always without members.
pub fn create_group(display_name: &str) -> Value {
    json!({ "schemas": [GROUP], "displayName": display_name, "members": [] })
}

/// `PUT /Groups/{id}` (docs/identity-providers.md O-14): the whole membership; `members` maps SCIM ids to user names.
pub fn replace_group(id: &str, display_name: &str, members: &BTreeMap<String, String>) -> Value {
    json!({ "schemas": [GROUP], "id": id, "displayName": display_name, "members": member_list(members) })
}

/// `PATCH /Groups/{id}` of a catalog app for a full push: the name again, then all members (docs/identity-providers.md O-14, O-15).
pub fn push_group(id: &str, display_name: &str, members: &BTreeMap<String, String>) -> Value {
    let all = json!({ "op": "replace", "path": "members", "value": member_list(members) });
    patch(&[rename_operation(id, display_name), all])
}

/// `PATCH /Groups/{id}` of a catalog app for a change: who went, who came, and the name again
/// (docs/identity-providers.md O-14, O-15).
pub fn change_group(
    id: &str,
    display_name: &str,
    before: &BTreeMap<String, String>,
    members: &BTreeMap<String, String>,
) -> Value {
    let gone = before.keys().filter(|member| !members.contains_key(*member));
    let mut operations: Vec<Value> = gone
        .map(|member| json!({ "op": "remove", "path": format!("members[value eq \"{member}\"]") }))
        .collect();
    let came: BTreeMap<String, String> = members
        .iter()
        .filter(|(id, _)| !before.contains_key(*id))
        .map(|(id, name)| (id.clone(), name.clone()))
        .collect();
    if !came.is_empty() {
        operations.push(json!({ "op": "add", "path": "members", "value": member_list(&came) }));
    }
    operations.push(rename_operation(id, display_name));
    patch(&operations)
}

fn rename_operation(id: &str, display_name: &str) -> Value {
    json!({ "op": "replace", "value": { "id": id, "displayName": display_name } })
}

fn member_list(members: &BTreeMap<String, String>) -> Vec<Value> {
    members.iter().map(|(id, user_name)| json!({ "value": id, "display": user_name })).collect()
}

fn user_schemas(with_enterprise: bool) -> Value {
    if with_enterprise { json!([USER, ENTERPRISE]) } else { json!([USER]) }
}

/// What Okta has of a person, in the order Okta sends it.
fn profile(person: &Person) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    set("schemas", user_schemas(person.work.is_some()));
    set("userName", json!(person.user_name));
    set("name", json!({ "givenName": person.given_name, "familyName": person.family_name }));
    set("emails", json!([{ "primary": true, "value": person.email, "type": "work" }]));
    set("displayName", json!(person.display_name));
    set("locale", json!(person.locale));
    set("timezone", json!(person.timezone));
    set("phoneNumbers", json!([{ "primary": true, "value": person.phone, "type": "work" }]));
    set("externalId", json!(person.external_id));
    set("groups", json!([]));
    set("active", json!(person.employed));
    if let Some(work) = &person.work {
        let mut enterprise = json!({
            "department": work.department,
            "costCenter": work.cost_center,
            "employeeNumber": work.employee_number,
        });
        if let Some(manager) = &work.manager {
            enterprise["manager"] = json!({ "value": manager.number, "displayName": manager.name });
        }
        set("title", json!(work.title));
        set(ENTERPRISE, enterprise);
    }
    body
}
