//! Time as a value: the system's, or one that a test holds still.
//!
//! Instants are microseconds since 1970 UTC, cut to whole milliseconds: what a SCIM answer shows is then exactly
//! what is stored, and a filter on `meta.lastModified` means the same in memory and in SQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source of time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only when told to; in microseconds since 1970 UTC.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `micros`.
    pub fn fixed(micros: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(micros)))
    }

    /// Now, in microseconds since 1970 UTC, a whole number of milliseconds.
    pub fn now(&self) -> i64 {
        let micros = match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
            Self::System => jiff::Timestamp::now().as_microsecond(),
            Self::Fixed(micros) => micros.load(Ordering::Relaxed),
        };
        micros - micros.rem_euclid(1000)
    }

    /// Moves a fixed clock on; the system's clock is left alone.
    pub fn advance(&self, micros: i64) {
        if let Self::Fixed(now) = self {
            now.fetch_add(micros, Ordering::Relaxed);
        }
    }
}
