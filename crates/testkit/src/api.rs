//! A client of the admin API that speaks to the routes directly.

use crate::client::{Reply, send};
use axum::Router;
use axum::body::Body;
use axum::http::Method;
use serde_json::Value;

/// A client of the admin API with one key. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    router: Router,
    key: Option<String>,
    /// The key's id.
    pub key_id: String,
    headers: Vec<(String, String)>,
}

impl Api {
    pub(crate) fn new(router: Router, key: &str, key_id: &str) -> Self {
        Self { router, key: Some(key.to_owned()), key_id: key_id.to_owned(), headers: Vec::new() }
    }

    /// The key.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The same client with another key, or none.
    #[must_use]
    pub fn with_key(&self, key: Option<&str>) -> Self {
        Self { key: key.map(str::to_owned), ..self.clone() }
    }

    /// The same client with a further header on every request.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// Sends bytes to a path below the API's base.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        let path = format!("/api/v1{path}");
        send(&self.router, self.key.as_deref(), &self.headers, method, &path, body.into()).await
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// `POST` without a body.
    pub async fn ask(&self, path: &str) -> Reply {
        self.send(Method::POST, path, Body::empty()).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.json(Method::POST, path, body).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.json(Method::PATCH, path, body).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Body::empty()).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.with_header("content-type", "application/json").send(method, path, body.to_string()).await
    }

    /// Every item of a list, page by page; fails unless each page answers `200`.
    pub async fn sweep(&self, path: &str, limit: usize) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let reply = self.get(&format!("{path}{separator}limit={limit}{cursor}")).await.expect(200);
            let page = reply.body["items"].as_array().expect("items").clone();
            assert!(page.len() <= limit, "{}", reply.text);
            items.extend(page);
            match reply.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

impl Reply {
    /// Fails unless the answer is a problem of that status and kind; hands itself on.
    #[track_caller]
    pub fn expect_problem(self, status: u16, kind: &str) -> Self {
        assert_eq!(self.code(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        assert_eq!(self.body["type"], format!("urn:accessiq:problem:{kind}"), "{}", self.text);
        assert_eq!(self.body["status"], Value::from(status), "{}", self.text);
        let request = self.header("x-request-id").expect("a request id");
        assert_eq!(self.body["instance"], format!("urn:uuid:{request}"), "{}", self.text);
        for member in ["title", "detail"] {
            assert!(self.body[member].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
        }
        self
    }
}
