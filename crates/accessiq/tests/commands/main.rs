//! Whole commands: the program as people and scripts use it, beside a server that runs or without one.

mod administration;
mod administrators;
mod bench;
mod check;
mod database;
mod directory;
mod documents;
mod endings;
mod errors;
mod guide;
mod import;
mod import_aws;
mod metrics;
mod ownership;
mod quickstart;
mod secrets;
mod simulate;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod terminal;

use serde_json::{Value, json};

/// The body of a user with every required attribute.
fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "givenName": "Ana", "familyName": "Müller" },
        "emails": [{ "value": name, "type": "work", "primary": true }],
        "active": true,
    })
}

/// The body of a PATCH.
fn operations(list: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list })
}
