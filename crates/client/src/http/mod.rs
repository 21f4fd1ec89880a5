//! A SCIM client over HTTP: one request, one typed answer.
//!
//! It knows what RFC 7644 says of errors, and what to do when a server is busy (429, 503). Which requests
//! to send, in which order, is a player's business. The token goes into one header and nowhere else: it is
//! in no error, no `Debug` and no URL.

mod failure;
mod raw;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) use failure::deepest;
pub use failure::{ClientError, Refusal};
pub use raw::{Authorization, RawAnswer, RawRequest};
pub use reqwest::Method;
pub use reqwest::header::HeaderMap;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use serde_json::Value;

/// How often a request is sent at most while the server answers 429 or 503 (docs/identity-providers.md O-18).
pub const ATTEMPTS: u32 = 10;
/// The first pause when the server names none.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The pause when `Retry-After` is not a number of seconds (docs/identity-providers.md O-18: an HTTP date means five minutes).
const UNREADABLE_PAUSE: Duration = Duration::from_mins(5);

/// The headers by which a kind of client is recognised.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Sent with every request; names in lower case.
    pub headers: &'static [(&'static str, &'static str)],
    /// Sent only with a body.
    pub content_type: &'static str,
}

/// How long a client waits for an answer, and how it asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long an answer may take.
    pub timeout: Duration,
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The pause before it is sent again. If none is given, it is as `Retry-After` asks, and doubles.
    pub pause: Option<Duration>,
    /// Asks again not only after 429 and 503, but after every 5xx, and when there was no answer.
    pub insists: bool,
}

impl Patience {
    /// Okta's (docs/identity-providers.md O-18): a minute, ten attempts, pauses as the server asks.
    pub const LONG: Self =
        Self { timeout: Duration::from_mins(1), attempts: ATTEMPTS, pause: None, insists: false };

    fn asks_again(&self, sent: &Result<Received, ClientError>) -> bool {
        match sent {
            Ok(received) => {
                matches!(received.status, 429 | 503) || self.insists && (500..600).contains(&received.status)
            }
            Err(_) => self.insists,
        }
    }
}

/// An answer with success.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The body, if there was one.
    pub body: Option<Value>,
}

/// What went over the wire so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    /// Requests, repetitions included.
    pub requests: u64,
    /// Repetitions after 429 and 503.
    pub retries: u64,
    /// Bytes of all bodies, in both directions.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

/// A client of one SCIM connection. Its clones count their traffic together.
#[derive(Clone)]
pub struct ScimClient {
    http: reqwest::Client,
    base_url: String,
    profile: Profile,
    patience: Patience,
    authorization: HeaderValue,
    counters: Arc<Counters>,
}

/// An answer as it came.
struct Received {
    status: u16,
    retry_after: Option<String>,
    text: String,
}

impl fmt::Debug for ScimClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ScimClient").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl ScimClient {
    /// A client of the connection at `base_url` (`http://host/scim/v2/{connection}`) with its bearer `token`.
    pub fn new(base_url: &str, token: &str, profile: Profile) -> Result<Self, ClientError> {
        let base_url = base_url.trim_end_matches('/').to_owned();
        let settings = |what: &str| ClientError::Settings(format!("the SCIM base URL `{base_url}` {what}"));
        let url = reqwest::Url::parse(&base_url).map_err(|error| settings(&format!("is no URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(settings("begins neither with https:// nor with http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ClientError::Settings(
                "the SCIM base URL holds a name or password; leave them out".into(),
            ));
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.trim())).map_err(|_| {
            ClientError::Settings("the token has a character that no HTTP header may carry".into())
        })?;
        authorization.set_sensitive(true);
        let headers = profile
            .headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect::<HeaderMap>();
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .http1_title_case_headers()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| ClientError::Settings(format!("no HTTP client: {error}")))?;
        Ok(Self {
            http,
            base_url,
            profile,
            patience: Patience::LONG,
            authorization,
            counters: Arc::default(),
        })
    }

    /// The same client with another patience; a new one has [`Patience::LONG`].
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The SCIM base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.counters.requests.load(Ordering::Relaxed),
            retries: self.counters.retries.load(Ordering::Relaxed),
            bytes: self.counters.bytes.load(Ordering::Relaxed),
        }
    }

    /// Reads `path` (below the base URL, with its query, already percent-encoded).
    pub async fn get(&self, path: &str) -> Result<Value, ClientError> {
        let answer = self.send(Method::GET, path, None).await?;
        answer.body.ok_or_else(|| ClientError::Invalid {
            request: format!("GET {path}"),
            reason: format!("{} with an empty body", answer.status),
        })
    }

    /// Sends one request, and again while the server answers 429 or 503, as the client's [`Patience`] has it:
    /// after the seconds that `Retry-After` names, then at least twice the last pause each time.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ClientError> {
        let request = format!("{method} {path}");
        let payload = body.map(Value::to_string);
        let mut pause = None;
        let mut attempt = 1;
        loop {
            let sent = self.send_once(&method, path, payload.as_deref(), &request).await;
            if attempt >= self.patience.attempts || !self.patience.asks_again(&sent) {
                let received = sent?;
                return read_answer(request, received.status, &received.text);
            }
            let asked = sent.ok().and_then(|received| received.retry_after);
            let next = self.patience.pause.unwrap_or_else(|| pause_before_retry(pause, asked.as_deref()));
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(next).await;
            pause = Some(next);
            attempt += 1;
        }
    }

    async fn send_once(
        &self,
        method: &Method,
        path: &str,
        payload: Option<&str>,
        request: &str,
    ) -> Result<Received, ClientError> {
        let timeout = self.patience.timeout;
        let mut builder = self
            .http
            .request(method.clone(), format!("{}{path}", self.base_url))
            .timeout(timeout)
            .header(AUTHORIZATION, self.authorization.clone());
        if let Some(payload) = payload {
            builder = builder.header(CONTENT_TYPE, self.profile.content_type).body(payload.to_owned());
        }
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let broken =
            |error| ClientError::Transport { request: request.to_owned(), reason: deepest(&error, timeout) };
        let response = builder.send().await.map_err(broken)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let text = response.text().await.map_err(broken)?;
        let bytes = text.len() + payload.map_or(0, str::len);
        self.counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(Received { status, retry_after, text })
    }
}

/// How long to wait before the next attempt: what the server asks for, and at least twice the `last` pause.
pub fn pause_before_retry(last: Option<Duration>, retry_after: Option<&str>) -> Duration {
    let asked = retry_after.map(|text| {
        text.trim().parse().map_or(UNREADABLE_PAUSE, |seconds: u32| Duration::from_secs(seconds.into()))
    });
    match (last, asked) {
        (None, asked) => asked.unwrap_or(FIRST_PAUSE),
        (Some(last), asked) => (last * 2).max(asked.unwrap_or_default()),
    }
}

fn read_answer(request: String, status: u16, text: &str) -> Result<Answer, ClientError> {
    let parsed = if text.is_empty() { Ok(None) } else { serde_json::from_str::<Value>(text).map(Some) };
    if !(200..300).contains(&status) {
        let body = parsed.ok().flatten().unwrap_or_default();
        let word = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let (scim_type, detail) = (word("scimType"), word("detail"));
        return Err(ClientError::Status(Box::new(Refusal { request, status, scim_type, detail })));
    }
    match parsed {
        Ok(body) => Ok(Answer { status, body }),
        Err(error) => Err(ClientError::Invalid {
            request,
            reason: format!("{status} with a body that is not JSON: {error}"),
        }),
    }
}
