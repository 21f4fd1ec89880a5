//! Fetching what Entra ID publishes: its discovery document, and the keys that the document points to.
//!
//! Both from Microsoft's own hosts alone.

use crate::outward::{client, get};
use provisioning::entra::Source;
use provisioning::jwt::Keys;

/// The keys that an issuer has published.
///
/// # Errors
/// What went wrong, as a sentence.
pub async fn fetch(source: &Source) -> Result<Keys, String> {
    let client = client(source.is_loopback())?;
    let discovery = get(&client, &source.discovery()).await?;
    let address = source.key_address(&discovery).map_err(|reason| format!("{reason}."))?;
    let set = get(&client, address).await?;
    source.keys(&set).map_err(|reason| format!("{address}: {reason}"))
}
