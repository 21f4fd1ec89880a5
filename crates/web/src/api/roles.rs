//! Roles: those built in, and a tenant's own.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::people::time;
use provisioning::roles::{self, Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::roles::Role;

/// A role.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Role")]
pub struct RoleView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The higher, the stronger.
    pub priority: i64,
    /// What its holder may do, in the words of the applications that ask.
    pub permissions: Vec<String>,
    /// Whether it came with the product, and stays as it is.
    pub built_in: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: String,
}

impl From<&Role> for RoleView {
    fn from(role: &Role) -> Self {
        Self {
            id: role.id.clone(),
            name: role.name.clone(),
            priority: role.priority,
            permissions: role.permissions.clone(),
            built_in: role.built_in,
            version: role.version,
            created_at: time(role.created_at),
        }
    }
}

impl Sample for RoleView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "Auditor".into(),
            priority: 30,
            permissions: vec!["invoices.read".into()],
            built_in: false,
            version: 1,
            created_at: SAMPLE_TIME.into(),
        }
    }
}

/// A role to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// The name: 1 to 100 characters.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// The higher, the stronger: 1 to 99.
    #[schemars(range(min = 1, max = 99))]
    pub priority: i64,
    /// What its holder may do: words without spaces.
    #[serde(default)]
    pub permissions: Vec<String>,
}

impl Sample for NewRole {
    fn sample() -> Self {
        Self { name: "Auditor".into(), priority: 30, permissions: vec!["invoices.read".into()] }
    }
}

/// Changes to a role: what is left away stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// The name.
    pub name: Option<String>,
    /// The higher, the stronger: 1 to 99.
    #[schemars(range(min = 1, max = 99))]
    pub priority: Option<i64>,
    /// What its holder may do: words without spaces.
    pub permissions: Option<Vec<String>>,
}

impl Sample for RoleChange {
    fn sample() -> Self {
        Self { priority: Some(35), ..Self::default() }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let all = call.app.store().read(|tx| store::roles::all(tx, tenant))?;
    let rows = paging.of_all(all, |role| &role.id);
    Reply::ok(&call.page(&paging, rows, |role| &role.id, |role| RoleView::from(role)))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, who) = (call.tenant()?.tenant, call.named("role"));
    shown(&call.app.store().read(|tx| provisioning::find::role(tx, tenant, who))?)
}

fn shown(role: &Role) -> Result<Reply, Problem> {
    Ok(Reply::ok(&RoleView::from(role))?.at_version(role.version))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let NewRole { name, priority, permissions } = call.body()?;
    let wanted = Wanted { name: Some(name), priority: Some(priority), permissions: Some(permissions) };
    let made = roles::create(call.app.store(), &call.operator, call.tenant()?, wanted).await?;
    let reply = Reply::created(format!("/roles/{}", made.id), &RoleView::from(&made))?;
    Ok(reply.at_version(made.version))
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let RoleChange { name, priority, permissions } = call.body()?;
    let wanted = Wanted { name, priority, permissions };
    let (store, who, seen) = (call.app.store(), call.named("role"), call.seen()?);
    shown(&roles::change(store, &call.operator, call.tenant()?, who, seen, wanted).await?)
}

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    let (store, who, seen) = (call.app.store(), call.named("role"), call.seen()?);
    roles::delete(store, &call.operator, call.tenant()?, who, seen).await?;
    Ok(Reply::nothing())
}
