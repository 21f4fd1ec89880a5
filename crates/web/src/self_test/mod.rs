//! The service's own test of a connection: what a provider does in a person's life, from outside, by the public URL.
//!
//! `walk` sends the requests, `diagnosis` says what a failure means. A token of a few minutes is made for it. What it
//! created goes in the end, however far it came: resources by the rules, from within; what then remains in the
//! directory by `provisioning::scratch`.

mod diagnosis;
mod walk;

use crate::App;
use crate::within::{Wanted, carry_out};
use axum::body::Bytes;
use axum::http::Method;
use provisioning::people::Operator;
use provisioning::{Error, scratch, tokens};
use std::time::Duration;
use store::connections::Connection;
use walk::Walk;

/// How long the token of a test lives, in microseconds, should it not be revoked.
const LIFETIME: i64 = 10 * 60 * 1_000_000;
/// How long a whole test may take: a browser waits for it.
const PATIENCE: Duration = Duration::from_secs(45);

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Passed,
    /// It is not: what was seen, and what that means.
    Failed {
        /// What was seen.
        seen: String,
        /// What it means, and what to do.
        meaning: String,
    },
}

/// A step of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was tried.
    pub name: &'static str,
    /// The request, such as `POST /Users`.
    pub asked: String,
    /// The status of the answer; none if none came.
    pub status: Option<u16>,
    /// How long it took, in microseconds.
    pub took: i64,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The steps that were made.
    pub steps: Vec<Step>,
    /// Whether it ended before its last step because it took too long.
    pub is_cut: bool,
    /// What was not left as it was, if anything.
    pub left_behind: Option<String>,
}

impl Report {
    /// Whether every step was made and passed, and nothing was left behind.
    pub fn is_good(&self) -> bool {
        let passed = self.steps.iter().all(|step| step.verdict == Verdict::Passed);
        passed && !self.steps.is_empty() && !self.is_cut && self.left_behind.is_none()
    }
}

/// Tests a connection.
///
/// # Errors
/// The archive cannot be read or written.
pub async fn run(app: &App, operator: &Operator, connection: &Connection) -> Result<Report, Error> {
    let (store, scope) = (app.store(), connection.scope);
    let mark = store.read(|tx| scratch::mark(tx, scope.tenant))?;
    let expires_at = Some(store.clock().now() + LIFETIME);
    let wanted = tokens::Wanted { name: "self-test", expires_at, read_only: false };
    let token = tokens::create(store, operator, scope, wanted).await?;
    let groups = provisioning::connections::settings(connection)?.groups;
    let mut walk = Walk::new(app.base_url(&connection.id), &token.text, &store.ids().next(), groups);
    let is_cut = tokio::time::timeout(PATIENCE, walk.go()).await.is_err();
    scratch::end(store, operator, scope, &token.token.id).await?;
    let left_behind = clear(app, connection, &token.token.id, mark).await?;
    scratch::take_away(store, operator, scope, &token.token.id, mark).await?;
    Ok(Report { steps: walk.steps, is_cut, left_behind })
}

/// Deletes by the rules what was created and is still there; says what could not be.
async fn clear(app: &App, connection: &Connection, token: &str, mark: i64) -> Result<Option<String>, Error> {
    let tenant = connection.scope.tenant;
    for path in app.store().read(|tx| scratch::resources(tx, tenant, token, mark))? {
        let status = delete(app, connection, &path).await?;
        // As a rule the walk has deleted it itself.
        if status != 204 && status != 404 {
            return Ok(Some(format!("{path} could not be deleted ({status}). Delete it by SCIM.")));
        }
    }
    Ok(None)
}

/// The token is revoked by now: the service deletes in its own name.
async fn delete(app: &App, connection: &Connection, path: &str) -> Result<u16, Error> {
    let wanted = Wanted {
        method: Method::DELETE,
        path: path.to_owned(),
        query: None,
        body: Bytes::new(),
        is_rehearsal: false,
    };
    Ok(carry_out(app, connection, wanted).await?.status().as_u16())
}
