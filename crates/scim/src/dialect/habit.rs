//! What a habit is, and what its function is handed.

use super::Provider;
use crate::Document;
use crate::schema::Attribute;
use crate::schema::definition::ResourceDefinition;
use serde_json::Value;
use std::fmt;

/// Something that an identity provider says otherwise than the RFC.
#[derive(Clone, Copy, Debug)]
pub struct Habit {
    /// The stable name, in kebab case; requests are counted by it.
    pub name: &'static str,
    /// Where it was first seen; others may share it.
    pub seen: Provider,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The function that reads it as what the RFC says.
    pub rewrite: Rewrite,
}

/// The function of a habit, by what it is handed. Each returns the sentences for the request's record: one for each
/// correction, none if the habit is not there.
#[derive(Clone, Copy, Debug)]
pub enum Rewrite {
    /// The body of a PATCH.
    Patch(fn(&ResourceDefinition, &mut Document) -> Vec<String>),
    /// One operation of a PATCH.
    Operation(fn(&ResourceDefinition, &mut Document) -> Vec<String>),
    /// Attributes by name: a resource's body, or the value of an operation without path.
    Attributes(fn(&ResourceDefinition, &mut Document, Within) -> Vec<String>),
    /// The value of an attribute, wherever it stands.
    Value(fn(&Site<'_>, &mut Value) -> Option<String>),
}

/// What a value is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// The body of a create or replace.
    Resource,
    /// A PATCH.
    Patch,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The attribute, or sub-attribute, whose value it is.
    pub attribute: &'a Attribute,
    /// For a sub-attribute, the attribute it is part of.
    pub parent: Option<&'a Attribute>,
    /// Whether a list is expected: of a multi-valued attribute, all of it.
    pub is_list: bool,
    /// What it is part of.
    pub within: Within,
}

impl fmt::Display for Site<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parent {
            Some(parent) => write!(out, "{}.{}", parent.name, self.attribute.name),
            None => out.write_str(&self.attribute.name),
        }
    }
}
