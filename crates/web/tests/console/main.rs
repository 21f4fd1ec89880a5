//! The console as a browser sees it.

mod connection;
mod gate;
mod provisioning;
mod self_test;
