//! Bad credentials: how many an address may send, and how many of them a connection's records keep.
//!
//! Asked only once a credential was refused, so that somebody's bad tokens never stand in the way of a good one from the
//! same address: behind a proxy all have one.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::Scope;

/// How many bad credentials an address may send to one connection at once; then one a second.
const OF_ADDRESS: NonZeroU32 = NonZeroU32::new(120).expect("not zero");
/// How many refusals a connection's records keep at once, and how many a minute after that: an administrator sees what is
/// wrong from the first, and a stranger fills nobody's disk.
const KEPT: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
const KEPT_A_MINUTE: NonZeroU32 = NonZeroU32::new(6).expect("not zero");
/// How many keys are remembered before those that wait for nothing are forgotten.
const REMEMBERED: usize = 10_000;

/// A connection, by tenant and number.
type Key = (i64, i64);

/// What was refused lately.
pub struct Refusals {
    /// By address and connection; all connections that are not there are one.
    senders: DefaultKeyedRateLimiter<(Option<IpAddr>, Option<Key>)>,
    records: DefaultKeyedRateLimiter<Key>,
    /// How many refusals of a connection have no record since the last that has.
    unrecorded: Mutex<HashMap<Key, u64>>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            senders: RateLimiter::keyed(Quota::per_second(NonZeroU32::MIN).allow_burst(OF_ADDRESS)),
            records: RateLimiter::keyed(Quota::per_minute(KEPT_A_MINUTE).allow_burst(KEPT)),
            unrecorded: Mutex::default(),
        }
    }
}

impl Refusals {
    /// Takes one bad credential of an address; `false` if it is one too many, which has no record either.
    pub fn take(&self, address: Option<IpAddr>, scope: Option<Scope>) -> bool {
        let taken = within(&self.senders, &(address.map(network), scope.map(key)));
        if let Some(scope) = scope.filter(|_| !taken) {
            *self.unrecorded().entry(key(scope)).or_default() += 1;
        }
        taken
    }

    /// Takes a refusal for the records of a connection, and why it was: with how many before it have no record. `None`
    /// if this one is to have none either.
    pub fn keep(&self, scope: Scope, why: String) -> Option<String> {
        let mut unrecorded = self.unrecorded();
        if !within(&self.records, &key(scope)) {
            *unrecorded.entry(key(scope)).or_default() += 1;
            return None;
        }
        Some(match unrecorded.remove(&key(scope)) {
            Some(count) => {
                format!("{why} Before this request, {count} more were refused that have no record.")
            }
            None => why,
        })
    }

    fn unrecorded(&self) -> MutexGuard<'_, HashMap<Key, u64>> {
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(scope: Scope) -> Key {
    (scope.tenant.0, scope.connection)
}

/// Takes one from the share of a key; `false` if nothing is left of it.
pub fn within<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> bool {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    limiter.check_key(key).is_ok()
}

/// Whoever has one IPv6 address has the whole network of it.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let [first, second, third, fourth, ..] = six.segments();
            IpAddr::from([first, second, third, fourth, 0, 0, 0, 0])
        }
    }
}
