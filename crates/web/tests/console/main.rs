//! The console as a browser sees it.

mod gate;
