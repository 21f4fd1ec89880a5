//! The keys that Entra ID has published: kept, and fetched anew when they age or when a token names one that is not there.
//!
//! At most one fetch at a time for an issuer, and at most one a minute whatever tokens name. While Entra ID cannot be
//! reached, keys that are known stay good for two days. Nothing here waits in a transaction.

use super::publisher;
use provisioning::Caller;
use provisioning::entra::{Candidate, Source};
use provisioning::jwt::Keys;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::clock::Clock;

const SECOND: i64 = 1_000_000;
/// How old keys may become before they are fetched anew. Entra ID publishes a key long before it signs with it.
const FRESH: i64 = 6 * 3_600 * SECOND;
/// How old they may become while they cannot be fetched. After that a key that was withdrawn must not open anything.
const GOOD: i64 = 48 * 3_600 * SECOND;
/// How long after one fetch the next may begin.
const PAUSE: i64 = 60 * SECOND;

/// Why a token does not open anything.
#[derive(Debug)]
pub enum Unproven {
    /// It is not good.
    Refused(String),
    /// Nobody can tell now: the keys that could prove it cannot be had.
    Unknown(String),
}

/// The keys of every issuer that was asked for.
#[derive(Default)]
pub struct Keyring {
    slots: Mutex<HashMap<Source, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    known: Mutex<Known>,
    /// Held while the keys are fetched.
    turn: tokio::sync::Mutex<()>,
}

/// What is known of one issuer's keys.
#[derive(Clone, Default)]
struct Known {
    keys: Option<(Arc<Keys>, i64)>,
    tried_at: Option<i64>,
    failure: Option<String>,
}

impl Known {
    /// The keys, if they are younger than that.
    fn younger_than(&self, age: i64, now: i64) -> Option<&Keys> {
        self.keys.as_ref().filter(|(_, fetched_at)| now - fetched_at < age).map(|(keys, _)| keys.as_ref())
    }

    /// Whether keys of that age at most have the one that the token names.
    fn has(&self, candidate: &Candidate<'_>, age: i64, now: i64) -> bool {
        self.younger_than(age, now).is_some_and(|keys| candidate.names_one_of(keys))
    }

    fn may_be_fetched(&self, now: i64) -> bool {
        // A clock that was set back must not keep anybody waiting.
        self.tried_at.is_none_or(|tried_at| !(0..PAUSE).contains(&(now - tried_at)))
    }
}

impl Keyring {
    /// Who sent a token, if one of its issuer's keys signed it.
    ///
    /// # Errors
    /// None did, or nobody can tell.
    pub async fn prove(&self, candidate: Candidate<'_>, clock: &Clock) -> Result<Caller, Unproven> {
        let slot = self.slot(candidate.source());
        let now = clock.now();
        let mut known = slot.known().clone();
        if !known.has(&candidate, FRESH, now) {
            // Who has a key that is still good does not wait for the fetch of another.
            let turn = if known.has(&candidate, GOOD, now) {
                slot.turn.try_lock().ok()
            } else {
                Some(slot.turn.lock().await)
            };
            if turn.is_some() {
                known = slot.known().clone();
                if !known.has(&candidate, FRESH, now) && known.may_be_fetched(now) {
                    known = slot.fetch(candidate.source(), now).await;
                }
            }
        }
        let named = known.has(&candidate, GOOD, now);
        match (known.younger_than(GOOD, now), &known.failure) {
            (Some(keys), _) if named => candidate.prove(keys).map_err(Unproven::Refused),
            (Some(keys), None) => candidate.prove(keys).map_err(Unproven::Refused),
            (_, failure) => {
                let reason = failure.as_deref().unwrap_or("They are being fetched.");
                Err(Unproven::Unknown(format!(
                    "Entra ID's token could not be checked, because its keys cannot be had. {reason}"
                )))
            }
        }
    }

    fn slot(&self, source: &Source) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(source.clone()).or_default())
    }
}

impl Slot {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches the keys. A client that hangs up meanwhile does not end the fetch.
    async fn fetch(self: &Arc<Self>, source: &Source, now: i64) -> Known {
        self.known().tried_at = Some(now);
        let (slot, source) = (Arc::clone(self), source.clone());
        let fetched = tokio::spawn(async move {
            let result = publisher::fetch(&source).await;
            let mut known = slot.known();
            match result {
                Ok(keys) => {
                    known.keys = Some((Arc::new(keys), now));
                    known.failure = None;
                }
                Err(reason) => {
                    tracing::warn!(
                        issuer = source.issuer(),
                        reason,
                        "the keys of Entra ID could not be fetched"
                    );
                    known.failure = Some(reason);
                }
            }
        });
        if fetched.await.is_err() {
            self.known().failure = Some("Fetching them failed unexpectedly.".into());
        }
        self.known().clone()
    }
}
