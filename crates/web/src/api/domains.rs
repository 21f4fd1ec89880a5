//! Domains of a tenant: which addresses are its own to speak for.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::SAMPLE_TIME;
use super::problem::{Kind, Problem};
use provisioning::domains;
use provisioning::keys::Scope;
use provisioning::people::time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::domains::Domain;

/// A domain, and what is to be published in the DNS to show that it is the tenant's.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Domain")]
pub struct DomainView {
    /// The name, in ASCII.
    pub name: String,
    /// The name that the TXT record is to have.
    pub record: String,
    /// What the TXT record is to say.
    pub challenge: String,
    /// Whether it was shown to be the tenant's.
    pub verified: bool,
    /// When that was.
    pub verified_at: Option<String>,
    /// Who asked for it, or attested it.
    pub verified_by: Option<String>,
    /// Why an operator attested it; null if the challenge was found in the DNS.
    pub reason: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was added.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
}

impl From<&Domain> for DomainView {
    fn from(domain: &Domain) -> Self {
        let verified = domain.verified.as_ref();
        Self {
            name: domain.name.clone(),
            record: domains::place(domain),
            challenge: domain.challenge.clone(),
            verified: verified.is_some(),
            verified_at: verified.map(|verified| time(verified.at)),
            verified_by: verified.map(|verified| verified.by.clone()),
            reason: verified.and_then(|verified| verified.reason.clone()),
            version: domain.version,
            created_at: time(domain.created_at),
            modified_at: time(domain.modified_at),
        }
    }
}

impl Sample for DomainView {
    fn sample() -> Self {
        Self {
            name: "acme.example".into(),
            record: "_accessiq-challenge.acme.example".into(),
            challenge: "accessiq-verification=0f1e2d3c4b5a69788796a5b4c3d2e1f0".into(),
            verified: false,
            verified_at: None,
            verified_by: None,
            reason: None,
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
        }
    }
}

/// A domain to be added.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    /// The name: what stands behind the @ of addresses.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

impl Sample for NewDomain {
    fn sample() -> Self {
        Self { name: "acme.example".into() }
    }
}

/// Why a domain is attested.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The reason: 1 to 500 characters.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
}

impl Sample for Attestation {
    fn sample() -> Self {
        Self { reason: "A domain of our own network, which no outside name server knows.".into() }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let all = call.app.store().read(|tx| store::domains::all(tx, tenant))?;
    let rows = paging.of_all(all, |domain| &domain.name);
    Reply::ok(&call.page(&paging, rows, |domain| &domain.name, |domain| DomainView::from(domain)))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (tenant, name) = (call.tenant()?.tenant, call.named("domain"));
    shown(&call.app.store().read(|tx| domains::find(tx, tenant, name))?)
}

fn shown(domain: &Domain) -> Result<Reply, Problem> {
    Ok(Reply::ok(&DomainView::from(domain))?.at_version(domain.version))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let NewDomain { name } = call.body()?;
    let made = domains::add(call.app.store(), &call.operator, call.tenant()?, &name).await?;
    let reply = Reply::created(format!("/domains/{}", made.name), &DomainView::from(&made))?;
    Ok(reply.at_version(made.version))
}

pub(super) async fn verify(call: Call) -> Result<Reply, Problem> {
    let (store, tenant, name) = (call.app.store(), call.tenant()?, call.named("domain"));
    let domain = store.read(|tx| domains::find(tx, tenant.tenant, name))?;
    let texts = call.app.resolver().texts(&domains::place(&domain)).await;
    let texts = texts.map_err(|reason| Problem::new(Kind::Unavailable, reason))?;
    shown(&domains::verify(store, &call.operator, tenant, name, texts).await?)
}

pub(super) async fn attest(call: Call) -> Result<Reply, Problem> {
    let Attestation { reason } = call.body()?;
    let (store, tenant, name) = (call.app.store(), call.tenant()?, call.named("domain"));
    // One that is not there is answered alike to everybody.
    store.read(|tx| domains::find(tx, tenant.tenant, name))?;
    call.check_scopes(&[Scope::Operator])?;
    shown(&domains::attest(store, &call.operator, tenant, name, &reason).await?)
}

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    let (store, name, seen) = (call.app.store(), call.named("domain"), call.seen()?);
    domains::remove(store, &call.operator, call.tenant()?, name, seen).await?;
    Ok(Reply::nothing())
}
