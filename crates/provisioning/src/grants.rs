//! Grants: a client proves who it is and is given an access token for its connection (RFC 6749 §4.4).
//!
//! The token is one of the connection's own, kept as a digest like any other, with an hour to live. An assertion is
//! taken once (RFC 7523 §3). What is wrong with a proof is for the administrator; the client hears `invalid_client`.

use crate::Error;
use crate::jwt::{Audience, Keys, Presented, Seconds, shown};
use crate::tokens::{self, NewToken, Wanted};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::json;
use store::clients::{self, Client};
use store::events::{Journal, NewEvent, Origin, Subject};
use store::requests::{self, Record};
use store::{Store, StoreError, Tx, assertions};

/// How long an access token lives, in microseconds.
pub const LIFETIME: i64 = 3_600 * 1_000_000;
/// How far in the future an assertion may expire, in seconds.
pub const ASSERTION_LIFETIME: i64 = 600;
/// How far the clocks of a client and of this machine may be apart, in seconds.
const SKEW: i64 = 60;
/// How long the `jti` of an assertion may be, in bytes.
const JTI_LENGTH: usize = 256;

/// The scope that opens everything a connection has.
pub const SCOPE: &str = "scim";
/// The scope that opens reading alone.
pub const SCOPE_READ: &str = "scim.read";
/// The algorithms that an assertion may be signed with.
pub const ALGORITHMS: [&str; 3] = ["RS256", "PS256", "ES256"];
const ACCEPTED: [Algorithm; 3] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256];

/// What a client proves itself with.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// Its secret.
    Secret(&'a str),
    /// An assertion that it signed (RFC 7523 §2.2).
    Assertion(&'a str),
}

/// A client that has proven itself.
#[derive(Debug)]
pub struct Proven {
    /// The client.
    pub client: Client,
    assertion: Option<Assertion>,
}

/// An assertion that is good unless it was taken before.
#[derive(Debug)]
struct Assertion {
    digest: String,
    until: i64,
}

/// A client that has not proven itself.
#[derive(Debug)]
pub struct Denied {
    /// Whom it gave itself out for, if there is such a client.
    pub client: Option<Client>,
    /// What is wrong, for the administrator.
    pub why: String,
}

/// Why there is no token.
#[derive(Debug)]
pub enum Refused {
    /// The client has not proven itself.
    Denied(Box<Denied>),
    /// The archive failed.
    Failed(Error),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

fn denied(client: Option<Client>, why: impl Into<String>) -> Refused {
    Refused::Denied(Box::new(Denied { client, why: why.into() }))
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: Seconds,
    nbf: Option<Seconds>,
    iat: Option<Seconds>,
    jti: String,
}

/// Finds out who a client is. `id` is what it calls itself beside the proof; `audiences` are the names that this
/// service has in an assertion.
pub fn prove(
    store: &Store,
    id: Option<&str>,
    proof: Proof<'_>,
    audiences: &[&str],
) -> Result<Proven, Refused> {
    let find = |id: &str| store.read(|tx| clients::by_id(tx, id));
    match proof {
        Proof::Secret(secret) => {
            let client = id.map(find).transpose()?.flatten();
            // Two digests of 256 random bits: how alike they are tells nothing of the secret.
            match client {
                None => Err(denied(None, "there is no such client")),
                Some(client) if client.revoked_at.is_some() => {
                    Err(denied(Some(client), "the client was revoked"))
                }
                Some(client) if client.digest.is_none() => {
                    Err(denied(Some(client), "a secret came from a client that proves itself by signing"))
                }
                Some(client) if client.digest.as_deref() != Some(&tokens::digest(secret)) => {
                    Err(denied(Some(client), "the secret is not the client's"))
                }
                Some(client) => Ok(Proven { client, assertion: None }),
            }
        }
        Proof::Assertion(text) => {
            let read = Presented::read(text, &ACCEPTED).and_then(|presented| {
                let claims = presented.claims::<Claims>()?;
                Ok((presented, claims))
            });
            let named = id.or(read.as_ref().ok().map(|(_, claims)| claims.iss.as_str()));
            let client = named.map(find).transpose()?.flatten();
            let Some(client) = client else { return Err(denied(None, "there is no such client")) };
            let checked = read.and_then(|(presented, claims)| {
                check(&client, &presented, &claims, audiences, store.clock().now() / 1_000_000)
            });
            match checked {
                Ok(assertion) => Ok(Proven { client, assertion: Some(assertion) }),
                Err(why) => Err(denied(Some(client), format!("the assertion was refused: {why}"))),
            }
        }
    }
}

/// Whom an assertion says it is of; nobody has looked at its signature.
pub fn claimed_client(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let presented = Presented::read(assertion, &ACCEPTED).ok()?;
    presented.claims().ok().map(|Issuer { iss }| iss)
}

/// Holds an assertion against RFC 7523 §3; the numbers are those of its rules.
fn check(
    client: &Client,
    presented: &Presented<'_>,
    claims: &Claims,
    audiences: &[&str],
    now: i64,
) -> Result<Assertion, String> {
    if client.revoked_at.is_some() {
        return Err("the client was revoked".into());
    }
    let keys = client.public_keys.as_deref().and_then(|keys| serde_json::from_str(keys).ok());
    let keys = keys.ok_or("the client proves itself by a secret, not by signing")?;
    let keys = Keys::read(&keys)?;
    // 1, 2: issuer and subject are the client.
    if claims.iss != client.id || claims.sub != client.id {
        return Err(format!(
            "its issuer {} and its subject {} must both be the client's id",
            shown(&claims.iss),
            shown(&claims.sub)
        ));
    }
    // 3: it was made for this service.
    if !audiences.iter().any(|audience| claims.aud.contains(audience)) {
        return Err(format!("it is for audience {}, not for {}", claims.aud.shown(), audiences.join(" or ")));
    }
    // 4, 5, 6: it is good now, and not for long.
    if now >= claims.exp.0.saturating_add(SKEW) {
        return Err("it has expired; is the clock of the client right?".into());
    }
    if claims.exp.0 > now + ASSERTION_LIFETIME + SKEW {
        return Err(format!("it expires more than {ASSERTION_LIFETIME} seconds from now"));
    }
    let begins = [claims.nbf, claims.iat].into_iter().flatten();
    if begins.into_iter().any(|Seconds(begin)| begin.saturating_sub(SKEW) > now) {
        return Err("it is not good yet; is the clock of the client right?".into());
    }
    // 7: it can be told from every other.
    if claims.jti.is_empty() || claims.jti.len() > JTI_LENGTH {
        return Err(format!("its jti has not between 1 and {JTI_LENGTH} bytes"));
    }
    // 9: the client signed it.
    if !presented.is_signed_by(&keys) {
        return Err("none of the client's keys signed it, or not the one that it names".into());
    }
    let until = claims.exp.0.saturating_add(SKEW).saturating_mul(1_000_000);
    Ok(Assertion { digest: tokens::digest(&claims.jti), until })
}

/// Whether the scope that a client asks for opens reading alone. Without one it gets all it may have.
///
/// # Errors
/// A scope there is not, or that the client may not have.
pub fn is_read_only(scope: Option<&str>, client: &Client) -> Result<bool, String> {
    let Some(scope) = scope else { return Ok(client.read_only) };
    let words: Vec<&str> = scope.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.iter().any(|word| ![SCOPE, SCOPE_READ].contains(word)) {
        return Err(format!("Scopes are {SCOPE} and {SCOPE_READ}."));
    }
    let everything = words.contains(&SCOPE);
    if everything && client.read_only {
        return Err(format!("This client may only read. Ask for {SCOPE_READ}."));
    }
    Ok(!everything)
}

/// Gives a client that has proven itself an access token. `record` is that of the request, all but its effect; it is
/// written with the token and its event.
pub async fn issue(
    store: &Store,
    proven: Proven,
    read_only: bool,
    record: Record,
) -> Result<NewToken, Refused> {
    let now = store.clock().now();
    let Proven { client, assertion } = proven;
    let wanted = Wanted { name: &client.name, expires_at: Some(now + LIFETIME), read_only };
    let mut new = tokens::compose_row(store, client.scope, wanted);
    new.token.client_id = Some(client.id.clone());
    let token = new.token.clone();
    store
        .write_of(client.scope.tenant, move |tx| {
            // Read anew: it may have been revoked since it proved itself.
            let known = clients::by_id(tx, &client.id)?;
            if known.is_none_or(|known| known.revoked_at.is_some()) {
                return Err(denied(Some(client.clone()), "the client was revoked"));
            }
            forget(tx, &client, now)?;
            if let Some(Assertion { digest, until }) = &assertion
                && !assertions::take(tx, &client, digest, *until)?
            {
                return Err(denied(Some(client.clone()), "the assertion was refused: it was sent before"));
            }
            let change = store::tokens::insert(tx, &token)?;
            let mut journal = Journal::default();
            let summary = format!("Client \"{}\" was given an access token", client.name);
            let changes = json!([{ "kind": "token.issued", "subject": token.id, "summary": summary }]);
            let event = NewEvent {
                kind: "token.issued",
                subject: Subject { kind: "token", id: token.id.clone() },
                connection: Some(client.scope.connection),
                summary,
                before: None,
                after: Some(json!({
                    "client": client.id,
                    "expiresAt": token.expires_at.map(crate::people::time),
                    "readOnly": token.read_only,
                })),
            };
            journal.record(change, event);
            let origin = Origin {
                actor_kind: "client",
                actor_id: Some(client.id.clone()),
                request_id: Some(record.id.clone()),
                at: now,
            };
            journal.flush(tx, client.scope.tenant, &origin)?;
            let record = Record { changes: Some(changes), ..record.clone() };
            requests::insert(tx, &record)?;
            Ok(())
        })
        .await?;
    Ok(new)
}

/// Forgets what a client can do nothing with any more.
fn forget(tx: &mut Tx<'_>, client: &Client, now: i64) -> Result<(), StoreError> {
    assertions::prune(tx, client, now)?;
    store::tokens::prune(tx, client, now)
}
