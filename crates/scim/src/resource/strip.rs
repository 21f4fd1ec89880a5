//! What a stored document loses when attributes are switched off.

use crate::Document;
use crate::schema::Attribute;
use crate::schema::definition::ResourceDefinition;
use serde_json::Value;
use std::sync::Arc;

/// Takes out of a canonical document what the definition does not have (any more). `None` if there is nothing of the
/// kind in it.
pub fn strip(definition: &ResourceDefinition, document: &Document) -> Option<Document> {
    let mut left = document.clone();
    left.retain(|name, value| {
        if let Some(extension) = definition.extension(name) {
            return match value {
                Value::Object(container) => {
                    keep(&extension.schema.attributes, container);
                    !container.is_empty()
                }
                _ => true,
            };
        }
        let attribute = definition.common.attribute(name).or_else(|| definition.base.attribute(name));
        attribute.is_some_and(|attribute| keep_parts(attribute, value))
    });
    (left != *document).then_some(left)
}

fn keep(attributes: &[Arc<Attribute>], members: &mut Document) {
    members.retain(|name, value| {
        let attribute = attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        attribute.is_some_and(|attribute| keep_parts(attribute, value))
    });
}

/// Keeps what an attribute has parts for; returns whether anything is left.
fn keep_parts(attribute: &Attribute, value: &mut Value) -> bool {
    if attribute.sub_attributes.is_empty() {
        return true;
    }
    match value {
        Value::Object(members) => {
            keep(&attribute.sub_attributes, members);
            !members.is_empty()
        }
        Value::Array(elements) => {
            elements.retain_mut(|element| match element {
                Value::Object(members) => {
                    keep(&attribute.sub_attributes, members);
                    !members.is_empty()
                }
                _ => true,
            });
            !elements.is_empty()
        }
        _ => true,
    }
}
