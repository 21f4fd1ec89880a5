//! Required attributes: what a document lacks, said so that an administrator can mend it.

use super::elements::VALUE;
use super::value::is_blank;
use crate::Document;
use crate::error::ScimError;
use crate::schema::definition::ResourceDefinition;
use crate::schema::{Attribute, Schema};
use serde_json::Value;

/// How administrators call attributes; others are called by their path.
const LABELS: [(&str, &str); 6] = [
    ("userName", "a username"),
    ("emails", "an e-mail address"),
    ("emails.value", "an e-mail address"),
    ("name.givenName", "a first name"),
    ("name.familyName", "a last name"),
    ("displayName", "a display name"),
];

/// Which attribute can serve for a required one if it holds an e-mail address.
const STAND_INS: [(&str, &str); 1] = [("emails", "userName")];

/// A required attribute that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    path: String,
    /// Whether it is still there without a value, as an operation that took the value leaves it.
    pub(crate) cleared: bool,
}

impl Missing {
    /// The sentence for the administrator.
    pub(crate) fn sentence(&self, definition: &ResourceDefinition) -> String {
        let (path, name) = (&self.path, &definition.name);
        let label =
            LABELS.iter().find(|(known, _)| known == path).map_or("this attribute", |(_, label)| label);
        if self.cleared {
            return format!("A {name} must keep {label}: \"{path}\" is required and cannot be removed.");
        }
        format!(
            "A {name} needs {label}: \"{path}\" is missing or empty. Map an attribute that has a value to it in the \
             identity provider."
        )
    }
}

/// Refuses a document that lacks a required attribute: `400 invalidValue` that names it. Text of spaces alone counts
/// as missing; an address in `userName` serves as the e-mail.
pub fn check_required(definition: &ResourceDefinition, document: &Document) -> Result<(), ScimError> {
    // RFC 7643 §2.2: a required attribute must be there and must not be empty.
    match missing(definition, document) {
        Some(missing) => Err(ScimError::invalid_value(missing.sentence(definition))),
        None => Ok(()),
    }
}

/// The first required attribute that the document lacks.
pub(crate) fn missing(definition: &ResourceDefinition, document: &Document) -> Option<Missing> {
    let extensions = definition.extensions.iter().find_map(|extension| {
        let urn = &extension.schema.id;
        match document.get(urn) {
            Some(Value::Object(container)) => missing_of(&extension.schema, container, &format!("{urn}:")),
            other if extension.required => Some(Missing { path: urn.clone(), cleared: other.is_some() }),
            _ => None,
        }
    });
    missing_of(&definition.base, document, "").or(extensions)
}

fn missing_of(schema: &Schema, holder: &Document, prefix: &str) -> Option<Missing> {
    schema.attributes.iter().find_map(|attribute| {
        let name = &attribute.name;
        if attribute.required && prefix.is_empty() && has_stand_in(holder, name) {
            return None;
        }
        let path = format!("{prefix}{name}");
        let Some(value) = holder.get(name).filter(|value| !value.is_null()) else {
            let required = attribute.required.then(|| first_required(attribute, path));
            return required.map(|path| Missing { path, cleared: holder.contains_key(name) });
        };
        match value {
            Value::Array(items) => missing_in_list(attribute, items, path),
            Value::Object(members) => {
                attribute.sub_attributes.iter().find_map(|sub| missing_sub(sub, members, &path))
            }
            simple => (attribute.required && is_blank(simple)).then_some(Missing { path, cleared: false }),
        }
    })
}

fn missing_in_list(attribute: &Attribute, items: &[Value], path: String) -> Option<Missing> {
    let has_content = |item: &Value| match item {
        Value::Object(members) if attribute.sub(VALUE).is_some() => !members.get(VALUE).is_none_or(is_blank),
        other => !is_blank(other),
    };
    if attribute.required && !items.iter().any(has_content) {
        return Some(Missing { path, cleared: items.is_empty() });
    }
    let elements = items.iter().filter_map(Value::as_object);
    elements
        .flat_map(|members| attribute.sub_attributes.iter().map(move |sub| (sub, members)))
        .find_map(|(sub, members)| missing_sub(sub, members, &path))
}

fn missing_sub(sub: &Attribute, members: &Document, parent: &str) -> Option<Missing> {
    let value = members.get(&sub.name);
    let is_missing = sub.required && value.is_none_or(is_blank);
    is_missing
        .then(|| Missing { path: format!("{parent}.{}", sub.name), cleared: value == Some(&Value::Null) })
}

/// For a complex attribute that is absent as a whole, the part that is asked for.
fn first_required(attribute: &Attribute, path: String) -> String {
    match attribute.sub_attributes.iter().find(|sub| sub.required) {
        Some(sub) if !attribute.multi_valued => format!("{path}.{}", sub.name),
        _ => path,
    }
}

fn has_stand_in(document: &Document, name: &str) -> bool {
    let stand_in = STAND_INS.iter().find(|(known, _)| *known == name).map(|(_, stand_in)| stand_in);
    let text = stand_in.and_then(|stand_in| document.get(*stand_in)).and_then(Value::as_str);
    text.is_some_and(is_address)
}

/// Whether text is an e-mail address, as far as one can tell without sending one.
pub fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.contains(char::is_whitespace)
}
