//! Ids and secrets as values: random from the system, or from a seed in tests.
//!
//! Ids are UUIDs of version 7 (RFC 9562): new rows land at the right edge of every index, and the order of ids is the
//! order of creation, which gives lists a stable order. Within one process they never step back.

use crate::clock::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A source of ids and randomness.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    seed: Option<u64>,
    pool: Vec<u8>,
    last: u128,
}

/// How many random bytes are fetched from the system at once.
const POOL: usize = 4096;

impl Ids {
    /// Ids from the system's randomness.
    pub fn system(clock: Clock) -> Self {
        Self::new(clock, None)
    }

    /// The same ids for the same seed and the same clock; for tests only.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self::new(clock, Some(seed))
    }

    fn new(clock: Clock, seed: Option<u64>) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State { seed, pool: Vec::new(), last: 0 })) }
    }

    /// The clock these ids are stamped with.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A new id, later than every one before it.
    pub fn next(&self) -> String {
        let millis = u64::try_from(self.clock.now() / 1000).unwrap_or_default();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut random = [0; 10];
        state.fill(&mut random);
        let fresh = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        // In the same millisecond (or after the clock stepped back) go on from the last id, keeping its random part
        // unguessable by stepping a random distance.
        let next = if fresh.as_u128() > state.last {
            fresh.as_u128()
        } else {
            state.last + 1 + u128::from(u32::from_be_bytes([random[0], random[1], random[2], random[3]]))
        };
        state.last = next;
        Uuid::from_u128(next).to_string()
    }

    /// 256 random bits for a secret.
    pub fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.state.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
        bytes
    }
}

impl State {
    fn fill(&mut self, bytes: &mut [u8]) {
        if self.pool.len() < bytes.len() {
            let mut pool = vec![0; POOL];
            match &mut self.seed {
                None => system_random(&mut pool),
                Some(seed) => {
                    pool.chunks_mut(8)
                        .for_each(|chunk| chunk.copy_from_slice(&splitmix(seed)[..chunk.len()]));
                }
            }
            self.pool = pool;
        }
        let rest = self.pool.len() - bytes.len();
        bytes.copy_from_slice(&self.pool[rest..]);
        self.pool.truncate(rest);
    }
}

fn system_random(pool: &mut [u8]) {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
    let filled = getrandom::fill(pool);
    // Without randomness no token and no id may be made; there is nothing sensible to go on with.
    assert!(filled.is_ok(), "the system gives no randomness: {filled:?}");
}

fn splitmix(seed: &mut u64) -> [u8; 8] {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)).to_be_bytes()
}
