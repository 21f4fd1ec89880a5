//! Looking through the records of a connection, newest first, a bounded way at a time.

use super::filter::{Filter, Sought};
use crate::App;
use provisioning::Error;
use store::activity::{self, Stretch};
use store::requests::Record;
use store::{Scope, Tx};

/// How many records are read at once.
const CHUNK: i64 = 250;
/// How many records one page looks through at most: what was not found within is looked for on the next.
const REACH: usize = 5_000;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The records, newest first.
    pub records: Vec<Record>,
    /// The id to go on before, if there may be more.
    pub next: Option<String>,
    /// When the last record that was looked at came in, if the way ended before the records did.
    pub reached: Option<i64>,
}

/// The newest records that a filter means, before an id, so many at most.
pub async fn look(
    app: &App,
    scope: Scope,
    filter: Filter,
    before: Option<String>,
    limit: usize,
) -> Result<Found, Error> {
    let read = move |tx: &mut Tx<'_>| {
        let stretch = filter.stretch(before.as_deref());
        let sought = filter.sought(tx, scope)?;
        walk(tx, scope, &sought, stretch, limit)
    };
    app.store().read_long_of(scope.tenant, read).await
}

fn walk(
    tx: &mut Tx<'_>,
    scope: Scope,
    sought: &Sought,
    mut stretch: Stretch,
    limit: usize,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut looked_at = 0;
    loop {
        let chunk = activity::window(tx, scope, &stretch, sought.is_of_failures(), CHUNK)?;
        let was_last = i64::try_from(chunk.len()).is_ok_and(|read| read < CHUNK);
        for record in chunk {
            if found.records.len() == limit {
                found.next = found.records.last().map(|last| last.id.clone());
                return Ok(found);
            }
            looked_at += 1;
            stretch.until.clone_from(&record.id);
            found.reached = Some(record.at);
            if sought.has(&record) {
                found.records.push(record);
            }
        }
        if was_last {
            found.reached = None;
            return Ok(found);
        }
        if looked_at >= REACH {
            found.next = Some(stretch.until);
            return Ok(found);
        }
    }
}
