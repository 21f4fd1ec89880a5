//! Sockets as they are: real ones on loopback, with time that moves on when everybody waits.

use axum::response::{IntoResponse, Response};
use std::time::Duration;
use store::{Store, StoreError, TenantId, Tx};
use testkit::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::flow::{self, Flow, Pace};
use web::sockets::{self, Bounds};

const BOUNDS: Bounds =
    Bounds { silence: Duration::from_secs(75), deafness: Duration::from_mins(1), sockets: 2 };
/// More than the system keeps for a client that does not read.
const LARGE: usize = 64 * 1024 * 1024;
/// More than is sent whole.
const PIECES: usize = 300 * 1024;
const GET: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server that listens, until its sender is dropped.
struct Listening {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _server: Server,
}

impl Listening {
    async fn start() -> Self {
        let server = Server::start().await;
        let large = || async { "x".repeat(LARGE) };
        let routes = server.router().clone().route("/large", axum::routing::get(large));
        let flowing = |is_whole| {
            let store = server.store().clone();
            axum::routing::get(move || flowing(store, is_whole))
        };
        let routes = routes.route("/whole", flowing(true)).route("/broken", flowing(false));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async { drop(stopped.await) };
        let serving = tokio::spawn(sockets::serve(listener, routes, BOUNDS, until));
        tokio::time::pause();
        Self { address, stop, serving, _server: server }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a socket")
    }
}

/// An answer that is written while it is sent, to its end or not. It fits in what waits for a client.
async fn flowing(store: Store, is_whole: bool) -> Response {
    let write = move |_: &mut Tx<'_>, flow: &mut Flow| {
        flow.text(&"x".repeat(PIECES))?;
        flow.text("the end")?;
        if is_whole { Ok(()) } else { Err(StoreError::Unavailable("lost".into()).into()) }
    };
    flow::run(&store, TenantId(1), Pace::USUAL, write).await.expect("an answer").into_response()
}

/// Everything that comes until the other side hangs up.
async fn rest(mut socket: TcpStream) -> String {
    let mut text = String::new();
    socket.read_to_string(&mut text).await.expect("text, and an orderly end");
    text
}

/// Reads until the end of an answer to `GET`.
async fn answer(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.ends_with("ok\n") && !text.ends_with("ok") {
        let mut bytes = [0; 1024];
        let count = socket.read(&mut bytes).await.expect("an answer");
        assert!(count > 0, "the server hung up after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
    }
    text
}

#[tokio::test]
async fn whoever_sends_half_a_head_is_let_go() {
    let listening = Listening::start().await;
    for half in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        let mut socket = listening.connect().await;
        socket.write_all(half.as_bytes()).await.expect("half a head");
        let began = tokio::time::Instant::now();
        let text = rest(socket).await;
        assert!(!text.contains("200 OK"), "{text}");
        assert!(began.elapsed() >= BOUNDS.silence, "let go of after {:?}", began.elapsed());
    }
}

/// One byte now and then is no head either.
#[tokio::test]
async fn whoever_sends_a_head_byte_by_byte_is_let_go() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    let began = tokio::time::Instant::now();
    for byte in "GET /healthz HTTP/1.1\r\nX-Slow: ".bytes().chain(std::iter::repeat_n(b'x', 1000)) {
        if socket.write_all(&[byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(began.elapsed() < 3 * BOUNDS.silence, "it was listened to for {:?}", began.elapsed());
}

#[tokio::test]
async fn whoever_does_not_take_its_answer_is_let_go() {
    let listening = Listening::start().await;
    let mut deaf = listening.connect().await;
    deaf.write_all(GET.replace("/healthz", "/large").as_bytes()).await.expect("a request");
    tokio::time::sleep(3 * BOUNDS.deafness).await;
    let mut bytes = Vec::new();
    drop(deaf.read_to_end(&mut bytes).await);
    assert!(bytes.len() < LARGE, "it was waited for");
}

#[tokio::test]
async fn an_idle_socket_is_let_go_after_its_answer() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    for _ in 0..3 {
        socket.write_all(GET.as_bytes()).await.expect("a request");
        assert!(answer(&mut socket).await.starts_with("HTTP/1.1 200"));
        tokio::time::advance(BOUNDS.silence / 2).await;
    }
    assert_eq!(rest(socket).await, "");
}

/// RFC 9112 §7.1: a chunked body ends with a chunk of no bytes. One that broke off has none, so that nobody takes it for whole.
#[tokio::test]
async fn an_answer_that_breaks_off_does_not_end() {
    let listening = Listening::start().await;
    for (path, is_whole) in [("/whole", true), ("/broken", false)] {
        let mut socket = listening.connect().await;
        let close = GET.replace("/healthz", path).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        socket.write_all(close.as_bytes()).await.expect("a request");
        let text = rest(socket).await;
        assert_eq!(text.ends_with("the end\r\n0\r\n\r\n"), is_whole, "{path}");
        assert!(is_whole || !text.ends_with("0\r\n\r\n"), "{path}");
    }
}

/// Whoever finds no place waits, and has one as soon as somebody leaves.
#[tokio::test]
async fn there_are_only_so_many_sockets_at_once() {
    let listening = Listening::start().await;
    let (mut first, second, mut third) =
        (listening.connect().await, listening.connect().await, listening.connect().await);
    first.write_all(GET.as_bytes()).await.expect("a request");
    answer(&mut first).await;
    third.write_all(GET.as_bytes()).await.expect("a request");
    let began = tokio::time::Instant::now();
    let early = tokio::time::timeout(Duration::from_secs(5), answer(&mut third)).await;
    assert!(early.is_err(), "there was a third place");
    drop(second);
    assert!(answer(&mut third).await.starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() < BOUNDS.silence, "it waited until the first was let go");
}

#[tokio::test]
async fn a_request_under_way_is_answered_while_the_server_stops() {
    let listening = Listening::start().await;
    let (mut idle, mut half) = (listening.connect().await, listening.connect().await);
    idle.write_all(GET.as_bytes()).await.expect("a request");
    answer(&mut idle).await;
    half.write_all(&GET.as_bytes()[..20]).await.expect("half a head");
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(listening.stop);
    assert_eq!(rest(idle).await, "", "an idle one is let go at once");
    half.write_all(&GET.as_bytes()[20..]).await.expect("the other half");
    assert!(rest(half).await.contains("200 OK"));
    listening.serving.await.expect("an orderly end");
    assert!(TcpStream::connect(listening.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_head_has_a_limit() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    let head = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(100_000));
    drop(socket.write_all(head.as_bytes()).await);
    assert!(rest(socket).await.starts_with("HTTP/1.1 431"));
}

/// A request of which two readers could make different ones is refused (RFC 9112 §3.2).
#[tokio::test]
async fn a_request_names_one_host() {
    let listening = Listening::start().await;
    for (hosts, version, status) in [
        ("Host: a\r\n", "1.1", "200"),
        ("", "1.1", "400"),
        ("Host: a\r\nHost: b\r\n", "1.1", "400"),
        ("", "1.0", "200"),
    ] {
        let mut socket = listening.connect().await;
        let request = format!("GET /healthz HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.expect("a request");
        let text = rest(socket).await;
        assert!(text.starts_with(&format!("HTTP/{version} {status}")), "{hosts:?}: {text}");
    }
}
