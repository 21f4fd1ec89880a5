//! The console as a browser sees it.

mod connection;
mod directory;
mod gate;
