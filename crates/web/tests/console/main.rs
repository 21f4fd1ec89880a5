//! The console as a browser sees it.

mod connection;
mod directory;
mod dry_run;
mod gate;
mod me;
mod narrow;
mod provider;
mod provisioning;
mod retention;
mod self_test;
mod settings;
mod sign_in;
mod support;
