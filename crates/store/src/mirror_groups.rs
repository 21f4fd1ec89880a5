//! The mirror's groups: SCIM Group resources. Members are rows of their own (`members`), never part of the document.

use crate::counts::{self, Kind};
use crate::engine::{Row, Tx, of_scope, params, statements};
use crate::events::Unrecorded;
use crate::mirror_users::{serialized, text};
use crate::{Scope, StoreError};
use scim::Document;
use scim::fold::fold;

/// A Group resource.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorGroup {
    /// The SCIM id.
    pub id: String,
    /// The attributes, without `id`, `meta`, `schemas` and `members`.
    pub document: Document,
    /// Counts the changes, those of the members included.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

impl MirrorGroup {
    /// `displayName`.
    pub fn display_name(&self) -> &str {
        text(&self.document, "displayName").unwrap_or_default()
    }

    /// `externalId`.
    pub fn external_id(&self) -> Option<&str> {
        text(&self.document, "externalId")
    }
}

statements! {
    INSERT = "insert into mirror_groups (tenant_id, connection_id, id, display_name, display_name_key, external_id,
        document, version, created_at, modified_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    UPDATE = "update mirror_groups set display_name = $1, display_name_key = $2, external_id = $3, document = $4,
        version = $5, modified_at = $6 where tenant_id = $7 and connection_id = $8 and id = $9";
    DELETE = "delete from mirror_groups where tenant_id = $1 and connection_id = $2 and id = $3";
    BY_ID = "select id, document, version, created_at, modified_at
        from mirror_groups where tenant_id = $1 and connection_id = $2 and id = $3";
    BY_DISPLAY_NAME = "select id, document, version, created_at, modified_at
        from mirror_groups where tenant_id = $1 and connection_id = $2 and display_name_key = $3 order by id";
    PAGE = "select id, document, version, created_at, modified_at
        from mirror_groups where tenant_id = $1 and connection_id = $2 and id > $3 order by id limit $4";
    UNMAPPED = "select id, document, version, created_at, modified_at
        from mirror_groups where tenant_id = $1 and connection_id = $2 and id > $3 and not exists (
            select 1 from mappings m where m.tenant_id = $1 and m.connection_id = $2 and m.group_id = mirror_groups.id
        ) order by id limit $4";
    COUNT_UNMAPPED = "select count(*) from mirror_groups where tenant_id = $1 and connection_id = $2 and not exists (
            select 1 from mappings m where m.tenant_id = $1 and m.connection_id = $2 and m.group_id = mirror_groups.id
        )";
    ALL_IDS = "select id from mirror_groups where tenant_id = $1 and connection_id = $2 order by id";
}

pub(crate) fn read(row: &Row<'_>) -> Result<MirrorGroup, StoreError> {
    Ok(MirrorGroup {
        id: row.text(0)?,
        document: row.json(1)?,
        version: row.int(2)?,
        created_at: row.int(3)?,
        modified_at: row.int(4)?,
    })
}

/// Adds a resource.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, group: &MirrorGroup) -> Result<Unrecorded, StoreError> {
    let display_name = group.display_name();
    tx.execute(
        INSERT,
        params![
            scope.tenant.0,
            scope.connection,
            &group.id,
            display_name,
            &fold(display_name),
            group.external_id(),
            &serialized(&group.document),
            group.version,
            group.created_at,
            group.modified_at,
        ],
    )?;
    counts::add(tx, scope, Kind::Group, 1)?;
    Ok(Unrecorded::new())
}

/// Writes a changed resource.
pub fn update(tx: &mut Tx<'_>, scope: Scope, group: &MirrorGroup) -> Result<Unrecorded, StoreError> {
    let display_name = group.display_name();
    tx.execute(
        UPDATE,
        params![
            display_name,
            &fold(display_name),
            group.external_id(),
            &serialized(&group.document),
            group.version,
            group.modified_at,
            scope.tenant.0,
            scope.connection,
            &group.id,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a resource away; its members are taken by [`crate::members`].
pub fn delete(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Unrecorded, StoreError> {
    if tx.execute(DELETE, params![scope.tenant.0, scope.connection, id])? > 0 {
        counts::add(tx, scope, Kind::Group, -1)?;
    }
    Ok(Unrecorded::new())
}

/// The resource of an id.
pub fn by_id(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Option<MirrorGroup>, StoreError> {
    tx.query_optional(BY_ID, params![scope.tenant.0, scope.connection, id], read)
}

/// Those of some ids that are there, in the order of the ids.
pub fn by_ids(tx: &mut Tx<'_>, scope: Scope, ids: &[&str]) -> Result<Vec<MirrorGroup>, StoreError> {
    let sets: Vec<_> = ids.iter().map(|id| of_scope(scope, id)).collect();
    Ok(tx.query_each(BY_ID, &sets, read)?.into_iter().flatten().collect())
}

/// The resources of a displayName, without regard to case.
pub fn by_display_name(tx: &mut Tx<'_>, scope: Scope, name: &str) -> Result<Vec<MirrorGroup>, StoreError> {
    tx.query(BY_DISPLAY_NAME, params![scope.tenant.0, scope.connection, &fold(name)], read)
}

/// Resources after an id, oldest first.
pub fn page(tx: &mut Tx<'_>, scope: Scope, after: &str, limit: i64) -> Result<Vec<MirrorGroup>, StoreError> {
    tx.query(PAGE, params![scope.tenant.0, scope.connection, after, limit], read)
}

/// Resources after an id that no mapping speaks of, oldest first.
pub fn unmapped(
    tx: &mut Tx<'_>,
    scope: Scope,
    after: &str,
    limit: i64,
) -> Result<Vec<MirrorGroup>, StoreError> {
    tx.query(UNMAPPED, params![scope.tenant.0, scope.connection, after, limit], read)
}

/// How many resources no mapping speaks of.
pub fn count_unmapped(tx: &mut Tx<'_>, scope: Scope) -> Result<i64, StoreError> {
    let found =
        tx.query_optional(COUNT_UNMAPPED, params![scope.tenant.0, scope.connection], |row| row.int(0))?;
    Ok(found.unwrap_or(0))
}

/// Every id of the connection, oldest first.
pub fn all_ids(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<String>, StoreError> {
    tx.query(ALL_IDS, params![scope.tenant.0, scope.connection], |row| row.text(0))
}

/// How many resources the connection has.
pub fn count(tx: &mut Tx<'_>, scope: Scope) -> Result<i64, StoreError> {
    counts::of(tx, scope, Kind::Group)
}
