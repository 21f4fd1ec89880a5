//! From operations to steps: what concerns rows is taken out and said as a change of rows.

use super::{Op, Operation, RowChange, Step, Target};
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::filter::{Filter, Literal, Operator};
use crate::note::Notes;
use crate::resource::elements::VALUE;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use serde_json::Value;

/// Sorts operations into steps, in their order. No row is looked at: what an operation wants is all there is to know.
///
/// Errors: `400 mutability` for a change of a part of a row.
pub fn plan(
    definition: &ResourceDefinition,
    operations: Vec<Operation>,
    _mode: Mode,
    notes: &mut Notes,
) -> Result<Vec<Step>, ScimError> {
    let mut steps = Vec::with_capacity(operations.len());
    for operation in operations {
        let Operation { op, target, value } = operation;
        match target {
            Target::Resource => split(definition, op, value, &mut steps),
            Target::Attribute(attribute) if is_rows(definition, &attribute) => {
                if attribute.sub.is_some() {
                    return Err(immutable(&attribute));
                }
                if let Some(change) = change(op, value) {
                    push_rows(&mut steps, &attribute.attribute.name, change);
                }
            }
            Target::Element { attribute, filter, sub } if is_rows(definition, &attribute) => {
                let change = chosen(op, &attribute, filter, sub.is_some(), value, notes)?;
                push_rows(&mut steps, &attribute.attribute.name, change);
            }
            target => steps.push(Step::Document(Operation { op, target, value })),
        }
    }
    Ok(steps)
}

fn is_rows(definition: &ResourceDefinition, attribute: &AttributeRef) -> bool {
    attribute.extension.is_none() && definition.is_rows(&attribute.attribute.name)
}

/// An operation without path: rows are taken out of its value.
fn split(definition: &ResourceDefinition, op: Op, value: Option<Value>, steps: &mut Vec<Step>) {
    let Some(Value::Object(mut attributes)) = value else { return };
    let rows: Vec<(String, Value)> =
        definition.rows.iter().filter_map(|rows| attributes.shift_remove_entry(rows)).collect();
    if !attributes.is_empty() {
        let value = Some(Value::Object(attributes));
        steps.push(Step::Document(Operation { op, target: Target::Resource, value }));
    }
    for (name, value) in rows {
        if let Some(change) = change(op, Some(value)) {
            push_rows(steps, &name, change);
        }
    }
}

/// The change that an operation on all rows means; `None` if it changes nothing.
fn change(op: Op, value: Option<Value>) -> Option<RowChange> {
    let elements = match value {
        Some(Value::Array(elements)) => Some(elements),
        _ => None,
    };
    match (op, elements) {
        // To add nothing is no reason to take everything away.
        (Op::Add, None) => None,
        (Op::Add, Some(elements)) => (!elements.is_empty()).then_some(RowChange::Add(elements)),
        (Op::Replace, Some(elements)) if !elements.is_empty() => Some(RowChange::Replace(elements)),
        (Op::Replace, _) | (Op::Remove, None) => Some(RowChange::Clear),
        // Microsoft Entra ID: {"op":"Remove","path":"members","value":[{"value":"0197…"}]} means this one.
        (Op::Remove, Some(elements)) => (!elements.is_empty()).then(|| RowChange::Remove(values(&elements))),
    }
}

/// The change that an operation on chosen rows means.
fn chosen(
    op: Op,
    attribute: &AttributeRef,
    filter: Filter,
    has_sub: bool,
    value: Option<Value>,
    notes: &mut Notes,
) -> Result<RowChange, ScimError> {
    let named = named_values(&filter);
    match (op, value) {
        // RFC 7643 §4.2: the parts of a member are immutable.
        _ if has_sub => Err(immutable(attribute)),
        (Op::Remove, _) => Ok(named.map_or(RowChange::RemoveWhere(filter), RowChange::Remove)),
        (_, Some(Value::Object(mut element))) => {
            let own = element.get(VALUE).and_then(Value::as_str);
            match named.as_deref() {
                // The row that the filter names, or would create: adding it is all that is meant.
                Some([value]) if own.is_none_or(|own| own == value) => {
                    element.insert(VALUE.to_owned(), Value::from(value.as_str()));
                    notes.corrected(
                        "member-by-filter",
                        format!("{}: the element was added", attribute.path()),
                    );
                    Ok(RowChange::Add(vec![Value::Object(element)]))
                }
                _ => Err(immutable(attribute)),
            }
        }
        _ => Err(immutable(attribute)),
    }
}

/// The values of a filter that only names values: `value eq "a" or value eq "b"`.
fn named_values(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Or(left, right) => {
            let mut values = named_values(left)?;
            values.extend(named_values(right)?);
            Some(values)
        }
        Filter::Compare { attribute, operator: Operator::Eq, value: Literal::Exact(text) }
            if attribute.leaf().name == VALUE =>
        {
            Some(vec![text.clone()])
        }
        _ => None,
    }
}

fn values(elements: &[Value]) -> Vec<String> {
    elements.iter().filter_map(|element| element.get(VALUE)?.as_str().map(str::to_owned)).collect()
}

/// Adds a change of rows; one that continues the step before becomes part of it.
fn push_rows(steps: &mut Vec<Step>, name: &str, change: RowChange) {
    match (steps.last_mut(), change) {
        (Some(Step::Rows { attribute, change: RowChange::Add(before) }), RowChange::Add(more))
            if attribute == name =>
        {
            before.extend(more);
        }
        (Some(Step::Rows { attribute, change: RowChange::Remove(before) }), RowChange::Remove(more))
            if attribute == name =>
        {
            before.extend(more);
        }
        (_, change) => steps.push(Step::Rows { attribute: name.to_owned(), change }),
    }
}

fn immutable(attribute: &AttributeRef) -> ScimError {
    let path = attribute.path();
    ScimError::mutability(format!(
        "The parts of an element of \"{path}\" cannot be changed; remove the element and add another."
    ))
}
