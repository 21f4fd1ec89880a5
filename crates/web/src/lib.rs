//! The doors: HTTP in, HTTP out. Who is asking, what they may send, how an answer looks.
//!
//! Every request walks through `router` and the doorway in `gate`, calls one function of `provisioning`, and leaves by
//! the same doorway with its record. Never in here: rules of its own, SQL.

pub mod api;
pub mod app;
pub mod console;
pub mod error;
pub mod exchange;
pub mod flow;
pub mod gate;
pub mod guides;
pub mod health;
mod json;
pub mod media;
pub mod metrics;
pub mod oauth;
mod outward;
pub mod recorder;
pub mod resolver;
pub mod router;
pub mod scim;
pub mod secrets;
pub mod self_test;
pub mod sockets;
mod within;

pub use app::App;
pub use router::router;
