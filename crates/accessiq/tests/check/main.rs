//! The check of servers, held against servers: the real service as it is, and made to misbehave in one way each.

mod proxy;
mod quirks;
mod whole;
