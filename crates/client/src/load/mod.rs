//! Load: many requests at once over connections that stay open, and how long each took.
//!
//! `wire` sends them and counts, `workload` is what is sent: the operations that identity providers spend their time on.
//! Whoever calls measures what the server spends on it; nothing of the server is known in here.

pub mod wire;
pub mod workload;

pub use wire::{Asked, Outcome, Server};
