//! Mappings: which organization and role a group stands for.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError};

/// What a group stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The group's SCIM id.
    pub group_id: String,
    /// The organization.
    pub organization: String,
    /// The role there.
    pub role: String,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// `made` (the organization was made for the group), `matched` (found by the group's name) or `hand`.
    pub origin: String,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// When it was made.
    pub created_at: i64,
}

statements! {
    INSERT = "insert into mappings (tenant_id, connection_id, group_id, organization_id, role_id, inherit, origin,
        paused, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    DELETE_OF_GROUP = "delete from mappings where tenant_id = $1 and connection_id = $2 and group_id = $3";
    OF_GROUP = "select group_id, organization_id, role_id, inherit, origin, paused, created_at
        from mappings where tenant_id = $1 and connection_id = $2 and group_id = $3 order by organization_id, role_id";
    OF_CONNECTION = "select group_id, organization_id, role_id, inherit, origin, paused, created_at
        from mappings where tenant_id = $1 and connection_id = $2 order by group_id, organization_id, role_id";
    OTHERS = "select 1 from mappings where tenant_id = $1 and organization_id = $2
        and not (connection_id = $3 and group_id = $4) limit 1";
    USES = "select 1 from mappings where tenant_id = $1 and organization_id = $2 limit 1";
}

fn read(row: &Row<'_>) -> Result<Mapping, StoreError> {
    Ok(Mapping {
        group_id: row.text(0)?,
        organization: row.text(1)?,
        role: row.text(2)?,
        inherit: row.boolean(3)?,
        origin: row.text(4)?,
        paused: row.boolean(5)?,
        created_at: row.int(6)?,
    })
}

/// Adds a mapping.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, mapping: &Mapping) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            scope.tenant.0,
            scope.connection,
            &mapping.group_id,
            &mapping.organization,
            &mapping.role,
            mapping.inherit,
            &mapping.origin,
            mapping.paused,
            mapping.created_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes the mappings of a group away.
pub fn delete_of_group(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_OF_GROUP, params![scope.tenant.0, scope.connection, group_id])?;
    Ok(Unrecorded::new())
}

/// The mappings of a group.
pub fn of_group(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Vec<Mapping>, StoreError> {
    tx.query(OF_GROUP, params![scope.tenant.0, scope.connection, group_id], read)
}

/// The mappings of a connection.
pub fn of_connection(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Mapping>, StoreError> {
    tx.query(OF_CONNECTION, params![scope.tenant.0, scope.connection], read)
}

/// Whether a mapping of another group leads to an organization.
pub fn others_lead_to(
    tx: &mut Tx<'_>,
    scope: Scope,
    group_id: &str,
    organization: &str,
) -> Result<bool, StoreError> {
    let params = params![scope.tenant.0, organization, scope.connection, group_id];
    Ok(tx.query_optional(OTHERS, params, |row| row.int(0))?.is_some())
}

/// Whether any mapping of the tenant leads to an organization.
pub fn leads_to(tx: &mut Tx<'_>, scope: Scope, organization: &str) -> Result<bool, StoreError> {
    Ok(tx.query_optional(USES, params![scope.tenant.0, organization], |row| row.int(0))?.is_some())
}
