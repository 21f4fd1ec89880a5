//! What the providers' requests have in common: URNs, percent-encoding, filters, and ids in answers.
//!
//! What a provider says beyond that, and in which order, is in its own module.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::http::{ClientError, ScimClient};

/// The core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The Enterprise User extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The PATCH message.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// All but what RFC 3986 §2.3 leaves unreserved.
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `/Users/{id}`, whatever characters the server puts into an id.
pub fn path(endpoint: &str, id: &str) -> String {
    format!("/{endpoint}/{}", utf8_percent_encode(id, RESERVED))
}

/// `attribute eq "value"`, not yet percent-encoded.
pub fn equals(attribute: &str, value: &str) -> String {
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{attribute} eq \"{quoted}\"")
}

/// A PATCH message.
pub fn patch(operations: &[Value]) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// The first resource of the list at `path`, or nothing.
pub async fn find(client: &ScimClient, path: &str) -> Result<Option<Value>, ClientError> {
    let mut list = client.get(path).await?;
    match list.get_mut("Resources").map(Value::take) {
        Some(Value::Array(found)) => Ok(found.into_iter().next()),
        _ => Err(invalid("GET", path, "a list without `Resources`")),
    }
}

/// The id of the resource that answered a request.
pub fn id_of(resource: Option<&Value>, method: &str, path: &str) -> Result<String, ClientError> {
    let id = resource.and_then(|resource| resource.get("id")).and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| invalid(method, path, "the answer has no resource with an `id`"))
}

/// How many resources the list at `path` has.
pub async fn count(client: &ScimClient, path: &str) -> Result<u64, ClientError> {
    let list = client.get(path).await?;
    let total = list.get("totalResults").and_then(Value::as_u64);
    total.ok_or_else(|| invalid("GET", path, "`totalResults` is no integer"))
}

/// An answer with success that is not what the provider can use.
pub fn invalid(method: &str, path: &str, reason: impl Into<String>) -> ClientError {
    ClientError::Invalid { request: format!("{method} {path}"), reason: reason.into() }
}
