//! Identities: which account at a provider is whose here. An account is known by issuer and subject, and by nothing else.

use crate::StoreError;
use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;

/// An account at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The id here.
    pub id: String,
    /// Who says so.
    pub issuer: String,
    /// Whom they name.
    pub subject: String,
    /// Whose it is.
    pub administrator: String,
    /// What the provider called the account when it was linked, to recognise it by.
    pub told: Option<String>,
    /// Since when.
    pub created_at: i64,
    /// When the person last signed in with it.
    pub last_used_at: Option<i64>,
}

statements! {
    INSERT = "insert into administrator_identities (issuer, subject, id, administrator_id, told, created_at)
        values ($1, $2, $3, $4, $5, $6)";
    BY_SUBJECT = "select id, issuer, subject, administrator_id, told, created_at, last_used_at from administrator_identities
        where issuer = $1 and subject = $2";
    OF_ADMINISTRATOR = "select id, issuer, subject, administrator_id, told, created_at, last_used_at
        from administrator_identities where administrator_id = $1 order by id";
    COUNT_OF_ISSUER = "select count(*) from administrator_identities where issuer = $1";
    USED = "update administrator_identities set last_used_at = $1 where issuer = $2 and subject = $3";
    DELETE = "delete from administrator_identities where administrator_id = $1 and id = $2";
    DELETE_OF_ISSUER = "delete from administrator_identities where issuer = $1";
}

fn read(row: &Row<'_>) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: row.text(0)?,
        issuer: row.text(1)?,
        subject: row.text(2)?,
        administrator: row.text(3)?,
        told: row.optional_text(4)?,
        created_at: row.int(5)?,
        last_used_at: row.optional_int(6)?,
    })
}

/// Says whose an account is. Its primary key refuses one that is somebody's.
pub fn insert(tx: &mut Tx<'_>, identity: &Identity) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            &identity.issuer,
            &identity.subject,
            &identity.id,
            &identity.administrator,
            identity.told.as_deref(),
            identity.created_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The account that an issuer calls so.
pub fn by_subject(tx: &mut Tx<'_>, issuer: &str, subject: &str) -> Result<Option<Identity>, StoreError> {
    tx.query_optional(BY_SUBJECT, params![issuer, subject], read)
}

/// The accounts of a person, oldest first.
pub fn of_administrator(tx: &mut Tx<'_>, administrator: &str) -> Result<Vec<Identity>, StoreError> {
    tx.query(OF_ADMINISTRATOR, params![administrator], read)
}

/// How many accounts of an issuer are somebody's here.
pub fn count_of_issuer(tx: &mut Tx<'_>, issuer: &str) -> Result<i64, StoreError> {
    Ok(tx.query_optional(COUNT_OF_ISSUER, params![issuer], |row| row.int(0))?.unwrap_or_default())
}

/// Writes down that somebody signed in with an account.
pub fn used(tx: &mut Tx<'_>, identity: &Identity, at: i64) -> Result<Unrecorded, StoreError> {
    tx.execute(USED, params![at, &identity.issuer, &identity.subject])?;
    Ok(Unrecorded::new())
}

/// Makes an account nobody's, if it is the person's; `None` if they have none of that id.
pub fn delete(tx: &mut Tx<'_>, administrator: &str, id: &str) -> Result<Option<Unrecorded>, StoreError> {
    Ok((tx.execute(DELETE, params![administrator, id])? > 0).then(Unrecorded::new))
}

/// Makes every account of an issuer nobody's.
pub fn delete_of_issuer(tx: &mut Tx<'_>, issuer: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_OF_ISSUER, params![issuer])?;
    Ok(Unrecorded::new())
}
