//! The tree of organizations.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME, optional_time};
use super::problem::Problem;
use provisioning::access;
use provisioning::organizations::{self, Wanted};
use provisioning::people::time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::organizations::Organization;

/// An organization.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Organization")]
pub struct OrganizationView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The name in a form for addresses; unique among those not archived.
    pub slug: String,
    /// `company`, `division`, `department` or `team`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the organization above; null for the root.
    pub parent: Option<String>,
    /// `root`, `mapping` (made for a group) or `hand`.
    pub origin: String,
    /// When it was archived.
    pub archived_at: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
}

impl From<&Organization> for OrganizationView {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id.clone(),
            name: organization.name.clone(),
            slug: organization.slug.clone(),
            kind: organization.kind.clone(),
            parent: organization.parent.clone(),
            origin: organization.origin.clone(),
            archived_at: optional_time(organization.archived_at),
            version: organization.version,
            created_at: time(organization.created_at),
            modified_at: time(organization.modified_at),
        }
    }
}

impl Sample for OrganizationView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "Sales".into(),
            slug: "sales".into(),
            kind: "department".into(),
            parent: Some(SAMPLE_ID.into()),
            origin: "hand".into(),
            archived_at: None,
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

/// An organization to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// The name: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The name in a form for addresses; made of the name if none is given.
    pub slug: Option<String>,
    /// `company`, `division`, `department` or `team`; `team` if none is given.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The organization above, by id, name or slug; the tenant's root if none is given.
    pub parent: Option<String>,
}

impl Sample for NewOrganization {
    fn sample() -> Self {
        Self { name: "Sales".into(), slug: None, kind: Some("department".into()), parent: None }
    }
}

/// Changes to an organization: what is left away stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    /// The name.
    pub name: Option<String>,
    /// The name in a form for addresses.
    pub slug: Option<String>,
    /// `company`, `division`, `department` or `team`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The organization above, by id, name or slug.
    pub parent: Option<String>,
}

impl Sample for OrganizationChange {
    fn sample() -> Self {
        Self { name: Some("Sales and Marketing".into()), ..Self::default() }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let (after, wanted) = (paging.after.clone(), paging.wanted());
    let read = move |tx: &mut Tx<'_>| store::organizations::page(tx, tenant, &after, wanted);
    let rows = call.app.store().read_long(read).await?;
    Reply::ok(&call.page(&paging, rows, |row| &row.id, |row| OrganizationView::from(row)))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, who) = (call.tenant()?.tenant, call.named("organization"));
    let found = call.app.store().read(|tx| match store::organizations::by_id(tx, tenant, who)? {
        // By its id an archived one can still be read.
        Some(found) => Ok(found),
        None => provisioning::find::organization(tx, tenant, who),
    })?;
    shown(&found)
}

fn shown(organization: &Organization) -> Result<Reply, Problem> {
    Ok(Reply::ok(&OrganizationView::from(organization))?.at_version(organization.version))
}

pub(super) async fn access(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let (who, after) = (call.named("organization").to_owned(), paging.after.clone());
    let limit = usize::try_from(paging.limit).unwrap_or_default();
    let read = move |tx: &mut Tx<'_>| {
        let organization = provisioning::find::organization(tx, tenant, &who)?;
        access::of_organization(tx, tenant, &organization, &after, limit)
    };
    let mut found = call.app.store().read_long(read).await?;
    found.next = found.next.map(|last| call.cursor(&paging, &last));
    Reply::ok(&found)
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let NewOrganization { name, slug, kind, parent } = call.body()?;
    let wanted = Wanted { name: Some(name), slug, kind, parent };
    let made = organizations::create(call.app.store(), &call.operator, call.tenant()?, wanted).await?;
    let reply = Reply::created(format!("/organizations/{}", made.id), &OrganizationView::from(&made))?;
    Ok(reply.at_version(made.version))
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let OrganizationChange { name, slug, kind, parent } = call.body()?;
    let wanted = Wanted { name, slug, kind, parent };
    let (store, who, seen) = (call.app.store(), call.named("organization"), call.seen()?);
    shown(&organizations::change(store, &call.operator, call.tenant()?, who, seen, wanted).await?)
}

pub(super) async fn archive(call: Call) -> Result<Reply, Problem> {
    let (store, who, seen) = (call.app.store(), call.named("organization"), call.seen()?);
    shown(&organizations::archive(store, &call.operator, call.tenant()?, who, seen).await?)
}

pub(super) async fn restore(call: Call) -> Result<Reply, Problem> {
    let (store, who, seen) = (call.app.store(), call.named("organization"), call.seen()?);
    shown(&organizations::restore(store, &call.operator, call.tenant()?, who, seen).await?)
}
