//! Tenants: all of them for operators, and its own for a key.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::jobs::JobView;
use super::named::{SAMPLE_ID, SAMPLE_TIME, connections_of};
use super::problem::Problem;
use provisioning::people::time;
use provisioning::retention::{self, Keep};
use provisioning::tenants;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::jobs::Job;
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
    /// The organization that every user becomes a member of.
    pub default_organization: String,
    /// With this role, which is also what groups give unless something else is said.
    pub default_role: String,
    /// When it was made.
    pub created_at: String,
    /// The number of its newest event.
    pub last_event: i64,
    /// The number of the oldest event that is kept, or of the next one.
    pub first_event: i64,
    /// How many days events are kept; null for good.
    pub keep_events_days: Option<i64>,
    /// How many days records of requests are kept; null for good.
    pub keep_records_days: Option<i64>,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self {
            name: tenant.name.clone(),
            root_organization: tenant.root_organization.clone(),
            default_organization: tenant.default_organization.clone(),
            default_role: tenant.default_role.clone(),
            created_at: time(tenant.created_at),
            last_event: tenant.last_event,
            first_event: tenant.first_event,
            keep_events_days: tenant.keep_events,
            keep_records_days: tenant.keep_records,
        }
    }
}

impl Sample for TenantView {
    fn sample() -> Self {
        Self {
            name: "acme".into(),
            root_organization: SAMPLE_ID.into(),
            default_organization: SAMPLE_ID.into(),
            default_role: SAMPLE_ID.into(),
            created_at: SAMPLE_TIME.into(),
            last_event: 1,
            first_event: 1,
            keep_events_days: None,
            keep_records_days: Some(90),
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

/// Changes to a tenant: what is left away stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantChange {
    /// The organization that every user becomes a member of, by id, name or slug.
    pub default_organization: Option<String>,
    /// With this role, by id or name; not Owner.
    pub default_role: Option<String>,
    /// How many days events are kept, 0 for good.
    #[schemars(range(min = 0, max = 36_500))]
    pub keep_events_days: Option<u32>,
    /// How many days records of requests are kept, 0 for good.
    #[schemars(range(min = 0, max = 36_500))]
    pub keep_records_days: Option<u32>,
    /// That you know that what is older goes for good. Without this the answer is `409` and says what would go.
    #[serde(default)]
    pub confirmed: bool,
}

impl Sample for TenantChange {
    fn sample() -> Self {
        Self { default_role: Some("Viewer".into()), ..Self::default() }
    }
}

/// A tenant that was changed, and the jobs that let many people follow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TenantChanged {
    /// As it is now.
    #[serde(flatten)]
    pub now: TenantView,
    /// A job for each connection whose many users follow in the background.
    pub jobs: Vec<JobView>,
}

impl Sample for TenantChanged {
    fn sample() -> Self {
        Self { now: TenantView::sample(), jobs: vec![JobView::sample()] }
    }
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    Reply::ok(&TenantView::from(call.tenant()?))
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let wanted: TenantChange = call.body()?;
    let (store, tenant) = (call.app.store(), call.tenant()?);
    let kept = retention::Wanted {
        events: wanted.keep_events_days.map(Keep::of),
        records: wanted.keep_records_days.map(Keep::of),
        confirmed: wanted.confirmed,
    };
    let wanted =
        tenants::Wanted { organization: wanted.default_organization, role: wanted.default_role, kept };
    let jobs = tenants::set_up(store, &call.operator, tenant, wanted).await?;
    let connections = store.read(|tx| connections_of(tx, tenant.tenant))?;
    let of = |job: &Job| connections.get(&job.scope.connection).map_or("", String::as_str);
    let jobs = jobs.iter().map(|job| JobView::of(job, of(job))).collect();
    Reply::ok(&TenantChanged { now: TenantView::from(&tenants::of(store, tenant.tenant)?), jobs })
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
