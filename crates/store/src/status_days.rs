//! A connection's people by day: how many were of which status when the day was last looked at, and how many were
//! deactivated. Numbers alone, which name nobody.

use crate::engine::{Tx, params, statements};
use crate::{Scope, StoreError};

/// One day, in microseconds. Days are of UTC.
pub const DAY: i64 = 86_400_000_000;

/// How many users of a connection have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statuses {
    /// How many are active.
    pub active: i64,
    /// How many are deactivated.
    pub deactivated: i64,
    /// How many wait for their first day.
    pub staged: i64,
}

statements! {
    PUT = "insert into status_days (tenant_id, connection_id, day, active, deactivated, staged)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id, connection_id, day) do update set
        active = excluded.active, deactivated = excluded.deactivated, staged = excluded.staged";
    SINCE = "select day, active, deactivated, staged from status_days
        where tenant_id = $1 and connection_id = $2 and day >= $3 order by day";
    LAST_BEFORE = "select day, active, deactivated, staged from status_days
        where tenant_id = $1 and connection_id = $2 and day < $3 order by day desc limit 1";
    DELETE_BEFORE = "delete from status_days where tenant_id = $1 and connection_id = $2 and day < $3";
    DEACTIVATED = "select at / 86400000000, count(*) from events
        where tenant_id = $1 and connection_id = $2 and at >= $3 and kind = 'user.deactivated'
        group by at / 86400000000 order by at / 86400000000";
}

/// The number of the day of an instant.
pub fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY)
}

/// Writes down how a day was last seen.
pub fn put(tx: &mut Tx<'_>, scope: Scope, day: i64, seen: Statuses) -> Result<(), StoreError> {
    let Statuses { active, deactivated, staged } = seen;
    tx.execute(PUT, params![scope.tenant.0, scope.connection, day, active, deactivated, staged])?;
    Ok(())
}

/// The days since one that were seen, oldest first.
pub fn since(tx: &mut Tx<'_>, scope: Scope, day: i64) -> Result<Vec<(i64, Statuses)>, StoreError> {
    tx.query(SINCE, params![scope.tenant.0, scope.connection, day], |row| {
        Ok((row.int(0)?, Statuses { active: row.int(1)?, deactivated: row.int(2)?, staged: row.int(3)? }))
    })
}

/// The last day before one that was seen.
pub fn last_before(tx: &mut Tx<'_>, scope: Scope, day: i64) -> Result<Option<(i64, Statuses)>, StoreError> {
    tx.query_optional(LAST_BEFORE, params![scope.tenant.0, scope.connection, day], |row| {
        Ok((row.int(0)?, Statuses { active: row.int(1)?, deactivated: row.int(2)?, staged: row.int(3)? }))
    })
}

/// Forgets the days before one.
pub fn delete_before(tx: &mut Tx<'_>, scope: Scope, day: i64) -> Result<(), StoreError> {
    tx.execute(DELETE_BEFORE, params![scope.tenant.0, scope.connection, day])?;
    Ok(())
}

/// How many users of a connection were deactivated on each day since one, for days on which any was.
pub fn deactivations(tx: &mut Tx<'_>, scope: Scope, day: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    tx.query(DEACTIVATED, params![scope.tenant.0, scope.connection, day * DAY], |row| {
        Ok((row.int(0)?, row.int(1)?))
    })
}
