//! Operations on elements that a filter chooses: `emails[type eq "work"].value`.
//!
//! Where a filter chooses none, a removal has nothing to do, and a change makes the element that the filter asks for.

use super::Op;
use super::apply::{Change, check_immutable, merge, put_back, set_sub, taken};
use crate::Document;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::filter::{Filter, Literal, Operator};
use crate::resource::elements;
use crate::schema::definition::AttributeRef;
use crate::schema::{Attribute, Mutability};
use serde_json::Value;

impl Change<'_> {
    /// Carries the operation out on the elements that the filter selects.
    pub(super) fn elements(
        &mut self,
        holder: &mut Document,
        reference: &AttributeRef,
        filter: &Filter,
        sub: Option<&Attribute>,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let attribute = &reference.attribute;
        let value = self.set(value);
        let mut items = taken(holder, &attribute.name);
        let mut chosen: Vec<bool> = items.iter().map(|item| filter.matches_element(item)).collect();
        let count = chosen.iter().filter(|chosen| **chosen).count();
        if count > 1 && self.op != Op::Remove && self.mode == Mode::Strict {
            // Interoperability profile §6.5: the filter of a change selects one value.
            let path = reference.path();
            return Err(ScimError::invalid_filter(format!(
                "The filter on \"{path}\" selects more than one value."
            )));
        }
        if count == 0 {
            if let Some(value) = value {
                items.push(self.created(reference, filter, sub, value)?);
                chosen.push(true);
            }
            // RFC 7644 §3.5.2.2: to remove what is not there is a success.
        } else {
            let mut hit = items.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(item, _)| item);
            hit.try_for_each(|item| self.element(attribute, item, sub, value))?;
            if value.is_none() {
                let hit = items.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(item, _)| item);
                self.drop_hollow(attribute, hit);
            }
        }
        elements::settle_primary(&mut items, &chosen);
        put_back(holder, &attribute.name, items);
        Ok(())
    }

    /// Changes one element that the filter selects; one that shall go becomes null.
    fn element(
        &self,
        attribute: &Attribute,
        item: &mut Value,
        sub: Option<&Attribute>,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        match (sub, value) {
            (Some(sub), value) => match item.as_object_mut() {
                Some(members) => set_sub(members, sub, value),
                None => Ok(()),
            },
            (None, None) => {
                check_immutable(attribute, Some(item), None)?;
                *item = Value::Null;
                Ok(())
            }
            (None, Some(Value::Object(given))) if self.op == Op::Add => match item.as_object_mut() {
                Some(members) => merge(members, attribute, given),
                None => Ok(()),
            },
            // RFC 7644 §3.5.2.3: the matching record is replaced as a whole.
            (None, Some(value)) => {
                for sub in &attribute.sub_attributes {
                    check_immutable(sub, item.get(&sub.name), value.get(&sub.name))?;
                }
                *item = value.clone();
                Ok(())
            }
        }
    }

    /// The element that a change makes where its filter selects none: with the values that the filter asks for.
    fn created(
        &mut self,
        reference: &AttributeRef,
        filter: &Filter,
        sub: Option<&Attribute>,
        value: &Value,
    ) -> Result<Value, ScimError> {
        let path = reference.path();
        let mut element = Document::new();
        // RFC 7644 §3.5.2.3: a replacement whose filter selects nothing is a noTarget. Microsoft Entra ID sends it to
        // create: {"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"…"}.
        let refused = self.op == Op::Replace && self.mode == Mode::Strict;
        if refused || !stamp(&mut element, filter) {
            return Err(ScimError::no_target(format!(
                "The filter on \"{path}\" selects no value. Add the value with the path \"{path}\"."
            )));
        }
        match (sub, value) {
            (Some(sub), value) => {
                element.insert(sub.name.clone(), value.clone());
            }
            (None, Value::Object(members)) => merge(&mut element, &reference.attribute, members)?,
            (None, simple) => return Ok(simple.clone()),
        }
        if self.op == Op::Replace {
            self.notes
                .corrected("created-by-filter", format!("{path}: no value met the filter, so one was added"));
        }
        Ok(Value::Object(element))
    }

    /// On a lenient connection, an element that lost its last content goes too: `{"type":"work"}` is no telephone.
    pub(super) fn drop_hollow<'i>(
        &mut self,
        attribute: &Attribute,
        items: impl Iterator<Item = &'i mut Value>,
    ) {
        if self.mode == Mode::Strict {
            return;
        }
        for item in items.filter(|item| elements::holds_labels_only(item)) {
            *item = Value::Null;
            let name = &attribute.name;
            self.notes.corrected(
                "hollow-element",
                format!("{name}: a value that held no more than a type was removed"),
            );
        }
    }
}

/// Writes the values into the element that the filter asks for; `false` if it asks for more than equality.
fn stamp(element: &mut Document, filter: &Filter) -> bool {
    match filter {
        Filter::And(left, right) => stamp(element, left) && stamp(element, right),
        Filter::Compare { attribute, operator: Operator::Eq, value } => {
            let value = match value {
                Literal::Exact(text) | Literal::Folded { text, .. } => Value::from(text.as_str()),
                Literal::Boolean(boolean) => Value::from(*boolean),
                Literal::Number(_) | Literal::Instant(_) => return false,
            };
            let writable = attribute.leaf().mutability != Mutability::ReadOnly;
            if let (Some(sub), true) = (&attribute.sub, writable) {
                element.insert(sub.name.clone(), value);
            }
            writable
        }
        _ => false,
    }
}
