//! How many requests a connection may send: enough for any provider, not enough to starve the others.
//!
//! The interoperability and IPSIE profiles ask for a limit on every endpoint of at least 25 requests a second.

use crate::error::Failure;
use ::scim::ScimError;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use store::Scope;

/// A limit for each connection on its own.
pub struct Limiter {
    requests: DefaultKeyedRateLimiter<(i64, i64)>,
}

/// A request too many; a client that waits this many seconds is served again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// How long a refused client is asked to wait, in seconds. A limit is in requests a second, so the next second has
/// room; whole seconds, because some clients read nothing else (RFC 9110 §10.2.3).
pub const RETRY_AFTER: &str = "1";

impl Limiter {
    /// A limit in requests a second; a burst may have as many at once.
    pub fn new(per_second: NonZeroU32) -> Self {
        Self { requests: RateLimiter::keyed(Quota::per_second(per_second)) }
    }

    /// Takes one request of a connection.
    ///
    /// # Errors
    /// The connection has had its share.
    pub fn take(&self, scope: Scope) -> Result<(), TooMany> {
        self.requests.check_key(&(scope.tenant.0, scope.connection)).map_err(|_| TooMany)
    }
}

impl From<TooMany> for Failure {
    fn from(TooMany: TooMany) -> Self {
        let detail = "The connection sends more requests than it may. Wait a second and go on.";
        ScimError::status(429, detail).into()
    }
}

/// The answer to an address that sends one request after another without a good credential.
pub fn too_many_refusals() -> Failure {
    let detail = "Too many requests without a valid bearer token came from this address. Check the token, or make a new one in AccessIQ, and try again in a few seconds.";
    ScimError::status(429, detail).into()
}
