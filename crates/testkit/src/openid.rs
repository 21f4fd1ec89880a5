//! An OpenID provider on loopback: discovery, keys, codes for tokens, as strict as a real one. What it says a test can bend.

use crate::signer::{Signer, jwks};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// What it calls the service.
pub const CLIENT: &str = "accessiq";

/// A provider that answers until it is dropped.
pub struct OpenId {
    /// Its issuer.
    pub issuer: String,
    shown: Arc<Mutex<Shown>>,
    serving: tokio::task::JoinHandle<()>,
}

struct Shown {
    issuer: String,
    signer: Signer,
    keys: Value,
    discovery: Value,
    claims: Value,
    token: Option<String>,
    secret: Option<String>,
    is_down: bool,
    codes: HashMap<String, Value>,
    exchanged: Vec<String>,
    fetched: usize,
}

impl OpenId {
    /// A provider whose clock says this, in microseconds.
    pub async fn start(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let signer = Signer::rsa("first");
        let seconds = now / 1_000_000;
        let shown = Shown {
            issuer: issuer.clone(),
            keys: jwks(&[&signer]),
            signer,
            discovery: json!({}),
            claims: json!({ "iss": issuer, "aud": CLIENT, "sub": "ana-at-provider", "iat": seconds, "exp": seconds + 300 }),
            token: None,
            secret: None,
            is_down: false,
            codes: HashMap::new(),
            exchanged: Vec::new(),
            fetched: 0,
        };
        let shown = Arc::new(Mutex::new(shown));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&shown));
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("a provider that answers");
        });
        Self { issuer, shown, serving }
    }

    fn change(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says this of itself from now on, in place of the truth; `null` leaves a member out.
    pub fn pretend(&self, discovery: Value) {
        self.change().discovery = discovery;
    }

    /// Says this in ID tokens from now on; `null` leaves a claim out.
    pub fn claim(&self, claims: &Value) {
        let mut shown = self.change();
        for (name, value) in claims.as_object().expect("claims") {
            shown.claims[name] = value.clone();
        }
    }

    /// Says what it would say of a claim by itself.
    pub fn forget(&self, claim: &str) {
        self.change().claims.as_object_mut().expect("claims").remove(claim);
    }

    /// Gives this in place of an ID token; none to give one again.
    pub fn give(&self, token: Option<String>) {
        self.change().token = token;
    }

    /// What its ID tokens say, and the key they are signed with.
    pub fn sign<T>(&self, sign: impl FnOnce(&Signer, &Value) -> T) -> T {
        let shown = self.change();
        sign(&shown.signer, &shown.claims)
    }

    /// Signs with another key from now on, and publishes it or not.
    pub fn rotate(&self, signer: Signer, is_published: bool) {
        let mut shown = self.change();
        if is_published {
            shown.keys = jwks(&[&signer]);
        }
        shown.signer = signer;
    }

    /// Wants this secret from now on.
    pub fn want_secret(&self, secret: &str) {
        self.change().secret = Some(secret.to_owned());
    }

    /// Fails from now on, or no more.
    pub fn set_down(&self, is_down: bool) {
        self.change().is_down = is_down;
    }

    /// How often codes were brought to it, and how often its discovery document was asked for.
    pub fn asked(&self) -> (usize, usize) {
        let shown = self.change();
        (shown.exchanged.len(), shown.fetched)
    }

    /// What happens to a browser at the address that it was led to: somebody signs in, and is sent back. Returns the path
    /// and query at the service.
    pub fn visit(&self, address: &str) -> String {
        let (place, query) = address.split_once('?').expect("a query");
        assert_eq!(place, format!("{}/authorize", self.issuer));
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        for (name, value) in [
            ("response_type", "code"),
            ("response_mode", "query"),
            ("client_id", CLIENT),
            ("code_challenge_method", "S256"),
            ("scope", "openid email"),
        ] {
            assert_eq!(asked[name], value);
        }
        let mut shown = self.change();
        let code = format!("code-{}", shown.codes.len());
        let state = asked["state"].clone();
        let back = asked["redirect_uri"].clone();
        shown.codes.insert(code.clone(), json!(asked));
        let path = back.strip_prefix(crate::PUBLIC_URL).expect("an address of the service");
        let issuer: String = form_urlencoded::byte_serialize(self.issuer.as_bytes()).collect();
        format!("{path}?code={code}&state={state}&iss={issuer}")
    }
}

impl Drop for OpenId {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type Everything = State<Arc<Mutex<Shown>>>;

fn bent(mut document: Value, by: &Value) -> Value {
    for (name, value) in by.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    document.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    document
}

async fn discovery(State(shown): Everything) -> Response {
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    shown.fetched += 1;
    if shown.is_down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let issuer = &shown.issuer;
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    bent(document, &shown.discovery).to_string().into_response()
}

async fn keys(State(shown): Everything) -> Response {
    shown.lock().unwrap_or_else(PoisonError::into_inner).keys.to_string().into_response()
}

async fn token(State(shown): Everything, headers: HeaderMap, body: Bytes) -> Response {
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    if shown.is_down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let code = form.get("code").cloned().unwrap_or_default();
    shown.exchanged.push(code.clone());
    let refused =
        |error: &str| (StatusCode::BAD_REQUEST, json!({ "error": error }).to_string()).into_response();
    if !is_client(&shown, &headers, &form) {
        return refused("invalid_client");
    }
    let Some(asked) = shown.codes.remove(&code) else { return refused("invalid_grant") };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    let is_proven = BASE64_URL_SAFE_NO_PAD.encode(digest) == asked["code_challenge"];
    if !is_proven
        || verifier.len() < 43
        || form.get("redirect_uri").map(String::as_str) != asked["redirect_uri"].as_str()
    {
        return refused("invalid_grant");
    }
    let claims = bent(json!({ "nonce": asked["nonce"] }), &shown.claims);
    let algorithm = if shown.signer.jwk()["kty"] == "EC" { "ES256" } else { "RS256" };
    let token = shown.token.clone().unwrap_or_else(|| shown.signer.sign(algorithm, &claims));
    json!({ "access_token": "nothing", "token_type": "Bearer", "id_token": token })
        .to_string()
        .into_response()
}

fn is_client(shown: &Shown, headers: &HeaderMap, form: &HashMap<String, String>) -> bool {
    let Some(secret) = &shown.secret else { return form.get("client_id").is_some_and(|id| id == CLIENT) };
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT}:{encoded}")));
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if shown.discovery["token_endpoint_auth_methods_supported"] == json!(["client_secret_post"]) {
        return sent.is_none() && form.get("client_secret") == Some(secret);
    }
    sent == Some(basic.as_str()) && !form.contains_key("client_secret")
}
