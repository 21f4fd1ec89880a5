//! What comes of a play: what held, how much was played, and whom to look at.
//!
//! For a person or a program to read; nothing here asks the server anything.

use serde::Serialize;

/// How many lines an expectation shows at most.
const LINES: usize = 50;

/// What came of a play.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// What was expected, and whether it held.
    pub expectations: Vec<Expectation>,
    /// How much was played.
    pub counts: Counts,
    /// How long it took.
    pub duration_ms: u64,
    /// People of the week to look at.
    pub cast: Cast,
    /// What the seed decided where a provider's habit is a setting, or not known; and what it does not do.
    pub choices: Vec<String>,
}

impl Verdict {
    /// True if every expectation held.
    pub fn held(&self) -> bool {
        self.expectations.iter().all(|expectation| expectation.held)
    }
}

/// One thing that a provider relies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// What should be so.
    pub what: &'static str,
    /// Whether it is.
    pub held: bool,
    /// Where it is not: one line each, with what was expected and what was found; fifty at most.
    pub detail: Vec<String>,
}

impl Expectation {
    /// Holds if there is nothing to complain of.
    pub fn of(what: &'static str, mut complaints: Vec<String>) -> Self {
        let held = complaints.is_empty();
        if let Some(more) = complaints.len().checked_sub(LINES + 1) {
            complaints.truncate(LINES);
            complaints.push(format!("and {} more", more + 1));
        }
        Self { what, held, detail: complaints }
    }
}

/// How much was played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// People the server has, as far as the player believes.
    pub users: usize,
    /// Those of them who are active.
    pub active: usize,
    /// Groups the server has.
    pub groups: usize,
    /// Requests sent, repetitions included.
    pub requests: u64,
    /// Repetitions after 429 and 503.
    pub retries: u64,
    /// Bytes of all bodies, in both directions.
    pub bytes: u64,
}

/// One person for each story of the week, to ask "why does X have role Y?" of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cast {
    /// Left on Monday, came back on Friday.
    pub rehired: Option<Known>,
    /// Changed department, and with it groups.
    pub mover: Option<Known>,
    /// Left, and stayed away.
    pub leaver: Option<Known>,
}

/// Somebody, as the server knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Known {
    /// `userName`.
    pub user_name: String,
    /// `displayName`.
    pub display_name: String,
    /// The SCIM id.
    pub id: String,
}
