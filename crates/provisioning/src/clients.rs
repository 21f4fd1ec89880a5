//! Clients: programs that fetch their own access tokens by OAuth 2.0 instead of keeping one for a year.
//!
//! A client proves itself by a secret, of which only the SHA-256 is kept, or by signing with a key whose public half is
//! registered here. Revoking it ends every token it was given.

use crate::connections::NAME_LENGTH;
use crate::jwt::Keys;
use crate::people::{self, Operator};
use crate::{Error, connections, names, tokens};
use serde_json::{Value, json};
use store::clients::{self, Client};
use store::{Scope, Store, Tx};

/// How many keys a client may have: enough for one that is on its way in and one on its way out.
const KEYS: usize = 10;

/// A client just made: the only time its secret is at hand.
#[derive(Clone)]
pub struct NewClient {
    /// The row.
    pub client: Client,
    /// The secret, to be shown once; `None` for a client that signs.
    pub secret: Option<String>,
}

impl std::fmt::Debug for NewClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewClient").field("client", &self.client.id).finish_non_exhaustive()
    }
}

/// What a new client shall be.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// A name to know it by.
    pub name: &'a str,
    /// The JWK Set of a client that signs; `None` for one with a secret.
    pub public_keys: Option<&'a Value>,
    /// Whether its tokens open reading alone.
    pub read_only: bool,
}

/// Makes a client of a connection.
///
/// # Errors
/// A name that is empty or too long; keys that cannot be used, or that are not public.
pub async fn create(
    store: &Store,
    operator: &Operator,
    scope: Scope,
    wanted: Wanted<'_>,
) -> Result<NewClient, Error> {
    let name = wanted.name.trim();
    names::check("A client's", name, NAME_LENGTH)?;
    let public_keys = wanted.public_keys.map(checked_keys).transpose()?;
    let secret = public_keys.is_none().then(|| tokens::compose_secret(store.ids().secret()));
    let client = Client {
        scope,
        id: store.ids().next(),
        name: name.to_owned(),
        digest: secret.as_deref().map(tokens::digest),
        public_keys,
        read_only: wanted.read_only,
        created_at: store.clock().now(),
        revoked_at: None,
    };
    let row = client.clone();
    people::act(store, operator, scope.tenant, move |act| {
        connections::check_open(act.tx, scope)?;
        let change = clients::insert(act.tx, &row)?;
        let after = json!({ "name": row.name, "method": method(&row), "readOnly": row.read_only });
        let summary = format!("Client \"{}\" was created", row.name);
        act.record(change, "client.created", ("client", &row.id), Some(scope), summary, None, Some(after));
        Ok(())
    })
    .await?;
    Ok(NewClient { client, secret })
}

fn checked_keys(set: &Value) -> Result<String, Error> {
    Keys::read(set).map_err(Error::invalid)?;
    if set["keys"].as_array().is_some_and(|keys| keys.len() > KEYS) {
        return Err(Error::invalid(format!("A client may have {KEYS} keys at most.")));
    }
    Ok(set.to_string())
}

/// How a client proves itself: by signing, or by a secret, in whichever of the two ways it likes to send one.
pub fn method(client: &Client) -> &'static str {
    if client.public_keys.is_some() { "private_key_jwt" } else { "client_secret" }
}

/// Gives a client another secret; the old one ends at once. Access tokens that it has live on until they expire.
///
/// # Errors
/// No such client, one that was revoked, or one that signs.
pub async fn rotate(store: &Store, operator: &Operator, id: &str) -> Result<NewClient, Error> {
    let known = store.read(|tx| usable(tx, id))?;
    let secret = tokens::compose_secret(store.ids().secret());
    let (digest, id) = (tokens::digest(&secret), id.to_owned());
    let client = people::act(store, operator, known.scope.tenant, move |act| {
        let client = usable(act.tx, &id)?;
        if client.public_keys.is_some() {
            return Err(Error::invalid(format!(
                "Client {id} signs with keys of its own and has no secret. Make a new client with other keys, and revoke this one."
            )));
        }
        let change = clients::set_digest(act.tx, &client, &digest)?;
        let summary = format!("Client \"{}\" was given another secret", client.name);
        act.record(change, "client.rotated", ("client", &id), Some(client.scope), summary, None, None);
        Ok(Client { digest: Some(digest.clone()), ..client })
    })
    .await?;
    Ok(NewClient { client, secret: Some(secret) })
}

/// Ends a client at once, and every token it was given.
pub async fn revoke(store: &Store, operator: &Operator, id: &str) -> Result<Client, Error> {
    let known = store.read(|tx| usable(tx, id))?;
    let id = id.to_owned();
    people::act(store, operator, known.scope.tenant, move |act| {
        let client = usable(act.tx, &id)?;
        let at = act.at;
        let change =
            clients::revoke(act.tx, &client, at)?.and(store::tokens::end_of_client(act.tx, &client, at)?);
        let summary = format!("Client \"{}\" was revoked, with every token it was given", client.name);
        act.record(change, "client.revoked", ("client", &id), Some(client.scope), summary, None, None);
        Ok(())
    })
    .await?;
    Ok(known)
}

fn usable(tx: &mut Tx<'_>, id: &str) -> Result<Client, Error> {
    let client = clients::by_id(tx, id)?.ok_or_else(|| {
        Error::NotFound(format!(
            "There is no client {id}. `accessiq client list --connection ID` shows those there are."
        ))
    })?;
    if client.revoked_at.is_some() {
        return Err(Error::invalid(format!("Client {id} was revoked already.")));
    }
    Ok(client)
}
