//! The console as a browser sees it.

mod gate;
mod provisioning;
mod self_test;
