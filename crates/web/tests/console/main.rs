//! The console as a browser sees it.

mod gate;
mod me;
mod settings;
mod sign_in;
mod support;
