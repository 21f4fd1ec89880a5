//! A check of any SCIM 2.0 server: what the RFCs say, and what identity providers rely on.
//!
//! [`check`] is the whole of it: it learns from the server what it offers and requires, tries what is in [`TOPICS`] on
//! users and groups of its own, and deletes them again. What comes out is a [`Report`], for a person or a program to
//! read. Every sentence about a provider rests on a fact of docs/identity-providers.md. Nothing here writes to a terminal.

pub mod answer;
pub mod catalogue;
pub mod exchange;
pub mod scratch;
pub mod server;
pub mod session;
mod topics;
pub mod verdict;

use std::fmt;
use std::pin::pin;

use serde_json::Value;

pub use self::catalogue::{Check, Harm, Provider, Severity, Topic, UnknownProvider};
use self::session::Session;
pub use self::topics::TOPICS;
pub use self::verdict::{Finding, Outcome, Report, Strictness};
use self::verdict::{Verdict, skipped};
use crate::http::{ClientError, Profile, Refusal, ScimClient};
use crate::random::Random;

/// What it says it is.
const PROFILE: Profile =
    Profile { headers: &[("user-agent", "accessiq-check")], content_type: session::SCIM_JSON };
/// After so many requests in a row without an answer, the server is taken to be gone.
const SILENCE: u32 = 3;
/// So many habits must be refused before a server is called strict.
const FEWEST_REFUSALS: usize = 5;

/// Which server to check, and for what.
#[derive(Clone)]
pub struct Options {
    /// The SCIM base URL.
    pub base_url: String,
    /// The bearer token.
    pub token: String,
    /// Names of scratch users and groups are made of it, so two runs should not share one.
    pub seed: u64,
    /// Only what matters to this provider.
    pub provider: Option<Provider>,
    /// Only the checks with these ids; all if empty.
    pub only: Vec<String>,
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options")
            .field("base_url", &self.base_url)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// How far the run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Checks done.
    pub done: usize,
    /// Checks in all.
    pub total: usize,
    /// The topic of the next one.
    pub topic: &'static str,
}

/// Every check, with its topic.
pub fn every_check() -> impl Iterator<Item = (&'static str, &'static Check)> {
    TOPICS.iter().flat_map(|topic| topic.checks.iter().map(|check| (topic.name, check)))
}

/// Checks a server, and tells `tell` how far it is. When `stop` is ready, no further check is begun, and what was made is deleted.
///
/// # Errors
/// Base URL or token cannot be used, a check is asked for that is not there, or the server cannot be reached, does not
/// know the token, or has no users at that address.
pub async fn check(
    options: &Options,
    tell: &(dyn Fn(Progress) + Send + Sync),
    stop: impl Future<Output = ()> + Send,
) -> Result<Report, ClientError> {
    let wanted = wanted(options)?;
    let client = ScimClient::new(&options.base_url, &options.token, PROFILE)?;
    let marker = format!("accessiq-check-{}", Random::new(options.seed).base62(8).to_lowercase());
    let mut session = Session::new(client, &options.token, marker.clone());
    arrive(&mut session).await?;
    let base_url = options.base_url.trim_end_matches('/');
    let mut stop = pin!(stop);
    let mut interrupted = false;
    let mut checks = Vec::with_capacity(wanted.len());
    for (done, (topic, check)) in wanted.iter().enumerate() {
        tell(Progress { done, total: wanted.len(), topic });
        session.exchanges.clear();
        let verdict = if interrupted {
            Err(skipped("the run was interrupted"))
        } else if session.silent >= SILENCE {
            Err(skipped("the server no longer answers"))
        } else {
            tokio::select! {
                biased;
                () = &mut stop => { interrupted = true; Err(skipped("the run was interrupted")) }
                verdict = (check.run)(&mut session) => verdict,
            }
        };
        checks.push(conclude(&session, topic, check, verdict, base_url));
        if !interrupted && session.silent < SILENCE {
            session.tidy(false).await;
        }
    }
    let left_behind = session.tidy(true).await;
    let strictness = judge_habits(&mut checks, session.server.announces_strictness());
    let count = |outcome| checks.iter().filter(|finding| finding.outcome == outcome).count();
    Ok(Report {
        base_url: base_url.to_owned(),
        seed: options.seed,
        marker,
        strictness,
        passed: count(Outcome::Passed),
        failed: count(Outcome::Failed),
        skipped: count(Outcome::Skipped),
        remarks: count(Outcome::Remark),
        requests: session.client().traffic().requests,
        interrupted,
        left_behind,
        checks,
    })
}

/// The checks that were asked for.
fn wanted(options: &Options) -> Result<Vec<(&'static str, &'static Check)>, ClientError> {
    if let Some(unknown) = options.only.iter().find(|id| every_check().all(|(_, check)| check.id != **id)) {
        return Err(ClientError::Settings(format!(
            "there is no check `{unknown}`; a run with --verbose lists them"
        )));
    }
    let is_wanted = |(_, check): &(&str, &Check)| {
        (options.only.is_empty() || options.only.iter().any(|id| id == check.id))
            && options.provider.is_none_or(|provider| check.matters_to(provider))
    };
    Ok(every_check().filter(is_wanted).collect())
}

/// The first requests: is there a SCIM server that knows the token, and what does it say of itself?
async fn arrive(session: &mut Session) -> Result<(), ClientError> {
    let request = Session::request(crate::http::Method::GET, "/Users?count=1", None);
    let answer = session.client().exchange(&request).await?;
    if matches!(answer.status, 300..=399 | 404) {
        return Err(ClientError::Settings(format!(
            "GET {}/Users?count=1: {}: there are no users at this address; give the SCIM base URL, such as https://iam.example.com/scim/v2/CONNECTION",
            session.base_url(),
            answer.status
        )));
    }
    if matches!(answer.status, 401 | 403) {
        let body = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
        let word = |name: &str| body[name].as_str().map(str::to_owned);
        return Err(ClientError::Status(Box::new(Refusal {
            request: "GET /Users?count=1".into(),
            status: answer.status,
            scim_type: word("scimType"),
            detail: word("detail"),
        })));
    }
    session.server.config = discovered(session, "/ServiceProviderConfig").await;
    for (path, list) in [("/Schemas", true), ("/ResourceTypes", false)] {
        let body = discovered(session, path).await;
        let found = body["Resources"].as_array().or_else(|| body.as_array()).cloned().unwrap_or_default();
        *if list { &mut session.server.schemas } else { &mut session.server.resource_types } = found;
    }
    Ok(())
}

/// A discovery document; null if it cannot be read.
async fn discovered(session: &mut Session, path: &str) -> Value {
    let answer = session.get(path).await;
    answer.ok().filter(|answer| answer.status == 200).map_or(Value::Null, |answer| answer.body)
}

fn conclude(
    session: &Session,
    topic: &'static str,
    check: &'static Check,
    verdict: Verdict,
    base_url: &str,
) -> Finding {
    let mut finding = Finding::of(topic, check, verdict);
    for text in [&mut finding.why, &mut finding.expected, &mut finding.came].into_iter().flatten() {
        *text = session.without_token(text);
    }
    if matches!(finding.outcome, Outcome::Failed | Outcome::Remark) {
        finding.exchanges.clone_from(&session.exchanges);
        finding.again = session.again(base_url);
    }
    finding
}

/// Says whether the server is strict. If it says so itself, it need not read habits: their refusal is no failure.
fn judge_habits(checks: &mut [Finding], announced: bool) -> Strictness {
    let tried = checks.iter().filter(|finding| finding.habit && finding.outcome != Outcome::Skipped).count();
    let is_refusal = |finding: &&mut Finding| finding.habit && finding.refused;
    let refusals: Vec<&mut Finding> = checks.iter_mut().filter(is_refusal).collect();
    if announced {
        for finding in refusals {
            let came = finding.came.take().unwrap_or_default();
            finding.why =
                Some(format!("refused, as the server announces by interopProfileConformant: {came}"));
            finding.outcome = Outcome::Skipped;
            finding.expected = None;
            finding.exchanges.clear();
            finding.again.clear();
        }
        return Strictness::Announced;
    }
    if refusals.len() >= FEWEST_REFUSALS && refusals.len() * 2 > tried {
        return Strictness::Observed;
    }
    Strictness::Lenient
}
