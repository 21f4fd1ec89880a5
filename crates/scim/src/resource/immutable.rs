//! Immutable attributes in a replace (RFC 7644 §3.5.1): set once, they stay.

use crate::Document;
use crate::error::ScimError;
use crate::schema::definition::ResourceDefinition;
use crate::schema::{Attribute, Mutability};
use serde_json::Value;
use std::sync::Arc;

/// Refuses a replacement that changes or leaves out what is immutable and has a value: `400 mutability`. For the
/// single values of a document; elements of lists are compared whole, as new ones.
pub fn check_immutable(
    definition: &ResourceDefinition,
    before: &Document,
    after: &Document,
) -> Result<(), ScimError> {
    check(&definition.base.attributes, before, Some(after))?;
    for extension in &definition.extensions {
        let urn = extension.schema.id.as_str();
        if let Some(Value::Object(before)) = before.get(urn) {
            check(&extension.schema.attributes, before, after.get(urn).and_then(Value::as_object))?;
        }
    }
    Ok(())
}

fn check(
    attributes: &[Arc<Attribute>],
    before: &Document,
    after: Option<&Document>,
) -> Result<(), ScimError> {
    for attribute in attributes {
        let Some(old) = before.get(&attribute.name).filter(|old| !old.is_null()) else { continue };
        let new = after.and_then(|after| after.get(&attribute.name));
        // RFC 7644 §3.5.1: an immutable attribute that has a value must match.
        if attribute.mutability == Mutability::Immutable && new != Some(old) {
            let name = &attribute.name;
            return Err(ScimError::mutability(format!("\"{name}\" cannot be changed once it has a value.")));
        }
        if let Value::Object(old) = old {
            check(&attribute.sub_attributes, old, new.and_then(Value::as_object))?;
        }
    }
    Ok(())
}
