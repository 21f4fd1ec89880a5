//! The console as a browser sees it.

mod directory;
mod gate;
