//! Carrying out a plan: act by act, several steps of an act at a time.
//!
//! A step that the server refuses is told and the others go on; a server that is gone, or does not know the token any
//! more, stops it. Either way the next run compares again and does what is left. The client waits when the server asks
//! for it (429, 503).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::ImportError;
use super::held::path;
use super::plan::{Act, Plan, Reference, Step, Work, operations};
use crate::http::{ClientError, Method, ScimClient};
use crate::parallel::in_parallel;
use crate::players::{Progress, Report};

/// How many members join or leave in one request.
const MEMBERS_AT_ONCE: usize = 100;

/// What came of a plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Steps that were carried out.
    pub done: usize,
    /// Steps that the server refused, a sentence each.
    pub failures: Vec<String>,
    /// Why it stopped before the end, if it did.
    pub stopped: Option<String>,
    /// The ids that the server gave to what was created, by `externalId`.
    #[serde(skip)]
    pub created: Ids,
}

impl Outcome {
    /// Whether everything was carried out.
    pub fn is_whole(&self) -> bool {
        self.failures.is_empty() && self.stopped.is_none()
    }
}

/// SCIM ids by `externalId`.
pub type Ids = BTreeMap<String, String>;

/// Carries out a plan, `concurrency` steps at a time.
pub async fn apply(client: &Arc<ScimClient>, plan: &Plan, concurrency: usize, report: &Report) -> Outcome {
    let mut outcome = Outcome::default();
    for act in Act::ALL {
        let steps: Vec<Step> = plan.steps.iter().filter(|step| step.act == act).cloned().collect();
        if steps.is_empty() {
            continue;
        }
        report(Progress::Phase { name: act.to_string(), total: steps.len() });
        let at_once = if act == Act::RenameUser { 1 } else { concurrency.max(1) };
        if let Err(error) = carry_out_all(client, steps, at_once, &mut outcome, report).await {
            outcome.stopped = Some(error.to_string());
            break;
        }
    }
    outcome
}

/// Carries out the steps of one act.
async fn carry_out_all(
    client: &Arc<ScimClient>,
    steps: Vec<Step>,
    at_once: usize,
    outcome: &mut Outcome,
    report: &Report,
) -> Result<(), ImportError> {
    let known = Arc::new(outcome.created.clone());
    let start = |step: Step| {
        let (client, known) = (Arc::clone(client), Arc::clone(&known));
        async move {
            let done = carry_out(&client, &step, &known).await;
            (step, done)
        }
    };
    let mut seen = 0;
    in_parallel(at_once, steps, start, |(step, done)| {
        seen += 1;
        report(Progress::Step { done: seen });
        match done {
            Ok(made) => {
                outcome.done += 1;
                outcome.created.extend(made);
            }
            Err(Failure::Refused(error)) if error.ends_the_play() => return Err(error.into()),
            Err(failure) => outcome.failures.push(format!("{} {}: {failure}", step.act, step.subject)),
        }
        Ok(())
    })
    .await
}

/// Why a step was not carried out.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Refused(#[from] ClientError),
    #[error("the group could not be created")]
    NoGroup,
}

/// Carries out one step. Of what it created, the `externalId` and the id.
async fn carry_out(
    client: &ScimClient,
    step: &Step,
    known: &Ids,
) -> Result<Option<(String, String)>, Failure> {
    match &step.work {
        Work::Patch { path, operations } => {
            patch(client, path, operations).await?;
        }
        Work::Create { endpoint, external_id, body } => {
            let answer = client.send(Method::POST, endpoint, Some(body)).await?;
            let id = answer.body.as_ref().and_then(|body| body.get("id")?.as_str());
            let id = id.ok_or_else(|| ClientError::Invalid {
                request: format!("POST {endpoint}"),
                reason: "the answer has no resource with an `id`".into(),
            })?;
            return Ok(Some((external_id.clone(), id.to_owned())));
        }
        Work::Delete { path } => match client.send(Method::DELETE, path, None).await {
            Err(error) if error.status() != Some(404) => return Err(error.into()),
            _ => {}
        },
        Work::Members { group, members } => {
            let group = id_of(group, known).ok_or(Failure::NoGroup)?;
            // Who could not be created cannot join; that they could not is told already.
            let ids: Vec<String> = members.iter().filter_map(|member| id_of(member, known)).collect();
            for some in ids.chunks(MEMBERS_AT_ONCE) {
                patch(client, &path("Groups", &group), &operations(step.act, some)).await?;
            }
        }
    }
    Ok(None)
}

fn id_of(reference: &Reference, known: &Ids) -> Option<String> {
    match reference {
        Reference::Known(id) => Some(id.clone()),
        Reference::New(external_id) => known.get(external_id).cloned(),
    }
}

async fn patch(client: &ScimClient, path: &str, operations: &[Value]) -> Result<(), ClientError> {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    });
    client.send(Method::PATCH, path, Some(&body)).await.map(|_| ())
}
