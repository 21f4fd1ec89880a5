//! Requests over connections that stay open: sent one after the other on each, counted and timed.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A server under load: plain HTTP, since what is measured is not TLS.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// What every path begins with, such as `/scim/v2/{connection}`.
    pub base: String,
    /// The bearer token.
    pub token: String,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path below the server's base, with its query.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<Bytes>,
}

impl Asked {
    /// A request without a body.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    /// A request with a body.
    pub fn with(method: Method, path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method, path: path.into(), body: Some(body.into()) }
    }
}

/// What came of many requests.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many were answered with success.
    pub succeeded: usize,
    /// How many were answered otherwise, by status.
    pub failed: BTreeMap<u16, usize>,
    /// What the first failure said.
    pub first_failure: Option<String>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// How long each took, the shortest first.
    pub latencies: Vec<Duration>,
    /// Bytes of all answers.
    pub received: usize,
    /// What was kept of the answers, in the order of the requests.
    pub kept: Vec<Option<String>>,
}

impl Outcome {
    /// How long all but one in a hundred (`0.99`), or half of them (`0.5`), took at most.
    pub fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list of some thousands"
        )]
        let place = (self.latencies.len().saturating_sub(1) as f64 * share).round() as usize;
        self.latencies.get(place).copied().unwrap_or_default()
    }

    /// The mean size of an answer, in bytes.
    pub fn mean_size(&self) -> usize {
        self.received.checked_div(self.latencies.len()).unwrap_or_default()
    }

    fn join(&mut self, other: Self) {
        self.succeeded += other.succeeded;
        for (status, count) in other.failed {
            *self.failed.entry(status).or_default() += count;
        }
        self.first_failure = self.first_failure.take().or(other.first_failure);
        self.latencies.extend(other.latencies);
        self.received += other.received;
    }
}

/// The server cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is nobody.
    #[error("nobody answers at {address}: {source}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection to the server broke: {0}")]
    Broken(#[from] hyper::Error),
    /// A request that cannot be.
    #[error("a request cannot be made: {0}")]
    Request(#[from] http::Error),
}

/// What is kept of an answer's body.
pub type Keep = fn(&[u8]) -> Option<String>;

/// Keeps nothing.
pub fn nothing(_: &[u8]) -> Option<String> {
    None
}

/// Keeps the `id` of a resource.
pub fn id(body: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    document["id"].as_str().map(str::to_owned)
}

/// Sends `count` requests over so many connections at once; `ask` makes each by its number.
///
/// # Errors
/// The server cannot be reached, or ends a connection.
pub async fn send(
    server: &Server,
    connections: usize,
    count: usize,
    ask: impl Fn(usize) -> Asked + Send + Sync + 'static,
    keep: Keep,
) -> Result<Outcome, LoadError> {
    let (ask, next, started) = (Arc::new(ask), Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut senders = JoinSet::new();
    for _ in 0..connections.max(1) {
        let (server, ask, next) = (server.clone(), Arc::clone(&ask), Arc::clone(&next));
        senders.spawn(async move { one_by_one(&server, count, &next, &*ask, keep).await });
    }
    let (mut whole, mut kept) = (Outcome::default(), Vec::with_capacity(count));
    while let Some(ended) = senders.join_next().await {
        // A panic in here is a mistake of this program, which is not to be swallowed.
        let (outcome, found) = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        whole.join(outcome);
        kept.extend(found);
    }
    whole.elapsed = started.elapsed();
    whole.latencies.sort_unstable();
    kept.sort_unstable_by_key(|(number, _)| *number);
    whole.kept = kept.into_iter().map(|(_, value)| value).collect();
    Ok(whole)
}

async fn one_by_one(
    server: &Server,
    count: usize,
    next: &AtomicUsize,
    ask: &(dyn Fn(usize) -> Asked + Send + Sync),
    keep: Keep,
) -> Result<(Outcome, Vec<(usize, Option<String>)>), LoadError> {
    let mut wire = open(server.address).await?;
    let (mut outcome, mut kept) = (Outcome::default(), Vec::new());
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok((outcome, kept));
        }
        let request = request(server, ask(number))?;
        let started = Instant::now();
        let answer = wire.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        outcome.latencies.push(started.elapsed());
        outcome.received += body.len();
        if status.is_success() {
            outcome.succeeded += 1;
        } else {
            fail(&mut outcome, status, &body);
        }
        kept.push((number, keep(&body)));
    }
}

fn fail(outcome: &mut Outcome, status: StatusCode, body: &[u8]) {
    *outcome.failed.entry(status.as_u16()).or_default() += 1;
    if outcome.first_failure.is_none() {
        outcome.first_failure = Some(format!("{status}: {}", String::from_utf8_lossy(body)));
    }
}

async fn open(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, LoadError> {
    let unreachable = |source| LoadError::Connect { address, source };
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the sender; what goes wrong, the sender is told.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn request(server: &Server, asked: Asked) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::builder()
        .method(asked.method)
        .uri(format!("{}{}", server.base, asked.path))
        .header(header::HOST, server.address.to_string())
        .header(header::AUTHORIZATION, format!("Bearer {}", server.token));
    if asked.body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/scim+json");
    }
    request.body(Full::new(asked.body.unwrap_or_default()))
}
