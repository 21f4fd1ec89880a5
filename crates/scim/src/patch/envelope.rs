//! The message around the operations of a PATCH (RFC 7644 §3.5.2): its schema, and that it has any operation.

use super::PATCH_SCHEMA;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::note::Notes;
use crate::quote::quoted;
use crate::resource::reader::SCHEMAS;
use serde_json::Value;

/// The members of the PATCH message; names in any letter case (RFC 7643 §2.1).
pub(super) fn envelope(body: Value, mode: Mode, notes: &mut Notes) -> Result<Vec<Value>, ScimError> {
    let Value::Object(body) = body else {
        return Err(ScimError::invalid_syntax(
            "The body of a PATCH must be a JSON object with \"Operations\".",
        ));
    };
    let (mut operations, mut schemas) = (None, None);
    for (key, value) in body {
        let before = match key.to_ascii_lowercase().as_str() {
            "operations" => operations.replace(value),
            SCHEMAS => schemas.replace(value),
            _ if mode == Mode::Lenient => None,
            _ => {
                let detail = format!("{} has no place in a PATCH; leave it out.", quoted(&key));
                return Err(ScimError::invalid_syntax(detail));
            }
        };
        if before.is_some() {
            return Err(ScimError::invalid_syntax(format!("{} is there twice; send it once.", quoted(&key))));
        }
    }
    let is_patch = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_SCHEMA));
    let named = schemas.as_ref().and_then(Value::as_array).is_some_and(|urns| urns.iter().any(is_patch));
    // RFC 7644 §3.5.2: the body names the PatchOp schema.
    if !named && mode == Mode::Strict {
        return Err(ScimError::invalid_syntax(format!(
            "\"schemas\" of a PATCH must hold \"{PATCH_SCHEMA}\"."
        )));
    }
    match operations {
        // RFC 7644 §3.5.2: one or more operations; Microsoft's validator sends none and expects success.
        Some(Value::Array(list)) if list.is_empty() && mode == Mode::Lenient => {
            notes.ignored("empty-operations", "the PATCH held no operation; nothing was changed");
            Ok(list)
        }
        Some(Value::Array(list)) if !list.is_empty() => Ok(list),
        _ => {
            Err(ScimError::invalid_syntax("A PATCH needs \"Operations\": a list of at least one operation."))
        }
    }
}
