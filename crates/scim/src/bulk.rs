//! Bulk requests (RFC 7644 §3.7): the message, and references to resources that the same request creates.
//!
//! A reference is the text `bulkId:` and an id of the request: in the path of an operation, and in its data where the schemas
//! say that a value names another resource.

use crate::error::ScimError;
use crate::fold::fold;
use crate::schema::Attribute;
use crate::schema::definition::Definitions;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// The schema URI of a bulk request.
pub const BULK_REQUEST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The schema URI of a bulk answer.
pub const BULK_RESPONSE_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// What a reference begins with.
const REFERENCE: &str = "bulkId:";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkMethod {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl BulkMethod {
    /// The method as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(text))
    }
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    /// What it does.
    pub method: BulkMethod,
    /// The path, relative to the base URL, such as `/Users`.
    pub path: String,
    /// The id that others refer to what it creates by.
    pub bulk_id: Option<String>,
    /// The version that a change is meant for.
    pub version: Option<String>,
    /// The body.
    pub data: Option<Value>,
}

/// One operation as far as it can be read: what is wrong with one is no reason to refuse the others.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadOperation {
    /// The method as it was written, for the answer.
    pub method: String,
    /// The id as it was written, for the answer.
    pub bulk_id: Option<String>,
    /// The operation, or what is wrong with it.
    pub operation: Result<BulkOperation, ScimError>,
}

/// A bulk request.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkRequest {
    /// After how many failures to stop.
    pub fail_on_errors: Option<u64>,
    /// The operations, in order.
    pub operations: Vec<ReadOperation>,
}

impl BulkRequest {
    /// Reads a bulk request.
    ///
    /// # Errors
    /// `400 invalidSyntax` for what is no bulk request, or names one bulkId twice.
    pub fn read(body: &Value) -> Result<Self, ScimError> {
        let body = body
            .as_object()
            .ok_or_else(|| ScimError::invalid_syntax("The body of a bulk request must be a JSON object."))?;
        let is_bulk = |schema: &Value| {
            schema.as_str().is_some_and(|text| text.eq_ignore_ascii_case(BULK_REQUEST_SCHEMA))
        };
        if !member(body, "schemas")
            .and_then(Value::as_array)
            .is_some_and(|schemas| schemas.iter().any(is_bulk))
        {
            return Err(ScimError::invalid_syntax(format!(
                "\"schemas\" of a bulk request must hold \"{BULK_REQUEST_SCHEMA}\"."
            )));
        }
        let fail_on_errors = match member(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_u64().filter(|count| *count > 0).ok_or_else(|| {
                ScimError::invalid_syntax("\"failOnErrors\" must be a whole number from 1.")
            })?),
        };
        let operations = member(body, "Operations")
            .and_then(Value::as_array)
            .ok_or_else(|| ScimError::invalid_syntax("A bulk request needs \"Operations\": a list."))?;
        let operations: Vec<ReadOperation> = operations.iter().map(read_operation).collect();
        let mut seen = BTreeSet::new();
        for id in operations.iter().filter_map(|operation| operation.bulk_id.as_deref()) {
            if !seen.insert(id) {
                return Err(ScimError::invalid_syntax(
                    "Two operations have the same bulkId. Give each its own.",
                ));
            }
        }
        Ok(Self { fail_on_errors, operations })
    }
}

/// The member of a name, in any letter case.
fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn read_operation(value: &Value) -> ReadOperation {
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    let text = |name: &str| member(object, name).and_then(Value::as_str).map(str::to_owned);
    let method = text("method").unwrap_or_default();
    let bulk_id = text("bulkId").filter(|id| !id.is_empty());
    let operation =
        bound(&method, text("path"), bulk_id.clone(), text("version"), member(object, "data").cloned());
    ReadOperation { method: method.to_ascii_uppercase(), bulk_id, operation }
}

fn bound(
    method: &str,
    path: Option<String>,
    bulk_id: Option<String>,
    version: Option<String>,
    data: Option<Value>,
) -> Result<BulkOperation, ScimError> {
    let syntax = ScimError::invalid_syntax;
    let method = BulkMethod::named(method)
        .ok_or_else(|| syntax("\"method\" of an operation must be POST, PUT, PATCH or DELETE."))?;
    let path = path.ok_or_else(|| syntax("Every operation needs a \"path\", such as /Users."))?;
    // RFC 7644 §3.7: a POST says what others may call what it creates; a body belongs to all but DELETE.
    if method == BulkMethod::Post && bulk_id.is_none() {
        return Err(syntax("A POST operation needs a \"bulkId\"."));
    }
    if method != BulkMethod::Delete && !data.as_ref().is_some_and(Value::is_object) {
        return Err(syntax("A POST, PUT or PATCH operation needs \"data\": a JSON object."));
    }
    Ok(BulkOperation { method, path, bulk_id, version, data })
}

impl BulkOperation {
    /// The bulkIds that the operation refers to, in its data or its path.
    pub fn references(&self, attributes: &References) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        found.extend(self.path.split('/').filter_map(|part| part.strip_prefix(REFERENCE)).map(str::to_owned));
        self.followed(attributes, &mut |id| {
            found.insert(id.to_owned());
            None
        });
        found
    }

    /// The operation with every known reference replaced by the id of what was created.
    pub fn resolved(&self, attributes: &References, known: &HashMap<String, String>) -> Self {
        let part = |part: &str| {
            let id = part.strip_prefix(REFERENCE).and_then(|id| known.get(id));
            id.map_or_else(|| part.to_owned(), Clone::clone)
        };
        let path = self.path.split('/').map(part).collect::<Vec<_>>().join("/");
        let data = self.followed(attributes, &mut |id| {
            Some(known.get(id).cloned().unwrap_or_else(|| format!("{REFERENCE}{id}")))
        });
        Self { path, data, ..self.clone() }
    }

    /// The operation without what still holds a reference: a circle of references is created bare and completed after.
    pub fn without_references(&self, attributes: &References) -> Self {
        Self { data: self.followed(attributes, &mut |_| None), ..self.clone() }
    }

    fn followed(&self, attributes: &References, follow: &mut Follow<'_>) -> Option<Value> {
        let data = self.data.as_ref()?;
        Some(match self.method {
            BulkMethod::Patch => attributes.patch(data, follow),
            _ => attributes.resource(data, follow),
        })
    }
}

/// What stands in the place of a reference to a bulkId. `None`: nothing, and nothing of the value it is part of.
type Follow<'f> = dyn FnMut(&str) -> Option<String> + 'f;

/// The attributes that refer to other resources: those with a `$ref` beside their `value`, such as a group's `members`,
/// and references to a type of resource. Elsewhere text that begins with `bulkId:` is text.
#[derive(Clone, Debug)]
pub struct References {
    /// Their names, folded.
    attributes: BTreeSet<String>,
    /// The URNs that hold attributes, folded.
    schemas: BTreeSet<String>,
}

impl References {
    /// Those of a connection's schemas.
    pub fn of(definitions: &Definitions) -> Self {
        let types = [&definitions.user.name, &definitions.group.name];
        let refers = |attribute: &Attribute| {
            attribute.sub("$ref").is_some()
                || attribute.reference_types.iter().any(|kind| types.contains(&kind))
        };
        let attributes = definitions.schemas.iter().flat_map(|schema| &schema.attributes);
        let attributes = attributes.filter(|attribute| refers(attribute));
        Self {
            attributes: attributes.map(|attribute| fold(&attribute.name)).collect(),
            schemas: definitions.schemas.iter().map(|schema| fold(&schema.id)).collect(),
        }
    }

    /// Whether an attribute path names what refers to other resources.
    fn has(&self, path: &str) -> bool {
        let (name, behind) = match path.split_once('[') {
            Some((name, filter)) => (name, filter.rsplit_once(']').map_or("", |(_, behind)| behind)),
            None => (path, ""),
        };
        let name = name.rsplit(':').next().unwrap_or_default();
        let (name, sub) = name.split_once('.').unwrap_or((name, behind.trim_start_matches('.')));
        self.attributes.contains(&fold(name)) && (sub.is_empty() || is_link(sub))
    }

    fn resource(&self, value: &Value, follow: &mut Follow<'_>) -> Value {
        let Value::Object(members) = value else { return value.clone() };
        let kept = members.iter().filter_map(|(name, value)| {
            let value = if self.schemas.contains(&fold(name)) {
                self.resource(value, follow)
            } else if self.has(name) {
                linked(value, follow)?
            } else {
                value.clone()
            };
            Some((name.clone(), value))
        });
        Value::Object(kept.collect())
    }

    fn patch(&self, value: &Value, follow: &mut Follow<'_>) -> Value {
        let mut data = value.clone();
        let operations = data.as_object_mut().into_iter().flatten();
        let operations = operations.filter(|(name, _)| name.eq_ignore_ascii_case("Operations"));
        for operation in operations.filter_map(|(_, value)| value.as_array_mut()).flatten() {
            let Some(operation) = operation.as_object_mut() else { continue };
            let path = member(operation, "path").and_then(Value::as_str).unwrap_or_default().to_owned();
            let values = operation.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("value"));
            for (_, value) in values {
                if path.is_empty() || self.schemas.contains(&fold(&path)) {
                    *value = self.resource(value, follow);
                } else if self.has(&path) {
                    *value = linked(value, follow).unwrap_or_default();
                }
            }
        }
        data
    }
}

/// The value of an attribute that refers to resources: text, or an object with the text in its `value` or `$ref`.
fn linked(value: &Value, follow: &mut Follow<'_>) -> Option<Value> {
    match value {
        Value::String(text) => match text.strip_prefix(REFERENCE) {
            Some(id) => follow(id).map(Value::String),
            None => Some(value.clone()),
        },
        Value::Array(items) => Some(items.iter().filter_map(|item| linked(item, follow)).collect()),
        Value::Object(members) => {
            let kept = members.iter().map(|(name, value)| {
                let value = if is_link(name) { linked(value, follow)? } else { value.clone() };
                Some((name.clone(), value))
            });
            kept.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        _ => Some(value.clone()),
    }
}

fn is_link(name: &str) -> bool {
    name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("$ref")
}
