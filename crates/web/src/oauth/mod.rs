//! The OAuth doors: the token endpoint, where clients fetch access tokens, and what the service says of it (RFC 8414).
//!
//! A client proves itself and is given a token of its connection; with that it comes to the SCIM endpoints like anybody.

mod form;
pub mod throttle;
mod token;

pub use token::token;

use crate::error::{Failure, RETRY_AFTER};
use crate::{App, gate};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use provisioning::grants::{ALGORITHMS, SCOPE, SCOPE_READ};
use serde_json::{Value, json};

/// Where the token endpoint is below the public URL.
pub const TOKEN_ENDPOINT: &str = "/oauth/token";

/// `GET /.well-known/oauth-authorization-server`: RFC 8414.
pub async fn metadata(State(app): State<App>) -> Response {
    let document = json!({
        "issuer": app.public_url(),
        "token_endpoint": token_endpoint(&app),
        "grant_types_supported": [GRANT],
        // Required by §2, and empty: there is no authorization endpoint.
        "response_types_supported": [],
        "scopes_supported": [SCOPE, SCOPE_READ],
        "token_endpoint_auth_methods_supported":
            ["private_key_jwt", "client_secret_basic", "client_secret_post"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
    });
    let mut response = json_response(StatusCode::OK, &document);
    gate::keep_to_tls(&app, &mut response);
    response
}

/// The one grant there is (RFC 6749 §4.4).
const GRANT: &str = "client_credentials";

fn token_endpoint(app: &App) -> String {
    format!("{}{TOKEN_ENDPOINT}", app.public_url())
}

fn json_response(status: StatusCode, document: &Value) -> Response {
    let mut response = (status, document.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An error of the token endpoint (RFC 6749 §5.2).
#[derive(Debug)]
struct Denial {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Denial {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into() }
    }

    /// The one answer to every client that has not proven itself.
    fn invalid_client() -> Self {
        let description = "The client is not known here, or has not proven itself. Check its id and its secret or assertion, or make a new client in AccessIQ.";
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }

    fn too_many() -> Self {
        let description = "Too many requests for tokens. A token lives for an hour: keep it, and wait.";
        Self { status: StatusCode::TOO_MANY_REQUESTS, ..Self::new("temporarily_unavailable", description) }
    }
}

impl From<provisioning::Error> for Denial {
    fn from(error: provisioning::Error) -> Self {
        let Failure(error) = error.into();
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let name = if error.status == 503 { "temporarily_unavailable" } else { "server_error" };
        Self { status, error: name, description: error.detail }
    }
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        // §5.2: a description has neither quotes nor backslashes.
        let description = self.description.replace(['"', '\\'], "'");
        let document = json!({ "error": self.error, "error_description": description });
        let mut response = json_response(self.status, &document);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"AccessIQ\""));
        }
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        response
    }
}
