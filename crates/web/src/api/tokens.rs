//! Tokens: the bearer credentials of a connection. A token's text is shown once, to whoever made it.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME, optional_time};
use super::problem::{Kind, Problem};
use provisioning::people::time;
use provisioning::tokens::{self, DAY, LIFETIME, NewToken, Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Store;
use store::tokens::Token;

/// The longest that a token may be asked to live, in days: a hundred years.
const MOST_DAYS: u32 = 36_500;
/// The longest that a rotated token may be asked to live on, in hours: a year.
const MOST_HOURS: u32 = 8_760;

/// A token, without its text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Token")]
pub struct TokenView {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// `active`, `expired` or `revoked`.
    pub state: String,
    /// Whether it opens reading alone.
    pub read_only: bool,
    /// The client that it was issued to; null if a person made it.
    pub client: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// From when on it is refused.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
    /// From where.
    pub last_used_address: Option<String>,
    /// By which user agent.
    pub last_used_agent: Option<String>,
}

impl TokenView {
    /// A token as it is now.
    pub fn of(token: &Token, now: i64) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            state: state(token, now).to_owned(),
            read_only: token.read_only,
            client: token.client_id.clone(),
            created_at: time(token.created_at),
            expires_at: optional_time(token.expires_at),
            revoked_at: optional_time(token.revoked_at),
            last_used_at: optional_time(token.last_used_at),
            last_used_address: token.last_used_address.clone(),
            last_used_agent: token.last_used_agent.clone(),
        }
    }
}

/// What a token is good for now.
pub fn state(token: &Token, now: i64) -> &'static str {
    if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at.is_some_and(|expires_at| expires_at <= now) {
        "expired"
    } else {
        "active"
    }
}

impl Sample for TokenView {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "first".into(),
            state: "active".into(),
            read_only: false,
            client: None,
            created_at: SAMPLE_TIME.into(),
            expires_at: Some("2027-01-01T00:00:00.000Z".into()),
            revoked_at: None,
            last_used_at: None,
            last_used_address: None,
            last_used_agent: None,
        }
    }
}

/// A token just made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenMade {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The token itself, this once; only its hash is kept. Null where this answer is given again to a repeated request:
    /// whoever lost the first answer revokes the token and makes another.
    pub token: Option<String>,
    /// From when on it is refused.
    pub expires_at: Option<String>,
}

impl TokenMade {
    /// A token at the one time that its text is at hand.
    pub fn of(new: &NewToken) -> Self {
        Self { token: Some(new.text.clone()), ..Self::without_secret(&new.token) }
    }

    /// The same without its text.
    pub fn without_secret(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            token: None,
            expires_at: optional_time(token.expires_at),
        }
    }
}

impl Sample for TokenMade {
    fn sample() -> Self {
        Self {
            id: SAMPLE_ID.into(),
            name: "first".into(),
            token: Some("scim_…".into()),
            expires_at: Some("2027-01-01T00:00:00.000Z".into()),
        }
    }
}

/// A token to be made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenWanted {
    /// A name to know it by; `token` if none is given.
    pub name: Option<String>,
    /// Days until it expires, 0 for never; 365 if none is given.
    #[schemars(range(min = 0, max = 36_500))]
    pub days: Option<u32>,
    /// Whether it opens reading alone.
    #[serde(default)]
    pub read_only: bool,
}

impl Sample for TokenWanted {
    fn sample() -> Self {
        Self { name: Some("from March".into()), days: Some(90), read_only: false }
    }
}

/// How a token is rotated.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// Hours that the old token lives on; 24 if none is given.
    #[schemars(range(min = 0, max = 8_760))]
    pub overlap_hours: Option<u32>,
}

impl Sample for Rotation {
    fn sample() -> Self {
        Self { overlap_hours: Some(24) }
    }
}

/// From when on a token made now is refused. Days of more than a hundred years are a hundred years.
pub(super) fn expiry(store: &Store, days: Option<u32>) -> Option<i64> {
    match days {
        Some(0) => None,
        Some(days) => Some(store.clock().now() + i64::from(days.min(MOST_DAYS)) * DAY),
        None => Some(store.clock().now() + LIFETIME),
    }
}

/// The connection's token that the path names.
fn named(call: &Call) -> Result<Token, Problem> {
    let (connection, id) = (call.connection()?, call.named("token"));
    let all = call.app.store().read(|tx| store::tokens::of_connection(tx, connection.scope))?;
    all.into_iter()
        .find(|token| token.id == id)
        .ok_or_else(|| Problem::not_found(format!("There is no token \"{id}\" of this connection.")))
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, scope) = (call.paging()?, call.connection()?.scope);
    let store = call.app.store();
    let all = store.read(|tx| store::tokens::of_connection(tx, scope))?;
    let rows = paging.of_all(all, |token| &token.id);
    let now = store.clock().now();
    Reply::ok(&call.page(&paging, rows, |token| &token.id, |token| TokenView::of(token, now)))
}

pub(super) async fn create(call: Call) -> Result<Reply, Problem> {
    let (scope, wanted): (_, TokenWanted) = (call.connection()?.scope, call.body()?);
    let name = wanted.name.unwrap_or_else(|| "token".into());
    let expires_at = expiry(call.app.store(), wanted.days);
    let wanted = Wanted { name: &name, expires_at, read_only: wanted.read_only };
    made(&call, &tokens::create(call.app.store(), &call.operator, scope, wanted).await?)
}

fn made(call: &Call, token: &NewToken) -> Result<Reply, Problem> {
    let stands = format!("/connections/{}/tokens", call.named("connection"));
    let reply = Reply::created(stands, &TokenMade::of(token))?;
    reply.once(&TokenMade::without_secret(&token.token))
}

pub(super) async fn rotate(call: Call) -> Result<Reply, Problem> {
    let (token, wanted): (_, Rotation) = (named(&call)?, call.body()?);
    let hours = wanted.overlap_hours.unwrap_or(24);
    if hours > MOST_HOURS {
        return Err(Problem::new(Kind::Invalid, format!("overlapHours is {MOST_HOURS} at most.")));
    }
    let overlap = i64::from(hours) * (DAY / 24);
    made(&call, &tokens::rotate(call.app.store(), &call.operator, &token.id, overlap).await?)
}

pub(super) async fn revoke(call: Call) -> Result<Reply, Problem> {
    let token = named(&call)?;
    tokens::revoke(call.app.store(), &call.operator, &token.id).await?;
    Ok(Reply::nothing())
}
