//! A client that speaks to the routes directly.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use store::connections::Connection;
use tower::ServiceExt;

/// A client of one connection. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    router: Router,
    /// The connection.
    pub connection: Connection,
    token: Option<String>,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null if there is none.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Reply {
    /// The status as a number.
    pub fn code(&self) -> u16 {
        self.status.as_u16()
    }

    /// The id of the resource in the body.
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {self:?}")).to_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Fails unless the answer is of that status; hands itself on.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.code(), status, "{}", self.text);
        self
    }

    /// Fails unless the answer is a SCIM error of that status and `scimType`; hands itself on.
    #[track_caller]
    pub fn expect_error(self, status: u16, scim_type: Option<&str>) -> Self {
        assert_eq!(self.code(), status, "{}", self.text);
        assert_eq!(
            self.body["schemas"],
            serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
            "{}",
            self.text
        );
        assert_eq!(self.body["status"], Value::from(status.to_string()), "{}", self.text);
        assert_eq!(self.body.get("scimType").and_then(Value::as_str), scim_type, "{}", self.text);
        assert!(self.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", self.text);
        self
    }
}

/// Sends a request to the routes.
pub(crate) async fn send(
    router: &Router,
    credential: Option<&str>,
    headers: &[(String, String)],
    method: Method,
    path: &str,
    body: Body,
) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(credential) = credential {
        request = request.header(header::AUTHORIZATION, format!("Bearer {credential}"));
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(body).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let body = serde_json::from_str(&text).unwrap_or_default();
    Reply { status, headers, body, text }
}

impl Client {
    pub(crate) fn new(router: Router, connection: Connection, token: &str) -> Self {
        Self { router, connection, token: Some(token.to_owned()), headers: Vec::new() }
    }

    /// The path of the SCIM base URL.
    pub fn base_path(&self) -> String {
        format!("/scim/v2/{}", self.connection.id)
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same client with another token, or none.
    #[must_use]
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The same client with a further header on every request.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// Sends bytes to a path below the base URL.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        self.send_to(method, &format!("{}{path}", self.base_path()), body).await
    }

    /// Sends bytes to any path of the server.
    pub async fn send_to(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        send(&self.router, self.token.as_deref(), &self.headers, method, path, body.into()).await
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Body::empty()).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.json(Method::POST, path, body).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.json(Method::PUT, path, body).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.json(Method::PATCH, path, body).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Reply {
        let typed = self.with_header("content-type", "application/scim+json");
        typed.send(method, path, body.to_string()).await
    }

    /// `PATCH` with these operations.
    pub async fn operate(&self, path: &str, operations: Value) -> Reply {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        self.patch(path, &serde_json::json!({ "schemas": schemas, "Operations": operations })).await
    }

    /// Creates a user of that name with every required attribute; returns its id.
    pub async fn create_user(&self, user_name: &str) -> String {
        self.post("/Users", &user(user_name)).await.expect(201).id()
    }

    /// Creates a group with these members; returns its id.
    pub async fn create_group(&self, display_name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| serde_json::json!({ "value": id })).collect();
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": display_name,
            "members": members,
        });
        self.post("/Groups", &body).await.expect(201).id()
    }

    /// The ids of a group's members.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let reply = self.get(&format!("/Groups/{group}")).await.expect(200);
        let members = reply.body["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().expect("a value").to_owned()).collect()
    }
}

/// The body of a user with every required attribute.
pub fn user(user_name: &str) -> Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Ana", "familyName": "Müller" },
        "emails": [{ "value": format!("{}@example.com", user_name.replace(['@', ' '], ".")), "type": "work", "primary": true }],
        "active": true,
    })
}
