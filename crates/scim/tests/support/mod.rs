//! What the tests of resources and PATCH share: definitions, and a body's way through the crate.

use scim::schema::Schema;
use scim::schema::definition::{Definitions, Required, Synchronised};
use scim::{Document, Mode, Notes, Provider, ResourceDefinition, ScimError, dialect, resource};
use serde_json::{Value, json};
use std::sync::Arc;

/// The URN of the enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The URN of an extension with an attribute of every kind.
pub const CUSTOM: &str = "urn:example:params:scim:schemas:extension:custom:2.0:User";

/// An extension with an attribute of every kind that the core schema lacks.
pub fn custom() -> Schema {
    serde_json::from_value(json!({
        "id": CUSTOM,
        "name": "Custom",
        "attributes": [
            { "name": "tags", "type": "string", "multiValued": true },
            { "name": "badge", "type": "string", "mutability": "immutable" },
            { "name": "seats", "type": "integer" },
            { "name": "score", "type": "decimal" },
            { "name": "since", "type": "dateTime" },
            { "name": "pin", "type": "string", "returned": "never" },
            { "name": "bio", "type": "string", "returned": "request" },
            { "name": "photo", "type": "binary" },
            { "name": "state", "type": "string", "mutability": "readOnly" },
            { "name": "devices", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "value", "type": "string", "required": true },
                { "name": "serial", "type": "string", "mutability": "immutable" },
                { "name": "type", "type": "string" },
            ] },
        ],
    }))
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Definitions that ask for userName alone, with the custom extension.
pub fn definitions() -> Definitions {
    Definitions::build(&Synchronised {
        required: Required::UserName,
        off: Vec::new(),
        extensions: vec![Arc::new(custom())],
    })
}

/// Definitions with attributes off.
pub fn without(off: &[&str]) -> Definitions {
    Definitions::build(&Synchronised {
        off: off.iter().map(ToString::to_string).collect(),
        ..Default::default()
    })
}

/// A body's way in: the porch, then the reader.
pub fn read(
    definition: &ResourceDefinition,
    mode: Mode,
    body: Value,
) -> (Result<Document, ScimError>, Notes) {
    let mut notes = Notes::new();
    let body = dialect::read_resource(Provider::Generic, mode, definition, body, &mut notes);
    (resource::read(definition, body, mode, &mut notes), notes)
}

/// The names of the habits noted.
pub fn habits(notes: &Notes) -> Vec<&str> {
    notes.as_slice().iter().map(|note| &*note.habit).collect()
}

/// The error as `400 invalidValue`.
pub fn code<T: std::fmt::Debug>(result: &Result<T, ScimError>) -> String {
    match result {
        Ok(value) => format!("ok {value:?}"),
        Err(error) => format!("{} {}", error.status, error.scim_type.map_or("-", scim::ScimType::as_str)),
    }
}
