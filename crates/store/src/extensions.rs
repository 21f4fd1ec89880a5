//! Extensions: a tenant's own schemas for its users.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};

/// A schema of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The URN.
    pub id: String,
    /// The Schema resource as JSON.
    pub document: String,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

statements! {
    PUT = "insert into extensions (tenant_id, id_key, id, document, created_at, modified_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id, id_key) do update set document = excluded.document, modified_at = excluded.modified_at";
    DELETE = "delete from extensions where tenant_id = $1 and id_key = $2";
    OF_TENANT = "select id, document, created_at, modified_at from extensions where tenant_id = $1 order by id_key";
    RESHAPE = "update connections set version = version + 1 where tenant_id = $1";
}

fn read(row: &Row<'_>) -> Result<Extension, StoreError> {
    Ok(Extension {
        id: row.text(0)?,
        document: row.text(1)?,
        created_at: row.int(2)?,
        modified_at: row.int(3)?,
    })
}

/// Adds a schema, or writes one anew. Every connection of the tenant gets a new version: what its resources may hold
/// has changed.
pub fn put(tx: &mut Tx<'_>, tenant: TenantId, extension: &Extension) -> Result<Unrecorded, StoreError> {
    tx.execute(
        PUT,
        params![
            tenant.0,
            &extension.id.to_ascii_lowercase(),
            &extension.id,
            &extension.document,
            extension.created_at,
            extension.modified_at,
        ],
    )?;
    tx.execute(RESHAPE, params![tenant.0])?;
    Ok(Unrecorded::new())
}

/// Takes a schema away. Every connection of the tenant gets a new version.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![tenant.0, &id.to_ascii_lowercase()])?;
    tx.execute(RESHAPE, params![tenant.0])?;
    Ok(Unrecorded::new())
}

/// The schemas of a tenant.
pub fn of_tenant(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Extension>, StoreError> {
    tx.query(OF_TENANT, params![tenant.0], read)
}
