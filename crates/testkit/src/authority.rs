//! What Entra ID publishes, on loopback: discovery documents and keys, over HTTP, that a test can change and take away.

use crate::signer::{Signer, jwks};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// The id of the Entra tenant that everything here speaks for.
pub const ENTRA_TENANT: &str = "cbb1a5ac-f33b-45fa-9bf5-f37db0fed422";

/// An authority that answers until it is dropped.
pub struct Authority {
    url: String,
    shown: Arc<Mutex<Shown>>,
    serving: tokio::task::JoinHandle<()>,
}

/// What it shows.
#[derive(Default)]
struct Shown {
    url: String,
    keys: Value,
    discovery: Value,
    is_down: bool,
    redirects: bool,
    fetched: usize,
}

impl Authority {
    /// An authority that publishes the public halves of these keys.
    pub async fn start(signers: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shown = Shown { url: url.clone(), keys: jwks(signers), ..Shown::default() };
        let shown = Arc::new(Mutex::new(shown));
        let routes = Router::new()
            .route("/{tenant}/.well-known/openid-configuration", get(first_discovery))
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(second_discovery))
            .route("/common/discovery/keys", get(keys))
            .with_state(Arc::clone(&shown));
        let serving = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("an authority that answers");
        });
        Self { url, shown, serving }
    }

    /// Its address, as `entra-authority` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Publishes other keys from now on.
    pub fn publish(&self, keys: Value) {
        self.change().keys = keys;
    }

    /// Says something else in its discovery documents, where it would have spoken the truth.
    pub fn pretend(&self, discovery: Value) {
        self.change().discovery = discovery;
    }

    /// Fails from now on, or no more.
    pub fn set_down(&self, is_down: bool) {
        self.change().is_down = is_down;
    }

    /// Sends whoever asks for keys elsewhere.
    pub fn redirect(&self) {
        self.change().redirects = true;
    }

    /// How often its discovery documents were asked for.
    pub fn fetched(&self) -> usize {
        self.change().fetched
    }

    fn change(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type Everything = State<Arc<Mutex<Shown>>>;

async fn first_discovery(State(shown): Everything, Path(tenant): Path<String>) -> Response {
    discovery(&shown, &format!("https://sts.windows.net/{tenant}/"))
}

async fn second_discovery(State(shown): Everything, Path(tenant): Path<String>) -> Response {
    let url = shown.lock().unwrap_or_else(PoisonError::into_inner).url.clone();
    discovery(&shown, &format!("{url}/{tenant}/v2.0"))
}

fn discovery(shown: &Mutex<Shown>, issuer: &str) -> Response {
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    shown.fetched += 1;
    if shown.is_down {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let mut document =
        json!({ "issuer": issuer, "jwks_uri": format!("{}/common/discovery/keys", shown.url) });
    for (name, value) in shown.discovery.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    document.to_string().into_response()
}

async fn keys(State(shown): Everything) -> Response {
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    if shown.redirects {
        return Redirect::temporary("/elsewhere").into_response();
    }
    shown.keys.to_string().into_response()
}
