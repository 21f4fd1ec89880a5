//! A request that passed the gate, and its answer.

use super::problem::{Kind, Problem};
use crate::{App, media};
use ::scim::etag;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use provisioning::keys::{self, Scope};
use provisioning::people::Operator;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::connections::{self, Connection};
use store::keys::Key;
use store::tenants::Tenant;

/// A request that passed the gate. Not to be printed: its headers hold the credential.
pub struct Call {
    /// The application.
    pub app: App,
    /// The key it came with.
    pub key: Key,
    /// Who acts, for the journal.
    pub operator: Operator,
    /// The tenant it is about; none for what is about all of them.
    pub tenant: Option<Tenant>,
    /// The path below the API's base, as it was sent.
    pub path: String,
    /// What the path names.
    pub named: Vec<(String, String)>,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Call {
    /// The tenant it is about.
    pub fn tenant(&self) -> Result<&Tenant, Problem> {
        self.tenant.as_ref().ok_or_else(no_tenant)
    }

    /// What the path names under this word.
    pub fn named(&self, word: &str) -> &str {
        self.named.iter().find(|(name, _)| name == word).map_or("", |(_, value)| value)
    }

    /// A parameter of the query.
    pub fn parameter(&self, word: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == word).map(|(_, value)| value.as_str())
    }

    /// The connection that the path names, if it is of the tenant. One of another tenant is as unknown as any.
    pub fn connection(&self) -> Result<Connection, Problem> {
        let (tenant, id) = (self.tenant()?.tenant, self.named("connection"));
        let found = self.app.store().read(|tx| connections::by_id(tx, id))?;
        found
            .filter(|connection| connection.scope.tenant == tenant)
            .ok_or_else(|| Problem::not_found(format!("There is no connection \"{id}\".")))
    }

    /// Refuses a key that lacks one of these scopes.
    pub fn check_scopes(&self, needed: &[Scope]) -> Result<(), Problem> {
        check_scopes(&self.key, needed)
    }

    /// The body, read as what the operation takes.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        media::check_body(&self.headers)
            .map_err(|error| Problem::new(Kind::UnsupportedMediaType, error.detail))?;
        if self.body.is_empty() {
            return Err(Problem::malformed("The request has no body. Send a JSON object."));
        }
        // Whether it is JSON at all comes first: that is another problem than JSON of another shape.
        let read: Value = serde_json::from_slice(&self.body)
            .map_err(|error| Problem::malformed(format!("The body is not JSON: {error}.")))?;
        if holds_nul(&read) {
            return Err(Problem::new(
                Kind::Invalid,
                "The body holds the character U+0000, which no text may have.",
            ));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Problem::new(Kind::Invalid, format!("The body: {error}.")))
    }

    /// The version that `If-Match` names; `None` if any will do.
    pub fn seen(&self) -> Result<Option<i64>, Problem> {
        let Some(value) = self.headers.get(header::IF_MATCH) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(None);
        }
        let bare = text.strip_prefix("W/").unwrap_or(text);
        let inner = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match inner {
            // A tag that none of ours can be: no version matches it.
            Some(inner) if !inner.contains('"') => Ok(Some(inner.parse().unwrap_or(-1))),
            _ => {
                Err(Problem::malformed("If-Match takes one entity tag, such as the ETag of the last answer."))
            }
        }
    }
}

/// Whether any text of a value holds the character U+0000: not every database can keep it.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.values().any(holds_nul),
        _ => false,
    }
}

/// What an operator's key hears that names no tenant.
pub(super) fn no_tenant() -> Problem {
    Problem::malformed("An operator's key is of no tenant. Name the tenant: ?tenant=NAME.")
}

/// Refuses a key that lacks one of these scopes.
pub(super) fn check_scopes(key: &Key, needed: &[Scope]) -> Result<(), Problem> {
    let has = keys::scopes(key);
    match needed.iter().find(|scope| !has.contains(scope)) {
        None => Ok(()),
        Some(missing) => Err(Problem::new(
            Kind::InsufficientScope,
            format!(
                "This API key lacks the scope \"{missing}\". Make one that has it with `accessiq key create`."
            ),
        )),
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: StatusCode,
    body: Option<String>,
    /// What is kept to be given again, where that is not the body itself.
    without_secret: Option<String>,
    etag: Option<String>,
    location: Option<String>,
    replayed: bool,
}

/// An answer as it is kept to be given again.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    body: Option<String>,
    etag: Option<String>,
    location: Option<String>,
}

impl Reply {
    fn new(status: StatusCode, body: Option<String>) -> Self {
        Self { status, body, without_secret: None, etag: None, location: None, replayed: false }
    }

    /// `200` with a body.
    pub fn ok(view: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::new(StatusCode::OK, Some(text(view)?)))
    }

    /// `201` with a body, and where the new thing stands: a path below the API's base.
    pub fn created(location: impl Into<String>, view: &impl Serialize) -> Result<Self, Problem> {
        let location = Some(format!("{}{}", super::BASE, location.into()));
        Ok(Self { location, ..Self::new(StatusCode::CREATED, Some(text(view)?)) })
    }

    /// `204`.
    pub fn nothing() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// With the version of what is shown.
    pub fn at_version(mut self, version: i64) -> Self {
        self.etag = Some(etag::tag(version));
        self
    }

    /// What is kept in place of a body that holds a secret.
    pub fn once(mut self, view: &impl Serialize) -> Result<Self, Problem> {
        self.without_secret = Some(text(view)?);
        Ok(self)
    }

    /// As it is kept to be given again.
    pub fn kept(&self) -> String {
        let body = self.without_secret.as_ref().or(self.body.as_ref()).cloned();
        let (etag, location) = (self.etag.clone(), self.location.clone());
        let kept = Kept { status: self.status.as_u16(), body, etag, location };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// An answer that was given before.
    pub fn again(kept: &str) -> Result<Self, Problem> {
        let kept: Kept = serde_json::from_str(kept).map_err(|error| unshowable(&error))?;
        let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
        let (etag, location) = (kept.etag, kept.location);
        Ok(Self { etag, location, replayed: true, ..Self::new(status, kept.body) })
    }
}

fn text(view: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(view).map_err(|error| unshowable(&error))
}

fn unshowable(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "an answer cannot be shown");
    Problem::new(Kind::Internal, "The service failed while it made the answer.")
}

/// Marks an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replay");

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body.clone().unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
