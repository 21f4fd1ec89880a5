//! How a connection stands with its provider: whether it was ever heard of, and whether what it asks succeeds.

use crate::Error;
use crate::tokens::DAY;
use store::activity::{self, Heard};
use store::{Scope, Tx};

/// The user agent of the service's own test of a connection. What it sends is no word of the provider.
pub const SELF_TEST: &str = "AccessIQ self-test";

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The provider was never heard of.
    Waiting,
    /// Requests come in and succeed.
    Receiving,
    /// Requests come in; some have failed within a day.
    Failures,
    /// The last request failed.
    Failing,
}

/// What is known of a connection's provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// When it was last heard of.
    pub heard: Option<Heard>,
    /// How many requests have failed within a day.
    pub failures: i64,
}

impl Contact {
    /// What is known now.
    pub fn of(tx: &mut Tx<'_>, scope: Scope, now: i64) -> Result<Self, Error> {
        let heard = activity::heard(tx, scope, SELF_TEST)?;
        let failures = if heard.is_some() { activity::failures(tx, scope, now - DAY)? } else { 0 };
        Ok(Self { heard, failures })
    }

    /// How the connection stands.
    pub fn standing(&self) -> Standing {
        match self.heard {
            None => Standing::Waiting,
            Some(heard) if heard.failed => Standing::Failing,
            Some(_) if self.failures > 0 => Standing::Failures,
            Some(_) => Standing::Receiving,
        }
    }
}
