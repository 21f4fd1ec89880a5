//! The players: what they send, and whole plays.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod auth0;
mod cognito;
mod directory;
mod entra;
#[path = "../fake/mod.rs"]
mod fake;
mod google;
mod misbehaviour;
mod okta;
mod play;
mod recorded;
