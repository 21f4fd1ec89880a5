//! The bare machine: an axum endpoint that answers with so many bytes of JSON and does nothing else. What the service
//! spends is held against what this spends on an answer of the same size, in the same run.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use clap::Args;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serve the bare endpoint that `bench` measures against.
#[derive(Args, Debug)]
pub struct Bare {
    /// Address to listen on
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
}

impl Bare {
    /// Serves until it is killed.
    pub async fn run(&self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.listen).await?;
        let routes = Router::new().route("/{size}", get(answer).post(take));
        axum::serve(listener, routes).await?;
        Ok(())
    }
}

type Answer = ([(HeaderName, HeaderValue); 1], String);

async fn answer(Path(size): Path<usize>) -> Answer {
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"))];
    (json, format!("\"{}\"", "x".repeat(size.saturating_sub(2))))
}

async fn take(path: Path<usize>, body: Bytes) -> Answer {
    drop(body);
    answer(path).await
}
