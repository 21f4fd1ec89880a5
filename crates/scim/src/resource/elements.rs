//! The elements of a multi-valued attribute (RFC 7643 §2.4): none twice, at most one of them primary.

use crate::Document;
use crate::fold::fold;
use crate::schema::Attribute;
use serde_json::Value;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// The sub-attribute that says what an element is (RFC 7643 §2.4).
pub(crate) const VALUE: &str = "value";
/// The sub-attribute that says which element is preferred (RFC 7643 §2.4).
pub(crate) const PRIMARY: &str = "primary";
/// The sub-attributes that describe an element without holding anything of it (RFC 7643 §2.4).
const LABELS: [&str; 2] = ["type", PRIMARY];

/// What makes two elements the same one.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Identity(Vec<String>);

/// What an element is recognised by: its `value` and `type` as the schema compares them, or, without a `value`, all of
/// it. Never the `value` alone: one number can be both the work and the mobile phone.
pub(crate) fn identity(attribute: &Attribute, element: &Value, by_value: bool) -> Identity {
    let comparable = |name: &str, members: &Document| {
        let text = members.get(name)?.as_str()?;
        let exact = attribute.sub(name).is_none_or(|sub| sub.is_case_exact());
        Some(if exact { text.to_owned() } else { fold(text) })
    };
    let Value::Object(members) = element else {
        return Identity(vec![element.to_string()]);
    };
    match comparable(VALUE, members) {
        Some(value) if by_value => Identity(vec![value]),
        Some(value) => Identity(vec![value, comparable("type", members).unwrap_or_default()]),
        None => {
            let mut parts: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}={value}")).collect();
            parts.sort_unstable();
            // One part more than an identity by value has, so that the two never meet.
            parts.extend([String::new(), String::new()]);
            Identity(parts)
        }
    }
}

/// Leaves each element once, the first of its kind; sub-attributes that only a later one has are taken over. Says
/// how many were left out. With `by_value` the `value` alone counts, as it does for members.
pub(crate) fn deduplicate(attribute: &Attribute, elements: &mut Vec<Value>, by_value: bool) -> usize {
    let before = elements.len();
    let mut places: HashMap<Identity, usize> = HashMap::with_capacity(before);
    let mut kept: Vec<Value> = Vec::with_capacity(before);
    for element in elements.drain(..) {
        match places.entry(identity(attribute, &element, by_value)) {
            Entry::Occupied(place) => complete(&mut kept[*place.get()], element),
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(element);
            }
        }
    }
    *elements = kept;
    before - elements.len()
}

fn complete(element: &mut Value, other: Value) {
    if let (Value::Object(members), Value::Object(other)) = (element, other) {
        for (name, value) in other {
            if name == PRIMARY && value == Value::Bool(true) {
                members.insert(name, value);
            } else {
                members.entry(name).or_insert(value);
            }
        }
    }
}

/// Whether the element is the preferred one.
pub(crate) fn is_primary(element: &Value) -> bool {
    // RFC 7643 §2.4: without `primary` it is false.
    element.get(PRIMARY) == Some(&Value::Bool(true))
}

/// Whether more than one element is the preferred one.
pub(crate) fn has_two_primaries(elements: &[Value]) -> bool {
    elements.iter().filter(|element| is_primary(element)).nth(1).is_some()
}

/// Takes `primary` from the other elements if one of those that `keep` marks has it.
pub(crate) fn settle_primary(elements: &mut [Value], keep: &[bool]) {
    if !elements.iter().zip(keep).any(|(element, keep)| *keep && is_primary(element)) {
        return;
    }
    // RFC 7644 §3.5.2: setting `primary` on one value sets it to false on the others.
    for (element, keep) in elements.iter_mut().zip(keep) {
        if !keep && is_primary(element) {
            element[PRIMARY] = Value::Bool(false);
        }
    }
}

/// Elements that are listed, to be found among others.
pub(crate) struct Listed {
    /// Those that mean any type.
    values: HashSet<Identity>,
    /// The others.
    elements: HashSet<Identity>,
}

impl Listed {
    /// The elements of a list. With `any_type`, those without a type mean every type.
    pub(crate) fn of(attribute: &Attribute, listed: &[Value], any_type: bool) -> Self {
        let means_any = |element: &&Value| any_type && element.get("type").is_none();
        let (values, elements): (Vec<&Value>, Vec<&Value>) = listed.iter().partition(means_any);
        let set = |elements: Vec<&Value>, by_value| {
            elements.into_iter().map(|element| identity(attribute, element, by_value)).collect()
        };
        Self { values: set(values, true), elements: set(elements, false) }
    }

    /// Whether the element is among those listed.
    pub(crate) fn names(&self, attribute: &Attribute, element: &Value) -> bool {
        self.elements.contains(&identity(attribute, element, false))
            || (!self.values.is_empty() && self.values.contains(&identity(attribute, element, true)))
    }
}

/// Whether the element holds nothing but labels.
pub(crate) fn holds_labels_only(element: &Value) -> bool {
    element.as_object().is_some_and(|members| {
        members.iter().all(|(name, value)| LABELS.contains(&name.as_str()) || super::value::is_blank(value))
    })
}
