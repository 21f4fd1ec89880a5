//! Organizations: the nodes of a tenant's tree.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};
use scim::fold::fold;

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The id.
    pub id: String,
    /// The organization above; `None` for the root.
    pub parent: Option<String>,
    /// The name.
    pub name: String,
    /// The name in a form for addresses; unique among those not archived.
    pub slug: String,
    /// `company`, `division`, `department` or `team`.
    pub kind: String,
    /// `root`, `mapping` (made for a group) or `hand`.
    pub origin: String,
    /// When it was archived.
    pub archived_at: Option<i64>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

statements! {
    INSERT = "insert into organizations (tenant_id, id, parent_id, name, name_key, slug, kind, origin, archived_at,
        version, created_at, modified_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    UPDATE = "update organizations set parent_id = $1, name = $2, name_key = $3, slug = $4, kind = $5,
        archived_at = $6, version = $7, modified_at = $8 where tenant_id = $9 and id = $10";
    BY_ID = "select id, parent_id, name, slug, kind, origin, archived_at, version, created_at, modified_at
        from organizations where tenant_id = $1 and id = $2";
    BY_NAME = "select id, parent_id, name, slug, kind, origin, archived_at, version, created_at, modified_at
        from organizations where tenant_id = $1 and name_key = $2 and archived_at is null order by id";
    BY_SLUG = "select id, parent_id, name, slug, kind, origin, archived_at, version, created_at, modified_at
        from organizations where tenant_id = $1 and slug = $2 and archived_at is null";
    ALL = "select id, parent_id, name, slug, kind, origin, archived_at, version, created_at, modified_at
        from organizations where tenant_id = $1 order by id";
    PAGE = "select id, parent_id, name, slug, kind, origin, archived_at, version, created_at, modified_at
        from organizations where tenant_id = $1 and id > $2 order by id limit $3";
    DELETE = "delete from organizations where tenant_id = $1 and id = $2";
    HAS_CHILDREN = "select 1 from organizations
        where tenant_id = $1 and parent_id = $2 and archived_at is null limit 1";
}

fn read(row: &Row<'_>) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: row.text(0)?,
        parent: row.optional_text(1)?,
        name: row.text(2)?,
        slug: row.text(3)?,
        kind: row.text(4)?,
        origin: row.text(5)?,
        archived_at: row.optional_int(6)?,
        version: row.int(7)?,
        created_at: row.int(8)?,
        modified_at: row.int(9)?,
    })
}

/// Adds an organization. The constraint `organizations_slug` refuses a slug that is taken.
pub fn insert(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &Organization,
) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            tenant.0,
            &organization.id,
            organization.parent.as_ref(),
            &organization.name,
            &fold(&organization.name),
            &organization.slug,
            &organization.kind,
            &organization.origin,
            organization.archived_at,
            organization.version,
            organization.created_at,
            organization.modified_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes a changed organization. The constraint `organizations_slug` refuses a slug that is taken.
pub fn update(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &Organization,
) -> Result<Unrecorded, StoreError> {
    tx.execute(
        UPDATE,
        params![
            organization.parent.as_ref(),
            &organization.name,
            &fold(&organization.name),
            &organization.slug,
            &organization.kind,
            organization.archived_at,
            organization.version,
            organization.modified_at,
            tenant.0,
            &organization.id,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a row away: of an organization that only a test ever had.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![tenant.0, id])?;
    Ok(Unrecorded::new())
}

/// The organization of an id, archived or not.
pub fn by_id(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<Organization>, StoreError> {
    tx.query_optional(BY_ID, params![tenant.0, id], read)
}

/// The organizations of a name, without regard to case, the oldest first; none that is archived.
pub fn by_name(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Vec<Organization>, StoreError> {
    tx.query(BY_NAME, params![tenant.0, &fold(name)], read)
}

/// The organization of a slug; none that is archived.
pub fn by_slug(tx: &mut Tx<'_>, tenant: TenantId, slug: &str) -> Result<Option<Organization>, StoreError> {
    tx.query_optional(BY_SLUG, params![tenant.0, slug], read)
}

/// Every organization, archived ones included, the oldest first.
pub fn all(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Organization>, StoreError> {
    tx.query(ALL, params![tenant.0], read)
}

/// Organizations after an id, archived ones included, the oldest first.
pub fn page(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    after: &str,
    limit: i64,
) -> Result<Vec<Organization>, StoreError> {
    tx.query(PAGE, params![tenant.0, after, limit], read)
}

/// Whether organizations stand below it.
pub fn has_children(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<bool, StoreError> {
    Ok(tx.query_optional(HAS_CHILDREN, params![tenant.0, id], |row| row.int(0))?.is_some())
}
