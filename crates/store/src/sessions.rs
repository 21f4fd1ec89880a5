//! Sessions: where people are signed in at the console. Only the SHA-256 digest of a session's secret is ever here.

use crate::StoreError;
use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;

/// A browser in which a person is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the secret in its cookie, in hexadecimal digits.
    pub digest: String,
    /// What a person names it by.
    pub id: String,
    /// Who is signed in.
    pub administrator: String,
    /// What every form of the session sends along.
    pub csrf: String,
    /// Since when.
    pub created_at: i64,
    /// Until when at most.
    pub expires_at: i64,
    /// When it was last used, to the minute.
    pub last_used_at: i64,
    /// From where.
    pub address: Option<String>,
    /// With which browser.
    pub agent: Option<String>,
}

statements! {
    INSERT = "insert into console_sessions (digest, id, administrator_id, csrf, created_at, expires_at, last_used_at, address,
        agent) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    BY_DIGEST = "select digest, id, administrator_id, csrf, created_at, expires_at, last_used_at, address, agent
        from console_sessions where digest = $1";
    OF_ADMINISTRATOR = "select digest, id, administrator_id, csrf, created_at, expires_at, last_used_at, address, agent
        from console_sessions where administrator_id = $1 order by id";
    TOUCH = "update console_sessions set last_used_at = $1, address = $2 where digest = $3";
    RENEW = "update console_sessions set digest = $1, csrf = $2 where digest = $3";
    DELETE = "delete from console_sessions where digest = $1";
    DELETE_ONE = "delete from console_sessions where administrator_id = $1 and id = $2";
    DELETE_OTHERS = "delete from console_sessions where administrator_id = $1 and digest <> $2";
    DELETE_EXPIRED = "delete from console_sessions where expires_at <= $1 or last_used_at <= $2";
}

fn read(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        digest: row.text(0)?,
        id: row.text(1)?,
        administrator: row.text(2)?,
        csrf: row.text(3)?,
        created_at: row.int(4)?,
        expires_at: row.int(5)?,
        last_used_at: row.int(6)?,
        address: row.optional_text(7)?,
        agent: row.optional_text(8)?,
    })
}

/// Adds a session.
pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            &session.digest,
            &session.id,
            &session.administrator,
            &session.csrf,
            session.created_at,
            session.expires_at,
            session.last_used_at,
            session.address.as_deref(),
            session.agent.as_deref(),
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The session of a digest, whether it still holds or not.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Session>, StoreError> {
    tx.query_optional(BY_DIGEST, params![digest], read)
}

/// Where a person is signed in, oldest first.
pub fn of_administrator(tx: &mut Tx<'_>, administrator: &str) -> Result<Vec<Session>, StoreError> {
    tx.query(OF_ADMINISTRATOR, params![administrator], read)
}

/// Writes down the last use of a session.
pub fn touch(tx: &mut Tx<'_>, digest: &str, at: i64, address: Option<&str>) -> Result<(), StoreError> {
    tx.execute(TOUCH, params![at, address, digest])?;
    Ok(())
}

/// Ends a session.
pub fn delete(tx: &mut Tx<'_>, digest: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![digest])?;
    Ok(Unrecorded::new())
}

/// Gives a session another secret and another token for its forms.
pub fn renew(tx: &mut Tx<'_>, digest: &str, new_digest: &str, csrf: &str) -> Result<(), StoreError> {
    tx.execute(RENEW, params![new_digest, csrf, digest])?;
    Ok(())
}

/// Ends the session of that id, if it is the person's; `None` if they have none.
pub fn delete_one(tx: &mut Tx<'_>, administrator: &str, id: &str) -> Result<Option<Unrecorded>, StoreError> {
    Ok((tx.execute(DELETE_ONE, params![administrator, id])? > 0).then(Unrecorded::new))
}

/// Ends every session of a person but the one of that digest; without a digest, all.
pub fn delete_others(
    tx: &mut Tx<'_>,
    administrator: &str,
    kept: Option<&str>,
) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_OTHERS, params![administrator, kept.unwrap_or_default()])?;
    Ok(Unrecorded::new())
}

/// Forgets sessions that ended by their age, or were not used since then.
pub fn delete_expired(tx: &mut Tx<'_>, now: i64, idle_since: i64) -> Result<(), StoreError> {
    tx.execute(DELETE_EXPIRED, params![now, idle_since])?;
    Ok(())
}
