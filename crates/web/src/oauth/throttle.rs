//! How often one may ask for tokens. A secret has 256 bits and cannot be guessed; this keeps the trying cheap for us.
//!
//! By address and client together, so that a stranger who knows a client's id cannot lock it out; and by address, for
//! who makes up ids.

use crate::gate::refusals::{network, within};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// How many requests for one client an address may send at once; then one a second. A client needs one an hour.
const OF_CLIENT: NonZeroU32 = NonZeroU32::new(30).expect("not zero");
/// How many requests an address may send a second, for whatever clients. A proxy in front is one address.
const OF_ADDRESS: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
/// How much of what a client calls itself counts, in characters: that of an id.
const ID_LENGTH: usize = 36;

/// The limits of the token endpoint.
pub struct Throttle {
    addresses: DefaultKeyedRateLimiter<Option<IpAddr>>,
    clients: DefaultKeyedRateLimiter<(Option<IpAddr>, String)>,
}

impl Default for Throttle {
    fn default() -> Self {
        let one = NonZeroU32::MIN;
        Self {
            addresses: RateLimiter::keyed(Quota::per_second(OF_ADDRESS)),
            clients: RateLimiter::keyed(Quota::per_second(one).allow_burst(OF_CLIENT)),
        }
    }
}

impl Throttle {
    /// Takes one request; `false` if it is one too many.
    pub fn take(&self, address: Option<IpAddr>, client: Option<&str>) -> bool {
        let address = address.map(network);
        let client = client.unwrap_or_default().chars().take(ID_LENGTH).collect();
        within(&self.addresses, &address) && within(&self.clients, &(address, client))
    }
}
