//! The description of the SCIM API in OpenAPI 3.1, for tools that call or test it.
//!
//! It is data, `openapi.json` beside this file; only the base URL of the connection is filled in. That it has every
//! route and method is held by `tests/openapi.rs`, and that answers are as it says by `cargo xtask interop`.

use super::Passed;
use crate::exchange::Answer;
use axum::Extension;
use serde_json::Value;

/// The description. What stands for the base URL is a JSON string of its own.
const DESCRIPTION: &str = include_str!("openapi.json");
const BASE_URL: &str = r#""{base_url}""#;

/// `GET /openapi.json`.
pub async fn description(Extension(exchange): Passed) -> Answer {
    let base_url = Value::from(exchange.session.base_url.as_str()).to_string();
    Answer::plain_json(DESCRIPTION.replacen(BASE_URL, &base_url, 1))
}
