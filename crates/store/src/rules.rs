//! Rules of a connection: how the names of groups are read, and which users get a role for what they are.

use crate::engine::{Row, Tx, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError};

/// What a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// The names of groups, by a regular expression.
    Naming,
    /// The attributes of users, by a SCIM filter.
    Attribute,
}

impl RuleKind {
    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Naming => "naming",
            Self::Attribute => "attribute",
        }
    }

    fn of(text: &str) -> Result<Self, StoreError> {
        match text {
            "naming" => Ok(Self::Naming),
            "attribute" => Ok(Self::Attribute),
            other => Err(StoreError::Unreadable(format!("\"{other}\" is no kind of a rule"))),
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id.
    pub id: String,
    /// What it reads.
    pub kind: RuleKind,
    /// Its place among the rules of its kind; of naming rules the first that matches counts.
    pub position: i64,
    /// What a person calls it.
    pub name: String,
    /// For a naming rule the attribute of the group: `displayName` or `externalId`.
    pub subject: Option<String>,
    /// The regular expression, or the filter.
    pub expression: String,
    /// The organization; a naming rule may take it from the name instead.
    pub organization: Option<String>,
    /// The role; a naming rule may take it from the name, or leave it to the default.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub modified_at: i64,
}

statements! {
    INSERT = "insert into rules (tenant_id, connection_id, id, kind, position, name, subject, expression,
        organization_id, role_id, inherit, paused, version, created_at, modified_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    UPDATE = "update rules set position = $1, name = $2, subject = $3, expression = $4, organization_id = $5,
        role_id = $6, inherit = $7, paused = $8, version = $9, modified_at = $10
        where tenant_id = $11 and connection_id = $12 and id = $13";
    DELETE = "delete from rules where tenant_id = $1 and connection_id = $2 and id = $3";
    OF_CONNECTION = "select id, kind, position, name, subject, expression, organization_id, role_id, inherit, paused,
        version, created_at, modified_at from rules where tenant_id = $1 and connection_id = $2
        order by kind, position, id";
    OF_OTHERS = "select 1 from rules where tenant_id = $1 and organization_id = $2 and connection_id <> $3 limit 1";
    USES_ORGANIZATION = "select 1 from rules where tenant_id = $1 and organization_id = $2 limit 1";
    OF_ROLE = "select connection_id from rules where tenant_id = $1 and role_id = $2
        group by connection_id order by connection_id";
}

fn read(row: &Row<'_>) -> Result<Rule, StoreError> {
    Ok(Rule {
        id: row.text(0)?,
        kind: RuleKind::of(&row.text(1)?)?,
        position: row.int(2)?,
        name: row.text(3)?,
        subject: row.optional_text(4)?,
        expression: row.text(5)?,
        organization: row.optional_text(6)?,
        role: row.optional_text(7)?,
        inherit: row.boolean(8)?,
        paused: row.boolean(9)?,
        version: row.int(10)?,
        created_at: row.int(11)?,
        modified_at: row.int(12)?,
    })
}

/// Adds a rule.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, rule: &Rule) -> Result<Unrecorded, StoreError> {
    tx.execute(
        INSERT,
        params![
            scope.tenant.0,
            scope.connection,
            &rule.id,
            rule.kind.as_str(),
            rule.position,
            &rule.name,
            rule.subject.as_ref(),
            &rule.expression,
            rule.organization.as_ref(),
            rule.role.as_ref(),
            rule.inherit,
            rule.paused,
            rule.version,
            rule.created_at,
            rule.modified_at,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Writes a changed rule.
pub fn update(tx: &mut Tx<'_>, scope: Scope, rule: &Rule) -> Result<Unrecorded, StoreError> {
    tx.execute(
        UPDATE,
        params![
            rule.position,
            &rule.name,
            rule.subject.as_ref(),
            &rule.expression,
            rule.organization.as_ref(),
            rule.role.as_ref(),
            rule.inherit,
            rule.paused,
            rule.version,
            rule.modified_at,
            scope.tenant.0,
            scope.connection,
            &rule.id,
        ],
    )?;
    Ok(Unrecorded::new())
}

/// Takes a rule away.
pub fn delete(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE, params![scope.tenant.0, scope.connection, id])?;
    Ok(Unrecorded::new())
}

/// The rules of a connection: those over attributes, then those over names, each kind in its order.
pub fn of_connection(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Rule>, StoreError> {
    tx.query(OF_CONNECTION, params![scope.tenant.0, scope.connection], read)
}

/// Whether a rule of another connection leads to an organization.
pub fn of_others_lead_to(tx: &mut Tx<'_>, scope: Scope, organization: &str) -> Result<bool, StoreError> {
    let params = params![scope.tenant.0, organization, scope.connection];
    Ok(tx.query_optional(OF_OTHERS, params, |row| row.int(0))?.is_some())
}

/// Whether any rule of the tenant leads to an organization.
pub fn leads_to(tx: &mut Tx<'_>, scope: Scope, organization: &str) -> Result<bool, StoreError> {
    Ok(tx
        .query_optional(USES_ORGANIZATION, params![scope.tenant.0, organization], |row| row.int(0))?
        .is_some())
}

/// The connections that have a rule which gives a role.
pub fn connections_giving(tx: &mut Tx<'_>, scope: Scope, role: &str) -> Result<Vec<i64>, StoreError> {
    tx.query(OF_ROLE, params![scope.tenant.0, role], |row| row.int(0))
}
