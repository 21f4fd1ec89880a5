//! Units of a tenant that wait for one another, to be carried out in one transaction: they share its lock and its commit.

use super::session::Session;
use crate::engine::Tx;
use crate::{StoreError, TenantId};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many units share a transaction at most. PostgreSQL keeps track of up to 64 savepoints of a transaction at no cost to others.
const TOGETHER: usize = 32;

/// A unit with whoever waits for it.
pub type Job = Box<dyn Waiting>;

/// A unit whatever it comes to.
pub trait Waiting: Send {
    /// Carries it out; whether there is anything to keep. It may be carried out again.
    fn run(&mut self, session: &mut Session) -> bool;
    /// What it came to was none: a statement failed whose answer was not waited for.
    fn refuse(&mut self, error: StoreError);
    /// Tells what it came to, if its transaction was committed.
    fn answer(self: Box<Self>, committed: Result<(), &StoreError>);
}

/// A unit, and what the last attempt came to.
struct Unit<U, T, E> {
    work: U,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<U, T, E> Waiting for Unit<U, T, E>
where
    U: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, session: &mut Session) -> bool {
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(&mut Tx::postgres(session))))
            .unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        self.result.insert(result).is_ok()
    }

    fn refuse(&mut self, error: StoreError) {
        self.result = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>, committed: Result<(), &StoreError>) {
        let result = match (self.result, committed) {
            (Some(result), Ok(())) => result,
            (Some(Err(own)), Err(_)) => Err(own),
            (_, Err(error)) => Err(again(error).into()),
            (None, Ok(())) => Err(StoreError::Panicked.into()),
        };
        // A caller that has gone away misses the answer, not the effect.
        drop(self.reply.send(result));
    }
}

/// The same error for each that shares it.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Uncertain(reason) => StoreError::Uncertain(reason.clone()),
        StoreError::Constraint(name) => StoreError::Constraint(name.clone()),
        StoreError::Broken(reason) => StoreError::Broken(reason.clone()),
        StoreError::Unavailable(reason) => StoreError::Unavailable(reason.clone()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// A unit as a job, and where its answer arrives.
pub fn job<T, E>(
    unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Unit { work: unit, result: None, reply }), answer)
}

/// Who waits, by tenant. A tenant is named here while somebody carries out its units.
#[derive(Default)]
pub struct Queue(Mutex<HashMap<TenantId, VecDeque<Job>>>);

impl Queue {
    /// Adds a unit; whether nobody carries out those of its tenant, so that somebody has to begin.
    pub fn push(&self, tenant: TenantId, job: Job) -> bool {
        let mut waiting = self.waiting();
        let is_first = !waiting.contains_key(&tenant);
        waiting.entry(tenant).or_default().push_back(job);
        is_first
    }

    /// The next units of a tenant, in order. None if nobody waits: then whoever asked is done.
    pub fn take(&self, tenant: TenantId) -> Vec<Job> {
        let mut waiting = self.waiting();
        let Some(jobs) = waiting.get_mut(&tenant) else { return Vec::new() };
        let taken: Vec<Job> = jobs.drain(..jobs.len().min(TOGETHER)).collect();
        if taken.is_empty() {
            waiting.remove(&tenant);
        }
        taken
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<TenantId, VecDeque<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
