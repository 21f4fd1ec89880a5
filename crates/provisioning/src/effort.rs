//! How much one request may ask for: a change runs alone while it writes, so it must not take long.
//!
//! Far more than any identity provider sends. Without these limits the operations of one PATCH and the values they
//! change grow with each other, and one client holds up all.

use crate::Error;
use scim::patch::{RowChange, Step};
use scim::{Document, ScimError};
use serde_json::Value;

/// How many operations of one PATCH may change the resource itself. Members are rows of their own and not counted.
pub const MAX_OPERATIONS: usize = 1000;
/// How many operations of one PATCH may choose members by something else than their ids: each reads the whole group.
pub const MAX_SEARCHES: usize = 20;
/// How many values one attribute may have. Members are rows of their own and not counted.
pub const MAX_VALUES: usize = 2000;

/// Refuses a PATCH of too many operations.
///
/// # Errors
/// `413` with the limit.
pub fn check_steps(steps: &[Step]) -> Result<(), Error> {
    let is_search = |step: &&Step| matches!(step, Step::Rows { change: RowChange::RemoveWhere(_), .. });
    let changes = steps.iter().filter(|step| matches!(step, Step::Document(_))).count();
    let searches = steps.iter().filter(is_search).count();
    if changes > MAX_OPERATIONS {
        return Err(too_many(changes, "operations on attributes", MAX_OPERATIONS));
    }
    if searches > MAX_SEARCHES {
        return Err(too_many(
            searches,
            "operations that choose members by other than their ids",
            MAX_SEARCHES,
        ));
    }
    Ok(())
}

fn too_many(given: usize, what: &str, most: usize) -> Error {
    let detail = format!("The PATCH has {given} {what}; {most} are possible. Send several requests.");
    ScimError::status(413, detail).into()
}

/// Refuses a resource with too many values of one attribute.
///
/// # Errors
/// `400 invalidValue` that names the attribute.
pub fn check_values(document: &Document) -> Result<(), ScimError> {
    let extensions = document.values().filter_map(Value::as_object).flatten();
    let lists = document.iter().chain(extensions);
    for (name, value) in lists {
        let count = value.as_array().map_or(0, Vec::len);
        if count > MAX_VALUES {
            return Err(ScimError::invalid_value(format!(
                "\"{name}\" has {count} values; {MAX_VALUES} are possible. Send fewer."
            )));
        }
    }
    Ok(())
}
