//! The real service on a loopback socket, behind a layer that changes what is asked and what is answered.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use client::check::{Options, Outcome, Report, check};
use scim::Provider;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::Server;
use tokio::net::TcpListener;

/// A request on its way to the service.
pub struct Asked {
    pub method: String,
    /// Below the base URL, without the query.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    /// Null without a body.
    pub body: Value,
}

/// An answer on its way to the check.
pub struct Given {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null without a body.
    pub body: Value,
}

/// What a fault remembers from one request to the next.
pub type Memory = HashMap<String, String>;

/// Changes a request, or answers instead of the service.
pub type Ask = fn(&mut Asked, &mut Memory) -> Option<Given>;
/// Changes an answer.
pub type Answer = fn(&Asked, &mut Given, &mut Memory);

/// One way to misbehave.
#[derive(Clone, Copy)]
pub struct Fault {
    pub ask: Ask,
    pub answer: Answer,
    /// How slow it is to create users and to list groups.
    pub delay: Duration,
}

/// No fault at all.
pub const NONE: Fault = Fault { ask: |_, _| None, answer: |_, _, _| {}, delay: Duration::ZERO };

impl Asked {
    /// Whether it is that method on a path that begins so.
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path.starts_with(path)
    }

    /// The operations of a PATCH.
    pub fn operations(&mut self) -> &mut [Value] {
        self.body["Operations"].as_array_mut().map_or(&mut [], Vec::as_mut_slice)
    }

    /// Whether what is said anywhere in the body holds that text.
    pub fn says(&self, text: &str) -> bool {
        self.body.to_string().contains(text)
    }
}

/// A SCIM error instead of the service's answer.
pub fn refusal(status: u16, scim_type: &str) -> Given {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(),
        "scimType": scim_type,
        "detail": "misbehaving on purpose",
    });
    Given { status, headers, body }
}

/// A service to check: fresh, on a socket of its own.
pub struct Misbehaving {
    pub server: Server,
    base_path: String,
    port: u16,
    token: String,
}

impl Misbehaving {
    /// Serves, with a fault, on a connection with these settings.
    pub async fn serve(fault: Fault, settings: &[(&str, &str)]) -> Self {
        let server = Server::start().await;
        let client = server.connect_with("acme", Provider::Generic, settings).await;
        let (base_path, token) = (client.base_path(), client.token().to_owned());
        let memory = Arc::new(Mutex::new(Memory::new()));
        let prefix = base_path.clone();
        let layer = from_fn(move |request: Request, next: Next| {
            pass(fault, Arc::clone(&memory), prefix.clone(), request, next)
        });
        let routes = server.router().clone();
        // Around the routes, so that they see what was changed; and another address of the same, with an underscore in it.
        let behind =
            Router::new().nest("/with_underscore", routes.clone()).fallback_service(routes).layer(layer);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move { axum::serve(listener, behind).await });
        Self { server, base_path, port, token }
    }

    /// What the check is told, for these checks or all.
    pub fn options(&self, only: &[&str]) -> Options {
        self.options_at(&format!("http://127.0.0.1:{}", self.port), only)
    }

    /// The same, at another address.
    pub fn options_at(&self, origin: &str, only: &[&str]) -> Options {
        Options {
            base_url: format!("{origin}{}", self.base_path),
            token: self.token.clone(),
            seed: 7,
            provider: None,
            only: only.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs these checks, or all.
    pub async fn check(&self, only: &[&str]) -> Report {
        let report = check(&self.options(only), &|_| {}, std::future::pending()).await;
        report.expect("a server that answers")
    }
}

/// The checks that do not hold.
pub fn broken(report: &Report) -> Vec<&'static str> {
    let found = report.with(Outcome::Failed).chain(report.with(Outcome::Remark));
    found.map(|finding| finding.id).collect()
}

async fn pass(
    fault: Fault,
    memory: Arc<Mutex<Memory>>,
    prefix: String,
    request: Request,
    next: Next,
) -> Response {
    let Some(path) = request.uri().path().strip_prefix(&prefix).map(str::to_owned) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let mut asked = Asked {
        method: parts.method.to_string(),
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    };
    if asked.is("POST", "/Users") || asked.is("GET", "/Groups") {
        tokio::time::sleep(fault.delay).await;
    }
    let instead = (fault.ask)(&mut asked, &mut memory.lock().expect("a memory"));
    let mut given = if let Some(given) = instead {
        given
    } else {
        let mut forwarded = Request::from_parts(parts, Body::empty());
        *forwarded.method_mut() = asked.method.parse::<Method>().expect("a method");
        let query = if asked.query.is_empty() { String::new() } else { format!("?{}", asked.query) };
        *forwarded.uri_mut() = format!("{prefix}{}{query}", asked.path).parse::<Uri>().expect("an address");
        *forwarded.headers_mut() = asked.headers.clone();
        forwarded.headers_mut().remove(header::CONTENT_LENGTH);
        // What is no JSON goes on as it came.
        let body = if asked.body.is_null() { bytes } else { asked.body.to_string().into() };
        *forwarded.body_mut() = Body::from(body);
        let (parts, body) = next.run(forwarded).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Given { status: parts.status.as_u16(), headers: parts.headers, body }
    };
    (fault.answer)(&asked, &mut given, &mut memory.lock().expect("a memory"));
    let body = if given.body.is_null() { Body::empty() } else { Body::from(given.body.to_string()) };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(given.status).expect("a status");
    given.headers.remove(header::CONTENT_LENGTH);
    *response.headers_mut() = given.headers;
    response
}
