//! Who is it: from the bearer token of a request to the connection it opens (RFC 6750).
//!
//! Wrong, foreign, expired, revoked and unknown are one and the same 401. The archive is asked every time: a token
//! revoked by another process is refused by the next request.

use crate::App;
use crate::error::Failure;
use ::scim::schema::definition::{Definitions, Synchronised};
use ::scim::{Provider, ScimError};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use provisioning::{Session, Settings, tokens};
use std::sync::Arc;
use store::connections::Connection;
use store::{Scope, TenantId, connections};

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
    },
    /// Without a good credential for a connection that is there: refused, and its administrator sees it.
    Refused {
        /// The request, without a token.
        session: Arc<Session>,
        /// The answer.
        failure: Failure,
    },
    /// Without any credential, to what is the same for everyone (RFC 7643 §5).
    Anonymous(Arc<Session>),
}

/// Identifies a request.
///
/// # Errors
/// `401` for a connection that is not there: the same answer as for one that is. `503` without a database.
pub fn enter(app: &App, connection: &str, request: &Request, request_id: &str) -> Result<Entry, Failure> {
    let token = bearer_token(request.headers());
    let now = app.store().clock().now();
    if token.is_none() && is_public(connection, request) {
        return Ok(Entry::Anonymous(Arc::new(neutral(app, connection, request_id, now))));
    }
    let found = app.store().read(|tx| match token {
        Some(token) => tokens::authenticate(tx, token, connection, now),
        None => Ok(None),
    })?;
    match found {
        Some(credential) => {
            let token_id = Some(credential.token_id);
            let session = session(app, &credential.connection, request_id, now, token_id)?;
            let (last_used_at, read_only) = (credential.last_used_at, credential.read_only);
            Ok(Entry::Session { session, last_used_at, read_only })
        }
        None => {
            refuse(app, connection, request_id, now, request.headers().contains_key(header::AUTHORIZATION))
        }
    }
}

fn refuse(
    app: &App,
    connection: &str,
    request_id: &str,
    now: i64,
    presented: bool,
) -> Result<Entry, Failure> {
    let failure = unauthorized(presented);
    let known = app.store().read(|tx| connections::by_id(tx, connection))?;
    match known {
        Some(connection) => {
            Ok(Entry::Refused { session: session(app, &connection, request_id, now, None)?, failure })
        }
        None => Err(failure),
    }
}

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
fn is_public(connection: &str, request: &Request) -> bool {
    let public = ["ServiceProviderConfig", "ResourceTypes", "Schemas", "openapi.json"];
    let below = super::below_base(request.uri().path(), connection);
    let first = below.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.headers().contains_key(header::AUTHORIZATION)
        && public.contains(&first)
}

fn session(
    app: &App,
    connection: &Connection,
    request_id: &str,
    now: i64,
    token_id: Option<String>,
) -> Result<Arc<Session>, Failure> {
    let shape = app.shape(connection)?;
    Ok(Arc::new(Session {
        scope: connection.scope,
        provider: connection.provider.parse().unwrap_or_default(),
        connection_version: connection.version,
        settings: shape.settings.clone(),
        definitions: Arc::clone(&shape.definitions),
        policy: Arc::clone(&shape.policy),
        base_url: app.base_url(&connection.id),
        request_id: request_id.to_owned(),
        at: now,
        token_id,
    }))
}

/// A session that belongs to no connection and can only be told what is the same for everyone.
fn neutral(app: &App, connection: &str, request_id: &str, now: i64) -> Session {
    Session {
        scope: Scope { tenant: TenantId(0), connection: 0 },
        provider: Provider::Generic,
        connection_version: 0,
        settings: Settings::default(),
        definitions: Arc::new(Definitions::build(&Synchronised::default())),
        policy: Arc::default(),
        base_url: app.base_url(connection),
        request_id: request_id.to_owned(),
        at: now,
        token_id: None,
    }
}
