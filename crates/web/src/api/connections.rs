//! Connections: an identity provider's feed into the tenant, and how it is set up.

use super::call::{Call, Reply};
use super::ending::EndingView;
use super::endpoint::Sample;
use super::jobs::Changed;
use super::named::{SAMPLE_ID, SAMPLE_TIME};
use super::problem::{Kind, Problem};
use super::settings::{SettingsChange, SettingsView};
use super::tokens::{TokenMade, expiry};
use ::scim::Provider;
use provisioning::keys::Scope;
use provisioning::people::time;
use provisioning::{Error, Settings, connections, setup};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::connections::Connection;

/// A connection.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Connection")]
pub struct ConnectionView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The identity provider: `okta`, `entra`, `google`, `auth0`, `cognito` or `generic`.
    pub provider: String,
    /// The SCIM base URL, for the identity provider.
    pub base_url: String,
    /// How it is set up.
    pub settings: SettingsView,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub modified_at: String,
    /// Whether it was ended: it takes no requests then, and its events and records stay.
    pub ending: Option<EndingView>,
}

impl ConnectionView {
    /// A connection of a server that is reached at this URL.
    pub fn of(connection: &Connection, public_url: &str) -> Result<Self, Error> {
        Ok(Self {
            id: connection.id.clone(),
            name: connection.name.clone(),
            provider: connection.provider.clone(),
            base_url: format!("{}/scim/v2/{}", public_url.trim_end_matches('/'), connection.id),
            settings: SettingsView::from(&connections::settings(connection)?),
            version: connection.version,
            created_at: time(connection.created_at),
            modified_at: time(connection.modified_at),
            ending: connection.ending.map(EndingView::from),
        })
    }
}

impl Sample for ConnectionView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "Okta".into(),
            provider: "okta".into(),
            base_url: format!("https://iam.example.com/scim/v2/{SAMPLE_ID}"),
            settings: SettingsView::from(&Settings::default()),
            version: 1,
            created_at: SAMPLE_TIME.into(),
            modified_at: SAMPLE_TIME.into(),
            ending: None,
        }
    }
}

/// A connection to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConnection {
    /// The identity provider: `okta`, `entra`, `google`, `auth0`, `cognito` or `generic`.
    #[schemars(extend("enum" = ["okta", "entra", "google", "auth0", "cognito", "generic"]))]
    pub provider: String,
    /// Its name; the provider's if none is given.
    pub name: Option<String>,
    /// Days until its first token expires, 0 for never; 365 if none is given.
    #[schemars(range(min = 0, max = 36_500))]
    pub token_days: Option<u32>,
}

impl Sample for NewConnection {
    fn sample() -> Self {
        Self { provider: "okta".into(), name: Some("Okta".into()), token_days: Some(365) }
    }
}

/// A connection just made, with its first token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionMade {
    /// The connection.
    #[serde(flatten)]
    pub connection: ConnectionView,
    /// Its first token.
    pub token: TokenMade,
}

impl Sample for ConnectionMade {
    fn sample() -> Self {
        Self { connection: Sample::sample(), token: Sample::sample() }
    }
}

/// Changes to a connection: what is left away stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChange {
    /// The name.
    pub name: Option<String>,
    /// Its settings.
    pub settings: Option<SettingsChange>,
    /// Go on even if something that is stored is removed by it. Without this the answer is `409` and says what would go.
    #[serde(default)]
    pub confirmed: bool,
}

impl Sample for ConnectionChange {
    fn sample() -> Self {
        Self { name: Some("Okta of Acme".into()), settings: Some(Sample::sample()), confirmed: false }
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, tenant) = (call.paging()?, call.tenant()?.tenant);
    let all = call.app.store().read(|tx| store::connections::of_tenant(tx, tenant))?;
    let rows = paging.of_all(all, |connection| &connection.id);
    let shown = rows.iter().map(|row| ConnectionView::of(row, call.app.public_url()));
    let shown = shown.collect::<Result<Vec<_>, _>>()?;
    Reply::ok(&call.page_of(&paging, shown, |view| &view.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let connection = call.connection()?;
    let view = ConnectionView::of(&connection, call.app.public_url())?;
    Ok(Reply::ok(&view)?.at_version(connection.version))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let (wanted, store): (NewConnection, _) = (call.body()?, call.app.store());
    let provider: Provider = wanted.provider.parse().map_err(|_| {
        Problem::new(
            Kind::Invalid,
            format!(
                "There is no provider \"{}\". It is one of: okta, entra, google, auth0, cognito, generic.",
                wanted.provider
            ),
        )
    })?;
    let expires_at = expiry(store, wanted.token_days);
    let tenant = call.tenant()?.tenant;
    let name = wanted.name.as_deref();
    let (connection, token) =
        connections::create(store, &call.operator, tenant, provider, name, expires_at).await?;
    let view = |token| -> Result<_, Problem> {
        Ok(ConnectionMade { connection: ConnectionView::of(&connection, call.app.public_url())?, token })
    };
    let told = view(TokenMade::of(&token))?;
    let reply = Reply::created(format!("/connections/{}", connection.id), &told)?;
    reply.at_version(connection.version).once(&view(TokenMade::without_secret(&token.token))?)
}

pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let (connection, wanted): (_, ConnectionChange) = (call.connection()?, call.body()?);
    if wanted.settings.as_ref().is_some_and(SettingsChange::lets_in) {
        call.check_scopes(&[Scope::Tokens])?;
    }
    if wanted.settings.as_ref().is_some_and(SettingsChange::asks_this_machine) {
        return Err(provisioning::Error::invalid(
            "An entraAuthority on this machine is for trials: `accessiq connection set` takes it, the API does not.",
        )
        .into());
    }
    let mut changes = wanted.settings.unwrap_or_default().pairs();
    changes.extend(wanted.name.map(|name| ("name".to_owned(), name)));
    let wanted = setup::Wanted { changes, version: call.seen()?, confirmed: wanted.confirmed };
    let (connection, job) = setup::set(call.app.store(), &call.operator, &connection.id, wanted).await?;
    let view = ConnectionView::of(&connection, call.app.public_url())?;
    let answer = Changed::of(view, job.as_ref(), &connection.id);
    Ok(Reply::ok(&answer)?.at_version(connection.version))
}
