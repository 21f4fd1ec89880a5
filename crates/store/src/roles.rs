//! Roles: named sets of permissions with a priority.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};
use scim::fold::fold;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The higher, the stronger.
    pub priority: i64,
    /// The permissions.
    pub permissions: Vec<String>,
    /// Whether it came with the product.
    pub built_in: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
}

statements! {
    INSERT = "insert into roles (tenant_id, id, name, name_key, priority, permissions, built_in, created_at, version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    UPDATE = "update roles set name = $1, name_key = $2, priority = $3, permissions = $4, version = $5
        where tenant_id = $6 and id = $7";
    DELETE = "delete from roles where tenant_id = $1 and id = $2";
    BY_ID = "select id, name, priority, permissions, built_in, created_at, version
        from roles where tenant_id = $1 and id = $2";
    BY_NAME = "select id, name, priority, permissions, built_in, created_at, version
        from roles where tenant_id = $1 and name_key = $2";
    ALL = "select id, name, priority, permissions, built_in, created_at, version
        from roles where tenant_id = $1 order by priority desc, name_key";
}

fn read(row: &Row<'_>) -> Result<Role, StoreError> {
    Ok(Role {
        id: row.text(0)?,
        name: row.text(1)?,
        priority: row.int(2)?,
        permissions: row.json(3)?,
        built_in: row.boolean(4)?,
        created_at: row.int(5)?,
        version: row.int(6)?,
    })
}

/// Adds a role. The constraint `roles_name_key` refuses a name that is taken.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, role: &Role) -> Result<Unrecorded, StoreError> {
    let permissions = serde_json::to_string(&role.permissions).unwrap_or_default();
    tx.execute(
        INSERT,
        params![
            tenant.0,
            &role.id,
            &role.name,
            &fold(&role.name),
            role.priority,
            &permissions,
            role.built_in,
            role.created_at,
            role.version,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes a changed role. The constraint `roles_name_key` refuses a name that is taken.
pub fn update(tx: &mut Tx<'_>, tenant: TenantId, role: &Role) -> Result<Unrecorded, StoreError> {
    let permissions = serde_json::to_string(&role.permissions).unwrap_or_default();
    let key = fold(&role.name);
    tx.execute(
        UPDATE,
        params![&role.name, &key, role.priority, &permissions, role.version, tenant.0, &role.id],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a role away.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![tenant.0, id])?;
    Ok(Unrecorded::new())
}

/// The role of an id.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<Role>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0, id], read)
}

/// The role of a name, without regard to case.
pub fn by_name(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Option<Role>, StoreError> {
    tx.query_optional(BY_NAME, params![tenant.0, &fold(name)], read)
}

/// Every role, the strongest first.
pub fn all(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Role>, StoreError> {
    tx.query(ALL, params![tenant.0], read)
}
