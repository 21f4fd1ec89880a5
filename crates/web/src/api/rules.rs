//! Rules of a connection: over the names of groups, and over the attributes of users.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::jobs::{Changed, Ended};
use super::named::{self, SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::access::Named;
use provisioning::people::time;
use provisioning::rules::{self, Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::rules::{Rule, RuleKind};
use store::{StoreError, TenantId, Tx};

/// What a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Reads {
    /// The names of groups, by a regular expression.
    Naming,
    /// The attributes of users, by a SCIM filter.
    Attribute,
}

impl From<Reads> for RuleKind {
    fn from(reads: Reads) -> Self {
        match reads {
            Reads::Naming => Self::Naming,
            Reads::Attribute => Self::Attribute,
        }
    }
}

/// A rule.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Rule")]
pub struct RuleView {
    /// The id.
    pub id: String,
    /// What it reads: `naming` (the names of groups) or `attribute` (the attributes of users).
    pub kind: String,
    /// What a person calls it.
    pub name: String,
    /// Its place among the rules of its kind; of naming rules the first that matches counts.
    pub position: i64,
    /// For a naming rule the attribute of the group: `displayName` or `externalId`.
    pub subject: Option<String>,
    /// The regular expression, or the filter.
    pub expression: String,
    /// The organization; a naming rule may take it from the name instead.
    pub organization: Option<Named>,
    /// The role; a naming rule may take it from the name, or leave it to the default.
    pub role: Option<Named>,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
}

impl RuleView {
    /// A rule of a tenant.
    pub fn read(tx: &mut Tx<'_>, tenant: TenantId, rule: &Rule) -> Result<Self, StoreError> {
        let (mut organization, mut given) = (None, None);
        if let Some(id) = &rule.organization {
            organization = Some(named::organization(tx, tenant, id)?);
        }
        if let Some(id) = &rule.role {
            given = Some(named::role(tx, tenant, id)?);
        }
        Ok(Self {
            id: rule.id.clone(),
            kind: rule.kind.as_str().to_owned(),
            name: rule.name.clone(),
            position: rule.position,
            subject: rule.subject.clone(),
            expression: rule.expression.clone(),
            organization,
            role: given,
            inherit: rule.inherit,
            paused: rule.paused,
            version: rule.version,
            created_at: time(rule.created_at),
            modified_at: time(rule.modified_at),
        })
    }
}

impl Sample for RuleView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            kind: "naming".into(),
            name: "aiq groups".into(),
            position: 1,
            subject: Some("displayName".into()),
            expression: "^aiq-(?<org>.+)-(?<role>admin|member)$".into(),
            organization: None,
            role: None,
            inherit: false,
            paused: false,
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

/// A rule to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// What it reads.
    pub kind: Reads,
    /// The regular expression, or the filter.
    pub expression: String,
    /// What a person calls it; the expression if none is given.
    pub name: Option<String>,
    /// Its place among the rules of its kind; at the end if none is given.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub position: Option<i64>,
    /// For a naming rule the attribute of the group: `displayName`, which is usual, or `externalId`.
    pub subject: Option<String>,
    /// The organization, by id, name or slug.
    pub organization: Option<String>,
    /// The role, by id or name.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: Option<bool>,
    /// Whether it gives nothing for now.
    pub paused: Option<bool>,
}

impl Sample for NewRule {
    fn sample() -> Self {
        Self {
            kind: Reads::Naming,
            expression: "^aiq-(?<org>.+)-(?<role>admin|member)$".into(),
            name: Some("aiq groups".into()),
            position: None,
            subject: None,
            organization: None,
            role: None,
            inherit: None,
            paused: None,
        }
    }
}

impl From<NewRule> for Wanted {
    fn from(new: NewRule) -> Self {
        let NewRule { kind: _, expression, name, position, subject, organization, role, inherit, paused } =
            new;
        let expression = Some(expression);
        Self { name, position, subject, expression, organization, role, inherit, paused }
    }
}

/// Changes to a rule: what is left away stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// What a person calls it.
    pub name: Option<String>,
    /// Its place among the rules of its kind.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub position: Option<i64>,
    /// For a naming rule the attribute of the group: `displayName` or `externalId`.
    pub subject: Option<String>,
    /// The regular expression, or the filter.
    pub expression: Option<String>,
    /// The organization, by id, name or slug; an empty text for none.
    pub organization: Option<String>,
    /// The role, by id or name; an empty text for none.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: Option<bool>,
    /// Whether it gives nothing for now.
    pub paused: Option<bool>,
}

impl Sample for RuleChange {
    fn sample() -> Self {
        Self { paused: Some(true), ..Self::default() }
    }
}

impl From<RuleChange> for Wanted {
    fn from(change: RuleChange) -> Self {
        let RuleChange { name, position, subject, expression, organization, role, inherit, paused } = change;
        Self { name, position, subject, expression, organization, role, inherit, paused }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, scope) = (call.paging()?, call.connection()?.scope);
    let shown = call.app.store().read(|tx| {
        let rows = paging.of_all(store::rules::of_connection(tx, scope)?, |rule| &rule.id);
        rows.iter().map(|row| RuleView::read(tx, scope.tenant, row)).collect::<Result<Vec<_>, StoreError>>()
    })?;
    Reply::ok(&call.page_of(&paging, shown, |view| &view.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (scope, id) = (call.connection()?.scope, call.named("rule"));
    let found = call.app.store().read(|tx| {
        let found = store::rules::of_connection(tx, scope)?.into_iter().find(|rule| rule.id == id);
        found.map(|rule| RuleView::read(tx, scope.tenant, &rule)).transpose()
    })?;
    let view =
        found.ok_or_else(|| Problem::not_found(format!("There is no rule \"{id}\" of this connection.")))?;
    Ok(Reply::ok(&view)?.at_version(view.version))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let (connection, wanted): (_, NewRule) = (call.connection()?, call.body()?);
    let (store, kind) = (call.app.store(), wanted.kind.into());
    let (rule, job) = rules::create(store, &call.operator, &connection.id, kind, wanted.into()).await?;
    let view = store.read(|tx| RuleView::read(tx, connection.scope.tenant, &rule))?;
    let stands = format!("/connections/{}/rules/{}", connection.id, rule.id);
    let changed = Changed::of(view, job.as_ref(), &connection.id);
    Ok(Reply::created(stands, &changed)?.at_version(rule.version))
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let (connection, wanted): (_, RuleChange) = (call.connection()?, call.body()?);
    let (store, seen, id) = (call.app.store(), call.seen()?, call.named("rule"));
    let (rule, job) = rules::change(store, &call.operator, &connection.id, id, seen, wanted.into()).await?;
    let view = store.read(|tx| RuleView::read(tx, connection.scope.tenant, &rule))?;
    let changed = Changed::of(view, job.as_ref(), &connection.id);
    Ok(Reply::ok(&changed)?.at_version(rule.version))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    let (connection, seen) = (call.connection()?, call.seen()?);
    let (store, id) = (call.app.store(), call.named("rule"));
    let job = rules::delete(store, &call.operator, &connection.id, id, seen).await?;
    Reply::ok(&Ended::of(job.as_ref(), &connection.id))
}
