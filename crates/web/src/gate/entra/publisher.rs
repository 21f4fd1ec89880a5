//! Fetching what Entra ID publishes: its discovery document, and the keys that the document points to.
//!
//! Both from Microsoft's own hosts alone, over TLS; no redirect is followed, and no answer may be large or late.

use provisioning::entra::Source;
use provisioning::jwt::Keys;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

/// How long one of the two answers may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large one may be, in bytes. Microsoft's have some 20,000.
const LENGTH: usize = 1024 * 1024;

/// The keys that an issuer has published.
///
/// # Errors
/// What went wrong, as a sentence.
pub async fn fetch(source: &Source) -> Result<Keys, String> {
    let client =
        Client::builder().timeout(PATIENCE).redirect(Policy::none()).https_only(!source.is_loopback());
    let client = if source.is_loopback() { client.no_proxy() } else { client };
    let client = client.build().map_err(|error| format!("No client for HTTPS could be made: {error}."))?;
    let discovery = get(&client, &source.discovery()).await?;
    let address = source.key_address(&discovery).map_err(|reason| format!("{reason}."))?;
    let set = get(&client, address).await?;
    source.keys(&set).map_err(|reason| format!("{address}: {reason}"))
}

async fn get(client: &Client, address: &str) -> Result<Value, String> {
    let failed = |error: reqwest::Error| format!("{address} cannot be read: {}.", innermost(&error));
    let mut answer = client.get(address).send().await.map_err(failed)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("{address} answers with {}.", answer.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > LENGTH {
            return Err(format!("{address} answers with more than {LENGTH} bytes."));
        }
    }
    serde_json::from_slice(&body).map_err(|error| format!("{address} does not answer with JSON: {error}."))
}

/// What the network said, without what every layer above it made of it.
fn innermost(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}
