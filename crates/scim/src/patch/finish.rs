//! What happens once after the last operation: the document is made whole and looked at.

use crate::Document;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::note::Notes;
use crate::resource::reader::{Place, two_primaries, wrong_type};
use crate::resource::{elements, required, value};
use crate::schema::Attribute;
use crate::schema::definition::ResourceDefinition;
use serde_json::Value;

/// Makes a document whole after all operations: what is unassigned goes, with empty containers; elements stand once.
///
/// Errors: `400 mutability` if an operation took a required attribute, `400 invalidValue` if one is missing otherwise,
/// or if a value is of the wrong type.
pub fn finish(
    definition: &ResourceDefinition,
    document: &mut Document,
    notes: &mut Notes,
) -> Result<(), ScimError> {
    if let Some(missing) = required::missing(definition, document) {
        let sentence = missing.sentence(definition);
        // RFC 7644 §3.5.2.2: to remove a required attribute is a mutability error.
        return Err(if missing.cleared {
            ScimError::mutability(sentence)
        } else {
            ScimError::invalid_value(sentence)
        });
    }
    prune(document);
    for attribute in definition.common.attributes.iter().chain(&definition.base.attributes) {
        if let Some(value) = document.get_mut(&attribute.name) {
            settle(Place { extension: None, attribute, sub: None }, value, notes)?;
        }
    }
    for extension in &definition.extensions {
        let urn = extension.schema.id.as_str();
        let Some(Value::Object(container)) = document.get_mut(urn) else { continue };
        for attribute in &extension.schema.attributes {
            if let Some(value) = container.get_mut(&attribute.name) {
                settle(Place { extension: Some(urn), attribute, sub: None }, value, notes)?;
            }
        }
    }
    Ok(())
}

/// Takes out what is unassigned (RFC 7643 §2.5), and what is empty after that.
fn prune(document: &mut Document) {
    document.retain(|_, value| !is_empty_after_pruning(value));
}

fn is_empty_after_pruning(value: &mut Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => {
            prune(members);
            members.is_empty()
        }
        Value::Array(items) => {
            items.retain_mut(|item| !is_empty_after_pruning(item));
            items.is_empty()
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Checks the types of an attribute; of several values, each stands once and one is primary.
fn settle(place: Place<'_>, value: &mut Value, notes: &mut Notes) -> Result<(), ScimError> {
    let attribute = place.attribute;
    if !attribute.multi_valued {
        return check(place, attribute, value);
    }
    let Value::Array(items) = value else { return Err(wrong_type(&place, "a list", value)) };
    for item in items.iter() {
        check(place, attribute, item)?;
    }
    let repeated = elements::deduplicate(attribute, items, false);
    if repeated > 0 {
        notes.ignored("repeated-value", format!("{place}: {repeated} repeated value(s) were left out"));
    }
    // RFC 7643 §2.4: at most one value is primary.
    if elements::has_two_primaries(items) { Err(two_primaries(&place)) } else { Ok(()) }
}

fn check(place: Place<'_>, attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    // Values were read as strictly as the connection asks when they came in.
    value::check(attribute, value, Mode::Lenient).map_err(|expected| wrong_type(&place, expected, value))?;
    let Value::Object(members) = value else { return Ok(()) };
    for sub in &attribute.sub_attributes {
        let place = Place { sub: Some(sub), ..place };
        match members.get(&sub.name) {
            Some(Value::Array(items)) if sub.multi_valued => {
                items.iter().try_for_each(|item| check(place, sub, item))?;
            }
            Some(value) => check(place, sub, value)?,
            None => {}
        }
    }
    Ok(())
}
