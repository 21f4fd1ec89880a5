//! The SCIM endpoints: each handler parses, calls one function, renders.

pub mod bulk;
pub mod cursor;
pub mod discovery;
pub mod groups;
pub mod openapi;
pub mod page;
pub mod root;
pub mod users;
mod written;

use crate::error::Failure;
use crate::exchange::Exchange;
use ::scim::{ScimError, ScimType};
use axum::Extension;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::sync::Arc;

/// A request that passed the doorway.
pub type Passed = Extension<Arc<Exchange>>;

/// RFC 7644 §3.11: a token of a connection is no user.
pub async fn me() -> Failure {
    ScimError::status(
        501,
        "A provisioning token stands for a connection, not for a user: there is no /Me here.",
    )
    .into()
}

/// A path that is no endpoint.
pub async fn unknown_endpoint() -> Failure {
    ScimError::status(404, "There is no such endpoint. SCIM endpoints are /Users, /Groups, /Schemas, /ResourceTypes, /ServiceProviderConfig, /Bulk and /.search.").into()
}

/// A method that the endpoint does not have; `OPTIONS` is answered with those it has. The router adds `Allow`.
pub async fn method_not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Failure::from(ScimError::status(
        405,
        format!("{method} is not allowed here; the Allow header names what is."),
    ))
    .into_response()
}

/// A handler that panicked.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let message = message.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(message, "a request handler panicked");
    Failure::from(ScimError::status(500, "The service failed unexpectedly. Nothing was changed. Try again; if it fails again, the operator finds the reason in the log."))
        .into_response()
}

/// A path outside every door, perhaps of a protocol version that is not served (RFC 7644 §3.13).
pub async fn nowhere(uri: Uri) -> Response {
    let mut parts = uri.path().trim_start_matches('/').split('/');
    let (service, version) = (parts.next(), parts.next().unwrap_or_default());
    if service == Some("scim") && version != "v2" {
        return plain(&ScimError::of(
            ScimType::InvalidVers,
            "Only SCIM version 2 is served: the base URL is /scim/v2/{connection}.",
        ));
    }
    plain(&ScimError::status(
        404,
        "There is nothing at this address. The SCIM base URL is /scim/v2/{connection}.",
    ))
}

/// An error outside the doorway.
fn plain(error: &ScimError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, error.body().to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
