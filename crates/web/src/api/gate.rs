//! The gate of the API: nobody comes in without a key, and no key goes beyond its scopes and its tenant.

use super::call::Call;
use super::endpoint::Endpoint;
use super::problem::{Kind, Problem};
use super::replay;
use crate::App;
use crate::gate::bearer::bearer_token;
use crate::recorder::KeyUse;
use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use provisioning::calls;
use provisioning::keys;
use provisioning::people::Operator;
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::keys::Key;

/// The largest body of a request, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// How long a client may take to send its body.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// How old the written last use of a key may become, in microseconds.
const USE_AGE: i64 = 10 * 1_000_000;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The walk through the gate.
pub async fn enter(
    State(app): State<App>,
    Extension(endpoint): Extension<Arc<Endpoint>>,
    named: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let request_id = app.store().ids().next();
    let is_tls = app.public_url().starts_with("https://");
    let mut response = match within(app, endpoint, named, request, &request_id).await {
        Ok(reply) => {
            let mut response = reply.into_response();
            dress(&mut response, &request_id);
            response
        }
        Err(problem) => problem.respond(&request_id),
    };
    if is_tls {
        // RFC 6797: whoever came by TLS shall come by TLS again.
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// What all answers have.
pub fn dress(response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
}

async fn within(
    app: App,
    endpoint: Arc<Endpoint>,
    named: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    request_id: &str,
) -> Result<super::call::Reply, Problem> {
    let (parts, body) = request.into_parts();
    let key = authenticate(&app, &parts)?;
    note_use(&app, &key, &parts).await;
    let share = store::Scope { tenant: key.tenant, connection: 0 };
    app.take_request(share).map_err(|_| {
        Problem::new(
            Kind::TooManyRequests,
            "The API is asked more often than it may be. Wait a second and go on.",
        )
    })?;
    super::call::check_scopes(&key, &endpoint.scopes)?;
    if crate::gate::names_nul(parts.uri.path()) {
        return Err(Problem::not_found(crate::gate::NO_NUL));
    }
    let named =
        named.map_err(|_| Problem::not_found("There is nothing at this address: its path is not UTF-8."))?;
    let query = read_query(parts.uri.query().unwrap_or_default(), &endpoint)?;
    let tenant_named = query.iter().find(|(name, _)| name == "tenant").map(|(_, value)| value.as_str());
    let tenant = if endpoint.is_of_tenant() {
        let found = app.store().read(|tx| keys::tenant(tx, &key, tenant_named))?;
        Some(found.ok_or_else(super::call::no_tenant)?)
    } else {
        None
    };
    let name = if parts.method == Method::POST { replay::name(&parts.headers)? } else { None };
    let body = read_body(body).await?;
    let asked = calls::Call { request_id: request_id.to_owned(), key_tenant: key.tenant, name: name.clone() };
    let call = Call {
        operator: Operator { kind: "key", name: key.id.clone(), call: Some(asked) },
        path: parts.uri.path().to_owned(),
        named: named.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        headers: parts.headers,
        app,
        key,
        tenant,
        query,
        body,
    };
    match name {
        Some(name) => {
            let fingerprint = replay::fingerprint(&parts.method, &parts.uri, &call.body);
            replay::once(endpoint, call, name, fingerprint).await
        }
        None => endpoint.run(call).await,
    }
}

/// The one answer to every key that is not accepted.
fn authenticate(app: &App, parts: &Parts) -> Result<Key, Problem> {
    let now = app.store().clock().now();
    let known = match bearer_token(&parts.headers) {
        Some(text) => app.store().read(|tx| keys::authenticate(tx, text, now))?,
        None => None,
    };
    known.ok_or_else(|| {
        Problem::new(
            Kind::Unauthorized,
            "Send a valid API key: Authorization: Bearer aiq_key_…. `accessiq key create` makes one.",
        )
    })
}

async fn note_use(app: &App, key: &Key, parts: &Parts) {
    let now = app.store().clock().now();
    if key.last_used_at.is_some_and(|last| now - last < USE_AGE) {
        return;
    }
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    app.recorder().key_used(KeyUse { tenant: key.tenant, key_id: key.id.clone(), at: now, address }).await;
}

/// The query; a parameter that the operation does not have, or that stands twice, is refused.
fn read_query(query: &str, endpoint: &Endpoint) -> Result<Vec<(String, String)>, Problem> {
    let mut read: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        if !endpoint.parameters().any(|known| known.name == name) {
            let known: Vec<&str> = endpoint.parameters().map(|known| known.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Problem::malformed(format!("\"{name}\" is no parameter here. There is: {known}.")));
        }
        if read.iter().any(|(other, _)| *other == name) {
            return Err(Problem::malformed(format!("The parameter \"{name}\" stands twice in the query.")));
        }
        read.push((name, value));
    }
    Ok(read)
}

fn decoded(text: &str) -> Result<String, Problem> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned);
    let decoded = decoded.map_err(|_| Problem::malformed("The query is not UTF-8."))?;
    if decoded.contains('\0') {
        return Err(Problem::malformed("The query holds the character U+0000 (%00), which nothing has."));
    }
    Ok(decoded)
}

async fn read_body(body: Body) -> Result<Bytes, Problem> {
    let too_large =
        || Err(Problem::new(Kind::TooLarge, format!("The body is larger than {BODY_LIMIT} bytes.")));
    if crate::gate::is_announced_larger(&body, BODY_LIMIT) {
        return too_large();
    }
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if crate::gate::is_too_large(&error) => too_large(),
        Ok(Err(_)) => Err(Problem::malformed("The body ended before it was complete.")),
        Err(_) => Err(Problem::new(Kind::Timeout, "The body did not arrive in time.")),
    }
}
