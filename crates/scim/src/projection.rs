//! Which attributes an answer shows (RFC 7644 §3.9).
//!
//! Without parameters: what the schema returns by default. `attributes` names what to show instead,
//! `excludedAttributes` what to leave out; neither touches what is returned always or never.

use crate::Document;
use crate::dialect::{self, Mode};
use crate::error::ScimError;
use crate::note::Notes;
use crate::path::Named;
use crate::quote::quoted;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use crate::schema::{Attribute, Returned};
use serde_json::Value;

/// The choice of attributes of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    choice: Choice,
    named: Vec<Named>,
    corrected: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Choice {
    /// What is returned by default.
    #[default]
    Default,
    /// The named attributes.
    Only,
    /// All but the named attributes.
    Without,
}

/// How much of an attribute was named.
enum Naming<'p> {
    Whole,
    Subs(Vec<&'p str>),
    Not,
}

impl Projection {
    /// Reads the two parameters: names separated by commas, in any letter case, with or without URN, down to
    /// sub-attributes; a URN alone names all of its schema. Unknown names are passed over.
    ///
    /// Errors: `400 invalidValue` if both are given.
    pub fn parse(
        definition: &ResourceDefinition,
        attributes: Option<&str>,
        excluded: Option<&str>,
        mode: Mode,
    ) -> Result<Projection, ScimError> {
        let given = |parameter: Option<&str>| parameter.is_some_and(|names| !names.trim().is_empty());
        let (choice, names) = match (given(attributes), given(excluded)) {
            // RFC 7644 §3.9: the two parameters are mutually exclusive.
            (true, true) => {
                return Err(ScimError::invalid_value(
                    "\"attributes\" and \"excludedAttributes\" exclude each other; send one of them.",
                ));
            }
            (true, false) => (Choice::Only, attributes),
            (false, true) => (Choice::Without, excluded),
            (false, false) => (Choice::Default, None),
        };
        let mut corrected = Vec::new();
        let names = names.unwrap_or_default().split(',').map(str::trim);
        let resolved = names.filter_map(|name| match (definition.resolve(name), mode) {
            (Ok(attribute), _) => Some(attribute),
            (Err(_), Mode::Strict) => None,
            (Err(_), Mode::Lenient) => meant(definition, name, &mut corrected),
        });
        Ok(Projection { choice, named: resolved.collect(), corrected })
    }

    /// Adds the remarks on how the parameters were read.
    pub fn remark(&self, notes: &mut Notes) {
        for (habit, text) in &self.corrected {
            notes.corrected(habit, text.as_str());
        }
    }

    /// Whether the request named the attributes to show: then a PATCH is answered with a body (RFC 7644 §3.5.2).
    pub fn is_explicit(&self) -> bool {
        self.choice == Choice::Only
    }

    /// Whether an answer shows anything of this attribute of the base schema, such as `members`; if not, there is no
    /// need to load it. For attributes that are returned by default.
    pub fn shows(&self, attribute: &str) -> bool {
        let naming = self.naming(None, attribute);
        match self.choice {
            Choice::Default => true,
            Choice::Only => !matches!(naming, Naming::Not),
            Choice::Without => !matches!(naming, Naming::Whole),
        }
    }

    /// The document with the chosen attributes alone. Every answer passes here, also those without parameters.
    pub fn apply(&self, definition: &ResourceDefinition, mut document: Document) -> Document {
        document.retain(|name, value| {
            if let Some(extension) = definition.extension(name) {
                let Value::Object(container) = value else { return false };
                let urn = Some(extension.schema.id.as_str());
                container.retain(|name, value| {
                    let attribute = extension.schema.attribute(name);
                    attribute.is_some_and(|attribute| self.keeps(urn, attribute, value))
                });
                return !container.is_empty();
            }
            let attribute = definition.common.attribute(name).or_else(|| definition.base.attribute(name));
            attribute.is_some_and(|attribute| self.keeps(None, attribute, value))
        });
        document
    }

    /// Whether an attribute is shown; what is not shown of its value is taken away.
    fn keeps(&self, extension: Option<&str>, attribute: &Attribute, value: &mut Value) -> bool {
        let naming = self.naming(extension, &attribute.name);
        let is_shown = match (attribute.returned, self.choice) {
            // RFC 7643 §7: never and always hold whatever was asked.
            (Returned::Never, _) => false,
            (Returned::Always, _) | (Returned::Default, Choice::Default) => true,
            (Returned::Default, Choice::Without) => !matches!(naming, Naming::Whole),
            (_, Choice::Only) => !matches!(naming, Naming::Not) || has_always(attribute),
            (Returned::Request, _) => false,
        };
        if !is_shown {
            return false;
        }
        match value {
            Value::Array(items) if !attribute.sub_attributes.is_empty() => {
                items.retain_mut(|item| self.keeps_any(attribute, &naming, item));
                !items.is_empty()
            }
            Value::Object(_) => self.keeps_any(attribute, &naming, value),
            _ => true,
        }
    }

    /// Whether anything of a value is shown; the sub-attributes that are not are taken away.
    fn keeps_any(&self, attribute: &Attribute, naming: &Naming<'_>, value: &mut Value) -> bool {
        let Value::Object(members) = value else { return true };
        let is_shown = |name: &str| {
            let named = |subs: &[&str]| subs.contains(&name);
            match (attribute.sub(name).map_or(Returned::Default, |sub| sub.returned), self.choice, naming) {
                (Returned::Never, _, _) => false,
                (Returned::Always, _, _) => true,
                (_, Choice::Only, Naming::Subs(subs)) => named(subs),
                (_, Choice::Only, Naming::Not) | (Returned::Request, _, _) => false,
                (Returned::Default, Choice::Without, Naming::Subs(subs)) => !named(subs),
                (Returned::Default, _, _) => true,
            }
        };
        members.retain(|name, _| is_shown(name));
        !members.is_empty()
    }

    fn naming(&self, extension: Option<&str>, attribute: &str) -> Naming<'_> {
        let mut subs = Vec::new();
        for named in &self.named {
            match named {
                Named::Extension(urn) if extension == Some(&**urn) => return Naming::Whole,
                Named::Base if extension.is_none() => return Naming::Whole,
                Named::Attribute(AttributeRef { extension: urn, attribute: named, sub })
                    if urn.as_deref() == extension && named.name.eq_ignore_ascii_case(attribute) =>
                {
                    match sub {
                        None => return Naming::Whole,
                        Some(sub) => subs.push(sub.name.as_str()),
                    }
                }
                _ => {}
            }
        }
        if subs.is_empty() { Naming::Not } else { Naming::Subs(subs) }
    }
}

/// What a name means that is none: `emails[type eq "work"]`, as in Microsoft's collection, and `department`.
fn meant(
    definition: &ResourceDefinition,
    name: &str,
    corrected: &mut Vec<(&'static str, String)>,
) -> Option<Named> {
    let bare = name.split('[').next().unwrap_or_default().trim();
    let full = dialect::filter_name(definition, bare);
    let named = definition.resolve(full.as_deref().unwrap_or(bare)).ok()?;
    let habit = if full.is_some() { "name-without-urn" } else { "filter-in-attributes" };
    let note =
        format!("attributes: {} was read as {}", quoted(name), quoted(full.as_deref().unwrap_or(bare)));
    corrected.push((habit, note));
    Some(named)
}

/// Whether a part of the attribute is returned always.
fn has_always(attribute: &Attribute) -> bool {
    attribute.sub_attributes.iter().any(|sub| sub.returned == Returned::Always)
}
