//! PATCH: envelope, matrix of operations and targets, rows, and what holds of any of them.

#[path = "support/patching.rs"]
mod patching;
mod support;

#[path = "patch/envelope.rs"]
mod envelope;
#[path = "patch/matrix.rs"]
mod matrix;
#[path = "patch/properties.rs"]
mod properties;
#[path = "patch/rows.rs"]
mod rows;
#[path = "patch/sequence.rs"]
mod sequence;
