//! How a check ends, and the report on all of them.

use serde::Serialize;

use super::catalogue::{Check, Harm, Severity};
use super::exchange::Exchange;

/// How the function of a check ends: it holds, or not.
pub type Verdict = Result<(), Ended>;

/// Why a check does not hold.
#[derive(Debug)]
pub enum Ended {
    /// The server does something else than it should.
    Failed(Failure),
    /// It could not be found out, or does not apply.
    Skipped(String),
}

/// What should have been, and what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What should have been.
    pub expected: String,
    /// What was.
    pub came: String,
    /// The server refused the request, and said so with an error.
    pub refused: bool,
}

/// Holds, or fails with these words.
pub fn ensure(holds: bool, expected: impl Into<String>, came: impl Into<String>) -> Verdict {
    if holds { Ok(()) } else { Err(failed(expected, came)) }
}

/// A failure in these words.
pub fn failed(expected: impl Into<String>, came: impl Into<String>) -> Ended {
    Ended::Failed(Failure { expected: expected.into(), came: came.into(), refused: false })
}

/// A check that does not apply, with the reason.
pub fn skipped(why: impl Into<String>) -> Ended {
    Ended::Skipped(why.into())
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It could not be found out, or does not apply.
    Skipped,
    /// It does not hold, and need not.
    Remark,
}

/// What was found about one check.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The stable name of the check.
    pub id: &'static str,
    /// What it belongs to.
    pub topic: &'static str,
    /// What should be so.
    pub title: &'static str,
    /// How bad it is if it is not so.
    pub severity: Severity,
    /// What says so.
    pub basis: &'static [&'static str],
    /// Who suffers, and how.
    pub harms: &'static [Harm],
    /// Whether a strict server refuses the request.
    pub habit: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What should have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came: Option<String>,
    /// Whether the server refused the request with an error.
    pub refused: bool,
    /// What went over the wire, the decisive exchange last; only if it did not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// Lines for a shell that ask the same again, with `$TOKEN` for the token; only if it did not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<String>,
}

impl Finding {
    /// What a verdict means for a check; exchanges are added by who has them.
    pub(super) fn of(topic: &'static str, check: &'static Check, verdict: Verdict) -> Self {
        let Check { id, title, severity, basis, harms, habit, .. } = *check;
        let mut finding = Self {
            id,
            topic,
            title,
            severity,
            basis,
            harms,
            habit,
            outcome: Outcome::Passed,
            why: None,
            expected: None,
            came: None,
            refused: false,
            exchanges: Vec::new(),
            again: Vec::new(),
        };
        match verdict {
            Ok(()) => {}
            Err(Ended::Skipped(why)) => (finding.outcome, finding.why) = (Outcome::Skipped, Some(why)),
            Err(Ended::Failed(failure)) => {
                finding.outcome =
                    if severity == Severity::Remark { Outcome::Remark } else { Outcome::Failed };
                finding.expected = Some(failure.expected);
                finding.came = Some(failure.came);
                finding.refused = failure.refused;
            }
        }
        finding
    }
}

/// Whether the server refuses what departs from the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// It reads what providers send.
    Lenient,
    /// It says so itself (`interopProfileConformant`), so refusals of habits are no failures.
    Announced,
    /// It does not say so, but refuses most habits with an error.
    Observed,
}

/// The report on a server.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The SCIM base URL.
    pub base_url: String,
    /// What the scratch names were made of.
    pub seed: u64,
    /// How the names of everything that was made begin.
    pub marker: String,
    /// Whether the server refuses what departs from the RFC.
    pub strictness: Strictness,
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// How many are worth a remark.
    pub remarks: usize,
    /// Requests sent, repetitions included.
    pub requests: u64,
    /// Whether the run was asked to stop before its end.
    pub interrupted: bool,
    /// What was made and could not be deleted, one line each.
    pub left_behind: Vec<String>,
    /// Every check that was asked for.
    pub checks: Vec<Finding>,
}

impl Report {
    /// True if the run came to its end, nothing failed, and nothing was left behind.
    pub fn is_clean(&self) -> bool {
        self.failed == 0 && !self.interrupted && self.left_behind.is_empty()
    }

    /// The findings with this outcome.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &Finding> {
        self.checks.iter().filter(move |finding| finding.outcome == outcome)
    }
}
