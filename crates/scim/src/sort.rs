//! Sorting (RFC 7644 §3.4.2.3): which attribute, which direction, and the key of a resource.

use crate::Document;
use crate::error::ScimError;
use crate::filter::eval::{assigned, implied};
use crate::fold::fold;
use crate::instant;
use crate::path::Named;
use crate::quote::quoted;
use crate::schema::Type;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use serde_json::Value;
use std::cmp::Ordering;

/// An order of resources. Ties are for the caller to break, by id.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// What the order goes by; never complex.
    pub by: AttributeRef,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// The place of one resource in an order. Keys of one sort are all of one kind.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum SortKey {
    /// A boolean; false before true.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// An instant in microseconds since 1970 UTC.
    Instant(i64),
    /// Text: folded unless letter case counts; compared by code points.
    Text(String),
}

impl Eq for SortKey {}

#[expect(
    clippy::derive_ord_xor_partial_ord,
    reason = "the two agree: JSON has no number that is not in order"
)]
impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.partial_cmp(other).unwrap_or(Ordering::Equal)
    }
}

impl Sort {
    /// Reads `sortBy` and `sortOrder`.
    pub fn parse(
        definition: &ResourceDefinition,
        sort_by: &str,
        sort_order: Option<&str>,
    ) -> Result<Self, ScimError> {
        // RFC 7644 §3.4.2.3: ascending unless said.
        let order = sort_order.unwrap_or("ascending");
        let descending = order.eq_ignore_ascii_case("descending");
        if !descending && !order.eq_ignore_ascii_case("ascending") {
            let detail = format!("sortOrder is {}. Use ascending or descending.", quoted(order));
            return Err(ScimError::invalid_value(detail));
        }
        Ok(Self { by: sortable(definition, sort_by)?, descending })
    }

    /// The key of a resource; `None` if it has no value to go by.
    pub fn key(&self, document: &Document) -> Option<SortKey> {
        let top = assigned(document, &self.by).and_then(|value| match value {
            Value::Array(elements) => leading(elements),
            single => Some(single),
        });
        let value = top.and_then(|value| match &self.by.sub {
            Some(sub) => value.get(&sub.name),
            None => Some(value),
        });
        match value {
            Some(value) if !value.is_null() => self.key_of(value),
            // What an element lacks may be implied; without an element, nothing is.
            _ if self.by.sub.is_some() && top.is_none() => None,
            _ => implied(&self.by).map(SortKey::Boolean),
        }
    }

    fn key_of(&self, value: &Value) -> Option<SortKey> {
        match self.by.kind() {
            Type::Boolean => value.as_bool().map(SortKey::Boolean),
            Type::Integer | Type::Decimal => value.as_f64().map(SortKey::Number),
            Type::DateTime => value.as_str().and_then(instant::microseconds).map(SortKey::Instant),
            _ => {
                let text = value.as_str().filter(|text| !text.is_empty())?;
                // RFC 7644 §3.4.2.3: letter case counts where caseExact says so.
                let exact = self.by.leaf().is_case_exact();
                Some(SortKey::Text(if exact { text.to_owned() } else { fold(text) }))
            }
        }
    }

    /// The order of two resources by their keys.
    // RFC 7644 §3.4.2.3: resources without a value come last in ascending order, first in descending.
    pub fn compare(&self, left: &Option<SortKey>, right: &Option<SortKey>) -> Ordering {
        let ascending = match (left, right) {
            (Some(left), Some(right)) => left.cmp(right),
            (left, right) => left.is_none().cmp(&right.is_none()),
        };
        if self.descending { ascending.reverse() } else { ascending }
    }
}

/// The element that stands for all.
// RFC 7644 §3.4.2.3: the primary value, else the first.
fn leading(elements: &[Value]) -> Option<&Value> {
    let primary = |element: &&Value| element.get("primary").and_then(Value::as_bool) == Some(true);
    elements.iter().find(primary).or_else(|| elements.first())
}

fn sortable(definition: &ResourceDefinition, sort_by: &str) -> Result<AttributeRef, ScimError> {
    let error = |problem: &str| ScimError::invalid_path(format!("sortBy: {} {problem}.", quoted(sort_by)));
    let unknown = || error(&format!("is not an attribute of {}", definition.name));
    let attribute = match definition.resolve(sort_by) {
        Ok(Named::Attribute(attribute)) => attribute,
        Ok(_) => return Err(error("is a schema. Name one of its attributes")),
        Err(_) => return Err(unknown()),
    };
    let value = attribute.attribute.sub("value").filter(|_| attribute.sub.is_none()).cloned();
    // RFC 7644 §3.4.2.3: a complex attribute is sorted by one of its parts.
    let attribute = match (attribute.kind(), value) {
        (Type::Complex, Some(value)) => AttributeRef { sub: Some(value), ..attribute },
        (Type::Complex, None) => return Err(error("has parts. Sort by one of them")),
        _ => attribute,
    };
    if attribute.is_never_returned() { Err(unknown()) } else { Ok(attribute) }
}
