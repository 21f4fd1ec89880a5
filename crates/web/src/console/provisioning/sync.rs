//! What a connection may synchronise: the table that an administrator chooses from, made of the schemas.

use crate::console::form::Fields;
use ::scim::path::Named;
use ::scim::schema::definition::{Definitions, ResourceDefinition, Synchronised};
use ::scim::schema::{Attribute, Mutability, Schema};
use provisioning::Settings;
use std::sync::Arc;

/// The first rows: what the product stands on, with the names that people know.
const KNOWN: [(&str, &str); 5] = [
    ("userName", "Username"),
    ("emails", "Email"),
    ("name.givenName", "First name"),
    ("name.familyName", "Last name"),
    ("displayName", "Display name"),
];
/// What no administrator chooses: without it nobody could be deactivated; what the service itself writes; what it never
/// takes.
const NEVER: [&str; 4] = ["active", "groups", "password", "name"];

/// An attribute to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path, as settings write it.
    pub path: String,
    /// What people call it.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Whether every user must have it.
    pub is_required: bool,
    /// Whether it cannot be switched off.
    pub is_locked: bool,
    /// Whether it is synchronised.
    pub is_on: bool,
}

/// Attributes of one schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called.
    pub title: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// Everything that there is to choose, under these settings.
pub fn parts(settings: &Settings, extensions: &[Arc<Schema>]) -> Vec<Part> {
    let build = |off: Vec<String>| {
        let extensions = extensions.to_vec();
        Definitions::build(&Synchronised { required: settings.required, off, extensions }).user
    };
    let every = build(Vec::new());
    let mut parts = vec![
        Part {
            title: "People".to_owned(),
            rows: KNOWN.iter().filter_map(|(path, name)| row(&every, path, name)).collect(),
        },
        Part { title: "More about people".to_owned(), rows: more(&every) },
    ];
    for extension in &every.extensions {
        let schema = &extension.schema;
        let rows = schema
            .attributes
            .iter()
            .map(|attribute| of(attribute, format!("{}:{}", schema.id, attribute.name)));
        parts.push(Part { title: title(schema), rows: rows.collect() });
    }
    let paths = parts.iter().flat_map(|part| &part.rows).map(|row| row.path.clone()).collect();
    // What is still there when everything is off cannot be switched off.
    let least = build(paths);
    let own = build(settings.off.clone());
    for row in parts.iter_mut().flat_map(|part| &mut part.rows) {
        row.is_locked = least.resolve(&row.path).is_ok();
        row.is_on = own.resolve(&row.path).is_ok();
    }
    parts.retain(|part| !part.rows.is_empty());
    parts
}

/// The setting `off` that a form asks for: what can be switched off and was not ticked.
pub fn off(parts: &[Part], fields: &Fields) -> String {
    let on: Vec<&str> = fields.all("on").collect();
    let rows = parts.iter().flat_map(|part| &part.rows);
    let off = rows.filter(|row| !row.is_locked && !on.contains(&row.path.as_str()));
    off.map(|row| row.path.as_str()).collect::<Vec<_>>().join(",")
}

/// The rows of the core schema that are not among the first.
fn more(definition: &ResourceDefinition) -> Vec<Row> {
    let mut rows = Vec::new();
    for attribute in &definition.base.attributes {
        if attribute.name == "name" {
            let subs = attribute.sub_attributes.iter().map(|sub| of(sub, format!("name.{}", sub.name)));
            rows.extend(subs);
        } else if attribute.mutability != Mutability::ReadOnly && !NEVER.contains(&attribute.name.as_str()) {
            rows.push(of(attribute, attribute.name.clone()));
        }
    }
    rows.retain(|row| !KNOWN.iter().any(|(path, _)| *path == row.path));
    rows
}

fn row(definition: &ResourceDefinition, path: &str, name: &str) -> Option<Row> {
    match definition.resolve(path) {
        Ok(Named::Attribute(found)) => {
            Some(Row { name: name.to_owned(), ..of(found.leaf(), path.to_owned()) })
        }
        _ => None,
    }
}

fn of(attribute: &Attribute, path: String) -> Row {
    Row {
        path,
        name: spaced(&attribute.name),
        meaning: attribute.description.clone(),
        is_required: attribute.required,
        is_locked: false,
        is_on: true,
    }
}

/// `preferredLanguage` as people read it: `Preferred language`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for (index, letter) in name.chars().enumerate() {
        match (index, letter.is_ascii_uppercase()) {
            (0, _) => words.extend(letter.to_uppercase()),
            (_, true) => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            (_, false) => words.push(letter),
        }
    }
    words
}

fn title(schema: &Schema) -> String {
    match schema.name.as_str() {
        "EnterpriseUser" => "What an enterprise adds".to_owned(),
        name => name.to_owned(),
    }
}
