//! Sockets: takes them in and serves HTTP over each, with bounds on how long one may be idle and how many there are.
//!
//! Whoever sends half a head, or nothing, or never takes its answer, is let go; what a head and a body may hold is the
//! gate's to judge. Stopping: nobody is taken in any more, and every request under way gets its answer.

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::{Service, ServiceExt};

/// What a server bears of its clients.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long a client may take from one answer, or the first byte, to the end of the next head.
    pub silence: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub deafness: Duration,
    /// How many sockets there may be at once. Others wait to be taken in.
    pub sockets: usize,
}

/// More than the 60 seconds after which nginx and the load balancers of AWS let go of an idle socket: if the server
/// were the first, a request could meet its end on the way.
const SILENCE: Duration = Duration::from_secs(75);
const DEAFNESS: Duration = Duration::from_mins(1);
/// More sockets than any installation needs.
const SOCKETS: usize = 8192;
/// How many files of a process are kept back for the database and for what the server asks of others.
const OWN_FILES: usize = 256;
/// The largest head, in bytes: `http` takes no longer URI than this, and 16 KiB of headers beside it.
const HEAD_LIMIT: usize = 80 * 1024;

impl Bounds {
    /// The usual ones, with no more sockets than this process may have files: a server without a file left could not
    /// open its database either.
    pub fn of_process() -> Self {
        let files = files_of_process().unwrap_or(SOCKETS);
        let left = files.saturating_sub(OWN_FILES).max(files / 2);
        Self { silence: SILENCE, deafness: DEAFNESS, sockets: left.clamp(1, SOCKETS) }
    }
}

/// How many files the process may have open, as Linux says.
fn files_of_process() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Serves routes to whoever comes, until asked to stop and every request under way has its answer. Dropped, it closes
/// every socket at once.
pub async fn serve(
    mut listener: TcpListener,
    routes: Router,
    bounds: Bounds,
    until: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.silence).max_header_size(HEAD_LIMIT);
    let mut services = routes.into_make_service_with_connect_info::<SocketAddr>();
    let room = Arc::new(Semaphore::new(bounds.sockets));
    let stopping = GracefulShutdown::new();
    let mut open = JoinSet::new();
    let mut until = pin!(until);
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (Listener::accept(&mut listener).await, place)
        };
        let ((socket, address), place) = tokio::select! {
            next = next => next,
            Some(_) = open.join_next() => continue,
            () = &mut until => break,
        };
        let Ok(service) = services.call(address).await;
        let (http, watcher) = (http.clone(), stopping.watcher());
        open.spawn(async move {
            talk(&http, socket, service, watcher, bounds).await;
            drop(place);
        });
    }
    drop(listener);
    stopping.shutdown().await;
}

/// One socket, from its first request to its last.
async fn talk<S>(http: &http1::Builder, socket: TcpStream, service: S, watcher: Watcher, bounds: Bounds)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    let mut stream = TimeoutStream::new(socket);
    stream.set_write_timeout(Some(bounds.deafness));
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let service = service.clone();
        async move {
            if names_its_host(&request) {
                service.oneshot(request).await
            } else {
                Ok((StatusCode::BAD_REQUEST, "A request must name one host.\n").into_response())
            }
        }
    });
    let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = watcher.watch(connection).await {
        // Whoever hangs up, sends no HTTP or is too slow: nothing that an operator could mend.
        tracing::debug!(%error, "a socket ended early");
    }
}

/// RFC 9112 §3.2: a request of HTTP/1.1 without `Host`, or with several, is refused, since whoever stands between may
/// read it otherwise.
fn names_its_host(request: &Request<Incoming>) -> bool {
    let count = request.headers().get_all(header::HOST).iter().count();
    count == 1 || (count == 0 && request.version() < Version::HTTP_11)
}
