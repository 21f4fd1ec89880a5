//! Dialects: every habit, every quirk of docs/identity-providers.md that concerns this crate, every recorded body.

#[path = "support/patching.rs"]
mod patching;
mod support;

#[path = "dialect/habits.rs"]
mod habits;
#[path = "dialect/provider.rs"]
mod provider;
#[path = "dialect/quirks.rs"]
mod quirks;
#[path = "dialect/recorded.rs"]
mod recorded;
