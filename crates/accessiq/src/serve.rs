//! Serving: listen, answer, and stop so that nothing accepted is lost.

use crate::config::{self, Archive};
use crate::{output, worker};
use anyhow::Context;
use clap::Args;
use provisioning::administrators::{has_operator, links};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::App;
use web::resolver::Resolver;
use web::secrets::Secrets;
use web::sockets::{self, Bounds};

/// The secrets for sign-in providers that the service was started with. A variable that is no text is none of ours.
fn secrets() -> Secrets {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    Secrets::of(std::env::vars_os().filter_map(text))
}

/// Where to listen.
#[derive(Args, Clone, Debug)]
pub struct Listening {
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", env = "ACCESSIQ_LISTEN")]
    pub listen: SocketAddr,
    /// URL under which identity providers reach this server, such as https://iam.example.com
    #[arg(long, value_name = "URL", env = "ACCESSIQ_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Requests a second that one connection may send; 0 for no limit. Providers need 25 at least
    #[arg(long, value_name = "NUMBER", default_value_t = 2000, env = "ACCESSIQ_RATE_LIMIT")]
    pub rate_limit: u32,
    /// Address of its own to serve GET /metrics at, for Prometheus; not served unless given. The counts name no tenant,
    /// connection or person, and whoever reaches the address may read them
    #[arg(long, value_name = "ADDR", env = "ACCESSIQ_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Name server to ask whether a tenant's domains are its own; those of the machine unless given
    #[arg(long, value_name = "ADDR", env = "ACCESSIQ_RESOLVER")]
    pub resolver: Option<SocketAddr>,
    /// Listen beyond this machine without TLS, where nobody else can listen in
    #[arg(long)]
    pub insecure_http: bool,
}

/// How long a stopping server waits for requests under way, unless it is asked to stop again: less than the 30
/// seconds after which Kubernetes kills, and systemd only later.
const DRAIN: Duration = Duration::from_secs(25);
/// How many may ask for the counts at once.
const METRICS_SOCKETS: usize = 64;

/// A server that runs.
pub struct Running {
    /// What it serves.
    pub app: App,
    /// The address it listens on.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    rest: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

impl Running {
    /// Starts serving an archive.
    pub async fn start(
        store: Store,
        listener: TcpListener,
        public_url: Option<&str>,
        rate_limit: u32,
        resolver: Resolver,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let public_url = public_url.map_or_else(|| format!("http://{address}"), str::to_owned);
        config::keep_public_url(&store, &public_url).await?;
        let app = App::start(store, &public_url, NonZeroU32::new(rate_limit), resolver, secrets()).await?;
        let (rest, rested) = oneshot::channel::<()>();
        let worker = tokio::spawn(worker::work(app.store().clone(), rested));
        let routes = web::router(app.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let until = async {
                // A dropped sender stops the server as well.
                drop(stopped.await);
            };
            sockets::serve(listener, routes, Bounds::of_process(), until).await;
        });
        Ok(Self { app, address, stop, server, rest, worker })
    }

    /// Stops: takes no more requests, finishes those there are, writes the last records. A client that never ends its
    /// request is waited for only so long; what it sent was not acknowledged.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { app, stop, mut server, rest, worker, .. } = self;
        drop(stop);
        drop(rest);
        let result = tokio::select! {
            ended = &mut server => ended.context("the server ended unexpectedly"),
            () = tokio::time::sleep(DRAIN) => Ok(()),
            asked_again = until_asked_to_stop() => asked_again,
        };
        if !server.is_finished() {
            tracing::warn!("some requests did not end; their connections are closed");
            server.abort();
        }
        // A step takes milliseconds, and what was not done is gone on with after the next start.
        worker.await.context("background work ended with an error")?;
        app.recorder().flush().await;
        result
    }
}

fn check_public_url(url: &str) -> anyhow::Result<()> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    anyhow::ensure!(
        !host.trim_end_matches('/').is_empty() && !host.contains(['?', '#', ' ']),
        "--public-url: \"{url}\" is no base URL. Write it like https://iam.example.com."
    );
    Ok(())
}

/// RFC 7644 §7.2: tokens travel by TLS alone. Beyond this machine that takes a proxy with a certificate.
fn check_transport(listening: &Listening) -> anyhow::Result<()> {
    let behind_proxy = listening.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    anyhow::ensure!(
        listening.listen.ip().is_loopback() || behind_proxy || listening.insecure_http,
        "--listen {} is reachable from other machines, and tokens would travel unencrypted. Put a proxy with TLS in \
         front and give its address with --public-url https://…, or listen on 127.0.0.1.",
        listening.listen
    );
    Ok(())
}

/// `accessiq serve`.
pub async fn serve(archive: &Archive, listening: &Listening) -> anyhow::Result<()> {
    check_transport(listening)?;
    if let Some(url) = &listening.public_url {
        check_public_url(url)?;
    }
    let store = archive.open()?;
    let listener = bind("--listen", listening.listen).await?;
    let metrics = match listening.metrics_listen {
        Some(address) => Some(bind("--metrics-listen", address).await?),
        None => None,
    };
    let (url, resolver) = (listening.public_url.as_deref(), Resolver::at(listening.resolver));
    let database = store.location();
    let running = Running::start(store, listener, url, listening.rate_limit, resolver).await?;
    let metrics = metrics.map(|listener| serve_metrics(&running.app, listener)).transpose()?;
    tracing::info!(address = %running.address, public_url = running.app.public_url(), database, "serving");
    offer_setup(&running.app).await?;
    until_asked_to_stop().await?;
    tracing::info!("stopping: finishing requests");
    running.stop().await?;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    tracing::info!("stopped");
    Ok(())
}

/// While nobody can sign in, each start makes a link to set up the first operator with. It opens the installation to
/// whoever reads it, so a terminal shows it and no log.
async fn offer_setup(app: &App) -> anyhow::Result<()> {
    if app.store().read(has_operator)? {
        return Ok(());
    }
    if !std::io::stderr().is_terminal() {
        tracing::info!(
            "nobody can sign in yet: `accessiq administrator setup-link` makes a link for the first operator"
        );
        return Ok(());
    }
    if let Some(link) = links::setup(app.store()).await? {
        let (address, until) = (link.address(app.public_url()), output::time(link.expires_at));
        eprintln!("\n  Nobody can sign in yet. Become the first operator, until {until}:\n  {address}\n");
    }
    Ok(())
}

async fn bind(option: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("cannot listen on {address}. Choose another address with {option}"))
}

/// Serves what is counted, at an address of its own, until it is aborted.
fn serve_metrics(app: &App, listener: TcpListener) -> anyhow::Result<JoinHandle<()>> {
    tracing::info!(address = %listener.local_addr()?, "serving /metrics");
    let routes = web::metrics::router(app.clone());
    let bounds = Bounds { sockets: METRICS_SOCKETS, ..Bounds::of_process() };
    Ok(tokio::spawn(sockets::serve(listener, routes, bounds, std::future::pending())))
}

/// Waits for Ctrl-C or the signal of a service manager.
pub async fn until_asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
