//! What a form sends, and where a browser goes after it.

use super::cookies;
use super::desk::Visitor;
use super::trouble::Trouble;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::time::Duration;
use std::sync::Arc;

/// The field that every form of a session has.
pub const CSRF: &str = "csrf";
/// How long a sentence waits for the next page.
const NOTICE_LIFETIME: Duration = Duration::seconds(60);
/// How long such a sentence may be, in characters: a cookie has room for no more.
const NOTICE_LENGTH: usize = 500;

/// The fields of a form, as they were sent. That the session sent it, the gate has seen.
#[derive(Clone, Debug, Default)]
pub struct Fields(Arc<Vec<(String, String)>>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn read(bytes: &[u8]) -> Self {
        Self(Arc::new(form_urlencoded::parse(bytes).into_owned().collect()))
    }

    /// The first value of a field, without spaces around it; empty if it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The first value of a field to the byte, as a password is taken.
    pub fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The value of a field that may be left empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a box was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Every field with its value, in the order they were sent.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of a field.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        let sent = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        sent.collect::<Vec<_>>().into_iter()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts.extensions.get().cloned().ok_or_else(Trouble::without_gate)
    }
}

/// On to another page of ours, by GET.
pub fn to(path: &str) -> Response {
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// On to another page, which says first what was done.
pub fn done(visitor: &Visitor, path: &str, sentence: &str) -> Response {
    let sentence: String = sentence.chars().take(NOTICE_LENGTH).collect();
    let is_tls = visitor.app.is_tls();
    let notice = cookies::set(cookies::NOTICE, &sentence, is_tls, Some(NOTICE_LIFETIME));
    let mut response = to(path);
    response.headers_mut().append(header::SET_COOKIE, notice);
    response
}

/// A path that was sent along to go on to: only one of ours, since a link could name any.
pub fn own_path(path: &str) -> Option<&str> {
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
    is_own.then_some(path)
}
