//! Clients: programs that fetch their own access tokens for a connection by OAuth 2.0. A secret is shown once.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME, optional_time};
use super::problem::Problem;
use provisioning::clients::{self, NewClient, Wanted};
use provisioning::grants::{SCOPE, SCOPE_READ};
use provisioning::people::time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::clients::Client;

/// A client, without its secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Client")]
pub struct ClientView {
    /// The id, which the client names itself by.
    pub id: String,
    /// The name.
    pub name: String,
    /// `active` or `revoked`.
    pub state: String,
    /// How it proves itself: `client_secret` or `private_key_jwt`.
    pub method: String,
    /// Whether its tokens open reading alone.
    pub read_only: bool,
    /// When it was made.
    pub created_at: String,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

impl From<&Client> for ClientView {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.clone(),
            name: client.name.clone(),
            state: if client.revoked_at.is_some() { "revoked" } else { "active" }.to_owned(),
            method: clients::method(client).to_owned(),
            read_only: client.read_only,
            created_at: time(client.created_at),
            revoked_at: optional_time(client.revoked_at),
        }
    }
}

impl Sample for ClientView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "nightly".into(),
            state: "active".into(),
            method: "client_secret".into(),
            read_only: false,
            created_at: SAMPLE_TIME.into(),
            revoked_at: None,
        }
    }
}

/// A client just made, or with another secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientMade {
    /// The client.
    #[serde(flatten)]
    pub client: ClientView,
    /// The secret, this once; only its hash is kept. Null for a client that signs, and where this answer is given again to
    /// a repeated request.
    pub secret: Option<String>,
    /// Where the client fetches its access tokens.
    pub token_endpoint: String,
    /// The scope that it asks for.
    pub scope: String,
}

impl ClientMade {
    /// A client of a server that is reached at this URL.
    pub fn of(client: &Client, secret: Option<String>, public_url: &str) -> Self {
        Self {
            client: client.into(),
            secret,
            token_endpoint: format!("{}/oauth/token", public_url.trim_end_matches('/')),
            scope: if client.read_only { SCOPE_READ } else { SCOPE }.to_owned(),
        }
    }
}

impl Sample for ClientMade {
    fn sample() -> Self {
        Self {
            client: ClientView::sample(),
            secret: Some("scim_client_…".into()),
            token_endpoint: "https://iam.example.com/oauth/token".into(),
            scope: SCOPE.into(),
        }
    }
}

/// A client to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientWanted {
    /// A name to know it by: 1 to 100 characters.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Its public keys, a JWK Set; without them the client gets a secret.
    pub public_keys: Option<Value>,
    /// Whether its tokens open reading alone.
    #[serde(default)]
    pub read_only: bool,
}

impl Sample for ClientWanted {
    fn sample() -> Self {
        Self { name: "nightly".into(), public_keys: None, read_only: false }
    }
}

/// The connection's client that the path names.
fn named(call: &Call) -> Result<Client, Problem> {
    let (connection, id) = (call.connection()?, call.named("client"));
    let all = call.app.store().read(|tx| store::clients::of_connection(tx, connection.scope))?;
    all.into_iter()
        .find(|client| client.id == id)
        .ok_or_else(|| Problem::not_found(format!("There is no client \"{id}\" of this connection.")))
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, scope) = (call.paging()?, call.connection()?.scope);
    let all = call.app.store().read(|tx| store::clients::of_connection(tx, scope))?;
    let rows = paging.of_all(all, |client| &client.id);
    Reply::ok(&call.page(&paging, rows, |client| &client.id, |client| ClientView::from(client)))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let (scope, wanted): (_, ClientWanted) = (call.connection()?.scope, call.body()?);
    let ClientWanted { name, public_keys, read_only } = wanted;
    let wanted = Wanted { name: &name, public_keys: public_keys.as_ref(), read_only };
    made(&call, clients::create(call.app.store(), &call.operator, scope, wanted).await?)
}

pub(super) async fn rotate(call: Call) -> Result<Reply, Problem> {
    let client = named(&call)?;
    made(&call, clients::rotate(call.app.store(), &call.operator, &client.id).await?)
}

fn made(call: &Call, NewClient { client, secret }: NewClient) -> Result<Reply, Problem> {
    let stands = format!("/connections/{}/clients", call.named("connection"));
    let view = |secret| ClientMade::of(&client, secret, call.app.public_url());
    Reply::created(stands, &view(secret))?.once(&view(None))
}

pub(super) async fn revoke(call: Call) -> Result<Reply, Problem> {
    let client = named(&call)?;
    clients::revoke(call.app.store(), &call.operator, &client.id).await?;
    Ok(Reply::nothing())
}
