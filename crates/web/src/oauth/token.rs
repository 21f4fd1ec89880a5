//! `POST /oauth/token`: a client's proof in, an access token out; on the record of its connection either way.

use super::form::{Credentials, Form};
use super::{Denial, GRANT, TOKEN_ENDPOINT, json_response, token_endpoint};
use crate::{App, gate};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use provisioning::grants::{self, Denied, LIFETIME, Refused, SCOPE, SCOPE_READ};
use provisioning::{Caller, tokens};
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use store::clients::Client;
use store::requests::Record;

/// The largest body, in bytes: a few parameters and one assertion.
const BODY_LIMIT: usize = 64 * 1024;

/// A request for a token. Not to be printed: its headers may hold the secret.
struct Visit {
    id: String,
    at: i64,
    started: Instant,
    address: Option<IpAddr>,
    headers: HeaderMap,
}

/// `POST /oauth/token`.
pub async fn token(State(app): State<App>, request: Request) -> Response {
    let (Parts { headers, extensions, .. }, body) = request.into_parts();
    let visit = Visit {
        id: app.store().ids().next(),
        at: app.store().clock().now(),
        started: Instant::now(),
        address: extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()),
        headers,
    };
    let mut response = grant(&app, &visit, body).await.unwrap_or_else(IntoResponse::into_response);
    // RFC 6749 §5.1.
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Ok(id) = HeaderValue::from_str(&visit.id) {
        headers.insert(gate::REQUEST_ID, id);
    }
    gate::keep_to_tls(&app, &mut response);
    response
}

async fn grant(app: &App, visit: &Visit, body: Body) -> Result<Response, Denial> {
    let body = gate::read_body(body, BODY_LIMIT).await.map_err(|failure| Denial {
        status: StatusCode::from_u16(failure.0.status).unwrap_or(StatusCode::BAD_REQUEST),
        ..Denial::new("invalid_request", "The body is too large, or did not arrive whole and in time.")
    })?;
    let form = Form::read(&visit.headers, &body)?;
    let credentials = Credentials::find(&visit.headers, &form)?;
    if !app.throttle().take(visit.address, credentials.claimed_id().as_deref()) {
        return Err(Denial::too_many());
    }
    let endpoint = token_endpoint(app);
    let proof = credentials.proof().ok_or_else(Denial::invalid_client)?;
    let proven = grants::prove(app.store(), credentials.id(), proof, &[app.public_url(), &endpoint]);
    let proven = match proven {
        Ok(proven) => proven,
        Err(refused) => return Err(refuse(app, visit, refused).await),
    };
    let client = proven.client.clone();
    let read_only = match asked(&form, &client) {
        Ok(read_only) => read_only,
        Err(denial) => {
            app.recorder()
                .record(visit.record(&client, denial.status, Some(denial.description.clone())))
                .await;
            return Err(denial);
        }
    };
    let record = visit.record(&client, StatusCode::OK, None);
    let new = match grants::issue(app.store(), proven, read_only, record).await {
        Ok(new) => new,
        Err(refused) => return Err(refuse(app, visit, refused).await),
    };
    Ok(granted(&new))
}

/// What a client that has proven itself asks for: whether its token opens reading alone.
fn asked(form: &Form, client: &Client) -> Result<bool, Denial> {
    match form.get("grant_type") {
        Some(GRANT) => {}
        Some(_) => {
            return Err(Denial::new("unsupported_grant_type", format!("The only grant type is {GRANT}.")));
        }
        None => return Err(Denial::new("invalid_request", format!("grant_type={GRANT} is missing."))),
    }
    grants::is_read_only(form.get("scope"), client).map_err(|reason| Denial::new("invalid_scope", reason))
}

fn granted(new: &tokens::NewToken) -> Response {
    let document = json!({
        "access_token": new.text,
        "token_type": "Bearer",
        "expires_in": LIFETIME / 1_000_000,
        "scope": if new.token.read_only { SCOPE_READ } else { SCOPE },
    });
    json_response(StatusCode::OK, &document)
}

/// The one answer to whoever has not proven itself; what is wrong goes on the record of the client's connection.
async fn refuse(app: &App, visit: &Visit, refused: Refused) -> Denial {
    match refused {
        Refused::Failed(error) => error.into(),
        Refused::Denied(denied) => {
            let Denied { client, why } = *denied;
            if let Some(client) = client {
                let why = format!("No access token for client \"{}\": {why}.", client.name);
                if let Some(why) = app.keep_refusal(client.scope, why) {
                    app.recorder().record(visit.record(&client, StatusCode::UNAUTHORIZED, Some(why))).await;
                }
            }
            Denial::invalid_client()
        }
    }
}

impl Visit {
    /// The record of the request. Its body is a secret or an assertion, and is not kept.
    fn record(&self, client: &Client, status: StatusCode, error: Option<String>) -> Record {
        let agent = self.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Record {
            scope: client.scope,
            id: self.id.clone(),
            at: self.at,
            duration: i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX),
            method: "POST".into(),
            path: TOKEN_ENDPOINT.into(),
            query: None,
            status: i64::from(status.as_u16()),
            token_id: None,
            caller: Some(Caller::named_client(&client.id)),
            address: self.address.map(|address| address.to_string()),
            user_agent: agent.map(|agent| agent.chars().take(200).collect()),
            changes: None,
            notes: None,
            error,
            request_body: None,
            response_body: None,
        }
    }
}
