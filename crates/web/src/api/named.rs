//! Names beside ids: what a view shows of the other things it speaks of.

use crate::api::problem::Problem;
use provisioning::access::Named;
use provisioning::people::time;
use std::collections::HashMap;
use store::{StoreError, TenantId, Tx, connections, organizations, roles};

/// An instant, or none.
pub fn optional_time(micros: Option<i64>) -> Option<String> {
    micros.map(time)
}

/// The organization of an id, with its name.
pub fn organization(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Named, StoreError> {
    let found = organizations::by_id(tx, tenant, id)?;
    Ok(Named { id: id.to_owned(), name: found.map_or_else(String::new, |found| found.name) })
}

/// The role of an id, with its name.
pub fn role(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Named, StoreError> {
    let found = roles::by_id(tx, tenant, id)?;
    Ok(Named { id: id.to_owned(), name: found.map_or_else(String::new, |found| found.name) })
}

/// The public ids of a tenant's connections, by the numbers that rows name them by.
pub fn connections_of(tx: &mut Tx<'_>, tenant: TenantId) -> Result<HashMap<i64, String>, StoreError> {
    let all = connections::of_tenant(tx, tenant)?;
    Ok(all.into_iter().map(|connection| (connection.scope.connection, connection.id)).collect())
}

/// A choice among words in a query.
///
/// # Errors
/// Another word, with those there are.
pub fn one_of<'a>(name: &str, text: &'a str, words: &[&str]) -> Result<&'a str, Problem> {
    if words.contains(&text) {
        return Ok(text);
    }
    Err(Problem::malformed(format!("{name} takes one of: {}, not \"{text}\".", words.join(", "))))
}

/// An id for examples.
pub const SAMPLE_ID: &str = "019b76da-a800-7c3e-9f5d-6d0c1a2b3c4d";
/// An instant for examples.
pub const SAMPLE_TIME: &str = "2026-01-01T00:00:00.000Z";

/// An id and a name for examples.
pub fn sample(name: &str) -> Named {
    Named { id: SAMPLE_ID.into(), name: name.into() }
}
