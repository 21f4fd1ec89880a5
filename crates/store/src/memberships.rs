//! Memberships: which user has which role at which organization, each row with its reason.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError, TenantId};
use serde::Serialize;

/// Why a membership is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// Every user of the tenant has it.
    Default,
    /// A group gives it.
    Group {
        /// The connection's number within the tenant.
        #[serde(skip)]
        connection: i64,
        /// The group's SCIM id.
        group: String,
    },
    /// A rule over the user's attributes gives it.
    Rule {
        /// The connection's number within the tenant.
        #[serde(skip)]
        connection: i64,
        /// The rule's id.
        rule: String,
    },
    /// A person at the console, the API or the command line gave it.
    Hand,
}

impl Reason {
    /// The connection that gives it; none of what everybody has and of what a person gave.
    pub fn connection(&self) -> Option<i64> {
        match self {
            Self::Group { connection, .. } | Self::Rule { connection, .. } => Some(*connection),
            Self::Default | Self::Hand => None,
        }
    }

    fn columns(&self) -> (&'static str, i64, &str) {
        match self {
            Self::Default => ("default", 0, ""),
            Self::Group { connection, group } => ("group", *connection, group),
            Self::Rule { connection, rule } => ("rule", *connection, rule),
            Self::Hand => ("hand", 0, ""),
        }
    }
}

/// One membership.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The user.
    pub user: String,
    /// The organization.
    pub organization: String,
    /// The role.
    pub role: String,
    /// Why.
    pub reason: Reason,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// Since when.
    pub since: i64,
    /// The request that gave it.
    pub request_id: Option<String>,
}

impl Membership {
    /// Whether the other is the same user's, with the same role at the same organization for the same reason.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.user, &self.organization, &self.role, &self.reason)
            == (&other.user, &other.organization, &other.role, &other.reason)
    }
}

statements! {
    INSERT = "insert into memberships (tenant_id, user_id, organization_id, role_id, reason, connection_id, source_id,
        inherit, since, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant_id, user_id, organization_id, role_id, reason, connection_id, source_id)
        do update set inherit = excluded.inherit where memberships.inherit <> excluded.inherit";
    DELETE = "delete from memberships where tenant_id = $1 and user_id = $2 and organization_id = $3 and role_id = $4
        and reason = $5 and connection_id = $6 and source_id = $7";
    OF_USER = "select user_id, organization_id, role_id, reason, connection_id, source_id, inherit, since, request_id
        from memberships where tenant_id = $1 and user_id = $2
        order by organization_id, role_id, reason, connection_id, source_id";
    USERS_OF_ORGANIZATION = "select user_id from memberships where tenant_id = $1 and organization_id = $2 and user_id > $3
        and inherit >= $4 group by user_id order by user_id limit $5";
    REMEMBER_GIVER = "update memberships set given_by = $1 where tenant_id = $2 and user_id = $3
        and organization_id = $4 and role_id = $5 and reason = $6 and connection_id = $7 and source_id = $8";
    GIVER = "select given_by from memberships where tenant_id = $1 and user_id = $2 and organization_id = $3
        and role_id = $4 and reason = $5 and connection_id = $6 and source_id = $7";
    GIVEN_ROLE = "select 1 from memberships where tenant_id = $1 and role_id = $2 and reason = 'hand' limit 1";
    USES = "select 1 from memberships where tenant_id = $1 and organization_id = $2 limit 1";
    OF_OTHERS = "select 1 from memberships where tenant_id = $1 and organization_id = $2 and connection_id <> $3 limit 1";
    ACTIVE_HOLDERS = "select m.user_id from memberships m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
        where m.tenant_id = $1 and m.organization_id = $2 and m.role_id = $3 and m.reason = 'hand'
        and u.status = 'active' order by m.user_id";
    OTHER_ACTIVE_HOLDER = "select 1 from memberships m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
        where m.tenant_id = $1 and m.organization_id = $2 and m.role_id = $3 and m.reason = 'hand' and m.user_id <> $4
        and u.status = 'active' limit 1";
    COUNT = "select count(*) from memberships where tenant_id = $1";
    COUNT_BY_ORGANIZATION = "select organization_id, count(distinct user_id) from memberships where tenant_id = $1
        group by organization_id order by organization_id";
    COUNT_AT = "select count(distinct user_id) from memberships where tenant_id = $1 and organization_id = $2";
    COUNT_BY_ROLE = "select role_id, count(distinct user_id) from memberships where tenant_id = $1
        group by role_id order by role_id";
    USERS_WITH_ROLE = "select user_id from memberships where tenant_id = $1 and user_id > $2 and role_id = $3
        group by user_id order by user_id limit $4";
}

fn read(row: &Row<'_>) -> Result<Membership, StoreError> {
    let reason = match row.text(3)?.as_str() {
        "default" => Reason::Default,
        "group" => Reason::Group { connection: row.int(4)?, group: row.text(5)? },
        "rule" => Reason::Rule { connection: row.int(4)?, rule: row.text(5)? },
        "hand" => Reason::Hand,
        other => return Err(StoreError::Unreadable(format!("\"{other}\" is no reason of a membership"))),
    };
    Ok(Membership {
        user: row.text(0)?,
        organization: row.text(1)?,
        role: row.text(2)?,
        reason,
        inherit: row.boolean(6)?,
        since: row.int(7)?,
        request_id: row.optional_text(8)?,
    })
}

/// Adds a membership; one that is there keeps its start and takes the new `inherit`. `None` if nothing changed by it.
pub fn insert(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    membership: &Membership,
) -> Result<Option<Unrecorded>, StoreError> {
    let (reason, connection, source) = membership.reason.columns();
    let changed = tx.execute(
        INSERT,
        params![
            tenant.0,
            &membership.user,
            &membership.organization,
            &membership.role,
            reason,
            connection,
            source,
            membership.inherit,
            membership.since,
            membership.request_id.as_ref(),
        ],
    )?;
    Ok((changed > 0).then(Unrecorded::new))
}

/// Takes a membership away; `None` if it is not there.
pub fn delete(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    membership: &Membership,
) -> Result<Option<Unrecorded>, StoreError> {
    let (reason, connection, source) = membership.reason.columns();
    let removed = tx.execute(
        DELETE,
        params![
            tenant.0,
            &membership.user,
            &membership.organization,
            &membership.role,
            reason,
            connection,
            source
        ],
    )?;
    Ok((removed > 0).then(Unrecorded::new))
}

/// The memberships of a user.
pub fn of_user(tx: &mut Tx<'_>, tenant: TenantId, user: &str) -> Result<Vec<Membership>, StoreError> {
    tx.query(OF_USER, params![tenant.0, user], read)
}

/// Users after an id who have a membership at an organization, or one that is passed down if asked so.
pub fn users_of_organization(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &str,
    after: &str,
    inherited_only: bool,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let params = params![tenant.0, organization, after, inherited_only, limit];
    tx.query(USERS_OF_ORGANIZATION, params, |row| row.text(0))
}

/// Whether anybody is a member of an organization.
pub fn any_at(tx: &mut Tx<'_>, tenant: TenantId, organization: &str) -> Result<bool, StoreError> {
    Ok(tx.query_optional(USES, params![tenant.0, organization], |row| row.int(0))?.is_some())
}

/// Whether anybody is a member of an organization for another reason than this connection.
pub fn any_of_others_at(tx: &mut Tx<'_>, scope: Scope, organization: &str) -> Result<bool, StoreError> {
    let params = params![scope.tenant.0, organization, scope.connection];
    Ok(tx.query_optional(OF_OTHERS, params, |row| row.int(0))?.is_some())
}

/// The active users who were given the role at the organization by hand.
pub fn active_holders(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    (organization, role): (&str, &str),
) -> Result<Vec<String>, StoreError> {
    tx.query(ACTIVE_HOLDERS, params![tenant.0, organization, role], |row| row.text(0))
}

/// Writes on a membership who gave it, as kind and id, because the event that tells it goes. Nothing if it is not there.
pub fn remember_giver(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user: &str,
    (organization, role, reason): (&str, &str, &Reason),
    giver: &str,
) -> Result<(), StoreError> {
    let (reason, connection, source) = reason.columns();
    tx.execute(
        REMEMBER_GIVER,
        params![giver, tenant.0, user, organization, role, reason, connection, source],
    )?;
    Ok(())
}

/// Who gave a membership, if the event that told it has gone.
pub fn giver(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    membership: &Membership,
) -> Result<Option<String>, StoreError> {
    let (reason, connection, source) = membership.reason.columns();
    let Membership { user, organization, role, .. } = membership;
    let params = params![tenant.0, user, organization, role, reason, connection, source];
    Ok(tx.query_optional(GIVER, params, |row| row.optional_text(0))?.flatten())
}

/// Whether anybody was given a role by hand.
pub fn any_given(tx: &mut Tx<'_>, tenant: TenantId, role: &str) -> Result<bool, StoreError> {
    Ok(tx.query_optional(GIVEN_ROLE, params![tenant.0, role], |row| row.int(0))?.is_some())
}

/// Whether an active user other than `user` was given the role at the organization by hand.
pub fn another_active_holder(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    (organization, role): (&str, &str),
    user: &str,
) -> Result<bool, StoreError> {
    Ok(tx
        .query_optional(OTHER_ACTIVE_HOLDER, params![tenant.0, organization, role, user], |row| row.int(0))?
        .is_some())
}

/// How many memberships the tenant has.
pub fn count(tx: &mut Tx<'_>, tenant: TenantId) -> Result<i64, StoreError> {
    Ok(tx.query_optional(COUNT, params![tenant.0], |row| row.int(0))?.unwrap_or(0))
}

/// How many users are members of which organization.
pub fn count_by_organization(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(String, i64)>, StoreError> {
    tx.query(COUNT_BY_ORGANIZATION, params![tenant.0], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// How many users are members of an organization.
pub fn count_at(tx: &mut Tx<'_>, tenant: TenantId, organization: &str) -> Result<i64, StoreError> {
    Ok(tx.query_optional(COUNT_AT, params![tenant.0, organization], |row| row.int(0))?.unwrap_or(0))
}

/// How many users have which role somewhere.
pub fn count_by_role(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<(String, i64)>, StoreError> {
    tx.query(COUNT_BY_ROLE, params![tenant.0], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// Users after an id who have a role somewhere.
pub fn users_with_role(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    role: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    tx.query(USERS_WITH_ROLE, params![tenant.0, after, role, limit], |row| row.text(0))
}
