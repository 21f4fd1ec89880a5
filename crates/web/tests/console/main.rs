//! The console as a browser sees it.

mod connection;
mod directory;
mod gate;
mod me;
mod settings;
mod sign_in;
mod support;
