//! The gate for Entra ID's own access token: no secret is stored, Microsoft's published keys prove it.
//!
//! `provisioning::entra` says what a token must say; here its keys are fetched and kept. A token that is refused is
//! answered like every other bad credential; its administrator reads the reason on the request's record.

pub mod keyring;
mod publisher;

use crate::App;
use keyring::Unproven;
use provisioning::Caller;
use provisioning::entra::{Candidate, Entra};

/// Who sent a token that a connection with these settings accepts.
///
/// # Errors
/// It is refused, or nobody can tell: with the reason, for the record.
pub async fn prove(app: &App, token: &str, settings: &Entra) -> Result<Caller, Unproven> {
    let refused = |reason: String| Unproven::Refused(format!("Entra ID's token was refused: {reason}."));
    let candidate = Candidate::read(token, settings, app.store().clock().now()).map_err(refused)?;
    match app.keyring().prove(candidate, app.store().clock()).await {
        Err(Unproven::Refused(reason)) => Err(refused(reason)),
        other => other,
    }
}
