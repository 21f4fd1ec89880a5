//! Second factors: the authenticator app of a person, and the codes that stand in for it once each.

use crate::StoreError;
use crate::engine::{Tx, params, statements};
use crate::events::Unrecorded;

/// An authenticator app.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Its secret, in base 32.
    pub secret: String,
    /// The time step of the last code that was taken.
    pub last_step: i64,
    /// Since when.
    pub created_at: i64,
}

statements! {
    OF = "select secret, last_step, created_at from second_factors where administrator_id = $1";
    SET = "insert into second_factors (administrator_id, secret, last_step, created_at) values ($1, $2, $3, $4)
        on conflict (administrator_id) do update set secret = excluded.secret, last_step = excluded.last_step,
        created_at = excluded.created_at";
    STEP = "update second_factors set last_step = $1 where administrator_id = $2 and last_step < $3";
    DELETE = "delete from second_factors where administrator_id = $1";
    CODES = "select count(*) from recovery_codes where administrator_id = $1";
    ADD_CODE = "insert into recovery_codes (administrator_id, digest) values ($1, $2)";
    TAKE_CODE = "delete from recovery_codes where administrator_id = $1 and digest = $2";
    DELETE_CODES = "delete from recovery_codes where administrator_id = $1";
}

/// The second factor of a person.
pub fn of(tx: &mut Tx<'_>, administrator: &str) -> Result<Option<SecondFactor>, StoreError> {
    tx.query_optional(OF, params![administrator], |row| {
        Ok(SecondFactor { secret: row.text(0)?, last_step: row.int(1)?, created_at: row.int(2)? })
    })
}

/// Sets the second factor of a person, in place of any before.
pub fn set(tx: &mut Tx<'_>, administrator: &str, factor: &SecondFactor) -> Result<Unrecorded, StoreError> {
    tx.execute(SET, params![administrator, &factor.secret, factor.last_step, factor.created_at])?;
    Ok(Unrecorded::new())
}

/// Takes the code of a time step; `false` if that step or a later one was taken already.
pub fn take_step(tx: &mut Tx<'_>, administrator: &str, step: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(STEP, params![step, administrator, step])? > 0)
}

/// Takes the second factor and its codes away.
pub fn delete(tx: &mut Tx<'_>, administrator: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![administrator])?;
    tx.execute(DELETE_CODES, params![administrator])?;
    Ok(Unrecorded::new())
}

/// How many recovery codes a person has left.
pub fn count_codes(tx: &mut Tx<'_>, administrator: &str) -> Result<i64, StoreError> {
    Ok(tx.query_optional(CODES, params![administrator], |row| row.int(0))?.unwrap_or_default())
}

/// Sets a person's recovery codes, in place of any before.
pub fn set_codes(tx: &mut Tx<'_>, administrator: &str, digests: &[String]) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_CODES, params![administrator])?;
    for digest in digests {
        tx.execute(ADD_CODE, params![administrator, digest])?;
    }
    Ok(Unrecorded::new())
}

/// Takes a recovery code; `false` if there is none of that digest.
pub fn take_code(tx: &mut Tx<'_>, administrator: &str, digest: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(TAKE_CODE, params![administrator, digest])? > 0)
}
