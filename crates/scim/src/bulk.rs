//! Bulk requests (RFC 7644 §3.7): the message, and references to resources that the same request creates.
//!
//! A reference is the text `bulkId:` and an id of the request, anywhere in the data of an operation or in its path.

use crate::error::ScimError;
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
    pub fn references(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        found.extend(self.path.split('/').filter_map(|part| part.strip_prefix(REFERENCE)).map(str::to_owned));
        if let Some(data) = &self.data {
            collect(data, &mut found);
        }
        found
    }

    /// The operation with every known reference replaced by the id of what was created.
    pub fn resolved(&self, known: &HashMap<String, String>) -> Self {
        let part = |part: &str| {
            let id = part.strip_prefix(REFERENCE).and_then(|id| known.get(id));
            id.map_or_else(|| part.to_owned(), Clone::clone)
        };
        let path = self.path.split('/').map(part).collect::<Vec<_>>().join("/");
        let data = self.data.as_ref().map(|data| replaced(data, known));
        Self { path, data, ..self.clone() }
    }

    /// The operation without what still holds a reference: a circle of references is created bare and completed after.
    pub fn without_references(&self) -> Self {
        let data = self.data.as_ref().and_then(bare);
        Self { data, ..self.clone() }
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix(REFERENCE).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn replaced(value: &Value, known: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            let id = text.strip_prefix(REFERENCE).and_then(|id| known.get(id));
            Value::String(id.unwrap_or(text).clone())
        }
        Value::Array(items) => items.iter().map(|item| replaced(item, known)).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), replaced(value, known))).collect(),
        ),
        other => other.clone(),
    }
}

/// A value without the elements and members that refer to something: an element goes whole, an object keeps the rest.
fn bare(value: &Value) -> Option<Value> {
    let refers = |value: &Value| {
        let mut found = BTreeSet::new();
        collect(value, &mut found);
        !found.is_empty()
    };
    match value {
        Value::String(_) if refers(value) => None,
        Value::Array(items) => Some(items.iter().filter(|item| !refers(item)).cloned().collect()),
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(name, value)| Some((name.clone(), bare(value)?)));
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty() || members.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other.clone()),
    }
}
