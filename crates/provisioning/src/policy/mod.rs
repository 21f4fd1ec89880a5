//! Policy: what follows from the mirror for the directory, as pure functions over facts.

pub mod attributes;
pub mod derive;
pub mod mapping;
