//! Attempts to sign in: how often somebody tried since when. Who "somebody" is, an address or an account, is for the
//! rules to say.

use crate::StoreError;
use crate::engine::{Tx, params, statements};
use crate::events::Unrecorded;

statements! {
    OF = "select taken, since from sign_in_attempts where subject = $1";
    SET = "insert into sign_in_attempts (subject, taken, since) values ($1, $2, $3)
        on conflict (subject) do update set taken = excluded.taken, since = excluded.since";
    FAIL = "update sign_in_attempts set failed_at = $1 where subject = $2";
    DELETE = "delete from sign_in_attempts where subject = $1";
    DELETE_BEFORE = "delete from sign_in_attempts where since <= $1";
}

/// How many attempts of a subject are counted, and since when.
pub fn of(tx: &mut Tx<'_>, subject: &str) -> Result<Option<(i64, i64)>, StoreError> {
    tx.query_optional(OF, params![subject], |row| Ok((row.int(0)?, row.int(1)?)))
}

/// Counts so many attempts of a subject since then.
pub fn set(tx: &mut Tx<'_>, subject: &str, taken: i64, since: i64) -> Result<(), StoreError> {
    tx.execute(SET, params![subject, taken, since])?;
    Ok(())
}

/// Writes down that an attempt failed.
pub fn fail(tx: &mut Tx<'_>, subject: &str, at: i64) -> Result<Unrecorded, StoreError> {
    tx.execute(FAIL, params![at, subject])?;
    Ok(Unrecorded::new())
}

/// Forgets the attempts of a subject.
pub fn delete(tx: &mut Tx<'_>, subject: &str) -> Result<(), StoreError> {
    tx.execute(DELETE, params![subject])?;
    Ok(())
}

/// Forgets every attempt whose count began before.
pub fn delete_before(tx: &mut Tx<'_>, since: i64) -> Result<(), StoreError> {
    tx.execute(DELETE_BEFORE, params![since])?;
    Ok(())
}
