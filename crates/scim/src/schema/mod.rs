//! Schemas as data: attributes and their characteristics (RFC 7643 §2.2, §7).
//!
//! The built-in schemas are the JSON files under `schemas/`, errata applied; `definition` joins a base schema, its
//! extensions and the common attributes into what one resource type means for one connection.

pub mod builtin;
mod check;
pub mod definition;

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The URI of the core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URI of the core Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URI of the Enterprise User extension.
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A data type (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Decimal,
    /// A number without fraction or exponent.
    Integer,
    /// An `xsd:dateTime`.
    DateTime,
    /// A URI.
    Reference,
    /// Base64.
    Binary,
    /// Sub-attributes.
    Complex,
}

/// Whether an attribute can be written (RFC 7643 §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// The service alone writes it.
    ReadOnly,
    /// Clients may write it.
    #[default]
    ReadWrite,
    /// Clients may write it once.
    Immutable,
    /// Clients may write it and never see it.
    WriteOnly,
}

/// When an attribute is returned (RFC 7643 §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer.
    Always,
    /// In none.
    Never,
    /// Unless excluded.
    #[default]
    Default,
    /// When asked for.
    Request,
}

/// Where values must be unique (RFC 7643 §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Nowhere.
    #[default]
    None,
    /// Within the connection.
    Server,
    /// Everywhere; enforced within the connection.
    Global,
}

/// What text must look like beyond its type, where the RFC says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// An ISO 3166-1 alpha-2 code, such as `DE` (RFC 7643 §4.1.2).
    Country,
    /// A BCP 47 tag, such as `de-DE`, with `_` as well (RFC 7643 §4.1.1).
    LanguageTag,
}

/// One attribute and its characteristics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name, spelled as it is returned.
    pub name: String,
    /// The data type.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it holds several values.
    #[serde(default)]
    pub multi_valued: bool,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Values that are suggested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Whether letter case counts; absent for booleans, numbers, dates and complex attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_exact: Option<bool>,
    /// Whether it can be written.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is returned.
    #[serde(default)]
    pub returned: Returned,
    /// Where its values must be unique; absent for booleans and complex attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniqueness: Option<Uniqueness>,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// What its text must look like on a strict connection. Not published: a Schema has no word for it.
    #[serde(default, skip_serializing)]
    pub form: Option<Form>,
    /// The parts of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Arc<Attribute>>,
}

impl Attribute {
    /// The sub-attribute of a name, in any letter case.
    pub fn sub(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// Whether letter case counts when values are compared (RFC 7643 §2.2: false unless said).
    pub fn is_case_exact(&self) -> bool {
        self.case_exact.unwrap_or(false)
    }
}

/// A schema resource (RFC 7643 §7), without `schemas` and `meta`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The URI.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The attributes.
    pub attributes: Vec<Arc<Attribute>>,
}

impl Schema {
    /// The attribute of a name, in any letter case.
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}
