//! The resource types that these tests ask: the built-in ones, and a type with an attribute of every kind.

use scim::schema::definition::{AttributeRef, Extension};
use scim::schema::{Schema, builtin};
use scim::{ResourceDefinition, path::Named};
use serde_json::json;
use std::sync::Arc;

fn of(name: &str, base: Schema, extensions: Vec<Schema>) -> ResourceDefinition {
    let extension = |schema| Extension { schema: Arc::new(schema), required: false };
    ResourceDefinition {
        name: name.to_owned(),
        endpoint: format!("/{name}s"),
        description: String::new(),
        base: Arc::new(base),
        extensions: extensions.into_iter().map(extension).collect(),
        common: Arc::new(builtin::common()),
        rows: Vec::new(),
        off: Vec::new(),
    }
}

/// Users with the enterprise extension and one that has an attribute of every other kind.
pub fn user() -> ResourceDefinition {
    let badge = json!({
        "id": "urn:example:params:badge:2.0:User",
        "name": "Badge",
        "attributes": [
            { "name": "level", "type": "integer" },
            { "name": "weight", "type": "decimal" },
            { "name": "issued", "type": "dateTime" },
            { "name": "holder", "type": "reference" },
            { "name": "picture", "type": "binary" },
            { "name": "tags", "type": "string", "multiValued": true },
            { "name": "pin", "type": "string", "returned": "never" },
            { "name": "doors", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "code", "type": "string", "caseExact": true },
                { "name": "opened", "type": "integer" },
                { "name": "secret", "type": "string", "returned": "never" },
            ] },
        ],
    });
    let badge = serde_json::from_value(badge).expect("the schema is one");
    of("User", builtin::user(), vec![builtin::enterprise_user(), badge])
}

/// Groups.
pub fn group() -> ResourceDefinition {
    of("Group", builtin::group(), Vec::new())
}

/// The attribute at a path.
pub fn attribute(definition: &ResourceDefinition, path: &str) -> AttributeRef {
    match definition.resolve(path) {
        Ok(Named::Attribute(attribute)) => attribute,
        other => panic!("{path} is {other:?}"),
    }
}
