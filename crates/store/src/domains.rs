//! Domains of e-mail addresses that a tenant says are its own, and whether it has shown that they are.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The name: ASCII, lower case, without a dot at its end.
    pub name: String,
    /// What the tenant has to publish.
    pub challenge: String,
    /// How it was shown to be the tenant's; `None` until then.
    pub verified: Option<Verified>,
    /// Counts the changes.
    pub version: i64,
    /// When it was added.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

/// How a domain was shown to be the tenant's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// When.
    pub at: i64,
    /// Who asked for it, or attested it.
    pub by: String,
    /// Why an operator attested it; `None` if the challenge was found in the DNS.
    pub reason: Option<String>,
}

statements! {
    INSERT = "insert into domains (tenant_id, name, challenge, verified_at, verified_by, reason, version, created_at,
        modified_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    UPDATE = "update domains set verified_at = $1, verified_by = $2, reason = $3, version = $4, modified_at = $5
        where tenant_id = $6 and name = $7";
    DELETE = "delete from domains where tenant_id = $1 and name = $2";
    BY_NAME = "select name, challenge, verified_at, verified_by, reason, version, created_at, modified_at
        from domains where tenant_id = $1 and name = $2";
    ALL = "select name, challenge, verified_at, verified_by, reason, version, created_at, modified_at
        from domains where tenant_id = $1 order by name";
}

fn read(row: &Row<'_>) -> Result<Domain, StoreError> {
    let verified = match (row.optional_int(2)?, row.optional_text(3)?) {
        (Some(at), Some(by)) => Some(Verified { at, by, reason: row.optional_text(4)? }),
        _ => None,
    };
    Ok(Domain {
        name: row.text(0)?,
        challenge: row.text(1)?,
        verified,
        version: row.int(5)?,
        created_at: row.int(6)?,
        modified_at: row.int(7)?,
    })
}

/// Adds a domain. Its key refuses one that is there.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, domain: &Domain) -> Result<Unrecorded, StoreError> {
    let verified = domain.verified.as_ref();
    tx.execute(
        INSERT,
        params![
            tenant.0,
            &domain.name,
            &domain.challenge,
            verified.map(|verified| verified.at),
            verified.map(|verified| &verified.by),
            verified.and_then(|verified| verified.reason.as_ref()),
            domain.version,
            domain.created_at,
            domain.modified_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes how a domain was shown to be the tenant's.
pub fn update(tx: &mut Tx<'_>, tenant: TenantId, domain: &Domain) -> Result<Unrecorded, StoreError> {
    let verified = domain.verified.as_ref();
    tx.execute(
        UPDATE,
        params![
            verified.map(|verified| verified.at),
            verified.map(|verified| &verified.by),
            verified.and_then(|verified| verified.reason.as_ref()),
            domain.version,
            domain.modified_at,
            tenant.0,
            &domain.name,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a domain away.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![tenant.0, name])?;
    Ok(Unrecorded::new())
}

/// The domain of a name.
pub fn by_name(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Option<Domain>, StoreError> {
    tx.query_optional(BY_NAME, params![tenant.0, name], read)
}

/// The domains of a tenant, by name.
pub fn all(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Domain>, StoreError> {
    tx.query(ALL, params![tenant.0], read)
}
