//! API keys: `aiq_key_` before what a token is made of. A person sees one once; only the SHA-256 of it is kept.
//!
//! A key is of one tenant, or of an operator and of none. What it may do are its scopes, each for itself: none implies
//! another.

use crate::people::{self, Operator, time};
use crate::tokens::{compose_after, digest, is_accepted, is_formed_as};
use crate::{Error, names, tenants};
use scim::ScimError;
use serde_json::json;
use std::fmt;
use std::str::FromStr;
use store::keys::{self, Key, NO_TENANT};
use store::tenants::Tenant;
use store::{Store, StoreError, TenantId, Tx};

const PREFIX: &str = "aiq_key_";
/// How long a key's name may be, in characters.
const NAME_LENGTH: usize = 100;

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Look at everything of a tenant but secrets.
    Read,
    /// Change what a tenant has, but for tokens.
    Write,
    /// Make, rotate and revoke the bearer tokens of connections.
    Tokens,
    /// Look at and make tenants, and act within any of them. Of keys without a tenant alone.
    Operator,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Tokens, Self::Operator];

    /// As it is kept and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Tokens => "tokens",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| {
            Error::invalid(format!("\"{text}\" is no scope. Scopes are: read, write, tokens, operator."))
        })
    }
}

/// What a key may do.
pub fn scopes(key: &Key) -> Vec<Scope> {
    key.scopes.split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// A key just made: the only time its text is at hand.
#[derive(Clone)]
pub struct NewKey {
    /// The row.
    pub key: Key,
    /// The text, to be shown once.
    pub text: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewKey").field("key", &self.key.id).finish_non_exhaustive()
    }
}

/// What a new key shall be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// A name to know it by.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// From when on it is refused; `None` for a key without end.
    pub expires_at: Option<i64>,
}

/// Makes a key of a tenant, or of an operator if no tenant is given.
///
/// # Errors
/// A name that cannot be; no scope, or one that the kind of key cannot have.
pub async fn create(
    store: &Store,
    operator: &Operator,
    tenant: Option<&Tenant>,
    wanted: Wanted,
) -> Result<NewKey, Error> {
    let name = wanted.name.trim();
    names::check("A key's", name, NAME_LENGTH)?;
    let text = compose_after(PREFIX, store.ids().secret());
    let key = Key {
        tenant: tenant.map_or(NO_TENANT, |tenant| tenant.tenant),
        id: store.ids().next(),
        name: name.to_owned(),
        digest: digest(&text),
        scopes: checked(&wanted.scopes, tenant.is_some())?,
        created_at: store.clock().now(),
        created_by: operator.name.clone(),
        expires_at: wanted.expires_at,
        revoked_at: None,
        revoked_by: None,
        last_used_at: None,
        last_used_address: None,
    };
    let row = key.clone();
    people::act(store, operator, key.tenant, move |act| {
        let after = json!({ "name": row.name, "scopes": row.scopes, "expiresAt": row.expires_at.map(time) });
        let change = keys::insert(act.tx, &row)?;
        let summary = format!("API key \"{}\" was created", row.name);
        act.record(change, "key.created", ("key", &row.id), None, summary, None, Some(after));
        Ok(())
    })
    .await?;
    Ok(NewKey { key, text })
}

/// The scopes as they are kept, each once, in their order.
fn checked(scopes: &[Scope], of_tenant: bool) -> Result<String, Error> {
    if of_tenant && scopes.contains(&Scope::Operator) {
        return Err(Error::invalid(
            "The scope operator reaches beyond one tenant. Make a key without a tenant for it.",
        ));
    }
    let chosen = Scope::ALL.into_iter().filter(|scope| scopes.contains(scope));
    let words: Vec<&str> = chosen.map(Scope::as_str).collect();
    if words.is_empty() {
        return Err(Error::invalid("A key needs at least one scope: read, write, tokens or operator."));
    }
    Ok(words.join(" "))
}

/// Ends a key at once.
///
/// # Errors
/// There is none of that id; it was revoked already.
pub async fn revoke(store: &Store, operator: &Operator, id: &str) -> Result<Key, Error> {
    let known = store.read(|tx| find(tx, id))?;
    let (tenant, id) = (known.tenant, known.id.clone());
    let (now, by) = (store.clock().now(), operator.name.clone());
    people::act(store, operator, tenant, move |act| {
        let key = usable(act.tx, tenant, &id)?;
        let change = keys::revoke(act.tx, &key, now, &by)?;
        let summary = format!("API key \"{}\" was revoked", key.name);
        act.record(change, "key.revoked", ("key", &id), None, summary, None, None);
        Ok(Key { revoked_at: Some(now), revoked_by: Some(by.clone()), ..key })
    })
    .await
}

/// The key of an id, whatever its tenant.
fn find(tx: &mut Tx<'_>, id: &str) -> Result<Key, Error> {
    let tenants = store::tenants::all(tx)?.into_iter().map(|tenant| tenant.tenant);
    for tenant in std::iter::once(NO_TENANT).chain(tenants) {
        if let Some(key) = keys::by_id(tx, tenant, id)? {
            return Ok(key);
        }
    }
    Err(unknown(id))
}

fn unknown(id: &str) -> Error {
    Error::NotFound(format!("There is no API key {id}. `accessiq key list` shows those there are."))
}

fn usable(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Key, Error> {
    let key = keys::by_id(tx, tenant, id)?.ok_or_else(|| unknown(id))?;
    if key.revoked_at.is_some() {
        return Err(Error::Conflict(format!("API key {id} was revoked already.")));
    }
    Ok(key)
}

/// The key that a bearer token is, if it is accepted now. Unknown, mistyped, expired and revoked are all alike: `None`.
pub fn authenticate(tx: &mut Tx<'_>, text: &str, now: i64) -> Result<Option<Key>, StoreError> {
    if !is_formed_as(PREFIX, text) {
        return Ok(None);
    }
    let found = keys::by_digest(tx, &digest(text))?;
    Ok(found.filter(|key| is_accepted(key.expires_at, key.revoked_at, now)))
}

/// Refuses a call by a key that was revoked or expired while the call was on its way.
pub(crate) fn check_standing(tx: &mut Tx<'_>, tenant: TenantId, id: &str, now: i64) -> Result<(), Error> {
    let key = keys::by_id(tx, tenant, id)?;
    if key.is_some_and(|key| is_accepted(key.expires_at, key.revoked_at, now)) {
        return Ok(());
    }
    let detail = "The API key was revoked or expired while the request was on its way. Nothing was changed.";
    Err(ScimError::status(401, detail).into())
}

/// The tenant that a call is about: the key's own, or for an operator's key the one it names; `None` if it names none.
///
/// # Errors
/// A name of no tenant, or of one that is not the key's: both in the same words.
pub fn tenant(tx: &mut Tx<'_>, key: &Key, named: Option<&str>) -> Result<Option<Tenant>, Error> {
    let unknown = |name: &str| Error::NotFound(format!("There is no tenant \"{name}\"."));
    if key.tenant == NO_TENANT {
        return named
            .map(|named| store::tenants::by_name(tx, named)?.ok_or_else(|| unknown(named)))
            .transpose();
    }
    let own = store::tenants::by_id(tx, key.tenant)?.ok_or_else(tenants::gone)?;
    match named {
        Some(named) if scim::fold::fold(named) != scim::fold::fold(&own.name) => Err(unknown(named)),
        _ => Ok(Some(own)),
    }
}
