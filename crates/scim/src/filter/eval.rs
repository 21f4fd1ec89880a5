//! What a filter means: whether a resource, or one element of a multi-valued attribute, meets it.
//!
//! Documents are canonical: names spelled as the schema spells them, extensions in a container under their URN. The
//! SQL that the store makes of a filter has to agree with this file; a property test of the store compares the two.

use super::{Filter, Literal, Operator};
use crate::Document;
use crate::fold::fold;
use crate::instant;
use crate::schema::definition::AttributeRef;
use serde_json::Value;
use std::cmp::Ordering;

/// What a filter is asked of.
#[derive(Clone, Copy)]
enum Subject<'v> {
    Resource(&'v Document),
    Element(&'v Value),
}

impl Filter {
    /// Whether a resource meets the filter.
    pub fn matches(&self, document: &Document) -> bool {
        self.holds(Subject::Resource(document))
    }

    /// Whether one element of a multi-valued attribute meets a filter read by [`Filter::parse_element`].
    pub fn matches_element(&self, element: &Value) -> bool {
        self.holds(Subject::Element(element))
    }

    fn holds(&self, subject: Subject<'_>) -> bool {
        match self {
            Self::And(left, right) => left.holds(subject) && right.holds(subject),
            Self::Or(left, right) => left.holds(subject) || right.holds(subject),
            Self::Not(inner) => !inner.holds(subject),
            Self::Present(attribute) => {
                subject.values(attribute).into_iter().flatten().any(has_value)
                    || (subject.is_unassigned(attribute) && is_always_shown(attribute))
            }
            Self::Compare { attribute, operator, value } => subject.compares(attribute, *operator, value),
            // RFC 7644 §3.4.2.2: all conditions inside [ ] hold of one and the same element.
            Self::Element { attribute, filter } => subject
                .values(attribute)
                .into_iter()
                .flatten()
                .any(|element| filter.holds(Subject::Element(element))),
            Self::Never => false,
        }
    }
}

impl<'v> Subject<'v> {
    /// The values of the attribute: one for each element, `None` where the element lacks the sub-attribute; nothing if
    /// there is no element.
    fn values(self, attribute: &AttributeRef) -> Vec<Option<&'v Value>> {
        let top = match self {
            Self::Resource(document) => assigned(document, attribute),
            Self::Element(element) => Some(element),
        };
        let part = |element: &'v Value| match &attribute.sub {
            Some(sub) => element.get(&sub.name).filter(|value| !value.is_null()),
            None => Some(element),
        };
        match top {
            None => Vec::new(),
            Some(Value::Array(elements)) => elements.iter().map(part).collect(),
            Some(single) => vec![part(single)],
        }
    }

    fn is_unassigned(self, attribute: &AttributeRef) -> bool {
        self.values(attribute).iter().all(Option::is_none)
    }

    fn compares(self, attribute: &AttributeRef, operator: Operator, literal: &Literal) -> bool {
        let mut values = self.values(attribute);
        if values.is_empty() {
            // RFC 7644 §3.4.2.2: `ne` is true of an unassigned attribute.
            if attribute.attribute.multi_valued {
                return operator == Operator::Ne;
            }
            values.push(None);
        }
        // RFC 7644 §3.4.2.2: a multi-valued attribute matches if any of its values does, for `ne` as for the others.
        values.into_iter().any(|value| match value {
            Some(value) => test(value, operator, literal),
            None => match implied(attribute) {
                Some(value) => test(&Value::Bool(value), operator, literal),
                None => operator == Operator::Ne,
            },
        })
    }
}

/// The value that an attribute has in a resource, if it has one.
pub(crate) fn assigned<'v>(document: &'v Document, attribute: &AttributeRef) -> Option<&'v Value> {
    let container = match &attribute.extension {
        Some(urn) => document.get(&**urn)?.as_object()?,
        None => document,
    };
    container.get(&attribute.attribute.name).filter(|value| !value.is_null())
}

/// What an unassigned boolean counts as.
pub(crate) fn implied(attribute: &AttributeRef) -> Option<bool> {
    match &attribute.sub {
        // RFC 7643 §2.4: an absent `primary` is false.
        Some(sub) if attribute.attribute.multi_valued && sub.name == "primary" => Some(false),
        // The service treats a user as active until it hears otherwise, and shows it so.
        None if is_always_shown(attribute) => Some(true),
        _ => None,
    }
}

/// Whether answers show the attribute although the document lacks it.
fn is_always_shown(attribute: &AttributeRef) -> bool {
    attribute.is("active")
}

/// Whether a value is non-empty, or complex with a non-empty part.
pub(crate) fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(has_value),
        Value::Object(parts) => parts.values().any(has_value),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether a single value, or any of an array, compares this way.
fn test(value: &Value, operator: Operator, literal: &Literal) -> bool {
    if let Value::Array(elements) = value {
        return elements.iter().any(|element| test(element, operator, literal));
    }
    let holds = match literal {
        Literal::Exact(own) => value.as_str().map(|text| text_holds(text, operator, own)),
        Literal::Folded { key, .. } => value.as_str().map(|text| text_holds(&fold(text), operator, key)),
        Literal::Number(own) => value.as_f64().and_then(|number| ordered(number.partial_cmp(own)?, operator)),
        Literal::Boolean(own) => value.as_bool().and_then(|boolean| ordered(boolean.cmp(own), operator)),
        Literal::Instant(own) => {
            value.as_str().and_then(instant::microseconds).and_then(|at| ordered(at.cmp(own), operator))
        }
    };
    // A value of another type is not identical to the literal, and nothing else holds of it.
    holds.unwrap_or(operator == Operator::Ne)
}

fn text_holds(text: &str, operator: Operator, own: &str) -> bool {
    match operator {
        Operator::Co => text.contains(own),
        Operator::Sw => text.starts_with(own),
        Operator::Ew => text.ends_with(own),
        _ => ordered(text.cmp(own), operator).unwrap_or(false),
    }
}

/// Whether an operator holds of values in this order; `None` for those that ask about parts of a text.
fn ordered(ordering: Ordering, operator: Operator) -> Option<bool> {
    match operator {
        Operator::Eq => Some(ordering.is_eq()),
        Operator::Ne => Some(ordering.is_ne()),
        Operator::Gt => Some(ordering.is_gt()),
        Operator::Ge => Some(ordering.is_ge()),
        Operator::Lt => Some(ordering.is_lt()),
        Operator::Le => Some(ordering.is_le()),
        Operator::Co | Operator::Sw | Operator::Ew => None,
    }
}
