//! Tenants, for operators.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::people::time;
use provisioning::tenants;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tenants::Tenant;

/// A tenant.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Tenant")]
pub struct TenantView {
    /// The name: what `?tenant=` takes.
    pub name: String,
    /// The root of its tree of organizations.
    pub root_organization: String,
    /// When it was made.
    pub created_at: String,
    /// The number of its newest event.
    pub last_event: i64,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            root_organization: tenant.root_organization.clone(),
            created_at: time(tenant.created_at),
            last_event: tenant.last_event,
        }
    }
}

impl Sample for TenantView {
    fn sample() -> Self {
        Self {
            name: "acme".into(),
            root_organization: SAMPLE_ID.into(),
            created_at: SAMPLE_TIME.into(),
            last_event: 1,
        }
    }
}

/// A tenant to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its name: 1 to 100 characters.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
}

impl Sample for NewTenant {
    fn sample() -> Self {
        Self { name: "acme".into() }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let paging = call.paging()?;
    let all = call.app.store().read(store::tenants::all)?;
    // Their numbers are not shown outside; the sealed cursor holds one.
    let numbered = all.into_iter().map(|tenant| (format!("{:020}", tenant.tenant.0), tenant)).collect();
    let rows = paging.of_all(numbered, |(number, _)| number);
    Reply::ok(&call.page(&paging, rows, |(number, _)| number, |(_, tenant)| TenantView::from(tenant)))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let wanted: NewTenant = call.body()?;
    let made = tenants::create(call.app.store(), &call.operator, &wanted.name).await?;
    // As it is after the event of its making.
    let tenant = tenants::of(call.app.store(), made.tenant)?;
    Reply::created("/tenants", &TenantView::from(&tenant))
}
