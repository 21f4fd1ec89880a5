//! The console as a browser sees it.

mod connection;
mod gate;
