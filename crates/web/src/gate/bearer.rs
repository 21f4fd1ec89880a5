//! Who is it: from the bearer token of a request to the connection it opens (RFC 6750).
//!
//! A token of ours, or Entra ID's own. Wrong, foreign, expired, revoked and unknown are one and the same 401. The archive
//! is asked every time: a token revoked by another process is refused by the next request.

use crate::App;
use crate::error::Failure;
use crate::gate::entra;
use crate::gate::entra::keyring::Unproven;
use ::scim::schema::definition::{Definitions, Synchronised};
use ::scim::{Provider, ScimError};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use provisioning::{Caller, Error, Session, jwt, tokens};
use std::sync::Arc;
use store::connections::Connection;
use store::{Scope, Snapshot, TenantId, connections};

/// How a request comes in.
pub enum Entry {
    /// With a credential.
    Session {
        /// The request.
        session: Arc<Session>,
        /// When its token was last used, as far as that is written.
        last_used_at: Option<i64>,
        /// Whether its token opens reading alone.
        read_only: bool,
        /// The read that found the token, for a request that reads on at once.
        snapshot: Option<Snapshot>,
    },
    /// Without a good credential for a connection that is there: refused, and its administrator sees it.
    Refused {
        /// The request, without a token.
        session: Arc<Session>,
        /// The answer.
        failure: Failure,
        /// What its administrator reads instead of the answer.
        reason: Option<String>,
    },
    /// Without any credential, to what is the same for everyone (RFC 7643 §5).
    Anonymous(Arc<Session>),
}

/// A request on its way in.
struct Arrival<'r> {
    app: &'r App,
    method: &'r Method,
    connection: &'r str,
    request_id: &'r str,
    now: i64,
}

/// Identifies a request.
///
/// # Errors
/// `401` for a connection that is not there: the same answer as for one that is. `503` without a database.
pub async fn enter(app: &App, connection: &str, head: &Parts, request_id: &str) -> Result<Entry, Failure> {
    let now = app.store().clock().now();
    let arrival = Arrival { app, method: &head.method, connection, request_id, now };
    match bearer_token(&head.headers) {
        None if is_public(connection, head) => Ok(Entry::Anonymous(Arc::new(arrival.neutral()))),
        None => arrival.refuse(head.headers.contains_key(header::AUTHORIZATION)),
        Some(token) if jwt::has_form(token) => arrival.enter_with_jwt(token).await,
        Some(token) => arrival.enter_with_token(token),
    }
}

impl Arrival<'_> {
    fn enter_with_token(&self, token: &str) -> Result<Entry, Failure> {
        let mut snapshot = self.app.store().snapshot()?;
        let found = snapshot.read(|tx| {
            let Some(credential) = tokens::authenticate(tx, token, self.connection, self.now)? else {
                return Ok(None);
            };
            let shape = self.app.shape_within(tx, &credential.connection)?;
            Ok::<_, Error>(Some((credential, shape)))
        })?;
        let Some((credential, shape)) = found else {
            drop(snapshot);
            return self.refuse(true);
        };
        let token = credential.token_id;
        let caller = match credential.client_id {
            None => Caller::Token(token),
            Some(client) => Caller::Client { client, token },
        };
        let request_id = self.request_id.to_owned();
        let session = self.app.session_of(&credential.connection, &shape, caller, request_id, self.now);
        Ok(Entry::Session {
            session: Arc::new(session),
            last_used_at: credential.last_used_at,
            read_only: credential.read_only,
            snapshot: (self.method == Method::GET).then_some(snapshot),
        })
    }

    /// No token of ours has the form of a JWT: it is Entra ID's own, or nothing.
    async fn enter_with_jwt(&self, token: &str) -> Result<Entry, Failure> {
        let connection = self.app.store().read(|tx| connections::by_id(tx, self.connection))?;
        let Some(connection) = connection else { return Err(unauthorized(true)) };
        if connection.ending.is_some() {
            return self.refuse(true);
        }
        let shape = self.app.shape(&connection)?;
        let (failure, reason) = match entra::prove(self.app, token, &shape.settings.entra).await {
            Ok(caller) => {
                let session = self.session(&connection, caller)?;
                return Ok(Entry::Session { session, last_used_at: None, read_only: false, snapshot: None });
            }
            Err(Unproven::Refused(reason)) => (unauthorized(true), reason),
            // The token may well be good: a 401 would make Entra ID give up until somebody looks after it.
            Err(Unproven::Unknown(reason)) => (ScimError::status(503, NO_KEYS).into(), reason),
        };
        let session = self.session(&connection, Caller::Nobody)?;
        Ok(Entry::Refused { session, failure, reason: Some(reason) })
    }

    fn refuse(&self, presented: bool) -> Result<Entry, Failure> {
        let failure = unauthorized(presented);
        let known = self.app.store().read(|tx| connections::by_id(tx, self.connection))?;
        match known {
            Some(connection) => {
                let session = self.session(&connection, Caller::Nobody)?;
                Ok(Entry::Refused { session, failure, reason: None })
            }
            None => Err(failure),
        }
    }

    fn session(&self, connection: &Connection, caller: Caller) -> Result<Arc<Session>, Failure> {
        Ok(Arc::new(self.app.session(connection, caller, self.request_id.to_owned(), self.now)?))
    }

    /// A session that belongs to no connection and can only be told what is the same for everyone.
    fn neutral(&self) -> Session {
        Session {
            scope: Scope { tenant: TenantId(0), connection: 0 },
            provider: Provider::Generic,
            connection_version: 0,
            settings: Arc::default(),
            definitions: Arc::new(Definitions::build(&Synchronised::default())),
            policy: Arc::default(),
            base_url: self.app.base_url(self.connection),
            request_id: self.request_id.to_owned(),
            at: self.now,
            caller: Caller::Nobody,
            is_rehearsal: false,
        }
    }
}

/// What is said while nobody can tell whether a token is good.
const NO_KEYS: &str = "The token cannot be checked right now, because the keys of its issuer cannot be had. Nothing was changed. Try again in a few seconds.";

/// The one answer to every bad credential.
fn unauthorized(presented: bool) -> Failure {
    let detail = if presented {
        "The bearer token is not valid for this address. Check the token and the SCIM base URL, or make a new token in AccessIQ."
    } else {
        "This address needs a bearer token: Authorization: Bearer <token>."
    };
    Failure(ScimError::status(401, detail))
}

/// What is said to a token that opens reading alone and was sent to change something.
const READ_ONLY: &str =
    "This token opens reading alone. Use a token that may write, or make one in AccessIQ.";

/// The answer to a token that opens reading alone and was sent to change something.
pub fn insufficient_scope() -> Failure {
    ScimError::status(403, READ_ONLY).into()
}

/// Adds the challenge of RFC 6750 §3 to an answer that asks for another credential; without one it names no error.
pub fn challenge(response: &mut Response, presented: bool) {
    let read_only =
        response.extensions().get::<Failure>().is_some_and(|Failure(error)| error.detail == READ_ONLY);
    let challenge = match response.status() {
        StatusCode::FORBIDDEN if read_only => "Bearer realm=\"AccessIQ\", error=\"insufficient_scope\"",
        StatusCode::UNAUTHORIZED if presented => "Bearer realm=\"AccessIQ\", error=\"invalid_token\"",
        StatusCode::UNAUTHORIZED => "Bearer realm=\"AccessIQ\"",
        _ => return,
    };
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
}

/// The bearer token of a request, if it has exactly one.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// What is the same for every connection may be read without a credential, whether the connection is there or not.
fn is_public(connection: &str, head: &Parts) -> bool {
    let public = ["ServiceProviderConfig", "ResourceTypes", "Schemas", "openapi.json"];
    let below = super::below_base(head.uri.path(), connection);
    let first = below.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(head.method, Method::GET | Method::HEAD)
        && !head.headers.contains_key(header::AUTHORIZATION)
        && public.contains(&first)
}
