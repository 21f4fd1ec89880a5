//! A PATCH's way through the crate.

use scim::patch::{self, RowChange, Step};
use scim::{Mode, Notes, Provider, ResourceDefinition, ScimError, dialect};
use serde_json::{Value, json};

/// Up to the plan.
pub fn plan(
    definition: &ResourceDefinition,
    mode: Mode,
    body: Value,
) -> (Result<Vec<Step>, ScimError>, Notes) {
    let mut notes = Notes::new();
    let body = dialect::read_patch(Provider::Generic, mode, definition, body, &mut notes);
    let steps = patch::parse(definition, body, mode, &mut notes)
        .and_then(|operations| patch::plan(definition, operations, mode, &mut notes));
    (steps, notes)
}

/// A PATCH's whole way: the changed document and the changes of rows.
pub fn patch(
    definition: &ResourceDefinition,
    mode: Mode,
    before: &Value,
    body: Value,
) -> (Result<(Value, Vec<RowChange>), ScimError>, Notes) {
    let (steps, mut notes) = plan(definition, mode, body);
    let changed = steps.and_then(|steps| {
        let mut document = before.as_object().cloned().unwrap_or_default();
        let mut rows = Vec::new();
        for step in steps {
            match step {
                Step::Document(operation) => {
                    patch::apply(definition, &mut document, &operation, mode, &mut notes)?;
                }
                Step::Rows { change, .. } => rows.push(change),
            }
        }
        patch::finish(definition, &mut document, &mut notes)?;
        Ok((Value::Object(document), rows))
    });
    (changed, notes)
}

/// The body of a PATCH.
pub fn operations(operations: Value) -> Value {
    let mut body = json!({ "schemas": [patch::PATCH_SCHEMA] });
    body["Operations"] = operations;
    body
}
