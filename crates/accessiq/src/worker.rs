//! Background work: open jobs are carried out step by step while the server serves, the day's figures are written down,
//! history that is not to be kept any longer goes, and what an earlier release wrote gets the keys that it is found by.
//!
//! Jobs of all tenants take turns, a step each, so that one tenant's long job does not starve another's short one. A job
//! that a command carries out beside the server is shared with it: each step is a transaction of its own.

use provisioning::{figures, jobs, retention, roster};
use std::collections::BTreeMap;
use std::time::Duration;
use store::Store;
use store::jobs::Job;
use tokio::sync::oneshot::Receiver;
use tokio::sync::oneshot::error::TryRecvError;

/// How long the worker sleeps when there is nothing to do, or the database cannot be reached.
const REST: Duration = Duration::from_millis(500);

/// How many turns pass until somebody looks at the day's figures, and for history that is too old: about a minute of
/// rest.
const TURNS: u32 = 120;

/// Carries open jobs out until it is told to stop; the step under way is finished.
pub async fn work(store: Store, mut stop: Receiver<()>) {
    let mut turns = TURNS;
    loop {
        turns += 1;
        if turns >= TURNS {
            figures::write_down(&store).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the day's figures have to wait");
            });
            let more = prune(&store).await | fold_names(&store).await;
            turns = if more { TURNS } else { 0 };
        }
        let open = store.read(store::jobs::open).unwrap_or_else(|error| {
            tracing::warn!(%error, "background work has to wait");
            Vec::new()
        });
        let mut did = false;
        for job in first_of_each_tenant(open) {
            did |= step(&store, &job).await;
            // A dropped sender stops the worker as well.
            if stop.try_recv() != Err(TryRecvError::Empty) {
                return;
            }
        }
        // More of the history may have to go.
        did |= turns == TURNS;
        if !did && tokio::time::timeout(REST, &mut stop).await.is_ok() {
            return;
        }
    }
}

/// Lets some of the history go that is too old; returns whether there was any.
async fn prune(store: &Store) -> bool {
    retention::prune(store).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "history that is too old has to wait");
        false
    })
}

/// Writes the keys of some people who have none yet; returns whether more may be left.
async fn fold_names(store: &Store) -> bool {
    roster::fold_names(store).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the keys of people's names have to wait");
        false
    })
}

/// Makes a step of a job; returns whether it could. One that cannot go on now keeps nobody else waiting.
async fn step(store: &Store, job: &Job) -> bool {
    match jobs::step(store, job.scope.tenant, &job.id).await {
        Ok(job) => {
            if job.finished_at.is_some() {
                tracing::info!(job = job.id, state = job.state.as_str(), done = job.done, "a job ended");
            }
            true
        }
        Err(error) => {
            tracing::warn!(%error, job = job.id, "a job has to wait");
            false
        }
    }
}

/// The oldest job of each tenant: a tenant's own jobs come one after the other.
fn first_of_each_tenant(open: Vec<Job>) -> Vec<Job> {
    let mut first: BTreeMap<i64, Job> = BTreeMap::new();
    for job in open {
        match first.get(&job.scope.tenant.0) {
            Some(known) if known.id <= job.id => {}
            _ => drop(first.insert(job.scope.tenant.0, job)),
        }
    }
    first.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use store::jobs::JobState;
    use store::{Scope, TenantId};

    fn job(tenant: i64, connection: i64, id: &str) -> Job {
        Job {
            scope: Scope { tenant: TenantId(tenant), connection },
            id: id.into(),
            kind: "rederive".into(),
            detail: json!({}),
            state: JobState::Waiting,
            phase: "users".into(),
            place: String::new(),
            done: 0,
            total: 0,
            actor: ("operator".into(), None),
            failure: None,
            created_at: 0,
            modified_at: 0,
            finished_at: None,
        }
    }

    #[test]
    fn tenants_take_turns_and_the_oldest_job_of_each_comes_first() {
        let open = vec![job(1, 1, "c"), job(1, 2, "a"), job(1, 3, "b"), job(2, 1, "d")];
        let chosen: Vec<String> = first_of_each_tenant(open).into_iter().map(|job| job.id).collect();
        assert_eq!(chosen, ["a", "d"]);
    }
}
