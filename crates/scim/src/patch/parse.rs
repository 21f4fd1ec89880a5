//! From the body of a PATCH to operations that are bound to the schema.
//!
//! What is wrong with an operation by itself is found here: its name, its path, the type of its value, a target that
//! nobody may write. What depends on the document is left to `apply`.

use super::envelope::envelope;
use super::{Op, Operation, Target};
use crate::Document;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::filter::{Filter, parser::split_value_path};
use crate::note::Notes;
use crate::path::{Named, PathError};
use crate::quote::quoted;
use crate::resource::reader::{Place, Purpose, Reader, SCHEMAS, wrong_type};
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use crate::schema::{Attribute, Mutability};
use serde_json::Value;
use std::sync::Arc;

/// Reads the body of a PATCH.
///
/// Errors: `400` with `invalidSyntax` for the envelope, `invalidPath` and `invalidFilter` for paths, `invalidValue`
/// for values, `noTarget` for a removal without path, `mutability` for what is read-only.
pub fn parse(
    definition: &ResourceDefinition,
    body: Value,
    mode: Mode,
    notes: &mut Notes,
) -> Result<Vec<Operation>, ScimError> {
    let operations = envelope(body, mode, notes)?;
    let mut parser = Parser { definition, mode, notes };
    let total = operations.len();
    let numbered = operations.into_iter().zip(1..);
    let read = numbered.filter_map(|(operation, number)| {
        let read = parser.operation(operation).map_err(|error| in_operation(error, number, total));
        read.transpose()
    });
    read.collect()
}

/// The error of one operation, which says of several which one it is.
fn in_operation(mut error: ScimError, number: usize, total: usize) -> ScimError {
    if total > 1 {
        error.detail = format!("Operation {number} of {total}: {}", error.detail);
    }
    error
}

/// The error of a filter within a path, which says which path it is.
fn in_path(mut error: ScimError, path: &str) -> ScimError {
    error.detail = format!("In the path {}: {}", quoted(path), error.detail);
    error
}

struct Parser<'a> {
    definition: &'a ResourceDefinition,
    mode: Mode,
    notes: &'a mut Notes,
}

/// The members of one operation.
struct Parts {
    op: Op,
    path: Option<String>,
    value: Option<Value>,
}

impl Parser<'_> {
    /// One operation; `None` if it was ignored.
    fn operation(&mut self, operation: Value) -> Result<Option<Operation>, ScimError> {
        let Parts { op, path, value } = self.parts(operation)?;
        let target = match path {
            None => self.without_path(op)?,
            Some(path) => match self.target(op, &path)? {
                Some(target) => target,
                None => return Ok(None),
            },
        };
        if let Target::Attribute(attribute) | Target::Element { attribute, .. } = &target
            && attribute.is(SCHEMAS)
        {
            return self.schemas(op, value).map(|()| None);
        }
        let value = self.value(op, &target, value)?;
        Ok(Some(Operation { op, target, value }))
    }

    fn parts(&self, operation: Value) -> Result<Parts, ScimError> {
        let Value::Object(members) = operation else {
            return Err(ScimError::invalid_syntax("Every operation must be a JSON object with \"op\"."));
        };
        let (mut op, mut path, mut value) = (None, None, None);
        for (key, member) in members {
            let before = match key.to_ascii_lowercase().as_str() {
                "op" => op.replace(member),
                "path" => path.replace(member),
                "value" => value.replace(member),
                _ if self.mode == Mode::Lenient => None,
                _ => {
                    return Err(ScimError::invalid_syntax(format!(
                        "{} has no place in an operation; leave it out.",
                        quoted(&key)
                    )));
                }
            };
            if before.is_some() {
                return Err(ScimError::invalid_syntax(format!(
                    "{} is there twice in one operation; send it once.",
                    quoted(&key)
                )));
            }
        }
        let known = |op: &str| {
            [Op::Add, Op::Replace, Op::Remove]
                .into_iter()
                .find(|known| known.as_str().eq_ignore_ascii_case(op))
        };
        // RFC 7644 §3.5.2: exactly one of the three; in any letter case, as Microsoft Entra ID writes them.
        let sent = op.as_ref().and_then(Value::as_str);
        let Some(op) = sent.and_then(known) else {
            let sent = sent.map(|op| format!(" It was sent as {}.", quoted(op))).unwrap_or_default();
            let detail = format!("\"op\" of an operation must be add, replace or remove.{sent}");
            return Err(ScimError::invalid_syntax(detail));
        };
        let path = match path {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) => Some(path),
            Some(other) => return Err(ScimError::invalid_path(wrong_type(&"path", "text", &other).detail)),
        };
        Ok(Parts { op, path, value })
    }

    fn without_path(&self, op: Op) -> Result<Target, ScimError> {
        if op == Op::Remove {
            // RFC 7644 §3.5.2.2: a removal without path is a noTarget.
            return Err(ScimError::no_target(
                "A remove operation needs a \"path\" that says what to remove.",
            ));
        }
        if self.mode == Mode::Strict {
            // Interoperability profile §6.5: every operation names its path.
            return Err(ScimError::invalid_syntax(
                "Every operation needs a \"path\" on a strict connection. If the provider sends none, set strict=false.",
            ));
        }
        Ok(Target::Resource)
    }

    /// What the path names; `None` if the operation is to be ignored.
    fn target(&mut self, op: Op, path: &str) -> Result<Option<Target>, ScimError> {
        let (name, filter) = match split_value_path(path)? {
            Some((name, filter, sub)) => (name, Some((filter.to_owned(), sub))),
            None => match self.simple_filter(path) {
                Some((name, rest)) => (name, Some((format!("value {rest}"), ""))),
                None => (path, None),
            },
        };
        let named = match self.definition.resolve(name) {
            Ok(named) => named,
            Err(PathError::Syntax(_)) => {
                return Err(ScimError::invalid_path(format!(
                    "The path {} is not an attribute path. Write it like name.givenName or emails[type eq \"work\"].value.",
                    quoted(path)
                )));
            }
            Err(PathError::UnknownAttribute(_) | PathError::UnknownSchema(_)) => return self.unknown(path),
        };
        let attribute = match (named, &filter) {
            (Named::Attribute(attribute), _) => attribute,
            (Named::Extension(urn), None) => return Ok(Some(Target::Extension(urn))),
            (Named::Base, None) => return self.without_path(op).map(Some),
            (_, Some(_)) => {
                let detail = format!(
                    "The path {} filters a schema; name one of its attributes before the [.",
                    quoted(path)
                );
                return Err(ScimError::invalid_path(detail));
            }
        };
        check_writable(&attribute.attribute, path)?;
        let target = match filter {
            None => Target::Attribute(attribute),
            Some((filter, sub)) => match self.elements(op, path, attribute, &filter, sub)? {
                Some(target) => target,
                None => return Ok(None),
            },
        };
        match &target {
            Target::Attribute(AttributeRef { sub: Some(sub), attribute, .. }) => {
                check_writable(sub, path)?;
                if self.mode == Mode::Strict && attribute.multi_valued {
                    let detail =
                        format!("The path {} must say by a filter which values it means.", quoted(path));
                    return Err(ScimError::invalid_path(detail));
                }
            }
            Target::Element { sub: Some(sub), .. } => check_writable(sub, path)?,
            _ => {}
        }
        Ok(Some(target))
    }

    /// RFC 7644 §3.5.2, erratum 7122: `tags eq "a"` chooses elements of a multi-valued attribute without parts.
    fn simple_filter<'p>(&self, path: &'p str) -> Option<(&'p str, &'p str)> {
        let (name, rest) = path.split_once(' ')?;
        match self.definition.resolve(name) {
            Ok(Named::Attribute(AttributeRef { attribute, sub: None, .. })) => {
                (attribute.multi_valued && attribute.sub_attributes.is_empty()).then_some((name, rest))
            }
            _ => None,
        }
    }

    fn elements(
        &mut self,
        op: Op,
        path: &str,
        attribute: AttributeRef,
        filter: &str,
        sub: &str,
    ) -> Result<Option<Target>, ScimError> {
        if filter.bytes().all(|byte| byte.is_ascii_digit()) {
            // RFC 7644 §3.5.2: elements have no index.
            let detail = format!(
                "The path {} counts elements; choose them by a filter, such as [type eq \"work\"].",
                quoted(path)
            );
            return Err(ScimError::invalid_path(detail));
        }
        let filter = Filter::parse_element(filter, &attribute, self.mode, self.notes)
            .map_err(|error| in_path(error, path))?;
        let sub = match sub {
            // Interoperability profile §6.5: a filter in the path of a change is followed by a sub-attribute.
            "" if self.mode == Mode::Strict
                && op != Op::Remove
                && !attribute.attribute.sub_attributes.is_empty() =>
            {
                let detail = format!("The path {} must end with a sub-attribute.", quoted(path));
                return Err(ScimError::invalid_path(detail));
            }
            "" => None,
            name => match attribute.attribute.sub(name) {
                Some(sub) => Some(Arc::clone(sub)),
                None => return self.unknown(path),
            },
        };
        Ok(Some(Target::Element { attribute, filter, sub }))
    }

    /// A path that names nothing: an error on a strict connection, otherwise noted and ignored.
    fn unknown(&mut self, path: &str) -> Result<Option<Target>, ScimError> {
        let mut reader = self.reader();
        match reader.unknown(path) {
            Ok(()) => Ok(None),
            Err(error) => Err(ScimError::invalid_path(error.detail)),
        }
    }

    /// An operation on `schemas`, which follow from the resource: nothing to do, or an error.
    fn schemas(&mut self, op: Op, value: Option<Value>) -> Result<(), ScimError> {
        let base = &self.definition.base.id;
        let urns = match value {
            Some(Value::Array(urns)) => urns,
            other => other.into_iter().collect(),
        };
        let names = |urn: &Value, id: &str| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(id));
        // RFC 7643 §3: the base schema cannot go.
        if op == Op::Remove || (op == Op::Replace && !urns.iter().any(|urn| names(urn, base))) {
            return Err(ScimError::mutability(format!(
                "\"schemas\" must keep \"{base}\"; to drop an extension, remove the path that is its URN."
            )));
        }
        for urn in urns {
            let text = urn.as_str().unwrap_or_default();
            if !names(&urn, base) && self.definition.extension(text).is_none() {
                let shown = quoted(text);
                if self.mode == Mode::Strict {
                    let name = &self.definition.name;
                    return Err(ScimError::invalid_value(format!("{shown} is not a schema of a {name}.")));
                }
                self.notes.ignored("unknown-schema", format!("{shown} was not added to \"schemas\""));
            }
        }
        Ok(())
    }

    fn reader(&mut self) -> Reader<'_> {
        Reader { definition: self.definition, mode: self.mode, purpose: Purpose::Change, notes: self.notes }
    }

    /// Reads the value by what the target is.
    fn value(&mut self, op: Op, target: &Target, value: Option<Value>) -> Result<Option<Value>, ScimError> {
        if op == Op::Remove {
            return self.removed(target, value);
        }
        let Some(value) = value else {
            let op = op.as_str();
            return Err(ScimError::invalid_value(format!("An operation that is to {op} needs a \"value\".")));
        };
        let value = match target {
            Target::Resource => match value {
                Value::Object(attributes) => Value::Object(self.reader().attributes(attributes)?),
                other => {
                    return Err(wrong_type(
                        &"value",
                        "an object of attributes where there is no path",
                        &other,
                    ));
                }
            },
            Target::Extension(urn) => match self.definition.extension(urn) {
                Some(extension) => self.reader().container(extension, value)?,
                None => Value::Object(Document::new()),
            },
            Target::Attribute(attribute) if attribute.attribute.multi_valued && attribute.sub.is_some() => {
                self.reader().single(place(attribute, attribute.sub.as_ref()), value, true)?
            }
            Target::Attribute(attribute) => {
                self.reader().value(place(attribute, attribute.sub.as_ref()), value)?
            }
            Target::Element { attribute, sub: Some(sub), .. } => {
                self.reader().value(place(attribute, Some(sub)), value)?
            }
            Target::Element { attribute, sub: None, .. } => {
                self.reader().single(place(attribute, None), value, op == Op::Add)?
            }
        };
        Ok(Some(value))
    }

    /// The value of a removal: Microsoft Entra ID names in it the elements that shall go.
    fn removed(&mut self, target: &Target, value: Option<Value>) -> Result<Option<Value>, ScimError> {
        match (target, value) {
            (_, None | Some(Value::Null)) => Ok(None),
            (Target::Attribute(attribute), Some(value))
                if attribute.attribute.multi_valued && attribute.sub.is_none() =>
            {
                let place = place(attribute, None);
                let listed = self.reader().value(place, value)?;
                self.notes.corrected(
                    "remove-listed",
                    format!("{place}: only the values listed were removed, not all"),
                );
                Ok(Some(listed))
            }
            _ => Ok(None),
        }
    }
}

fn check_writable(attribute: &Attribute, path: &str) -> Result<(), ScimError> {
    // RFC 7644 §3.5.2: a change of a read-only attribute is a mutability error.
    if attribute.mutability == Mutability::ReadOnly {
        return Err(ScimError::mutability(format!("{} is read-only; leave it out.", quoted(path))));
    }
    Ok(())
}

fn place<'a>(reference: &'a AttributeRef, sub: Option<&'a Arc<Attribute>>) -> Place<'a> {
    Place {
        extension: reference.extension.as_deref(),
        attribute: &reference.attribute,
        sub: sub.map(Arc::as_ref),
    }
}
