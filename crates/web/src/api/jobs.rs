//! Jobs: changes that concern many people, carried out in the background.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME, connections_of, optional_time};
use super::problem::Problem;
use provisioning::people::time;
use schemars::JsonSchema;
use serde::Serialize;
use store::StoreError;
use store::jobs::{self, Job};

/// A job.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job")]
pub struct JobView {
    /// The id.
    pub id: String,
    /// What is done, such as `rederive`: groups are mapped and users derived anew; `ending`: the people of a connection that was ended are let go; or `erasure`: what was written about a person who was erased loses the names.
    pub kind: String,
    /// The connection it is about; null where it is about the tenant.
    pub connection: Option<String>,
    /// `waiting`, `done` or `failed`.
    pub state: String,
    /// The part of the work that it is in.
    pub phase: String,
    /// How many things were done.
    pub done: i64,
    /// How many there are to do, as counted when it began.
    pub total: i64,
    /// Who wanted it.
    pub actor: Actor,
    /// Why it cannot go on.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created_at: String,
    /// When its last step was made.
    pub modified_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

/// Who did something.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Actor {
    /// `token`, `client`, `entra`, `operator`, `key` or `system`.
    pub kind: String,
    /// The id of a token, client, application or key, or the name of an operator.
    pub id: Option<String>,
}

impl JobView {
    /// A job of the connection of that id, or of none if that is empty.
    pub fn of(job: &Job, connection: &str) -> Self {
        Self {
            id: job.id.clone(),
            kind: job.kind.clone(),
            connection: Some(connection.to_owned()).filter(|id| !id.is_empty()),
            state: job.state.as_str().to_owned(),
            phase: job.phase.clone(),
            done: job.done,
            total: job.total,
            actor: Actor { kind: job.actor.0.clone(), id: job.actor.1.clone() },
            failure: job.failure.clone(),
            created_at: time(job.created_at),
            modified_at: time(job.modified_at),
            finished_at: optional_time(job.finished_at),
        }
    }
}

impl Sample for JobView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            kind: "rederive".into(),
            connection: Some(SAMPLE_ID.into()),
            state: "waiting".into(),
            phase: "users".into(),
            done: 6_400,
            total: 50_000,
            actor: Actor { kind: "key".into(), id: Some(SAMPLE_ID.into()) },
            failure: None,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
            finished_at: None,
        }
    }
}

/// Something that was changed, and the job that lets many people follow.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Changed")]
pub struct Changed<T> {
    /// As it is now.
    #[serde(flatten)]
    pub now: T,
    /// The job that carries the change out for many people; null where everybody has followed already.
    pub job: Option<JobView>,
}

impl<T> Changed<T> {
    /// Something that was changed, of the connection of that id.
    pub fn of(now: T, job: Option<&Job>, connection: &str) -> Self {
        Self { now, job: job.map(|job| JobView::of(job, connection)) }
    }
}

impl<T: Sample> Sample for Changed<T> {
    fn sample() -> Self {
        Self { now: T::sample(), job: None }
    }
}

/// Something that is gone, and the job that lets many people follow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ended {
    /// The job that carries the change out for many people; null where everybody has followed already.
    pub job: Option<JobView>,
}

impl Ended {
    /// Something that is gone from the connection of that id.
    pub fn of(job: Option<&Job>, connection: &str) -> Self {
        Self { job: job.map(|job| JobView::of(job, connection)) }
    }
}

impl Sample for Ended {
    fn sample() -> Self {
        Self { job: Some(JobView::sample()) }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let (rows, connections) = call.app.store().read(|tx| {
        let rows = jobs::page(tx, tenant, paging.before(), paging.wanted())?;
        Ok::<_, StoreError>((rows, connections_of(tx, tenant)?))
    })?;
    let of = |job: &Job| connections.get(&job.scope.connection).map_or("", String::as_str).to_owned();
    Reply::ok(&call.page(&paging, rows, |job| &job.id, |job| JobView::of(job, &of(job))))
}

pub(super) async fn rederive(call: Call) -> Result<Reply, Problem> {
    let connection = call.connection()?;
    let job = provisioning::jobs::rederive(call.app.store(), &call.operator, &connection.id).await?;
    Reply::created(format!("/jobs/{}", job.id), &JobView::of(&job, &connection.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, id) = (call.tenant()?.tenant, call.named("job"));
    let found = call.app.store().read(|tx| {
        let found = jobs::by_id(tx, tenant, id)?;
        Ok::<_, StoreError>(found.zip(Some(connections_of(tx, tenant)?)))
    })?;
    let (job, connections) = found.ok_or_else(|| Problem::not_found(format!("There is no job \"{id}\".")))?;
    let connection = connections.get(&job.scope.connection).map_or("", String::as_str);
    Reply::ok(&JobView::of(&job, connection))
}
