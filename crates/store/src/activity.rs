//! A connection's requests and people in figures: how many in which hour, how many failed, who is of which status. Each
//! is counted within an index.

use crate::engine::{Tx, params, statements};
use crate::requests::{self, Record};
use crate::{Scope, StoreError};

/// One hour, in microseconds.
pub const HOUR: i64 = 3_600_000_000;

/// The requests of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When it began.
    pub at: i64,
    /// How many requests came in.
    pub requests: i64,
    /// How many of them failed. That nothing was found is an answer and no failure.
    pub failures: i64,
}

/// The last time that a provider was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When.
    pub at: i64,
    /// Whether that request failed.
    pub failed: bool,
}

statements! {
    HEARD = "select at, status, method from requests
        where tenant_id = $1 and connection_id = $2 and (user_agent is null or user_agent <> $3)
        order by id desc limit 1";
    HOURS = "select at / 3600000000, count(*),
        sum(case when status >= 400 and not (status = 404 and method = 'GET') then 1 else 0 end)
        from requests where tenant_id = $1 and connection_id = $2 and at >= $3
        group by at / 3600000000 order by at / 3600000000";
    FAILURES = "select count(*) from requests
        where tenant_id = $1 and connection_id = $2 and at >= $3
        and status >= 400 and not (status = 404 and method = 'GET')";
    FAILED = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 and id < $3 and id >= $4
        and status >= 400 and not (status = 404 and method = 'GET') order by id desc limit $5";
    WINDOW = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 and id < $3 and id >= $4 order by id desc limit $5";
    AFTER = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 and id > $3 order by id limit $4";
    STATUSES = "select status, count(*) from users where tenant_id = $1 and connection_id = $2
        group by status order by status";
    INCOMPLETE = "select count(*) from users where tenant_id = $1 and connection_id = $2
        and linked = 1 and (email is null or given_name is null or family_name is null)";
    UNMAPPED = "select g.id, g.display_name from mirror_groups g where g.tenant_id = $1 and g.connection_id = $2
        and not exists (select 1 from mappings m
            where m.tenant_id = $1 and m.connection_id = $2 and m.group_id = g.id)
        order by g.id limit $3";
}

/// Whether an answer to a request tells that something is wrong. A provider looks people up before it makes them: that
/// a read finds nothing is no failure.
pub fn is_failure(status: i64, method: &str) -> bool {
    status >= 400 && !(status == 404 && method == "GET")
}

/// When a connection's provider was last heard of, whatever this user agent sent aside.
pub fn heard(tx: &mut Tx<'_>, scope: Scope, aside: &str) -> Result<Option<Heard>, StoreError> {
    tx.query_optional(HEARD, params![scope.tenant.0, scope.connection, aside], |row| {
        Ok(Heard { at: row.int(0)?, failed: is_failure(row.int(1)?, &row.text(2)?) })
    })
}

/// The hours since an instant in which there were requests, oldest first.
pub fn hours(tx: &mut Tx<'_>, scope: Scope, since: i64) -> Result<Vec<Hour>, StoreError> {
    tx.query(HOURS, params![scope.tenant.0, scope.connection, since], |row| {
        Ok(Hour { at: row.int(0)? * HOUR, requests: row.int(1)?, failures: row.int(2)? })
    })
}

/// How many requests have failed since an instant.
pub fn failures(tx: &mut Tx<'_>, scope: Scope, since: i64) -> Result<i64, StoreError> {
    let found =
        tx.query_optional(FAILURES, params![scope.tenant.0, scope.connection, since], |row| row.int(0));
    Ok(found?.unwrap_or(0))
}

/// A stretch of records by their ids, which are in the order of time: from the one `until`, without it, down to the one
/// `since`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The lowest id.
    pub since: String,
    /// The id that ends it.
    pub until: String,
}

/// The lowest id that a request of this instant can have: ids begin with the time (RFC 9562 §5.7).
pub fn first_id(at: i64) -> String {
    let millis = u64::try_from(at / 1000).unwrap_or_default();
    format!("{:08x}-{:04x}-", millis >> 16, millis & 0xffff)
}

/// The records of a stretch, newest first.
pub fn window(
    tx: &mut Tx<'_>,
    scope: Scope,
    stretch: &Stretch,
    failed: bool,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    let statement = if failed { FAILED } else { WINDOW };
    let (since, until) = (&stretch.since, &stretch.until);
    tx.query(statement, params![scope.tenant.0, scope.connection, until, since, limit], requests::read)
}

/// The records after an id, oldest first.
pub fn after(tx: &mut Tx<'_>, scope: Scope, id: &str, limit: i64) -> Result<Vec<Record>, StoreError> {
    tx.query(AFTER, params![scope.tenant.0, scope.connection, id, limit], requests::read)
}

/// How many users that a connection owns have which status.
pub fn statuses(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<(String, i64)>, StoreError> {
    tx.query(STATUSES, params![scope.tenant.0, scope.connection], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// How many users of a connection lack an e-mail address, a given or a family name.
pub fn incomplete(tx: &mut Tx<'_>, scope: Scope) -> Result<i64, StoreError> {
    let found = tx.query_optional(INCOMPLETE, params![scope.tenant.0, scope.connection], |row| row.int(0));
    Ok(found?.unwrap_or(0))
}

/// Groups that stand for nothing, and of which nobody has said so: id and name.
pub fn unmapped(tx: &mut Tx<'_>, scope: Scope, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
    tx.query(UNMAPPED, params![scope.tenant.0, scope.connection, limit], |row| {
        Ok((row.text(0)?, row.text(1)?))
    })
}
