//! Dialects: what identity providers say, read as what the RFC says.
//!
//! A strict core behind a lenient porch. Each habit is one small function that rewrites the JSON of a request before
//! the core sees it, and leaves a note. Providers share habits, so all of them run on every lenient connection; on a
//! strict one, none does. The porch never judges: what it does not know, it hands on as it came. Values themselves
//! are not touched: role values that hold JSON as text, as Microsoft Entra ID sends them, stay text.
//!
//! Google Workspace and AWS Cognito (our own importer) have no habits in bodies.

mod auth0;
mod entra;
mod generic;
mod habit;
mod okta;
mod porch;
mod provider;
mod remarks;

pub use habit::{Habit, Rewrite};
pub use porch::{HABITS, read_patch, read_resource};
pub use provider::{Provider, UnknownProvider};
pub use remarks::{REMARKS, meaning};

pub(crate) use entra::keys::filter_name;

use serde::{Deserialize, Serialize};

/// How strictly a connection reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The provider's habits are corrected and noted.
    #[default]
    Lenient,
    /// Only what the RFC and the interoperability profile allow.
    Strict,
}
