//! Erasing a person: what it would take away, that it was done, and that it begins.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::jobs::{Actor, JobView};
use super::named::{SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::access::find_user;
use provisioning::erasure::{self, Preview};
use provisioning::people::time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::erasures::{self, Erasure};

/// What erasing somebody would take away, or that it was done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Erasure")]
pub struct ErasureView {
    /// What would go; null for somebody who was erased.
    pub would: Option<Preview>,
    /// When, by whom and why somebody was erased; null for everybody else.
    pub done: Option<ErasureDone>,
}

/// That somebody was erased.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErasureDone {
    /// When.
    pub at: String,
    /// Who did it.
    pub actor: Actor,
    /// Why.
    pub reason: String,
}

impl From<Erasure> for ErasureDone {
    fn from(erasure: Erasure) -> Self {
        let (kind, id) = erasure.actor;
        Self { at: time(erasure.at), actor: Actor { kind, id }, reason: erasure.reason }
    }
}

impl Sample for ErasureView {
    fn sample() -> Self {
        let done = ErasureDone {
            at: SAMPLE_TIME.into(),
            actor: Actor { kind: "key".into(), id: Some(SAMPLE_ID.into()) },
            reason: "request 2026-17 under Article 17 of the GDPR".into(),
        };
        Self { would: None, done: Some(done) }
    }
}

/// An erasure to be carried out.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureWanted {
    /// Why: it is kept, and may not name the person.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
    /// That you know what goes. Without this the answer is `409` and says so, and nothing is changed.
    #[serde(default)]
    pub confirmed: bool,
}

impl Sample for ErasureWanted {
    fn sample() -> Self {
        Self { reason: "request 2026-17 under Article 17 of the GDPR".into(), confirmed: true }
    }
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, who) = (call.tenant()?.tenant, call.named("user").to_owned());
    let look = move |tx: &mut Tx<'_>| {
        let user = find_user(tx, tenant, &who)?;
        let done = erasures::of_user(tx, tenant, &user.id)?.map(ErasureDone::from);
        let would = if done.is_none() { Some(erasure::preview(tx, tenant, &user.id)?) } else { None };
        Ok::<_, provisioning::Error>(ErasureView { would, done })
    };
    Reply::ok(&call.app.store().read_long(look).await?)
}

pub(super) async fn erase(call: Call) -> Result<Reply, Problem> {
    let ErasureWanted { reason, confirmed } = call.body()?;
    let wanted = erasure::Wanted { reason, version: call.seen()?, confirmed };
    let tenant = call.tenant()?;
    let job = erasure::erase(call.app.store(), &call.operator, tenant, call.named("user"), wanted).await?;
    Reply::created(format!("/jobs/{}", job.id), &JobView::of(&job, ""))
}
