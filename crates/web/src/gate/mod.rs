//! The doorway of the SCIM endpoints: nobody comes in without a credential, nobody leaves without a record.
//!
//! In: request id, who is it, how large a body, which media type. Out: the headers all answers have, the body of an
//! error, the record of a request that changed nothing (one that did is recorded in its own transaction).

pub mod bearer;
pub mod entra;
pub mod limit;
pub mod refusals;
mod sent;

use crate::App;
use crate::error::{Failure, RETRY_AFTER};
use crate::exchange::{Exchange, Reason, Recorded, Remarks, told};
use crate::flow::Flowing;
use crate::media::Media;
use crate::recorder::Use;
use ::scim::ScimError;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bearer::Entry;
use provisioning::records::redacted_answer;
use sent::Sent;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::requests::Record;

/// The largest body of a request, in bytes: a group of 100,000 members sent whole has about ten million.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// How long a client may take to send its body.
const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// How much of an answer that changed nothing is kept.
const ANSWER_LIMIT: usize = 64 * 1024;
/// How old the written last use of a token may become, in microseconds.
const USE_AGE: i64 = 10 * 1_000_000;

/// The header that names a request in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The walk through the doorway.
pub async fn doorway(
    State(app): State<App>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let request_id = app.store().ids().next();
    // A path whose bytes are no text is the address of nothing.
    let Ok(parameters) = parameters else {
        let error = ScimError::status(404, "There is nothing at this address: its path is not UTF-8.");
        return finished(Failure(error).into_response(), Media::Scim, &request_id);
    };
    let connection =
        parameters.iter().find(|(name, _)| *name == "connection").map_or("", |(_, value)| value).to_owned();
    let (head, body) = request.into_parts();
    let presented = head.headers.contains_key(header::AUTHORIZATION);
    let entry = bearer::enter(&app, &connection, &head, &request_id).await;
    let entry = limited(&app, &head, entry);
    let mut response = match entry {
        Ok(entry) => within(&app, &connection, entry, (head, body), next, started).await,
        Err(failure) => {
            let media = Media::accepted(&head.headers, false).unwrap_or_default();
            finished(failure.into_response(), media, &request_id)
        }
    };
    bearer::challenge(&mut response, presented);
    keep_to_tls(&app, &mut response);
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Refuses an address without a good credential another way once it has sent too many: with `429`, and without a record.
fn limited(app: &App, head: &Parts, entry: Result<Entry, Failure>) -> Result<Entry, Failure> {
    let scope = match &entry {
        Ok(Entry::Refused { session, failure: Failure(error), .. }) if error.status == 401 => {
            Some(session.scope)
        }
        Err(Failure(error)) if error.status == 401 => None,
        _ => return entry,
    };
    let address = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if app.take_refusal(address, scope) { entry } else { Err(limit::too_many_refusals()) }
}

/// RFC 6797: whoever came by TLS shall come by TLS again.
pub fn keep_to_tls(app: &App, response: &mut Response) {
    if app.public_url().starts_with("https://") {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

async fn within(
    app: &App,
    connection: &str,
    entry: Entry,
    (mut parts, body): (Parts, Body),
    next: Next,
    started: Instant,
) -> Response {
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    let mut begun = None;
    let (session, refused, reason, is_kept) = match entry {
        Entry::Session { session, last_used_at, read_only, snapshot } => {
            // Nothing is to be waited for with a read begun, such as a body.
            begun = snapshot.filter(|_| body.is_end_stream());
            note_use(app, &session, last_used_at, address.as_deref(), &parts.headers).await;
            let refused = if let Err(wait) = app.take_request(session.scope) {
                Some(wait.into())
            } else if read_only && !may_read(&parts.method, parts.uri.path()) {
                Some(bearer::insufficient_scope())
            } else {
                None
            };
            (session, refused, None, true)
        }
        Entry::Refused { session, failure, reason } => {
            let why = reason.unwrap_or_else(|| failure.0.detail.clone());
            let why = app.keep_refusal(session.scope, why);
            let is_kept = why.is_some();
            (session, Some(failure), why, is_kept)
        }
        // What is the same for everyone is of no connection, and so on no connection's record.
        Entry::Anonymous(session) => (session, None, None, false),
    };
    // A refused credential learns nothing of the connection, not even whether it is strict.
    let media = Media::accepted(&parts.headers, refused.is_none() && session.is_strict());
    let body = match &refused {
        Some(_) => Ok(Bytes::new()),
        None if names_nul(parts.uri.path()) => Err(ScimError::status(404, NO_NUL).into()),
        None => read_body(body, BODY_LIMIT).await,
    };
    let exchange = Arc::new(Exchange {
        method: parts.method.clone(),
        path: below_base(parts.uri.path(), connection).to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: std::mem::take(&mut parts.headers),
        body: body.as_ref().map_or_else(|_| Bytes::new(), Clone::clone),
        address,
        started,
        session,
        snapshot: Mutex::new(begun.filter(|_| refused.is_none())),
    });
    let answered = match (refused, body, media.as_ref()) {
        (Some(failure), _, _) | (None, Err(failure), _) => failure.into_response(),
        (None, Ok(_), Err(error)) => Failure(error.clone()).into_response(),
        (None, Ok(_), Ok(_)) => {
            parts.extensions.insert(Arc::clone(&exchange));
            next.run(Request::from_parts(parts, Body::empty())).await
        }
    };
    if let Some(Remarks(notes)) = answered.extensions().get() {
        app.metrics().remarks(exchange.session.provider, notes);
    }
    let mut response = finished(answered, media.unwrap_or_default(), &exchange.session.request_id);
    if let Some(reason) = reason {
        response.extensions_mut().insert(Reason(reason));
    }
    if is_kept { recorded(app, &exchange, response).await } else { response }
}

async fn note_use(
    app: &App,
    session: &provisioning::Session,
    last: Option<i64>,
    address: Option<&str>,
    headers: &axum::http::HeaderMap,
) {
    let Some(token_id) = session.caller.token_id() else { return };
    if last.is_some_and(|last| session.at - last < USE_AGE) {
        return;
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    app.recorder()
        .used(Use {
            scope: session.scope,
            token_id: token_id.to_owned(),
            at: session.at,
            address: address.map(str::to_owned),
            user_agent: agent.map(|agent| agent.chars().take(200).collect()),
        })
        .await;
}

/// The whole body, if it is no larger than that and comes in time.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, Failure> {
    let too_large = || {
        let detail =
            format!("The body is larger than {limit} bytes. Send members in several PATCH requests.");
        Err(ScimError::status(413, detail).into())
    };
    if is_announced_larger(&body, limit) {
        return too_large();
    }
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => too_large(),
        Ok(Err(_)) => {
            Err(ScimError::status(400, "The body ended before it was complete. Send the request again.")
                .into())
        }
        Err(_) => {
            Err(ScimError::status(408, "The body did not arrive in time. Send the request again.").into())
        }
    }
}

/// Whether a body says by its Content-Length that it is larger than it may be: nothing of it needs to be read.
pub(crate) fn is_announced_larger(body: &Body, limit: usize) -> bool {
    body.size_hint().lower() > limit as u64
}

/// Whether a path holds the character U+0000, encoded: no id does, and not every database can be asked for one.
pub(crate) fn names_nul(path: &str) -> bool {
    path.contains("%00")
}

/// What is said of such a path.
pub(crate) const NO_NUL: &str = "There is nothing at this address: it holds the character U+0000 (%00).";

/// Whether a body was larger than it may be.
pub(crate) fn is_too_large(error: &axum::Error) -> bool {
    use std::error::Error;
    error.source().is_some_and(<dyn Error>::is::<http_body_util::LengthLimitError>)
}

/// The path below the connection's base URL. A nested route has it already without what comes before.
fn below_base<'p>(path: &'p str, connection: &str) -> &'p str {
    path.strip_prefix("/scim/v2/").and_then(|rest| rest.strip_prefix(connection)).unwrap_or(path)
}

/// What all answers have; the body of an error is written here.
fn finished(response: Response, media: Media, request_id: &str) -> Response {
    let (mut parts, mut body) = response.into_parts();
    if let Some(Failure(error)) = parts.extensions.get::<Failure>() {
        let mut error = error.clone();
        if error.status >= 500 {
            error.detail = format!("{} Request {request_id}.", error.detail);
        }
        body = Body::from(error.body().to_string());
        if error.status == 503 {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        if error.status == 429 {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static(limit::RETRY_AFTER));
        }
        if error.status == 415 {
            let accepted = HeaderValue::from_static("application/scim+json, application/json");
            parts.headers.insert(HeaderName::from_static("accept-patch"), accepted);
        }
    }
    let has_body = !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_body {
        let media = HeaderValue::from_static(media.as_str());
        parts.headers.entry(header::CONTENT_TYPE).or_insert(media);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    // RFC 6750 §5: what is personal stays out of caches.
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    parts.headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Response::from_parts(parts, body)
}

/// Writes the record of an operation that was refused within a larger request.
pub async fn record_refusal(app: &App, exchange: &Exchange, error: &ScimError) {
    keep(app, exchange.refusal(error)).await;
}

/// Whether a request can change nothing: a search is a read, though it is sent by POST.
fn may_read(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || path.trim_end_matches('/').ends_with("/.search")
}

async fn keep(app: &App, record: Record) {
    if let Err(error) = app.store().write_beside(move |tx| store::requests::insert(tx, &record)).await {
        tracing::error!(%error, "the record of a refused request could not be written");
    }
}

/// Writes the record of a request that changed nothing: behind the answer for a read, before it for a write that
/// failed.
async fn recorded(app: &App, exchange: &Arc<Exchange>, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if parts.extensions.get::<Recorded>().is_some() {
        return Response::from_parts(parts, body);
    }
    let mut record = exchange.record(parts.status);
    let reason = parts.extensions.get::<Reason>().map(|Reason(reason)| reason.clone());
    record.error =
        reason.or_else(|| parts.extensions.get::<Failure>().map(|Failure(error)| error.detail.clone()));
    record.notes = parts.extensions.get::<Remarks>().and_then(|Remarks(notes)| told(notes));
    if let Some(Flowing(broken)) = parts.extensions.get() {
        let body = Sent::new(app, exchange, record, body, broken.clone());
        return Response::from_parts(parts, Body::new(body));
    }
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    record.response_body = if bytes.len() <= ANSWER_LIMIT {
        redacted_answer(&bytes)
    } else {
        Some(format!("[{} bytes]", bytes.len()))
    };
    if may_read(&exchange.method, &exchange.path) || parts.status == StatusCode::UNAUTHORIZED {
        app.recorder().record(record).await;
    } else {
        keep(app, record).await;
    }
    Response::from_parts(parts, Body::from(bytes))
}
