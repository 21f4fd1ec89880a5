//! The players: what they send, and whole plays.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../fake/mod.rs"]
mod fake;
mod okta;
mod play;
