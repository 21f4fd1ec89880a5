//! Tickets: what opens one thing once. Only the SHA-256 digest of a ticket's secret is ever here.

use crate::StoreError;
use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// SHA-256 of the secret, in hexadecimal digits.
    pub digest: String,
    /// What it opens.
    pub kind: String,
    /// Whom it is for; none before there is anybody.
    pub administrator: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
    /// From when on it opens nothing.
    pub expires_at: i64,
}

statements! {
    INSERT = "insert into tickets (digest, kind, administrator_id, created_at, created_by, expires_at)
        values ($1, $2, $3, $4, $5, $6)";
    BY_DIGEST = "select digest, kind, administrator_id, created_at, created_by, expires_at from tickets
        where digest = $1";
    OF_ADMINISTRATOR = "select digest, kind, administrator_id, created_at, created_by, expires_at from tickets
        where administrator_id = $1 order by created_at";
    DELETE = "delete from tickets where digest = $1";
    DELETE_OF = "delete from tickets where administrator_id = $1";
    DELETE_KIND = "delete from tickets where kind = $1";
    DELETE_EXPIRED = "delete from tickets where expires_at <= $1";
}

fn read(row: &Row<'_>) -> Result<Ticket, StoreError> {
    Ok(Ticket {
        digest: row.text(0)?,
        kind: row.text(1)?,
        administrator: row.optional_text(2)?,
        created_at: row.int(3)?,
        created_by: row.text(4)?,
        expires_at: row.int(5)?,
    })
}

/// Adds a ticket, and forgets those that open nothing any more.
pub fn insert(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_EXPIRED, params![ticket.created_at])?;
    tx.execute(
        INSERT,
        params![
            &ticket.digest,
            &ticket.kind,
            ticket.administrator.as_deref(),
            ticket.created_at,
            &ticket.created_by,
            ticket.expires_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// The ticket of a digest, expired or not.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Ticket>, StoreError> {
    tx.query_optional(BY_DIGEST, params![digest], read)
}

/// The tickets of a person, oldest first.
pub fn of_administrator(tx: &mut Tx<'_>, administrator: &str) -> Result<Vec<Ticket>, StoreError> {
    tx.query(OF_ADMINISTRATOR, params![administrator], read)
}

/// Ends a ticket.
pub fn delete(tx: &mut Tx<'_>, digest: &str) -> Result<(), StoreError> {
    tx.execute(DELETE, params![digest])?;
    Ok(())
}

/// Ends every ticket of a person.
pub fn delete_of(tx: &mut Tx<'_>, administrator: &str) -> Result<(), StoreError> {
    tx.execute(DELETE_OF, params![administrator])?;
    Ok(())
}

/// Ends every ticket of a kind.
pub fn delete_kind(tx: &mut Tx<'_>, kind: &str) -> Result<(), StoreError> {
    tx.execute(DELETE_KIND, params![kind])?;
    Ok(())
}
