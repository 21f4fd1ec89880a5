//! The page at `/`: that the service runs, and where an identity provider is pointed to. Says nothing of any tenant.

use crate::App;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

const PAGE: &str = include_str!("status.html");

/// `GET /`.
pub async fn page(State(app): State<App>) -> Response {
    let page = PAGE
        .replace("{{public_url}}", &escaped(app.public_url()))
        .replace("{{version}}", env!("CARGO_PKG_VERSION"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], Html(page))
        .into_response()
}

/// Text as part of a page.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
