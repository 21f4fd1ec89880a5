//! Speaking with a provider: what it says of itself, and the exchange of a code for who came with it.
//!
//! What a provider says of itself is kept for ten minutes; its keys are asked for anew with each sign-in, once it gave a
//! token for a code. So a key that it changed or withdrew is known at once, and no stranger can make the service ask.

use crate::App;
use crate::outward;
use provisioning::jwt::Keys;
use provisioning::sign_in::openid::{self, Discovery, Journey, Method};
use reqwest::{RequestBuilder, StatusCode, header};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::sign_in_providers::Provider;

/// How long is believed what a provider said of itself, in microseconds.
const FRESH: i64 = 10 * 60 * 1_000_000;

/// What providers said of themselves, by issuer.
#[derive(Default)]
pub struct Discoveries(Mutex<HashMap<String, (Discovery, i64)>>);

/// Why nobody came of it.
pub enum Failure {
    /// The provider cannot be reached, or does not do what it should.
    Provider(String),
    /// This service is not set up for it.
    Here(String),
    /// The provider took nothing for the code.
    Refused(String),
}

/// What a provider says of itself.
pub async fn discovery(app: &App, provider: &Provider) -> Result<Discovery, Failure> {
    let (issuer, now) = (&provider.issuer, app.store().clock().now());
    let known = app.discoveries().0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
    if let Some((discovery, _)) = known.filter(|(_, at)| (0..FRESH).contains(&(now - at))) {
        return Ok(discovery);
    }
    let address = openid::discovery_address(issuer);
    let asked = async {
        let client = outward::client(openid::is_loopback(issuer))?;
        Discovery::read(&outward::get(&client, &address).await?, issuer)
    };
    let discovery = asked.await.map_err(Failure::Provider)?;
    let mut known = app.discoveries().0.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(issuer.clone(), (discovery.clone(), now));
    Ok(discovery)
}

/// The ID token that a provider gives for a code, and the keys that it publishes.
pub async fn redeem(
    app: &App,
    provider: &Provider,
    discovery: &Discovery,
    code: &str,
    journey: Journey<'_>,
) -> Result<(String, Keys), Failure> {
    let client = outward::client(openid::is_loopback(&provider.issuer)).map_err(Failure::Here)?;
    let (back, verifier) = (super::return_address(app, provider), journey.verifier());
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &back),
        ("code_verifier", &verifier),
    ];
    let secret = provider.has_secret.then(|| app.secrets().secret(&provider.id)).transpose();
    let secret = secret.map_err(Failure::Here)?;
    let request = client.post(&discovery.token).header(header::ACCEPT, "application/json");
    let request = introduced(request, provider, secret.as_deref(), discovery.method, &fields);
    let (status, body) = outward::send(request, &discovery.token).await.map_err(Failure::Provider)?;
    let token = id_token(status, &body, &discovery.token)?;
    let set = outward::get(&client, &discovery.keys).await.map_err(Failure::Provider)?;
    let keys =
        openid::keys(&set).map_err(|reason| Failure::Provider(format!("{}: {reason}", discovery.keys)))?;
    Ok((token, keys))
}

/// A request with these fields of a form, in which this service says who it is.
fn introduced(
    request: RequestBuilder,
    provider: &Provider,
    secret: Option<&str>,
    method: Method,
    fields: &[(&str, &str)],
) -> RequestBuilder {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let mut request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match (secret, method) {
        (Some(secret), Method::Basic) => {
            // RFC 6749 §2.3.1: both are form-encoded before they are joined.
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(&provider.client_id), Some(encoded(secret)));
        }
        (Some(secret), Method::Post) => {
            form.append_pair("client_id", &provider.client_id).append_pair("client_secret", secret);
        }
        (None, _) => {
            form.append_pair("client_id", &provider.client_id);
        }
    }
    request.body(form.finish())
}

/// The ID token in the answer of a token endpoint.
fn id_token(status: StatusCode, body: &[u8], address: &str) -> Result<String, Failure> {
    if status.is_server_error() {
        return Err(Failure::Provider(format!("{address} answers with {status}.")));
    }
    let answer = outward::read(body, address).map_err(Failure::Provider)?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    if status != StatusCode::OK {
        let word = error_word(text("error").unwrap_or_default());
        return Err(Failure::Refused(format!("It gave nothing for the code ({status}, {word})")));
    }
    let missing = || Failure::Refused("It answered without an ID token".into());
    text("id_token").map(str::to_owned).ok_or_else(missing)
}

/// The code of an error (RFC 6749 §4.1.2.1), tame enough for a sentence.
pub fn error_word(text: &str) -> String {
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word && text.len() <= 60 { text.to_owned() } else { "an error without a name".to_owned() }
}
