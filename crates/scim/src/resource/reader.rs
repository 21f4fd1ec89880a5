//! Reads attributes by their schema: names in any letter case, types checked, unassigned ones left out.
//!
//! One reader serves bodies and the values of PATCH operations. They differ in one thing: in a body an unassigned
//! attribute is left out, in a change it stays as `null`, because there it says that the attribute shall go.

use super::{elements, value};
use crate::Document;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::note::Notes;
use crate::quote::quoted;
use crate::schema::definition::{Extension, ResourceDefinition};
use crate::schema::{Attribute, Mutability, Schema, Type};
use serde_json::Value;
use std::fmt;

/// The common attribute that names the schemas of a resource (RFC 7643 §3). It is worked out when a resource is shown.
pub(crate) const SCHEMAS: &str = "schemas";
/// What the URIs of all core resource types start with.
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A whole resource.
    Whole,
    /// The value of a PATCH operation.
    Change,
}

/// An attribute with where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The URN of the extension.
    pub(crate) extension: Option<&'a str>,
    /// The attribute.
    pub(crate) attribute: &'a Attribute,
    /// The sub-attribute.
    pub(crate) sub: Option<&'a Attribute>,
}

impl<'a> Place<'a> {
    fn leaf(self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = self.extension {
            write!(out, "{urn}:")?;
        }
        out.write_str(&self.attribute.name)?;
        self.sub.map_or(Ok(()), |sub| write!(out, ".{}", sub.name))
    }
}

/// Reads by the schemas of a resource type.
pub(crate) struct Reader<'a> {
    /// The resource type.
    pub(crate) definition: &'a ResourceDefinition,
    /// How strictly.
    pub(crate) mode: Mode,
    /// What for.
    pub(crate) purpose: Purpose,
    /// Where remarks go.
    pub(crate) notes: &'a mut Notes,
}

impl Reader<'_> {
    /// Reads the attributes of a resource, extensions included.
    pub(crate) fn attributes(&mut self, object: Document) -> Result<Document, ScimError> {
        let definition = self.definition;
        let mut found = Document::new();
        let mut schemas = None;
        for (key, value) in object {
            let common = definition.common.attribute(&key);
            if common.is_some_and(|attribute| attribute.name == SCHEMAS) {
                if schemas.replace(value).is_some() {
                    return Err(twice(SCHEMAS));
                }
            } else if let Some(attribute) = common.or_else(|| definition.base.attribute(&key)) {
                self.member(&mut found, Place { extension: None, attribute, sub: None }, value)?;
            } else if let Some(extension) = definition.extension(&key) {
                let value = self.container(extension, value)?;
                put(&mut found, &extension.schema.id, value)?;
            } else {
                self.unknown(&key)?;
            }
        }
        if self.purpose == Purpose::Whole {
            self.check_schemas(schemas, &found)?;
        }
        let attributes = definition.common.attributes.iter().chain(&definition.base.attributes);
        let names = attributes.map(|attribute| attribute.name.as_str());
        let urns = definition.extensions.iter().map(|extension| extension.schema.id.as_str());
        Ok(ordered(found, names.chain(urns), self.purpose == Purpose::Change))
    }

    /// Reads the container of an extension.
    pub(crate) fn container(&mut self, extension: &Extension, value: Value) -> Result<Value, ScimError> {
        let schema: &Schema = &extension.schema;
        let object = match value {
            Value::Null => return Ok(Value::Null),
            Value::Array(items) if items.is_empty() => return Ok(Value::Null),
            Value::Object(object) => object,
            other => return Err(wrong_type(&schema.id, "an object", &other)),
        };
        let mut found = Document::new();
        for (key, value) in object {
            match schema.attribute(&key) {
                Some(attribute) => {
                    self.member(
                        &mut found,
                        Place { extension: Some(&schema.id), attribute, sub: None },
                        value,
                    )?;
                }
                None => self.unknown(&format!("{}:{key}", schema.id))?,
            }
        }
        let names = schema.attributes.iter().map(|attribute| attribute.name.as_str());
        let found = ordered(found, names, self.purpose == Purpose::Change);
        Ok(if found.is_empty() && self.purpose == Purpose::Whole {
            Value::Null
        } else {
            Value::Object(found)
        })
    }

    fn member(&mut self, found: &mut Document, place: Place<'_>, value: Value) -> Result<(), ScimError> {
        // RFC 7644 §3.3, §3.5.1: what is read-only is passed over, also a second time under another spelling.
        if place.leaf().mutability == Mutability::ReadOnly {
            if !value.is_null() {
                self.notes.ignored_once(
                    "read-only",
                    &format!("{place} is read-only: what was sent was passed over"),
                );
            }
            return Ok(());
        }
        let value = self.value(place, value)?;
        put(found, &place.leaf().name, value)
    }

    /// Reads the value of an attribute or sub-attribute. `Null` means unassigned.
    pub(crate) fn value(&mut self, place: Place<'_>, value: Value) -> Result<Value, ScimError> {
        if place.leaf().multi_valued {
            self.list(place, value)
        } else {
            self.single(place, value, self.purpose == Purpose::Change)
        }
    }

    fn list(&mut self, place: Place<'_>, value: Value) -> Result<Value, ScimError> {
        let items = match value {
            Value::Null => return Ok(Value::Null),
            Value::Array(items) => items,
            Value::String(text) if text.is_empty() && self.empty_text(place) => return Ok(Value::Null),
            // RFC 7644 §3.5.2.1: a change may name a single value of a list.
            single if self.purpose == Purpose::Change => vec![single],
            other => return Err(wrong_type(&place, "a list", &other)),
        };
        let rows = place.extension.is_none()
            && place.sub.is_none()
            && self.definition.is_rows(&place.attribute.name);
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            let is_given = item.as_object().is_some_and(|members| !members.is_empty());
            let element = self.single(place, item, false)?;
            let is_empty = element.is_null() || element.as_object().is_some_and(Document::is_empty);
            if rows && is_given && element.get(elements::VALUE).is_none() {
                let value = elements::VALUE;
                return Err(ScimError::invalid_value(format!(
                    "Every element of \"{place}\" needs a \"{value}\": the id of a user or group."
                )));
            }
            if !is_empty {
                read.push(element);
            }
        }
        let repeated = elements::deduplicate(place.leaf(), &mut read, rows);
        if repeated > 0 {
            self.notes
                .ignored("repeated-value", format!("{place}: {repeated} repeated value(s) were left out"));
        }
        // RFC 7643 §2.4: at most one value is primary.
        if elements::has_two_primaries(&read) {
            return Err(two_primaries(&place));
        }
        let unassigned = read.is_empty() && self.purpose == Purpose::Whole;
        Ok(if unassigned { Value::Null } else { Value::Array(read) })
    }

    /// Reads one value: of a single-valued attribute, or one element of a list. With `clears`, sub-attributes that are
    /// null stay so.
    pub(crate) fn single(
        &mut self,
        place: Place<'_>,
        value: Value,
        clears: bool,
    ) -> Result<Value, ScimError> {
        let leaf = place.leaf();
        match value {
            // RFC 7643 §2.5: null and an empty list are unassigned.
            Value::Null => Ok(Value::Null),
            Value::Array(items) if items.is_empty() => Ok(Value::Null),
            Value::String(text) if text.is_empty() && self.empty_text(place) => Ok(Value::Null),
            Value::Object(object) if leaf.kind == Type::Complex => self.complex(place, object, clears),
            value => match value::check(leaf, &value, self.mode) {
                Ok(()) => value::check_length(&place, &value).map(|()| value),
                Err(expected) => Err(wrong_type(&place, expected, &value)),
            },
        }
    }

    fn complex(&mut self, place: Place<'_>, object: Document, clears: bool) -> Result<Value, ScimError> {
        let attribute = place.leaf();
        let mut found = Document::new();
        for (key, value) in object {
            match attribute.sub(&key) {
                Some(sub) => self.member(&mut found, Place { sub: Some(sub), ..place }, value)?,
                None => self.unknown(&format!("{place}.{key}"))?,
            }
        }
        let found = ordered(found, attribute.sub_attributes.iter().map(|sub| sub.name.as_str()), clears);
        Ok(if found.is_empty() && self.purpose == Purpose::Whole {
            Value::Null
        } else {
            Value::Object(found)
        })
    }

    /// Whether `""` means unassigned here; noted if so.
    fn empty_text(&mut self, place: Place<'_>) -> bool {
        let lenient = self.mode == Mode::Lenient;
        if lenient {
            self.notes.corrected("empty-text", format!("{place}: \"\" was read as no value"));
        }
        lenient
    }

    /// What happens to a name that no schema has.
    pub(crate) fn unknown(&mut self, path: &str) -> Result<(), ScimError> {
        let shown = quoted(path);
        if self.definition.is_off(path) {
            self.notes.ignored("not-synchronised", format!("{shown} is not synchronised on this connection"));
        } else if self.mode == Mode::Strict {
            // Interoperability profile §5.3: an attribute that no schema defines is an error.
            let name = &self.definition.name;
            return Err(ScimError::invalid_syntax(format!(
                "{shown} is not an attribute of a {name}; leave it out."
            )));
        } else if ResourceDefinition::is_secret(path) {
            self.notes.ignored("password-ignored", format!("{shown} was dropped: passwords are never taken"));
        } else {
            let text =
                format!("{shown} is not an attribute of a {} and was not stored", self.definition.name);
            self.notes.ignored("unknown-attribute", text);
        }
        Ok(())
    }

    fn check_schemas(&mut self, sent: Option<Value>, found: &Document) -> Result<(), ScimError> {
        let definition = self.definition;
        let strict = self.mode == Mode::Strict;
        let listed = self.listed_schemas(sent)?;
        let is_listed = |urn: &str| listed.iter().any(|listed| listed.eq_ignore_ascii_case(urn));
        for urn in &listed {
            let is_base = definition.base.id.eq_ignore_ascii_case(urn);
            if is_base || definition.extension(urn).is_some() || definition.is_off(urn) {
                continue;
            }
            let (shown, name) = (quoted(urn), &definition.name);
            // RFC 7643 §3: `schemas` names only the schemas of the resource type.
            if strict || urn.get(..CORE.len()).is_some_and(|start| start.eq_ignore_ascii_case(CORE)) {
                return Err(ScimError::invalid_syntax(format!(
                    "\"schemas\" holds {shown}, which is not a schema of a {name}; send {name}s to {}.",
                    definition.endpoint
                )));
            }
            self.notes
                .ignored("unknown-schema", format!("{shown} in \"schemas\" is not a schema of a {name}"));
        }
        let base = &definition.base.id;
        if !is_listed(base) {
            if strict {
                return Err(ScimError::invalid_syntax(format!("\"schemas\" must hold \"{base}\".")));
            }
            self.notes.corrected("missing-schemas", format!("\"{base}\" was added to \"schemas\""));
        }
        let unlisted = definition.extensions.iter().map(|extension| &extension.schema.id);
        let mut unlisted =
            unlisted.filter(|urn| found.get(*urn).is_some_and(|value| !value.is_null()) && !is_listed(urn));
        match unlisted.next() {
            Some(urn) if strict => {
                Err(ScimError::invalid_syntax(format!("\"schemas\" must hold \"{urn}\" too.")))
            }
            _ => Ok(()),
        }
    }

    fn listed_schemas(&mut self, sent: Option<Value>) -> Result<Vec<String>, ScimError> {
        let items = match sent {
            Some(Value::Array(items)) => items,
            // The remark on a missing base schema covers these.
            _ if self.mode == Mode::Lenient => return Ok(Vec::new()),
            _ => return Err(ScimError::invalid_syntax("\"schemas\" must be a list of schema URIs.")),
        };
        let mut listed: Vec<String> = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(urn) if !listed.iter().any(|other| other.eq_ignore_ascii_case(&urn)) => {
                    listed.push(urn);
                }
                Value::String(_) if self.mode == Mode::Lenient => {}
                // RFC 7643 §3: no duplicates.
                Value::String(urn) => {
                    let shown = quoted(&urn);
                    return Err(ScimError::invalid_syntax(format!("\"schemas\" holds {shown} twice.")));
                }
                other => {
                    return Err(ScimError::invalid_syntax(
                        wrong_type(&SCHEMAS, "a list of URIs", &other).detail,
                    ));
                }
            }
        }
        Ok(listed)
    }
}

fn put(found: &mut Document, name: &str, value: Value) -> Result<(), ScimError> {
    // RFC 7643 §2.1: names are case-insensitive, so these are one attribute given twice.
    if found.contains_key(name) {
        return Err(twice(name));
    }
    found.insert(name.to_owned(), value);
    Ok(())
}

fn twice(name: &str) -> ScimError {
    ScimError::invalid_syntax(format!("\"{name}\" is there twice, in different letter case; send it once."))
}

/// `400 invalidValue`: the type is wrong.
pub(crate) fn wrong_type(place: &impl fmt::Display, expected: &str, value: &Value) -> ScimError {
    ScimError::invalid_value(format!(
        "\"{place}\" must be {expected}. It was sent as {}.",
        value::form(value)
    ))
}

/// `400 invalidValue`: more than one value is primary.
pub(crate) fn two_primaries(place: &impl fmt::Display) -> ScimError {
    ScimError::invalid_value(format!("\"{place}\" has more than one primary value; mark one of them."))
}

/// The members in the order of the schema; without the unassigned ones unless they mean something.
fn ordered<'n>(mut found: Document, names: impl Iterator<Item = &'n str>, keep_unassigned: bool) -> Document {
    names
        .filter_map(|name| found.swap_remove_entry(name))
        .filter(|(_, value)| keep_unassigned || !value.is_null())
        .collect()
}
