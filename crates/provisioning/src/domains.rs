//! Domains of a tenant: which addresses are its own to speak for.
//!
//! A domain is shown to be the tenant's by a text that only its holder can publish in the DNS, or attested by an operator.
//! Asking the DNS is the caller's part; here is what the answer means.

use crate::Error;
use crate::organizations::check_seen;
use crate::people::{self, Operator, time};
use scim::ScimError;
use serde_json::{Value, json};
use store::domains::{self, Domain, Verified};
use store::tenants::Tenant;
use store::{Store, StoreError, TenantId, Tx};

/// Begins the text that is to be published.
const PROOF: &str = "accessiq-verification=";
/// Begins the name that it is to be published at.
const PLACE: &str = "_accessiq-challenge";
/// How long the reason of an attestation may be, in characters.
const REASON_LENGTH: usize = 500;

/// Where the text is to be published: the name of a TXT record.
pub fn place(domain: &Domain) -> String {
    format!("{PLACE}.{}", domain.name)
}

/// Adds a domain, with a challenge of its own.
///
/// # Errors
/// A name that no domain of addresses can have; one that is there.
pub async fn add(store: &Store, operator: &Operator, tenant: &Tenant, name: &str) -> Result<Domain, Error> {
    let (number, name) = (tenant.tenant, read_name(name)?);
    let challenge = format!("{PROOF}{}", store::hex(&store.ids().secret()[..16]));
    people::act(store, operator, number, move |act| {
        if domains::by_name(act.tx, number, &name)?.is_some() {
            return Err(Error::Conflict(format!("The domain {name} is there already.")));
        }
        let domain = Domain {
            name: name.clone(),
            challenge: challenge.clone(),
            verified: None,
            version: 1,
            created_at: act.at,
            modified_at: act.at,
        };
        let change = domains::insert(act.tx, number, &domain)?;
        let summary = format!("The domain {name} was added; it is not verified yet");
        act.record(change, "domain.added", ("domain", &name), None, summary, None, Some(told(&domain)));
        Ok(domain)
    })
    .await
}

/// Holds a domain to be the tenant's if its challenge is among the texts that the DNS has at [`place`].
///
/// # Errors
/// There is no such domain; the challenge is not among the texts.
pub async fn verify(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    name: &str,
    texts: Vec<String>,
) -> Result<Domain, Error> {
    let (number, name) = (tenant.tenant, name.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find(act.tx, number, &name)?;
        if before.verified.is_some() {
            return Ok(before);
        }
        if !texts.contains(&before.challenge) {
            let place = place(&before);
            let there = match texts.len() {
                0 => format!("There is no TXT record at {place}."),
                1 => format!("The TXT record at {place} says something else."),
                number => format!("The {number} TXT records at {place} say something else."),
            };
            return Err(Error::Conflict(format!(
                "{there} Publish \"{}\" there and ask again; it may take a while until every name server has it.",
                before.challenge
            )));
        }
        let verified = Verified { at: act.at, by: act.operator.name.clone(), reason: None };
        let summary = format!("The domain {} was verified: its TXT record has the challenge", before.name);
        hold(act, number, before, verified, ("domain.verified", summary))
    })
    .await
}

/// Holds a domain to be the tenant's on an operator's word: what an installation needs that no outside name server knows.
///
/// # Errors
/// There is no such domain; somebody who is no operator; no reason.
pub async fn attest(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    name: &str,
    reason: &str,
) -> Result<Domain, Error> {
    let (number, name, reason) = (tenant.tenant, name.to_owned(), reason.trim().to_owned());
    let length = reason.chars().count();
    if length == 0 || length > REASON_LENGTH || reason.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "An attestation needs a reason of 1 to {REASON_LENGTH} characters."
        )));
    }
    people::act(store, operator, number, move |act| {
        let before = find(act.tx, number, &name)?;
        if !act.operator.is_beyond_tenants() {
            let detail = "A domain is attested by an operator. Verify it by its TXT record.";
            return Err(ScimError::status(403, detail).into());
        }
        if before.verified.is_some() {
            return Ok(before);
        }
        let verified = Verified { at: act.at, by: act.operator.name.clone(), reason: Some(reason.clone()) };
        let summary = format!("The domain {} was attested: {reason}", before.name);
        hold(act, number, before, verified, ("domain.attested", summary))
    })
    .await
}

fn hold(
    act: &mut people::Act<'_, '_>,
    tenant: TenantId,
    before: Domain,
    verified: Verified,
    (kind, summary): (&'static str, String),
) -> Result<Domain, Error> {
    let old = told(&before);
    let after =
        Domain { verified: Some(verified), version: before.version + 1, modified_at: act.at, ..before };
    let change = domains::update(act.tx, tenant, &after)?;
    act.record(change, kind, ("domain", &after.name), None, summary, Some(old), Some(told(&after)));
    Ok(after)
}

/// Takes a domain away. Whoever was linked by it stays linked.
///
/// # Errors
/// There is no such domain; a version that is not the present one.
pub async fn remove(
    store: &Store,
    operator: &Operator,
    tenant: &Tenant,
    name: &str,
    version: Option<i64>,
) -> Result<(), Error> {
    let (number, name) = (tenant.tenant, name.to_owned());
    people::act(store, operator, number, move |act| {
        let before = find(act.tx, number, &name)?;
        check_seen(before.version, version)?;
        let change = domains::delete(act.tx, number, &before.name)?;
        let summary = format!("The domain {} was taken away", before.name);
        let subject = ("domain", before.name.as_str());
        act.record(change, "domain.removed", subject, None, summary, Some(told(&before)), None);
        Ok(())
    })
    .await
}

/// The domain of a name, in whatever form it is written.
///
/// # Errors
/// There is none.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, name: &str) -> Result<Domain, Error> {
    let found = match read_name(name) {
        Ok(name) => domains::by_name(tx, tenant, &name)?,
        Err(_) => None,
    };
    found.ok_or_else(|| Error::NotFound(format!("There is no domain \"{name}\" in this tenant.")))
}

/// The domain of the first address that lies in none that the tenant has verified.
pub(crate) fn first_unverified(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    addresses: &[&str],
) -> Result<Option<String>, StoreError> {
    for address in addresses {
        let written = address.rsplit_once('@').map_or(*address, |(_, domain)| domain);
        let known = match read_name(written) {
            Ok(name) => domains::by_name(tx, tenant, &name)?,
            Err(_) => None,
        };
        if known.is_none_or(|domain| domain.verified.is_none()) {
            return Ok(Some(written.to_owned()));
        }
    }
    Ok(None)
}

/// A name as it is kept and compared: ASCII, lower case, without a dot at its end.
fn read_name(written: &str) -> Result<String, Error> {
    let refused = || {
        Error::invalid(format!(
            "\"{}\" is no domain of e-mail addresses. Write it like acme.example.",
            crate::users::short(written)
        ))
    };
    let bare = written.trim().trim_end_matches('.');
    let name = idna::domain_to_ascii_strict(bare).map_err(|_| refused())?;
    // What is only digits at its end is an address of a machine.
    let top = name.rsplit_once('.').map(|(_, top)| top).ok_or_else(refused)?;
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    Ok(name)
}

fn told(domain: &Domain) -> Value {
    let verified = domain.verified.as_ref();
    json!({
        "name": domain.name,
        "verifiedAt": verified.map(|verified| time(verified.at)),
        "reason": verified.and_then(|verified| verified.reason.as_ref()),
    })
}
