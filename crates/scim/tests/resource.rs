//! How resources are defined, read, shown, projected and described.

mod support;

#[path = "resource/definition.rs"]
mod definition;
#[path = "resource/discovery.rs"]
mod discovery;
#[path = "resource/present.rs"]
mod present;
#[path = "resource/projection.rs"]
mod projection;
#[path = "resource/read.rs"]
mod read;
