//! An answer, and what a check expects of it.

use serde_json::Value;

use super::verdict::{Ended, Failure, Verdict, ensure, failed};
use crate::http::HeaderMap;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// How much of an answer's `detail` a sentence repeats, in characters.
const DETAIL: usize = 200;

/// Any answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Method and path of the request.
    pub request: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
    /// The body as it may be shown: without the token, and without other people.
    pub fit: Value,
}

impl Answer {
    /// A header's text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type, without parameters.
    pub fn media_type(&self) -> String {
        self.header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Status, `scimType` and `detail`, for a sentence.
    pub fn summary(&self) -> String {
        let word = |name: &str| self.fit.get(name).and_then(Value::as_str).unwrap_or_default();
        let detail: String = word("detail").chars().take(DETAIL).collect();
        let separator = if detail.is_empty() { "" } else { ": " };
        let space = if word("scimType").is_empty() { "" } else { " " };
        format!("{}{space}{}{separator}{detail}", self.status, word("scimType"))
    }

    /// Whether it is a SCIM error (RFC 7644 §3.12).
    pub fn is_error(&self) -> bool {
        self.body["schemas"].as_array().is_some_and(|schemas| schemas.iter().any(|schema| schema == ERROR))
    }

    /// The answer has one of these statuses.
    pub fn is(&self, statuses: &[u16]) -> Verdict {
        if statuses.contains(&self.status) {
            return Ok(());
        }
        let wanted: Vec<String> = statuses.iter().map(u16::to_string).collect();
        let refused = (400..500).contains(&self.status) && !matches!(self.status, 401 | 403 | 404 | 429);
        Err(Ended::Failed(Failure {
            expected: format!("{} answers {}", self.request, wanted.join(" or ")),
            came: self.summary(),
            refused,
        }))
    }

    /// The change was made: 200 or 204. A 200 has the resource, with its id (docs/identity-providers.md O-14).
    pub fn changed(&self) -> Verdict {
        self.is(&[200, 204])?;
        ensure(
            self.status == 204 || self.body["id"].is_string(),
            format!("{} answers 204, or 200 with the resource and its id", self.request),
            format!("{} with a body without id", self.status),
        )
    }

    /// The request was refused with one of these statuses, a SCIM error of the same status, and, if one is named and the
    /// server gives any, this `scimType`.
    pub fn refuses(&self, statuses: &[u16], scim_type: Option<&str>) -> Verdict {
        self.is(statuses)?;
        ensure(
            self.is_error(),
            format!("the body of the {} is a SCIM error (schemas has {ERROR})", self.status),
            self.shown(),
        )?;
        let given = self.body["scimType"].as_str();
        match (scim_type, given) {
            (Some(wanted), Some(given)) if given != wanted => {
                Err(failed(format!("scimType {wanted}, if any"), format!("scimType {given}")))
            }
            _ => Ok(()),
        }
    }

    /// The resources of a ListResponse that is 200 and whole.
    pub fn list(&self) -> Result<&[Value], Ended> {
        self.is(&[200])?;
        let has_schema = self.body["schemas"]
            .as_array()
            .is_some_and(|schemas| schemas.iter().any(|schema| schema == LIST));
        ensure(has_schema, format!("a ListResponse (schemas has {LIST})"), self.shown())?;
        ensure(
            self.body["totalResults"].is_u64(),
            "totalResults is a number",
            format!("totalResults is {}", self.body["totalResults"]),
        )?;
        match &self.body["Resources"] {
            Value::Array(resources) => Ok(resources),
            // RFC 7644 §3.4.2: may be left out when nothing is in it; who minds has a check of their own.
            Value::Null => Ok(&[]),
            other => Err(failed("Resources is an array", format!("Resources is {other}"))),
        }
    }

    /// A list whose resources have exactly these ids, in any order.
    pub fn lists(&self, ids: &[&str]) -> Verdict {
        let id = |resource: &'_ Value| resource["id"].as_str().unwrap_or_default().to_owned();
        let found: Vec<String> = self.list()?.iter().map(id).collect();
        let missing = ids.iter().filter(|id| !found.iter().any(|one| one == *id)).count();
        // Who else was found is somebody's business, but not that of a report.
        let others = found.len() - (ids.len() - missing).min(found.len());
        let expected = if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
        ensure(
            missing == 0 && others == 0,
            format!("found is exactly: {expected}"),
            match (missing, others) {
                (0, others) => format!("{others} more"),
                (_, 0) if found.is_empty() => "nothing was found".to_owned(),
                (missing, 0) => format!("{missing} missing"),
                (missing, others) => format!("{missing} missing, and {others} others"),
            },
        )
    }

    /// Status and the beginning of the body, for a sentence.
    pub fn shown(&self) -> String {
        let text = match &self.fit {
            Value::Null => return format!("{} with an empty body", self.status),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let beginning: String = text.chars().take(DETAIL).collect();
        format!("{} with {beginning}", self.status)
    }
}

/// A document has these values at these JSON pointers; null stands for unassigned (RFC 7643 §2.5).
pub fn has(document: &Value, expected: &[(&str, Value)]) -> Verdict {
    for (pointer, wanted) in expected {
        let found = document.pointer(pointer).unwrap_or(&Value::Null);
        let agrees = if wanted.is_null() { is_unassigned(found) } else { found == wanted };
        let place = pointer.trim_start_matches('/').replace('/', ".");
        let text =
            |value: &Value| if is_unassigned(value) { "unassigned".to_owned() } else { value.to_string() };
        ensure(agrees, format!("{place} is then {}", text(wanted)), format!("{place} is {}", text(found)))?;
    }
    Ok(())
}

/// Absent, null, and empty are one state (RFC 7643 §2.5).
pub fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_unassigned),
        _ => false,
    }
}

/// The elements of a multi-valued attribute that have this value in this sub-attribute.
pub fn elements<'v>(document: &'v Value, attribute: &str, sub: &str, wanted: &Value) -> Vec<&'v Value> {
    let items = document[attribute].as_array().into_iter().flatten();
    items.filter(|item| item[sub] == *wanted).collect()
}
