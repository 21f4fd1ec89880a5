//! What names in a filter mean, by where they stand: attributes of a resource, or parts of an element inside `[ ]`.
//!
//! A problem is told as the end of a sentence; the parser adds the position.

use crate::path::{Named, PathError, is_attribute_name};
use crate::quote::quoted;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use crate::schema::{Returned, Type};

/// What names mean where the parser stands.
pub(super) enum Scope<'d> {
    /// Attributes of a resource; with `any_type`, those of other types are unassigned.
    Resource { definition: &'d ResourceDefinition, any_type: bool },
    /// Parts of an element of this attribute.
    Element { attribute: AttributeRef, any_type: bool },
    /// Parts of an element of an attribute that the resource type does not have.
    Nothing,
}

impl Scope<'_> {
    /// What a name names; `None` for an attribute of another resource type.
    pub(super) fn resolve(&self, name: &str) -> Result<Option<AttributeRef>, String> {
        let (found, any_type, owner) = match self {
            Self::Resource { definition, any_type } => {
                let found = match definition.resolve(name) {
                    Ok(Named::Attribute(attribute)) => Some(attribute),
                    Ok(_) => return Err("this is a schema. Name one of its attributes".to_owned()),
                    Err(PathError::UnknownAttribute(_)) => None,
                    Err(PathError::UnknownSchema(_)) if *any_type => None,
                    Err(error) => return Err(error.to_string()),
                };
                (found, *any_type, &definition.name)
            }
            _ if !is_attribute_name(name) => {
                return Err(format!("{} is not the name of a sub-attribute, as inside of [ ]", quoted(name)));
            }
            Self::Element { attribute, any_type } => {
                (part(attribute, name), *any_type, &attribute.attribute.name)
            }
            Self::Nothing => return Ok(None),
        };
        match found {
            // RFC 7643 §7: what is never returned cannot be asked for either; a filter would give it away.
            Some(attribute) if !attribute.is_never_returned() => Ok(Some(attribute)),
            // RFC 7644 §3.4.2.1: an attribute of another type is unassigned.
            None if any_type => Ok(None),
            _ => Err(format!("{} is not an attribute of {owner}", quoted(name))),
        }
    }

    /// The scope inside `name[…]`, where `attribute` is what the name was resolved to here.
    pub(super) fn inside(&self, attribute: Option<&AttributeRef>) -> Result<Scope<'static>, String> {
        match (self, attribute) {
            // RFC 7644 §3.4.2.2, erratum 7322: no value path inside a value path.
            (Self::Element { .. } | Self::Nothing, _) => Err("there is no [ ] inside of [ ]".to_owned()),
            (Self::Resource { .. }, None) => Ok(Scope::Nothing),
            (Self::Resource { any_type, .. }, Some(attribute)) => element(attribute, *any_type),
        }
    }
}

/// The scope inside `attribute[…]`.
pub(super) fn element(attribute: &AttributeRef, any_type: bool) -> Result<Scope<'static>, String> {
    if !attribute.attribute.multi_valued || attribute.sub.is_some() {
        return Err(format!("{} has no elements to choose from with [ ]", attribute.path()));
    }
    Ok(Scope::Element { attribute: attribute.clone(), any_type })
}

/// The attribute whose value is compared: for a complex one, its `value`.
pub(super) fn comparable(attribute: AttributeRef) -> Result<AttributeRef, String> {
    if attribute.kind() != Type::Complex {
        return Ok(attribute);
    }
    // RFC 7644 §3.4.2.2, figure 2: `emails co "example.com"` means the value of an e-mail address.
    let value = attribute.attribute.sub("value").filter(|_| attribute.sub.is_none()).cloned();
    match value.map(|value| AttributeRef { sub: Some(value), ..attribute.clone() }) {
        Some(value) if !value.is_never_returned() => Ok(value),
        _ => {
            let path = attribute.path();
            let example = attribute.leaf().sub_attributes.first().map_or("value", |sub| &sub.name);
            Err(format!("{path} has parts. Compare one of them, such as {path}.{example}"))
        }
    }
}

/// The part of an element of `attribute` that goes by a name inside `[ ]`.
fn part(attribute: &AttributeRef, name: &str) -> Option<AttributeRef> {
    if attribute.attribute.kind == Type::Complex {
        let sub = attribute.attribute.sub(name)?.clone();
        return Some(AttributeRef { sub: Some(sub), ..attribute.clone() });
    }
    // RFC 7644 §3.5.2, erratum 7122: an element of a simple attribute goes by `value`.
    name.eq_ignore_ascii_case("value").then(|| attribute.clone())
}

impl AttributeRef {
    /// Whether no answer ever shows the attribute, so that no question may tell of it.
    pub(crate) fn is_never_returned(&self) -> bool {
        self.attribute.returned == Returned::Never || self.leaf().returned == Returned::Never
    }
}
