//! Problems (RFC 9457): the one form of everything that the API refuses.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

/// What kind of problem it is. A program goes by this, a person by the detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `400`: query, header or JSON that cannot be read.
    Malformed,
    /// `401`: no API key, or none that is accepted.
    Unauthorized,
    /// `403`: the key lacks a scope.
    InsufficientScope,
    /// `404`: there is no such thing.
    NotFound,
    /// `405`: not with this method.
    MethodNotAllowed,
    /// `408`: the body did not arrive.
    Timeout,
    /// `409`: what there is stands against it.
    Conflict,
    /// `409`: the first request of this Idempotency-Key is not answered.
    Underway,
    /// `412`: it has changed since.
    VersionMismatch,
    /// `413`: the body is too large.
    TooLarge,
    /// `415`: the body is no JSON.
    UnsupportedMediaType,
    /// `422`: read, and not taken.
    Invalid,
    /// `422`: the Idempotency-Key belongs to another request.
    KeyReused,
    /// `429`: too many requests.
    TooManyRequests,
    /// `500`: a defect.
    Internal,
    /// `503`: the database cannot be reached.
    Unavailable,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Malformed,
        Self::Unauthorized,
        Self::InsufficientScope,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::Conflict,
        Self::Underway,
        Self::VersionMismatch,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Invalid,
        Self::KeyReused,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Status, last word of the type, title.
    fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Malformed => (400, "malformed", "The request cannot be read"),
            Self::Unauthorized => (401, "unauthorized", "An API key is needed"),
            Self::InsufficientScope => (403, "insufficient-scope", "The API key may not do this"),
            Self::NotFound => (404, "not-found", "There is no such thing"),
            Self::MethodNotAllowed => (405, "method-not-allowed", "Not with this method"),
            Self::Timeout => (408, "timeout", "The body did not arrive in time"),
            Self::Conflict => (409, "conflict", "What there is stands against it"),
            Self::Underway => (409, "underway", "A request with this Idempotency-Key is under way"),
            Self::VersionMismatch => (412, "version-mismatch", "It has changed since"),
            Self::TooLarge => (413, "too-large", "The body is too large"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type", "The body is no JSON"),
            Self::Invalid => (422, "invalid", "This cannot be taken"),
            Self::KeyReused => (422, "key-reused", "The Idempotency-Key belongs to another request"),
            Self::TooManyRequests => (429, "too-many-requests", "Too many requests"),
            Self::Internal => (500, "internal", "The service failed"),
            Self::Unavailable => (503, "unavailable", "The service cannot do its work now"),
        }
    }

    /// The status.
    pub fn status(self) -> u16 {
        self.parts().0
    }

    /// The type, as a URI that is the same on every installation.
    pub fn uri(self) -> String {
        format!("urn:accessiq:problem:{}", self.parts().1)
    }

    /// The title.
    pub fn title(self) -> &'static str {
        self.parts().2
    }
}

/// A problem on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub kind: Kind,
    /// What is wrong, where, and what to do.
    pub detail: String,
}

/// A problem as it is sent (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemView {
    /// What kind of problem it is: one of a fixed list, the same on every installation.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind for people.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong, where, and what to do.
    pub detail: String,
    /// The request: the id of the `X-Request-Id` header as a URI.
    pub instance: String,
}

impl Problem {
    /// A problem.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// A query or header that cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, detail)
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// As it is sent.
    pub fn view(&self, request_id: &str) -> ProblemView {
        ProblemView {
            kind: self.kind.uri(),
            title: self.kind.title().to_owned(),
            status: self.kind.status(),
            detail: self.detail.clone(),
            instance: format!("urn:uuid:{request_id}"),
        }
    }

    /// The answer.
    pub fn respond(&self, request_id: &str) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A struct of text and numbers has no error case.
        let body = serde_json::to_string(&self.view(request_id)).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let told: Option<(HeaderName, &'static str)> = match self.kind {
            Kind::Unauthorized => Some((header::WWW_AUTHENTICATE, "Bearer realm=\"AccessIQ API\"")),
            Kind::InsufficientScope => Some((
                header::WWW_AUTHENTICATE,
                "Bearer realm=\"AccessIQ API\", error=\"insufficient_scope\"",
            )),
            Kind::TooManyRequests => Some((header::RETRY_AFTER, crate::gate::limit::RETRY_AFTER)),
            Kind::Unavailable => Some((header::RETRY_AFTER, crate::error::RETRY_AFTER)),
            _ => None,
        };
        if let Some((name, value)) = told {
            headers.insert(name, HeaderValue::from_static(value));
        }
        super::gate::dress(&mut response, request_id);
        response
    }
}
