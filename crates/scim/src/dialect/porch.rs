//! The porch: runs the habits over the JSON of a request, from the outside to the inside.

use super::habit::{Habit, Rewrite, Site, Within};
use super::{Mode, Provider, auth0, entra, generic, okta};
use crate::Document;
use crate::filter::parser::split_value_path;
use crate::note::Notes;
use crate::path::Named;
use crate::schema::definition::ResourceDefinition;
use crate::schema::{Attribute, Schema};
use serde_json::Value;

/// All habits, in the order in which they run: the body of a PATCH, its operations, attributes by name, values.
pub const HABITS: &[Habit] = &[
    generic::PATCH_WITHOUT_SCHEMA,
    generic::SINGLE_OPERATION,
    entra::operations::EXTRA_PATCH_MEMBER,
    entra::operations::VALUE_PATH_KEYS,
    entra::operations::EXTRA_OPERATION_MEMBER,
    entra::operations::OP_LETTER_CASE,
    generic::EMPTY_PATH,
    entra::operations::MALFORMED_URN_PATH,
    entra::operations::URN_DOT_PATH,
    entra::operations::PATH_WITHOUT_URN,
    entra::operations::REMOVE_WITH_VALUE,
    entra::keys::MALFORMED_URN,
    entra::keys::KEY_WITHOUT_URN,
    entra::keys::FLATTENED_KEYS,
    okta::READ_ONLY_IN_VALUE,
    auth0::SCHEMAS_IN_VALUE,
    generic::SINGLE_FOR_LIST,
    entra::values::LIST_FOR_SINGLE,
    generic::BLANK_TEXT,
    entra::values::STRING_BOOLEAN,
    generic::NUMBER_FOR_TEXT,
    entra::values::BARE_VALUE,
    generic::REFERENCE_ALONE,
    entra::values::BLANK_VALUE,
];

/// The most attributes in which habits of their names are looked for: far more than any schema has, few enough that
/// looking stays cheap.
const MOST_NAMES: usize = 1000;

/// Rewrites the body of a create or replace into what the RFC says. What is no JSON object is left as it is, as is
/// everything on a strict connection.
pub fn read_resource(
    _provider: Provider,
    mode: Mode,
    definition: &ResourceDefinition,
    body: Value,
    notes: &mut Notes,
) -> Value {
    match (mode, body) {
        (Mode::Lenient, Value::Object(mut body)) => {
            Porch { definition, within: Within::Resource, notes }.attributes(&mut body);
            Value::Object(body)
        }
        (_, body) => body,
    }
}

/// Rewrites the body of a PATCH into what the RFC says.
pub fn read_patch(
    _provider: Provider,
    mode: Mode,
    definition: &ResourceDefinition,
    body: Value,
    notes: &mut Notes,
) -> Value {
    match (mode, body) {
        (Mode::Lenient, Value::Object(mut body)) => {
            Porch { definition, within: Within::Patch, notes }.patch(&mut body);
            Value::Object(body)
        }
        (_, body) => body,
    }
}

struct Porch<'a> {
    definition: &'a ResourceDefinition,
    within: Within,
    notes: &'a mut Notes,
}

impl Porch<'_> {
    fn patch(&mut self, body: &mut Document) {
        for habit in HABITS {
            if let Rewrite::Patch(rewrite) = habit.rewrite {
                let corrections = rewrite(self.definition, body);
                self.note(habit, corrections);
            }
        }
        for operation in generic::operations(body).into_iter().flatten().filter_map(Value::as_object_mut) {
            self.operation(operation);
        }
    }

    fn operation(&mut self, operation: &mut Document) {
        for habit in HABITS {
            if let Rewrite::Operation(rewrite) = habit.rewrite {
                let corrections = rewrite(self.definition, operation);
                self.note(habit, corrections);
            }
        }
        let member = |name: &str| operation.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        let (path, value) = (member("path"), member("value"));
        let path = path.and_then(|key| operation.get(&key)).filter(|path| !path.is_null()).cloned();
        let Some(value) = value.and_then(|key| operation.get_mut(&key)) else { return };
        match path {
            None => {
                if let Value::Object(attributes) = value {
                    self.attributes(attributes);
                }
            }
            Some(Value::String(path)) => self.value_at(&path, value),
            Some(_) => {}
        }
    }

    /// The value of an operation with a path.
    fn value_at(&mut self, path: &str, value: &mut Value) {
        let (name, chosen) = match split_value_path(path) {
            Ok(Some((name, _, sub))) => (name, Some(sub)),
            Ok(None) => (path, None),
            Err(_) => return,
        };
        let within = self.within;
        match (self.definition.resolve(name), chosen, value) {
            (Ok(Named::Extension(urn)), None, Value::Object(container)) => self.container(&urn, container),
            (Ok(Named::Base), None, Value::Object(attributes)) => self.attributes(attributes),
            (Ok(Named::Attribute(reference)), _, value) => {
                let attribute: &Attribute = &reference.attribute;
                let sub = match chosen {
                    Some("") | None => reference.sub.as_ref(),
                    Some(sub) => match attribute.sub(sub) {
                        Some(sub) => Some(sub),
                        None => return,
                    },
                };
                let leaf = sub.unwrap_or(&reference.attribute);
                // What a filter chooses is one element, or one part of it.
                let is_list = leaf.multi_valued && (chosen.is_none() || sub.is_some());
                let site = Site { attribute: leaf, parent: sub.map(|_| attribute), is_list, within };
                self.value(&site, value);
            }
            _ => {}
        }
    }

    fn attributes(&mut self, attributes: &mut Document) {
        let definition = self.definition;
        let habits = if attributes.len() > MOST_NAMES { &[] } else { HABITS };
        for habit in habits {
            if let Rewrite::Attributes(rewrite) = habit.rewrite {
                let corrections = rewrite(definition, attributes, self.within);
                self.note(habit, corrections);
            }
        }
        for (name, value) in attributes.iter_mut() {
            if let Some(extension) = definition.extension(name) {
                if let Value::Object(container) = value {
                    self.members_of(&extension.schema, container);
                }
            } else if let Some(attribute) =
                definition.common.attribute(name).or_else(|| definition.base.attribute(name))
            {
                self.top(attribute, value);
            }
        }
    }

    fn container(&mut self, urn: &str, container: &mut Document) {
        if let Some(extension) = self.definition.extension(urn) {
            self.members_of(&extension.schema, container);
        }
    }

    fn members_of(&mut self, schema: &Schema, container: &mut Document) {
        for (name, value) in container.iter_mut() {
            if let Some(attribute) = schema.attribute(name) {
                self.top(attribute, value);
            }
        }
    }

    fn top(&mut self, attribute: &Attribute, value: &mut Value) {
        self.value(
            &Site { attribute, parent: None, is_list: attribute.multi_valued, within: self.within },
            value,
        );
    }

    /// A value, and what is in it.
    fn value(&mut self, site: &Site<'_>, value: &mut Value) {
        for habit in HABITS {
            if let Rewrite::Value(rewrite) = habit.rewrite {
                let correction = rewrite(site, value);
                self.note(habit, correction);
            }
        }
        match value {
            Value::Array(items) if site.is_list => {
                let site = Site { is_list: false, ..*site };
                for item in items {
                    self.value(&site, item);
                }
            }
            Value::Object(members) if site.parent.is_none() => {
                for (name, value) in members.iter_mut() {
                    if let Some(sub) = site.attribute.sub(name) {
                        let (parent, is_list) = (Some(site.attribute), sub.multi_valued);
                        self.value(&Site { attribute: sub, parent, is_list, within: site.within }, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, habit: &Habit, corrections: impl IntoIterator<Item = String>) {
        for correction in corrections {
            self.notes.corrected(habit.name, correction);
        }
    }
}
