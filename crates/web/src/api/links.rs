//! Links that wait for a person: a connection sends somebody who is there by hand and has a role of Admin or above.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME, sample};
use super::problem::Problem;
use provisioning::access::Named;
use provisioning::links;
use provisioning::people::time;
use provisioning::policy::attributes::Profile;
use schemars::JsonSchema;
use serde::Serialize;
use store::links::Link;
use store::{Scope, StoreError, TenantId, Tx, connections, users};

/// A link that waits, or was decided and not carried out yet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Link")]
pub struct LinkView {
    /// The id.
    pub id: String,
    /// The connection that sent the person.
    pub connection: Named,
    /// The user by hand.
    pub user: Named,
    /// The userName that was sent.
    pub user_name: String,
    /// The provider's own id that was sent.
    pub external_id: Option<String>,
    /// The e-mail address that was sent.
    pub email: Option<String>,
    /// `pending`, `approved` (the connection's next attempt links) or `rejected`.
    pub state: String,
    /// The request that sent it.
    pub request: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was first asked for.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
}

impl LinkView {
    /// A link of a tenant, with the names of connection and user.
    ///
    /// # Errors
    /// The archive fails.
    pub fn read(tx: &mut Tx<'_>, tenant: TenantId, link: &Link) -> Result<Self, StoreError> {
        let scope = Scope { tenant, connection: link.connection };
        let connection = connections::of_tenant(tx, tenant)?.into_iter().find(|found| found.scope == scope);
        let connection = connection
            .map_or_else(Named::default, |connection| Named { id: connection.id, name: connection.name });
        let name = users::by_id(tx, tenant, &link.user)?.map(|user| Profile::of_user(&user).called());
        Ok(Self {
            id: link.id.clone(),
            connection,
            user: Named { id: link.user.clone(), name: name.unwrap_or_default() },
            user_name: link.user_name.clone(),
            external_id: link.external_id.clone(),
            email: link.email.clone(),
            state: link.state.as_str().to_owned(),
            request: link.request_id.clone(),
            decided_by: link.decided.as_ref().map(|(by, _)| by.clone()),
            decided_at: link.decided.as_ref().map(|(_, at)| time(*at)),
            version: link.version,
            created_at: time(link.created_at),
            modified_at: time(link.modified_at),
        })
    }
}

impl Sample for LinkView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            connection: sample("Okta"),
            user: sample("Ana Müller"),
            user_name: "ana@acme.example".into(),
            external_id: Some("00u1a2b3c4".into()),
            email: Some("ana@acme.example".into()),
            state: "pending".into(),
            request: SAMPLE_ID.into(),
            decided_by: None,
            decided_at: None,
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let views = call.app.store().read(|tx| {
        let rows = store::links::page(tx, tenant, &paging.after, paging.wanted())?;
        rows.iter().map(|row| LinkView::read(tx, tenant, row)).collect::<Result<Vec<_>, StoreError>>()
    })?;
    Reply::ok(&call.page_of(&paging, views, |view| &view.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, id) = (call.tenant()?.tenant, call.named("link"));
    let link = call.app.store().read(|tx| links::find(tx, tenant, id))?;
    shown(&call, &link)
}

fn shown(call: &Call, link: &Link) -> Result<Reply, Problem> {
    let tenant = call.tenant()?.tenant;
    let view = call.app.store().read(|tx| LinkView::read(tx, tenant, link))?;
    Ok(Reply::ok(&view)?.at_version(link.version))
}

pub(super) async fn approve(call: Call) -> Result<Reply, Problem> {
    decide(&call, true).await
}

pub(super) async fn reject(call: Call) -> Result<Reply, Problem> {
    decide(&call, false).await
}

async fn decide(call: &Call, approve: bool) -> Result<Reply, Problem> {
    let (store, tenant, seen) = (call.app.store(), call.tenant()?, call.seen()?);
    let link = links::decide(store, &call.operator, tenant, call.named("link"), seen, approve).await?;
    shown(call, &link)
}
