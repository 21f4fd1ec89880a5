//! Tenants: closed worlds. A tenant's number is given here and leads every other key.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The number.
    pub tenant: TenantId,
    /// The name.
    pub name: String,
    /// The root of its organization tree.
    pub root_organization: String,
    /// The organization every user becomes a member of.
    pub default_organization: String,
    /// With this role.
    pub default_role: String,
    /// The number of its newest event.
    pub last_event: i64,
    /// When it was made.
    pub created_at: i64,
    /// How many days events are kept; `None` for good.
    pub keep_events: Option<i64>,
    /// How many days records of requests are kept; `None` for good.
    pub keep_records: Option<i64>,
    /// The number of the oldest event there is, or of the next one.
    pub first_event: i64,
    /// Events before this instant have gone; 0 if none has.
    pub events_since: i64,
}

statements! {
    NEXT = "select coalesce(max(tenant_id), 0) + 1 from tenants";
    INSERT = "insert into tenants (tenant_id, name, name_key, root_organization_id, default_organization_id,
        default_role_id, last_event, created_at, keep_events, keep_records, first_event, events_since)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    SET_KEPT = "update tenants set keep_events = $1, keep_records = $2 where tenant_id = $3";
    SET_DEFAULT = "update tenants set default_organization_id = $1, default_role_id = $2 where tenant_id = $3";
    BY_NAME = "select tenant_id, name, root_organization_id, default_organization_id, default_role_id, last_event,
        created_at, keep_events, keep_records, first_event, events_since from tenants where name_key = $1";
    BY_ID = "select tenant_id, name, root_organization_id, default_organization_id, default_role_id, last_event,
        created_at, keep_events, keep_records, first_event, events_since from tenants where tenant_id = $1";
    ALL = "select tenant_id, name, root_organization_id, default_organization_id, default_role_id, last_event,
        created_at, keep_events, keep_records, first_event, events_since from tenants order by tenant_id";
    INSTALLATION = "select value from installation where name = $1";
    SET_INSTALLATION = "insert into installation (name, value) values ($1, $2)
        on conflict (name) do update set value = excluded.value";
}

fn read(row: &Row<'_>) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        tenant: TenantId(row.int(0)?),
        name: row.text(1)?,
        root_organization: row.text(2)?,
        default_organization: row.text(3)?,
        default_role: row.text(4)?,
        last_event: row.int(5)?,
        created_at: row.int(6)?,
        keep_events: row.optional_int(7)?,
        keep_records: row.optional_int(8)?,
        first_event: row.int(9)?,
        events_since: row.int(10)?,
    })
}

/// The number the next tenant gets.
pub fn next_number(tx: &mut Tx<'_>) -> Result<TenantId, StoreError> {
    let next = tx.query_optional(NEXT, &[], |row| row.int(0))?;
    Ok(TenantId(next.unwrap_or(1)))
}

/// Adds a tenant. The constraint `tenants_name_key` refuses a name that is taken.
pub fn insert(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Unrecorded, StoreError> {
    let key = scim::fold::fold(&tenant.name);
    tx.execute(
        INSERT,
        params![
            tenant.tenant.0,
            &tenant.name,
            &key,
            &tenant.root_organization,
            &tenant.default_organization,
            &tenant.default_role,
            tenant.last_event,
            tenant.created_at,
            tenant.keep_events,
            tenant.keep_records,
            tenant.first_event,
            tenant.events_since,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Sets which organization and role every user gets.
pub fn set_default(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &str,
    role: &str,
) -> Result<Unrecorded, StoreError> {
    tx.execute(SET_DEFAULT, params![organization, role, tenant.0])?;
    Ok(Unrecorded::new())
}

/// Sets how many days events and records are kept.
pub fn set_kept(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    events: Option<i64>,
    records: Option<i64>,
) -> Result<Unrecorded, StoreError> {
    tx.execute(SET_KEPT, params![events, records, tenant.0])?;
    Ok(Unrecorded::new())
}

/// The tenant of a name, in any letter case.
pub fn by_name(tx: &mut Tx<'_>, name: &str) -> Result<Option<Tenant>, StoreError> {
    tx.query_optional(BY_NAME, params![&scim::fold::fold(name)], read)
}

/// The tenant of a number.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0], read)
}

/// Every tenant, oldest first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Tenant>, StoreError> {
    tx.query(ALL, &[], read)
}

/// A value that belongs to the installation and to no tenant, such as its public URL.
pub fn installation(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    tx.query_optional(INSTALLATION, params![name], |row| row.text(0))
}

/// Sets a value of the installation.
pub fn set_installation(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(SET_INSTALLATION, params![name, value])?;
    Ok(())
}
