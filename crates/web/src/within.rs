//! Requests that come from within: the service's own, by the routes and rules of everybody's. There is no credential to
//! check; who asks for them was let in elsewhere.

use crate::App;
use crate::exchange::Exchange;
use crate::router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, header};
use axum::response::Response;
use provisioning::contact::SELF_TEST;
use provisioning::{Caller, Error, Session};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use store::connections::Connection;
use tower::ServiceExt;

/// A request to be carried out.
pub struct Wanted {
    /// The method.
    pub method: Method,
    /// The path below the connection's base URL.
    pub path: String,
    /// The query.
    pub query: Option<String>,
    /// The body; empty for none.
    pub body: Bytes,
    /// Whether everything is taken back once it is known what it does.
    pub is_rehearsal: bool,
}

/// Carries out a request of a connection.
///
/// # Errors
/// The connection cannot be read, or path and query are none.
pub async fn carry_out(app: &App, connection: &Connection, wanted: Wanted) -> Result<Response, Error> {
    let query = wanted.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
    let address = format!("/scim/v2/{}{}{query}", connection.id, wanted.path);
    let request = Request::builder().method(wanted.method.clone()).uri(address).body(Body::empty());
    let mut request = request.map_err(|error| Error::invalid(format!("That is no address: {error}.")))?;
    request.extensions_mut().insert(Arc::new(exchange(app, connection, wanted)?));
    match router::within().with_state(app.clone()).oneshot(request).await {
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}

fn exchange(app: &App, connection: &Connection, wanted: Wanted) -> Result<Exchange, Error> {
    let store = app.store();
    let session = app.session(connection, Caller::Nobody, store.ids().next(), store.clock().now())?;
    let session = Session { is_rehearsal: wanted.is_rehearsal, ..session };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json")),
        (header::USER_AGENT, HeaderValue::from_static(SELF_TEST)),
    ];
    Ok(Exchange {
        session: Arc::new(session),
        method: wanted.method,
        path: wanted.path,
        query: wanted.query,
        headers: HeaderMap::from_iter(headers),
        body: wanted.body,
        address: None,
        started: Instant::now(),
        snapshot: Mutex::default(),
    })
}
