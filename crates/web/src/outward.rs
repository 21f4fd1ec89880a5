//! Asking others over HTTP: over TLS, from nobody but whom was asked, and with no patience for answers that are large or late.
//!
//! No redirect is followed: whoever may be asked was chosen by an administrator, and chooses nobody else.

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large one may be, in bytes. The largest sets of keys have some 20,000.
const LENGTH: usize = 1024 * 1024;

/// A client for HTTPS; on this very machine without TLS as well.
///
/// # Errors
/// It could not be made.
pub fn client(is_loopback: bool) -> Result<Client, String> {
    let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).https_only(!is_loopback);
    let client = if is_loopback { client.no_proxy() } else { client };
    client.build().map_err(|error| format!("No client for HTTPS could be made: {error}."))
}

/// The JSON at an address.
///
/// # Errors
/// What went wrong, as a sentence.
pub async fn get(client: &Client, address: &str) -> Result<Value, String> {
    let (status, body) = send(client.get(address), address).await?;
    if status != StatusCode::OK {
        return Err(format!("{address} answers with {status}."));
    }
    read(&body, address)
}

/// Sends a request; returns its status and body.
///
/// # Errors
/// What went wrong, as a sentence.
pub async fn send(request: RequestBuilder, address: &str) -> Result<(StatusCode, Vec<u8>), String> {
    let failed = |error: reqwest::Error| format!("{address} cannot be read: {}.", innermost(&error));
    let mut answer = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LENGTH {
            return Err(format!("{address} answers with more than {LENGTH} bytes."));
        }
    }
    Ok((answer.status(), body))
}

/// The JSON of a body.
///
/// # Errors
/// It is none.
pub fn read(body: &[u8], address: &str) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("{address} does not answer with JSON: {error}."))
}

/// What the network said, without what every layer above it made of it.
fn innermost(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}
