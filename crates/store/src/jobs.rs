//! Work in the background: what is to be done, how far it is, what came of it. A job is done in steps, each in a
//! transaction of its own together with its place, so that it goes on where it stopped.

use crate::engine::{Row, Tx, params, statements};
use crate::{Scope, StoreError, TenantId};
use serde_json::Value;

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Not begun, or between two steps.
    Waiting,
    /// Every step was made.
    Done,
    /// It cannot go on.
    Failed,
}

impl JobState {
    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn of(text: &str) -> Result<Self, StoreError> {
        match text {
            "waiting" => Ok(Self::Waiting),
            "done" => Ok(Self::Done),
            "failed" => Ok(Self::Failed),
            other => Err(StoreError::Unreadable(format!("\"{other}\" is no state of a job"))),
        }
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The connection it is about.
    pub scope: Scope,
    /// The id.
    pub id: String,
    /// What is done, such as `rederive`.
    pub kind: String,
    /// What it needs to know besides.
    pub detail: Value,
    /// How it stands.
    pub state: JobState,
    /// The part of the work that it is in.
    pub phase: String,
    /// The last id that was done in that part; empty before the first.
    pub place: String,
    /// How many things were done.
    pub done: i64,
    /// How many there are to do, as counted when it began.
    pub total: i64,
    /// Who wanted it: kind and name.
    pub actor: (String, Option<String>),
    /// Why it cannot go on.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created_at: i64,
    /// When its last step was made.
    pub modified_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

statements! {
    INSERT = "insert into jobs (tenant_id, id, connection_id, kind, detail, state, phase, place, done, total, actor_kind,
        actor_id, failure, created_at, modified_at, finished_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    UPDATE = "update jobs set detail = $1, state = $2, phase = $3, place = $4, done = $5, total = $6, failure = $7,
        modified_at = $8, finished_at = $9 where tenant_id = $10 and id = $11";
    BY_ID = "select tenant_id, connection_id, id, kind, detail, state, phase, place, done, total, actor_kind, actor_id,
        failure, created_at, modified_at, finished_at from jobs where tenant_id = $1 and id = $2";
    PAGE = "select tenant_id, connection_id, id, kind, detail, state, phase, place, done, total, actor_kind, actor_id,
        failure, created_at, modified_at, finished_at from jobs where tenant_id = $1 and id < $2
        order by id desc limit $3";
    OPEN_OF_CONNECTION = "select tenant_id, connection_id, id, kind, detail, state, phase, place, done, total, actor_kind,
        actor_id, failure, created_at, modified_at, finished_at from jobs
        where tenant_id = $1 and connection_id = $2 and finished_at is null order by id";
    OPEN = "select tenant_id, connection_id, id, kind, detail, state, phase, place, done, total, actor_kind, actor_id,
        failure, created_at, modified_at, finished_at from jobs where finished_at is null
        order by tenant_id, connection_id, id";
}

fn read(row: &Row<'_>) -> Result<Job, StoreError> {
    Ok(Job {
        scope: Scope { tenant: TenantId(row.int(0)?), connection: row.int(1)? },
        id: row.text(2)?,
        kind: row.text(3)?,
        detail: row.json(4)?,
        state: JobState::of(&row.text(5)?)?,
        phase: row.text(6)?,
        place: row.text(7)?,
        done: row.int(8)?,
        total: row.int(9)?,
        actor: (row.text(10)?, row.optional_text(11)?),
        failure: row.optional_text(12)?,
        created_at: row.int(13)?,
        modified_at: row.int(14)?,
        finished_at: row.optional_int(15)?,
    })
}

/// Adds a job. The change that made it necessary has its event; its steps have theirs.
pub fn insert(tx: &mut Tx<'_>, job: &Job) -> Result<(), StoreError> {
    tx.execute(
        INSERT,
        params![
            job.scope.tenant.0,
            &job.id,
            job.scope.connection,
            &job.kind,
            &job.detail.to_string(),
            job.state.as_str(),
            &job.phase,
            &job.place,
            job.done,
            job.total,
            &job.actor.0,
            job.actor.1.as_ref(),
            job.failure.as_ref(),
            job.created_at,
            job.modified_at,
            job.finished_at,
        ],
    )?;
    Ok(())
}

/// Writes how far a job is.
pub fn update(tx: &mut Tx<'_>, job: &Job) -> Result<(), StoreError> {
    tx.execute(
        UPDATE,
        params![
            &job.detail.to_string(),
            job.state.as_str(),
            &job.phase,
            &job.place,
            job.done,
            job.total,
            job.failure.as_ref(),
            job.modified_at,
            job.finished_at,
            job.scope.tenant.0,
            &job.id,
        ],
    )?;
    Ok(())
}

/// The job of an id.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<Job>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0, id], read)
}

/// Jobs before an id, newest first.
pub fn page(tx: &mut Tx<'_>, tenant: TenantId, before: &str, limit: i64) -> Result<Vec<Job>, StoreError> {
    tx.query(PAGE, params![tenant.0, before, limit], read)
}

/// The jobs of a connection that have not ended, oldest first.
pub fn open_of_connection(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Job>, StoreError> {
    tx.query(OPEN_OF_CONNECTION, params![scope.tenant.0, scope.connection], read)
}

/// Every job that has not ended, whatever its tenant: for whoever does the work.
pub fn open(tx: &mut Tx<'_>) -> Result<Vec<Job>, StoreError> {
    tx.query(OPEN, &[], read)
}
