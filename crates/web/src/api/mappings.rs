//! Mappings: which organizations and roles a group of a connection stands for.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::jobs::{Changed, Ended};
use super::named::{self, SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::access::Named;
use provisioning::mappings::{self, Change, Wanted};
use provisioning::people::time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::mappings::{Mapping, Origin};
use store::{Scope, StoreError, Tx, mirror_groups};

/// One of the things that a group stands for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Mapping")]
pub struct MappingView {
    /// The id.
    pub id: String,
    /// The group.
    pub group: Named,
    /// The organization; null where the group stands for nothing, as a person chose.
    pub organization: Option<Named>,
    /// The role there.
    pub role: Option<Named>,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// How it came to be: `hand`, `rule`, `matched` (the organization has the group's name) or `made` (for the group).
    pub origin: String,
    /// The id of the naming rule that chose it, if one did.
    pub rule: Option<String>,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
}

impl MappingView {
    /// A mapping of a connection.
    pub fn read(tx: &mut Tx<'_>, scope: Scope, mapping: &Mapping) -> Result<Self, StoreError> {
        let group = mirror_groups::by_id(tx, scope, &mapping.group_id)?;
        let group = group.map_or_else(String::new, |group| group.display_name().to_owned());
        let (mut organization, mut role) = (None, None);
        if let Some(target) = &mapping.target {
            organization = Some(named::organization(tx, scope.tenant, &target.organization)?);
            role = Some(named::role(tx, scope.tenant, &target.role)?);
        }
        Ok(Self {
            id: mapping.id.clone(),
            group: Named { id: mapping.group_id.clone(), name: group },
            organization,
            role,
            inherit: mapping.target.as_ref().is_some_and(|target| target.inherit),
            origin: mapping.origin.as_str().to_owned(),
            rule: match &mapping.origin {
                Origin::Rule { rule, .. } => Some(rule.clone()),
                _ => None,
            },
            paused: mapping.paused,
            version: mapping.version,
            created_at: time(mapping.created_at),
            modified_at: time(mapping.modified_at),
        })
    }
}

impl Sample for MappingView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            group: named::sample("Sales EMEA"),
            organization: Some(named::sample("Sales")),
            role: Some(named::sample("Manager")),
            inherit: true,
            origin: "hand".into(),
            rule: None,
            paused: false,
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

/// A mapping to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMapping {
    /// The group, by id or name.
    pub group: String,
    /// The organization, by id, name or slug. Without one the group shall stand for nothing.
    pub organization: Option<String>,
    /// The role, by id or name; the connection's usual one if none is given.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    #[serde(default)]
    pub inherit: bool,
    /// Whether it gives nothing for now.
    #[serde(default)]
    pub paused: bool,
}

impl Sample for NewMapping {
    fn sample() -> Self {
        Self {
            group: "Sales EMEA".into(),
            organization: Some("sales".into()),
            role: Some("Manager".into()),
            inherit: true,
            paused: false,
        }
    }
}

impl From<NewMapping> for Wanted {
    fn from(new: NewMapping) -> Self {
        let NewMapping { group, organization, role, inherit, paused } = new;
        Self { group, organization, role, inherit, paused }
    }
}

/// Changes to a mapping: what is left away stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingChange {
    /// The organization, by id, name or slug.
    pub organization: Option<String>,
    /// The role, by id or name.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: Option<bool>,
    /// Whether it gives nothing for now.
    pub paused: Option<bool>,
}

impl From<MappingChange> for Change {
    fn from(change: MappingChange) -> Self {
        let MappingChange { organization, role, inherit, paused } = change;
        Self { organization, role, inherit, paused }
    }
}

impl Sample for MappingChange {
    fn sample() -> Self {
        Self { paused: Some(true), ..Self::default() }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, scope) = (call.paging()?, call.connection()?.scope);
    let (after, wanted) = (paging.after.clone(), paging.wanted());
    let read = move |tx: &mut Tx<'_>| {
        let rows = store::mappings::page(tx, scope, &after, wanted)?;
        rows.iter().map(|row| MappingView::read(tx, scope, row)).collect::<Result<Vec<_>, StoreError>>()
    };
    let shown = call.app.store().read_long(read).await?;
    Reply::ok(&call.page_of(&paging, shown, |view| &view.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (scope, id) = (call.connection()?.scope, call.named("mapping"));
    let found = call.app.store().read(|tx| match store::mappings::by_id(tx, scope, id)? {
        Some(mapping) => MappingView::read(tx, scope, &mapping).map(Some),
        None => Ok(None),
    })?;
    let view = found
        .ok_or_else(|| Problem::not_found(format!("There is no mapping \"{id}\" of this connection.")))?;
    Ok(Reply::ok(&view)?.at_version(view.version))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let (connection, wanted): (_, NewMapping) = (call.connection()?, call.body()?);
    let store = call.app.store();
    let (mapping, job) = mappings::create(store, &call.operator, &connection.id, wanted.into()).await?;
    let view = store.read(|tx| MappingView::read(tx, connection.scope, &mapping))?;
    let stands = format!("/connections/{}/mappings/{}", connection.id, mapping.id);
    let changed = Changed::of(view, job.as_ref(), &connection.id);
    Ok(Reply::created(stands, &changed)?.at_version(mapping.version))
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let (connection, wanted): (_, MappingChange) = (call.connection()?, call.body()?);
    let wanted = Change::from(wanted);
    let (store, seen) = (call.app.store(), call.seen()?);
    let id = call.named("mapping");
    let (mapping, job) = mappings::change(store, &call.operator, &connection.id, id, seen, wanted).await?;
    let view = store.read(|tx| MappingView::read(tx, connection.scope, &mapping))?;
    let changed = Changed::of(view, job.as_ref(), &connection.id);
    Ok(Reply::ok(&changed)?.at_version(mapping.version))
}

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    let (connection, seen) = (call.connection()?, call.seen()?);
    let (store, id) = (call.app.store(), call.named("mapping"));
    let job = mappings::delete(store, &call.operator, &connection.id, id, seen).await?;
    Reply::ok(&Ended::of(job.as_ref(), &connection.id))
}
