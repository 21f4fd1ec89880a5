//! Requests as they go over the wire, and whatever was answered: for a reader who judges a server, not for a player.

use super::{ClientError, ScimClient, deepest, pause_before_retry};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a raw request is sent at most, and the longest pause it waits for: a check of a server must come to an end.
const RAW_ATTEMPTS: usize = 3;
const LONGEST_RAW_PAUSE: Duration = Duration::from_secs(10);

/// A request as it goes over the wire, for a reader who wants to see any answer.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// The method.
    pub method: Method,
    /// Below the base URL, with its query, already percent-encoded.
    pub path: String,
    /// Further headers, `Content-Type` among them.
    pub headers: Vec<(&'static str, String)>,
    /// What the `Authorization` header says.
    pub authorization: Authorization,
    /// The body, byte for byte.
    pub body: Option<String>,
}

/// What the `Authorization` header of a [`RawRequest`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// The token, with the scheme spelled so: `Bearer`.
    Token(&'static str),
    /// Something that is not the token.
    Other(&'static str),
    /// There is none.
    Absent,
}

/// Any answer, as it came.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; what is not UTF-8 in it is replaced.
    pub text: String,
    /// The `Retry-After` of every 429 and 503 that came before, or instead of, this answer; empty text if there was none.
    pub busy: Vec<String>,
}

impl ScimClient {
    /// Sends one request and hands on whatever was answered; a busy server (429, 503) is asked three times.
    pub async fn exchange(&self, request: &RawRequest) -> Result<RawAnswer, ClientError> {
        let timeout = self.patience.timeout;
        let broken = |error| ClientError::Transport {
            request: format!("{} {}", request.method, request.path),
            reason: deepest(&error, timeout),
        };
        let mut busy = Vec::new();
        loop {
            self.counters.requests.fetch_add(1, Ordering::Relaxed);
            let response = self.build_raw(request)?.timeout(timeout).send().await.map_err(broken)?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.text().await.map_err(broken)?;
            let bytes = text.len() + request.body.as_ref().map_or(0, String::len);
            self.counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
            let mut pause = Duration::MAX;
            if matches!(status, 429 | 503) {
                let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                pause = pause_before_retry(None, retry_after);
                busy.push(retry_after.unwrap_or_default().to_owned());
            }
            if pause > LONGEST_RAW_PAUSE || busy.len() == RAW_ATTEMPTS {
                return Ok(RawAnswer { status, headers, text, busy });
            }
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
        }
    }

    fn build_raw(&self, request: &RawRequest) -> Result<reqwest::RequestBuilder, ClientError> {
        let url = format!("{}{}", self.base_url, request.path);
        let mut builder = self.http.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        match &request.authorization {
            Authorization::Token(scheme) => {
                let token = self.authorization.as_bytes().strip_prefix(b"Bearer ").unwrap_or_default();
                let header = HeaderValue::from_bytes(&[scheme.as_bytes(), b" ", token].concat());
                let mut header = header.map_err(|error| ClientError::Settings(error.to_string()))?;
                header.set_sensitive(true);
                builder = builder.header(AUTHORIZATION, header);
            }
            Authorization::Other(text) => builder = builder.header(AUTHORIZATION, *text),
            Authorization::Absent => {}
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        Ok(builder)
    }
}
