//! One operation on a document (RFC 7644 §3.5.2.1 to §3.5.2.3).
//!
//! An attribute whose value is taken stays as `null` until `finish` has looked whether it was required. Values are
//! canonical already; documents may be anything, and nothing in here panics on them.

use super::{Op, Operation, Target};
use crate::Document;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::note::Notes;
use crate::resource::elements::{self, Listed};
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use crate::schema::{Attribute, Mutability, Type};
use serde_json::Value;

/// Carries out one operation. On an error the document is of no further use: the whole PATCH fails.
///
/// Errors: `400 mutability` for what may not be changed, `400 noTarget` for a filter that selects nothing where
/// something is needed, `400 invalidFilter` for one that selects too much on a strict connection.
pub fn apply(
    definition: &ResourceDefinition,
    document: &mut Document,
    operation: &Operation,
    mode: Mode,
    notes: &mut Notes,
) -> Result<(), ScimError> {
    let mut change = Change { definition, op: operation.op, mode, notes };
    let value = operation.value.as_ref();
    match &operation.target {
        Target::Resource => change.resource(document, value),
        Target::Extension(urn) => change.extension(document, urn, value),
        Target::Attribute(reference) => {
            let Some(holder) = change.holder(document, reference, value) else { return Ok(()) };
            match &reference.sub {
                None => change.attribute(holder, &reference.attribute, value),
                Some(sub) => change.sub(holder, &reference.attribute, sub, value),
            }
        }
        Target::Element { attribute, filter, sub } => {
            let Some(holder) = change.holder(document, attribute, value) else { return Ok(()) };
            change.elements(holder, attribute, filter, sub.as_deref(), value)
        }
    }
}

/// One operation at work.
pub(super) struct Change<'a> {
    pub(super) definition: &'a ResourceDefinition,
    pub(super) op: Op,
    pub(super) mode: Mode,
    pub(super) notes: &'a mut Notes,
}

impl Change<'_> {
    /// The value to set; `None` if what is there shall go.
    pub(super) fn set<'v>(&self, value: Option<&'v Value>) -> Option<&'v Value> {
        // RFC 7643 §2.5: null is unassigned.
        value.filter(|value| self.op != Op::Remove && !value.is_null())
    }

    fn resource(&mut self, document: &mut Document, value: Option<&Value>) -> Result<(), ScimError> {
        let Some(Value::Object(attributes)) = value else { return Ok(()) };
        let definition = self.definition;
        for (name, value) in attributes {
            let attribute = definition.common.attribute(name).or_else(|| definition.base.attribute(name));
            if let Some(attribute) = attribute {
                self.attribute(document, attribute, Some(value))?;
            } else if let Some(extension) = definition.extension(name) {
                self.extension(document, &extension.schema.id, Some(value))?;
            }
        }
        Ok(())
    }

    fn extension(
        &mut self,
        document: &mut Document,
        urn: &str,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let Some(extension) = self.definition.extension(urn) else { return Ok(()) };
        match self.set(value) {
            // RFC 7644 §3.5.2.2: the container goes, and its URN with it.
            None => {
                let before = document.get(urn).and_then(Value::as_object);
                for attribute in &extension.schema.attributes {
                    check_immutable(attribute, before.and_then(|before| before.get(&attribute.name)), None)?;
                }
                clear(document, urn);
            }
            Some(value) => {
                let Some(holder) = object(document, urn, true) else { return Ok(()) };
                for (name, value) in value.as_object().into_iter().flatten() {
                    if let Some(attribute) = extension.schema.attribute(name) {
                        self.attribute(holder, attribute, Some(value))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Where the attribute stands: the document, or the container of its extension, made if something is to be set.
    fn holder<'d>(
        &self,
        document: &'d mut Document,
        reference: &AttributeRef,
        value: Option<&Value>,
    ) -> Option<&'d mut Document> {
        match &reference.extension {
            None => Some(document),
            Some(urn) => object(document, urn, self.set(value).is_some()),
        }
    }

    fn attribute(
        &mut self,
        holder: &mut Document,
        attribute: &Attribute,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let name = &attribute.name;
        if attribute.multi_valued && self.op == Op::Add && value.is_none_or(Value::is_null) {
            // To add nothing to a list is no change.
            return Ok(());
        }
        if attribute.multi_valued && self.op != Op::Replace && value.is_some() {
            return self.some_elements(holder, attribute, value);
        }
        let value = self.set(value);
        check_immutable(attribute, holder.get(name), value)?;
        match value {
            None => clear(holder, name),
            Some(Value::Array(items)) if items.is_empty() => clear(holder, name),
            Some(Value::Object(members)) if attribute.kind == Type::Complex => {
                // Interoperability profile §6.5 replaces the whole; RFC 7644 §3.5.2.3 leaves unnamed parts as they are.
                if self.op == Op::Replace && self.mode == Mode::Strict {
                    clear(holder, name);
                }
                if let Some(target) = object(holder, name, true) {
                    merge(target, attribute, members)?;
                }
            }
            Some(value) => {
                holder.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }

    /// Adds elements to a list, or takes those away that the value lists.
    fn some_elements(
        &mut self,
        holder: &mut Document,
        attribute: &Attribute,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let listed = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut items = taken(holder, &attribute.name);
        if self.op == Op::Add {
            let present = Listed::of(attribute, &items, false);
            if !listed.iter().all(|listed| present.names(attribute, listed)) {
                check_immutable(attribute, items.first(), None)?;
            }
            items.extend(listed.iter().cloned());
            // RFC 7644 §3.5.2.1: a value that is there already is not added again.
            elements::deduplicate(attribute, &mut items, false);
            let primary = listed.iter().find(|listed| elements::is_primary(listed));
            let primary = Listed::of(attribute, primary.map(std::slice::from_ref).unwrap_or_default(), false);
            let keep: Vec<bool> = items.iter().map(|item| primary.names(attribute, item)).collect();
            elements::settle_primary(&mut items, &keep);
        } else {
            check_immutable(attribute, items.first(), None)?;
            // Microsoft Entra ID: a removal with a value means the values listed.
            let named = Listed::of(attribute, listed, true);
            items.retain(|item| !named.names(attribute, item));
        }
        put_back(holder, &attribute.name, items);
        Ok(())
    }

    fn sub(
        &mut self,
        holder: &mut Document,
        attribute: &Attribute,
        sub: &Attribute,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let value = self.set(value);
        if !attribute.multi_valued {
            return match object(holder, &attribute.name, value.is_some()) {
                Some(members) => set_sub(members, sub, value),
                None => Ok(()),
            };
        }
        // `emails.value`: every element; a strict connection has refused it when it was read.
        let mut items = taken(holder, &attribute.name);
        if items.is_empty() && value.is_some() {
            items.push(Value::Object(Document::new()));
        }
        for members in items.iter_mut().filter_map(Value::as_object_mut) {
            set_sub(members, sub, value)?;
        }
        if value.is_none() {
            self.drop_hollow(attribute, items.iter_mut());
        }
        put_back(holder, &attribute.name, items);
        Ok(())
    }
}

/// The object under a name; with `make`, one is put there if there is none.
fn object<'d>(holder: &'d mut Document, name: &str, make: bool) -> Option<&'d mut Document> {
    if make {
        let slot = holder.entry(name).or_insert(Value::Null);
        if !slot.is_object() {
            *slot = Value::Object(Document::new());
        }
        return slot.as_object_mut();
    }
    holder.get_mut(name)?.as_object_mut()
}

/// Takes the value and leaves the trace that it was there.
fn clear(holder: &mut Document, name: &str) {
    if let Some(value) = holder.get_mut(name) {
        *value = Value::Null;
    }
}

/// The elements under a name, taken out to be changed and put back.
pub(super) fn taken(holder: &mut Document, name: &str) -> Vec<Value> {
    match holder.get_mut(name).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

pub(super) fn put_back(holder: &mut Document, name: &str, mut items: Vec<Value>) {
    items.retain(|item| !item.is_null());
    if !items.is_empty() || holder.contains_key(name) {
        holder.insert(name.to_owned(), if items.is_empty() { Value::Null } else { Value::Array(items) });
    }
}

/// RFC 7644 §3.5.2.1, §3.5.2.3: sets the parts given, takes those that are null, leaves the others.
pub(super) fn merge(target: &mut Document, attribute: &Attribute, given: &Document) -> Result<(), ScimError> {
    for (name, value) in given {
        if let Some(sub) = attribute.sub(name) {
            set_sub(target, sub, Some(value).filter(|value| !value.is_null()))?;
        }
    }
    Ok(())
}

pub(super) fn set_sub(
    members: &mut Document,
    sub: &Attribute,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    check_immutable(sub, members.get(&sub.name), value)?;
    match value {
        Some(value) => {
            members.insert(sub.name.clone(), value.clone());
        }
        None => clear(members, &sub.name),
    }
    Ok(())
}

/// RFC 7644 §3.5.2: what is immutable may be set once, and set again to the same; what is read-only may not be set.
pub(super) fn check_immutable(
    attribute: &Attribute,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), ScimError> {
    let before = before.filter(|before| !before.is_null());
    let is_allowed = match attribute.mutability {
        Mutability::ReadWrite | Mutability::WriteOnly => true,
        Mutability::Immutable => before.is_none() || before == after,
        Mutability::ReadOnly => before == after,
    };
    if is_allowed {
        return Ok(());
    }
    Err(ScimError::mutability(format!("\"{}\" cannot be changed once it has a value.", attribute.name)))
}
