//! Mappings: which organizations and roles a group stands for.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};
use serde::Serialize;

/// One of the things that a group stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The id.
    pub id: String,
    /// The group's SCIM id.
    pub group_id: String,
    /// What the members get; `None`: the group stands for nothing, as a person chose.
    pub target: Option<Target>,
    /// How it came to be.
    pub origin: Origin,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

/// A role at an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Target {
    /// The organization.
    pub organization: String,
    /// The role there.
    pub role: String,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
}

/// How a mapping came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By default: the organization was made for the group.
    Made,
    /// By default: the organization was found by the group's name.
    Matched,
    /// A naming rule chose it.
    Rule {
        /// The rule's id.
        rule: String,
        /// Whether the organization was made for it.
        made: bool,
    },
    /// A person chose it.
    Hand,
}

impl Origin {
    /// The word for it: `made`, `matched`, `rule` or `hand`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Matched => "matched",
            Self::Rule { .. } => "rule",
            Self::Hand => "hand",
        }
    }

    fn columns(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Rule { rule, made: true } => ("rule_made", Some(rule)),
            Self::Rule { rule, made: false } => ("rule", Some(rule)),
            _ => (self.as_str(), None),
        }
    }

    fn of(word: &str, rule: Option<String>) -> Result<Self, StoreError> {
        match (word, rule) {
            ("made", None) => Ok(Self::Made),
            ("matched", None) => Ok(Self::Matched),
            ("hand", None) => Ok(Self::Hand),
            ("rule", Some(rule)) => Ok(Self::Rule { rule, made: false }),
            ("rule_made", Some(rule)) => Ok(Self::Rule { rule, made: true }),
            _ => Err(StoreError::Unreadable(format!("\"{word}\" is no origin of a mapping"))),
        }
    }

    /// Whether the organization was made for the group, and follows it.
    pub fn has_made(&self) -> bool {
        matches!(self, Self::Made | Self::Rule { made: true, .. })
    }
}

statements! {
    INSERT = "insert into mappings (tenant_id, connection_id, group_id, id, organization_id, role_id, inherit, origin,
        rule_id, paused, version, created_at, modified_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    UPDATE = "update mappings set organization_id = $1, role_id = $2, inherit = $3, origin = $4, rule_id = $5,
        paused = $6, version = $7, modified_at = $8 where tenant_id = $9 and connection_id = $10 and id = $11";
    DELETE = "delete from mappings where tenant_id = $1 and connection_id = $2 and id = $3";
    DELETE_OF_GROUP = "delete from mappings where tenant_id = $1 and connection_id = $2 and group_id = $3";
    BY_ID = "select group_id, id, organization_id, role_id, inherit, origin, rule_id, paused, version, created_at,
        modified_at from mappings where tenant_id = $1 and connection_id = $2 and id = $3";
    OF_GROUP = "select group_id, id, organization_id, role_id, inherit, origin, rule_id, paused, version, created_at,
        modified_at from mappings where tenant_id = $1 and connection_id = $2 and group_id = $3 order by id";
    PAGE = "select group_id, id, organization_id, role_id, inherit, origin, rule_id, paused, version, created_at,
        modified_at from mappings where tenant_id = $1 and connection_id = $2 and id > $3 order by id limit $4";
    OTHERS = "select 1 from mappings where tenant_id = $1 and organization_id = $2
        and not (connection_id = $3 and group_id = $4) limit 1";
    OF_OTHERS = "select 1 from mappings where tenant_id = $1 and organization_id = $2 and connection_id <> $3 limit 1";
    USES_ORGANIZATION = "select 1 from mappings where tenant_id = $1 and organization_id = $2 limit 1";
    OF_ORGANIZATION = "select group_id, id, organization_id, role_id, inherit, origin, rule_id, paused, version,
        created_at, modified_at, connection_id from mappings where tenant_id = $1 and organization_id = $2
        order by connection_id, group_id, id limit $3";
    ROLES = "select role_id from mappings where tenant_id = $1 and connection_id = $2 and role_id is not null
        group by role_id order by role_id";
    OF_ROLE = "select connection_id from mappings where tenant_id = $1 and role_id = $2
        group by connection_id order by connection_id";
}

fn read(row: &Row<'_>) -> Result<Mapping, StoreError> {
    let target = match (row.optional_text(2)?, row.optional_text(3)?) {
        (Some(organization), Some(role)) => Some(Target { organization, role, inherit: row.boolean(4)? }),
        _ => None,
    };
    Ok(Mapping {
        group_id: row.text(0)?,
        id: row.text(1)?,
        target,
        origin: Origin::of(&row.text(5)?, row.optional_text(6)?)?,
        paused: row.boolean(7)?,
        version: row.int(8)?,
        created_at: row.int(9)?,
        modified_at: row.int(10)?,
    })
}

/// Adds a mapping. The constraint `mappings_role_id` refuses a role at an organization that the group stands for already.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, mapping: &Mapping) -> Result<Unrecorded, StoreError> {
    let (origin, rule) = mapping.origin.columns();
    tx.execute(
        INSERT,
        params![
            scope.tenant.0,
            scope.connection,
            &mapping.group_id,
            &mapping.id,
            mapping.target.as_ref().map(|target| &target.organization),
            mapping.target.as_ref().map(|target| &target.role),
            mapping.target.as_ref().is_some_and(|target| target.inherit),
            origin,
            rule,
            mapping.paused,
            mapping.version,
            mapping.created_at,
            mapping.modified_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes a changed mapping. The constraint `mappings_role_id` refuses a role at an organization that the group stands
/// for already.
pub fn update(tx: &mut Tx<'_>, scope: Scope, mapping: &Mapping) -> Result<Unrecorded, StoreError> {
    let (origin, rule) = mapping.origin.columns();
    tx.execute(
        UPDATE,
        params![
            mapping.target.as_ref().map(|target| &target.organization),
            mapping.target.as_ref().map(|target| &target.role),
            mapping.target.as_ref().is_some_and(|target| target.inherit),
            origin,
            rule,
            mapping.paused,
            mapping.version,
            mapping.modified_at,
            scope.tenant.0,
            scope.connection,
            &mapping.id,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a mapping away.
pub fn delete(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![scope.tenant.0, scope.connection, id])?;
    Ok(Unrecorded::new())
}

/// Takes the mappings of a group away.
pub fn delete_of_group(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_OF_GROUP, params![scope.tenant.0, scope.connection, group_id])?;
    Ok(Unrecorded::new())
}

/// The mapping of an id.
pub fn by_id(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Option<Mapping>, StoreError> {
    tx.query_optional(BY_ID, params![scope.tenant.0, scope.connection, id], read)
}

/// The mappings of a group.
pub fn of_group(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Vec<Mapping>, StoreError> {
    tx.query(OF_GROUP, params![scope.tenant.0, scope.connection, group_id], read)
}

/// The mappings of a connection after an id, oldest first.
pub fn page(tx: &mut Tx<'_>, scope: Scope, after: &str, limit: i64) -> Result<Vec<Mapping>, StoreError> {
    tx.query(PAGE, params![scope.tenant.0, scope.connection, after, limit], read)
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

/// Whether groups of other connections lead to an organization.
pub fn of_others_lead_to(tx: &mut Tx<'_>, scope: Scope, organization: &str) -> Result<bool, StoreError> {
    let params = params![scope.tenant.0, organization, scope.connection];
    Ok(tx.query_optional(OF_OTHERS, params, |row| row.int(0))?.is_some())
}

/// Whether any mapping of the tenant leads to an organization.
pub fn leads_to(tx: &mut Tx<'_>, scope: Scope, organization: &str) -> Result<bool, StoreError> {
    Ok(tx
        .query_optional(USES_ORGANIZATION, params![scope.tenant.0, organization], |row| row.int(0))?
        .is_some())
}

/// The mappings of the tenant that lead to an organization, each with the number of its connection.
pub fn of_organization(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &str,
    limit: i64,
) -> Result<Vec<(i64, Mapping)>, StoreError> {
    let params = params![tenant.0, organization, limit];
    tx.query(OF_ORGANIZATION, params, |row| Ok((row.int(11)?, read(row)?)))
}

/// The connections that have a mapping to a role.
pub fn connections_giving(tx: &mut Tx<'_>, scope: Scope, role: &str) -> Result<Vec<i64>, StoreError> {
    tx.query(OF_ROLE, params![scope.tenant.0, role], |row| row.int(0))
}

/// The roles that the mappings of a connection give.
pub fn roles_of(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<String>, StoreError> {
    tx.query(ROLES, params![scope.tenant.0, scope.connection], |row| row.text(0))
}
