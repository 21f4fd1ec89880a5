//! Records: what every SCIM request asked, how it was read, what it changed and what was answered.

use crate::engine::{Row, Tx, params, statements};
use crate::{Scope, StoreError};
use serde_json::Value;

/// A request's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Tenant and connection.
    pub scope: Scope,
    /// The request id.
    pub id: String,
    /// When it came in.
    pub at: i64,
    /// How long it took, in microseconds.
    pub duration: i64,
    /// The HTTP method.
    pub method: String,
    /// The path below the connection's base URL.
    pub path: String,
    /// The query as it was sent.
    pub query: Option<String>,
    /// The HTTP status of the answer.
    pub status: i64,
    /// The token; `None` if none was accepted.
    pub token_id: Option<String>,
    /// Who sent it, where that is more than a token: `client:` and its id, or `entra:` and the application's id.
    pub caller: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// What it changed, in words.
    pub changes: Option<Value>,
    /// How it was read: corrected habits, ignored parts.
    pub notes: Option<Value>,
    /// The sentence of the error.
    pub error: Option<String>,
    /// The body, redacted, up to a limit.
    pub request_body: Option<String>,
    /// The answer's body, redacted, up to a limit.
    pub response_body: Option<String>,
}

statements! {
    INSERT = "insert into requests (tenant_id, connection_id, id, at, duration, method, path, query, status, token_id,
        address, user_agent, changes, notes, error, request_body, response_body, caller)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    NEWEST = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 order by id desc limit $3";
    PAGE = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 and id < $3 and status >= $4 and status <= $5
        and (method = $6 or $7 = '') order by id desc limit $8";
    AFTER = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 and id > $3 order by id limit $4";
    OLDEST = "select id, at from requests where tenant_id = $1 and connection_id = $2 order by id limit $3";
    DELETE_UNTIL = "delete from requests where tenant_id = $1 and connection_id = $2 and id <= $3";
    REWRITE = "update requests set path = $1, query = $2, changes = $3, notes = $4, error = $5, request_body = $6,
        response_body = $7 where tenant_id = $8 and connection_id = $9 and id = $10";
    BY_ID = "select tenant_id, connection_id, id, at, duration, method, path, query, status, token_id, address,
        user_agent, changes, notes, error, request_body, response_body, caller
        from requests where tenant_id = $1 and connection_id = $2 and id = $3";
    NOTES = "select at, notes from requests where tenant_id = $1 and connection_id = $2 order by id desc limit $3";
    COUNT = "select count(*) from requests where tenant_id = $1 and connection_id = $2";
}

pub(crate) fn read(row: &Row<'_>) -> Result<Record, StoreError> {
    Ok(Record {
        scope: Scope { tenant: crate::TenantId(row.int(0)?), connection: row.int(1)? },
        id: row.text(2)?,
        at: row.int(3)?,
        duration: row.int(4)?,
        method: row.text(5)?,
        path: row.text(6)?,
        query: row.optional_text(7)?,
        status: row.int(8)?,
        token_id: row.optional_text(9)?,
        address: row.optional_text(10)?,
        user_agent: row.optional_text(11)?,
        changes: row.optional_json(12)?,
        notes: row.optional_json(13)?,
        error: row.optional_text(14)?,
        request_body: row.optional_text(15)?,
        response_body: row.optional_text(16)?,
        caller: row.optional_text(17)?,
    })
}

/// Adds a record.
pub fn insert(tx: &mut Tx<'_>, record: &Record) -> Result<(), StoreError> {
    let changes = record.changes.as_ref().map(Value::to_string);
    let notes = record.notes.as_ref().map(Value::to_string);
    tx.post(
        INSERT,
        params![
            record.scope.tenant.0,
            record.scope.connection,
            &record.id,
            record.at,
            record.duration,
            &record.method,
            &record.path,
            record.query.as_ref(),
            record.status,
            record.token_id.as_ref(),
            record.address.as_ref(),
            record.user_agent.as_ref(),
            changes.as_ref(),
            notes.as_ref(),
            record.error.as_ref(),
            record.request_body.as_ref(),
            record.response_body.as_ref(),
            record.caller.as_ref(),
        ],
    )
}

/// The newest records of a connection, newest first.
pub fn newest(tx: &mut Tx<'_>, scope: Scope, limit: i64) -> Result<Vec<Record>, StoreError> {
    tx.query(NEWEST, params![scope.tenant.0, scope.connection, limit], read)
}

/// Hands over what was remarked on each of the newest requests of a connection, with when it came in, newest first.
/// Requests without remarks count towards the limit, so that the read is bounded. Returns how many were looked at.
pub fn remarks(
    tx: &mut Tx<'_>,
    scope: Scope,
    limit: i64,
    mut each: impl FnMut(i64, Value),
) -> Result<i64, StoreError> {
    let mut looked_at = 0;
    tx.for_each(NOTES, params![scope.tenant.0, scope.connection, limit], |row| {
        looked_at += 1;
        if let Some(notes) = row.optional_json(1)? {
            each(row.int(0)?, notes);
        }
        Ok(true)
    })?;
    Ok(looked_at)
}

/// Which records are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The lowest and the highest status; any if none is given.
    pub status: Option<(i64, i64)>,
    /// The method; any if none is given.
    pub method: Option<String>,
}

/// The records before an id that are wanted, newest first.
pub fn page(
    tx: &mut Tx<'_>,
    scope: Scope,
    wanted: &Wanted,
    before: &str,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    let (lowest, highest) = wanted.status.unwrap_or((0, i64::MAX));
    let method = wanted.method.as_deref().unwrap_or_default();
    let (tenant, connection) = (scope.tenant.0, scope.connection);
    tx.query(PAGE, params![tenant, connection, before, lowest, highest, method, method, limit], read)
}

/// The record of a request.
pub fn by_id(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Option<Record>, StoreError> {
    tx.query_optional(BY_ID, params![scope.tenant.0, scope.connection, id], read)
}

/// How many records a connection has.
pub fn count(tx: &mut Tx<'_>, scope: Scope) -> Result<i64, StoreError> {
    Ok(tx.query_optional(COUNT, params![scope.tenant.0, scope.connection], |row| row.int(0))?.unwrap_or(0))
}

/// The records after an id, oldest first.
pub fn after(tx: &mut Tx<'_>, scope: Scope, after: &str, limit: i64) -> Result<Vec<Record>, StoreError> {
    tx.query(AFTER, params![scope.tenant.0, scope.connection, after, limit], read)
}

/// Writes anew what a record tells of a person who was erased. When, from where and with which answer stays.
pub fn rewrite(tx: &mut Tx<'_>, record: &Record) -> Result<(), StoreError> {
    let changes = record.changes.as_ref().map(Value::to_string);
    let notes = record.notes.as_ref().map(Value::to_string);
    tx.execute(
        REWRITE,
        params![
            &record.path,
            record.query.as_ref(),
            changes.as_ref(),
            notes.as_ref(),
            record.error.as_ref(),
            record.request_body.as_ref(),
            record.response_body.as_ref(),
            record.scope.tenant.0,
            record.scope.connection,
            &record.id,
        ],
    )?;
    Ok(())
}

/// The oldest records of a connection: id, and when the request came in.
pub fn oldest(tx: &mut Tx<'_>, scope: Scope, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    tx.query(OLDEST, params![scope.tenant.0, scope.connection, limit], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// Takes away the records up to an id.
pub fn delete_until(tx: &mut Tx<'_>, scope: Scope, last: &str) -> Result<(), StoreError> {
    tx.execute(DELETE_UNTIL, params![scope.tenant.0, scope.connection, last])?;
    Ok(())
}
