//! Replays: requests that a client may send twice, each with the answer that the second gets.
//!
//! A request is claimed under its name before it is carried out, marked in the transaction of its change, and given
//! its answer after. No change that the journal tells of: the journal tells of what the request did.

use crate::engine::{Row, Tx, params, statements};
use crate::{StoreError, TenantId};

/// Whose request it is: the tenant of the key, and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The tenant of the key.
    pub tenant: TenantId,
    /// The key's id.
    pub key: String,
}

/// A request that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// What the request asks, as a digest.
    pub fingerprint: String,
    /// The request that was the first of its name.
    pub request_id: String,
    /// When it came.
    pub at: i64,
    /// Whether its change was made.
    pub carried: bool,
    /// The answer, once there is one.
    pub answer: Option<String>,
}

statements! {
    CLAIM = "insert into replays (tenant_id, key_id, name, fingerprint, request_id, at, carried)
        values ($1, $2, $3, $4, $5, $6, 0)";
    OF_NAME = "select fingerprint, request_id, at, carried, answer from replays
        where tenant_id = $1 and key_id = $2 and name = $3";
    CARRY = "update replays set carried = 1 where tenant_id = $1 and key_id = $2 and name = $3 and request_id = $4
        and carried = 0";
    ANSWER = "update replays set answer = $1 where tenant_id = $2 and key_id = $3 and name = $4 and request_id = $5";
    ANSWERS = "select key_id, name, answer from replays where tenant_id = $1 and answer is not null
        order by key_id, name";
    DROP_ANSWER = "update replays set answer = null where tenant_id = $1 and key_id = $2 and name = $3";
    RELEASE = "delete from replays where tenant_id = $1 and key_id = $2 and name = $3 and request_id = $4
        and carried = 0";
    FORGET = "delete from replays where tenant_id = $1 and key_id = $2 and name = $3";
    FORGET_OLD = "delete from replays where tenant_id = $1 and key_id = $2 and at < $3";
}

fn read(row: &Row<'_>) -> Result<Replay, StoreError> {
    Ok(Replay {
        fingerprint: row.text(0)?,
        request_id: row.text(1)?,
        at: row.int(2)?,
        carried: row.boolean(3)?,
        answer: row.optional_text(4)?,
    })
}

/// Claims a name for a request.
pub fn claim(tx: &mut Tx<'_>, owner: &Owner, name: &str, replay: &Replay) -> Result<(), StoreError> {
    let Replay { fingerprint, request_id, at, .. } = replay;
    tx.execute(CLAIM, params![owner.tenant.0, &owner.key, name, fingerprint, request_id, *at])?;
    Ok(())
}

/// The request that has a name.
pub fn of_name(tx: &mut Tx<'_>, owner: &Owner, name: &str) -> Result<Option<Replay>, StoreError> {
    tx.query_optional(OF_NAME, params![owner.tenant.0, &owner.key, name], read)
}

/// Marks a request as carried out, within the transaction of its change. False if the name is not the request's any
/// more, or was carried out before: then the change must not be made.
pub fn carry(tx: &mut Tx<'_>, owner: &Owner, name: &str, request_id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(CARRY, params![owner.tenant.0, &owner.key, name, request_id])? == 1)
}

/// Gives a request its answer.
pub fn answer(
    tx: &mut Tx<'_>,
    owner: &Owner,
    name: &str,
    request_id: &str,
    answer: &str,
) -> Result<(), StoreError> {
    tx.execute(ANSWER, params![answer, owner.tenant.0, &owner.key, name, request_id])?;
    Ok(())
}

/// Gives the name of a request back that changed nothing.
pub fn release(tx: &mut Tx<'_>, owner: &Owner, name: &str, request_id: &str) -> Result<(), StoreError> {
    tx.execute(RELEASE, params![owner.tenant.0, &owner.key, name, request_id])?;
    Ok(())
}

/// Forgets the request of a name.
pub fn forget(tx: &mut Tx<'_>, owner: &Owner, name: &str) -> Result<(), StoreError> {
    tx.execute(FORGET, params![owner.tenant.0, &owner.key, name])?;
    Ok(())
}

/// Forgets the key's requests that came before an instant.
pub fn forget_before(tx: &mut Tx<'_>, owner: &Owner, before: i64) -> Result<(), StoreError> {
    tx.execute(FORGET_OLD, params![owner.tenant.0, &owner.key, before])?;
    Ok(())
}

/// The answers that are given again to keys of a tenant: key, name, answer. There are those of a day.
pub fn answers(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(String, String, String)>, StoreError> {
    tx.query(ANSWERS, params![tenant.0], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?)))
}

/// Forgets an answer, and not that the request was carried out.
pub fn drop_answer(tx: &mut Tx<'_>, owner: &Owner, name: &str) -> Result<(), StoreError> {
    tx.execute(DROP_ANSWER, params![owner.tenant.0, &owner.key, name])?;
    Ok(())
}
