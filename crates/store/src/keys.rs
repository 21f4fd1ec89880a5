//! API keys: credentials of the admin API. Only the SHA-256 digest of a key is ever here.
//!
//! A key is of one tenant, or of an operator and of none: then its tenant is [`NO_TENANT`].

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};

/// What stands for the tenant of an operator's key.
pub const NO_TENANT: TenantId = TenantId(0);

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The tenant, or [`NO_TENANT`].
    pub tenant: TenantId,
    /// The id.
    pub id: String,
    /// The name a person gave it.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub digest: String,
    /// What it may do, as words with spaces between.
    pub scopes: String,
    /// When it was made.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
    /// From when on it is refused.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// By whom.
    pub revoked_by: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<i64>,
    /// From where.
    pub last_used_address: Option<String>,
}

statements! {
    INSERT = "insert into api_keys (tenant_id, id, name, digest, scopes, created_at, created_by, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    BY_DIGEST = "select tenant_id, id, name, digest, scopes, created_at, created_by, expires_at, revoked_at, revoked_by,
        last_used_at, last_used_address from api_keys where digest = $1";
    BY_ID = "select tenant_id, id, name, digest, scopes, created_at, created_by, expires_at, revoked_at, revoked_by,
        last_used_at, last_used_address from api_keys where tenant_id = $1 and id = $2";
    OF_TENANT = "select tenant_id, id, name, digest, scopes, created_at, created_by, expires_at, revoked_at, revoked_by,
        last_used_at, last_used_address from api_keys where tenant_id = $1 order by id";
    REVOKE = "update api_keys set revoked_at = $1, revoked_by = $2 where tenant_id = $3 and id = $4";
    TOUCH = "update api_keys set last_used_at = $1, last_used_address = $2 where tenant_id = $3 and id = $4";
}

fn read(row: &Row<'_>) -> Result<Key, StoreError> {
    Ok(Key {
        tenant: TenantId(row.int(0)?),
        id: row.text(1)?,
        name: row.text(2)?,
        digest: row.text(3)?,
        scopes: row.text(4)?,
        created_at: row.int(5)?,
        created_by: row.text(6)?,
        expires_at: row.optional_int(7)?,
        revoked_at: row.optional_int(8)?,
        revoked_by: row.optional_text(9)?,
        last_used_at: row.optional_int(10)?,
        last_used_address: row.optional_text(11)?,
    })
}

/// Adds a key.
pub fn insert(tx: &mut Tx<'_>, key: &Key) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            key.tenant.0,
            &key.id,
            &key.name,
            &key.digest,
            &key.scopes,
            key.created_at,
            &key.created_by,
            key.expires_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Ends a key at once.
pub fn revoke(tx: &mut Tx<'_>, key: &Key, at: i64, by: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(REVOKE, params![at, by, key.tenant.0, &key.id])?;
    Ok(Unrecorded::new())
}

/// The key of a digest, whatever its tenant: for the gate.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str) -> Result<Option<Key>, StoreError> {
    tx.query_optional(BY_DIGEST, params![digest], read)
}

/// The key of an id.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<Key>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0, id], read)
}

/// The keys of a tenant, or of operators, oldest first.
pub fn of_tenant(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Key>, StoreError> {
    tx.query(OF_TENANT, params![tenant.0], read)
}

/// Writes down the last use of a key: no change that the journal tells of.
pub fn touch(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    id: &str,
    at: i64,
    address: Option<&str>,
) -> Result<(), StoreError> {
    tx.post(TOUCH, params![at, address, tenant.0, id])?;
    Ok(())
}
