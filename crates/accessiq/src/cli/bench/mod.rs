//! `accessiq bench`: what the operations of identity providers cost, held against the bare machine in the same run.

mod bare;
mod process;
mod report;
mod run;

pub use bare::Bare;

use crate::config::Archive;
use crate::output;
use anyhow::{Context, bail};
use clap::Args;
use client::load::Server;
use client::load::workload::Names;
use report::Report;
use run::Bench as Run;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Measure what requests cost: CPU time of the server, throughput and latency, as the directory grows.
///
/// Without `--base-url` a server of this release is started on a directory of its own, which is removed afterwards, or
/// on the database of `--database`, in a tenant of its own that stays there. Each kind of request is also sent to a bare
/// endpoint with an answer of the same size: the ratio of both is what to compare between machines.
#[derive(Args, Debug)]
pub struct Bench {
    /// Sizes of the directory at which it is measured, in users, rising
    #[arg(long, value_name = "USERS", value_delimiter = ',', default_value = "1000,10000")]
    sizes: Vec<usize>,
    /// Connections open at once
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Requests of each kind that reads; of writes two fifths, of lists a twenty-fifth
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..))]
    requests: u32,
    /// Measure a server that runs: its SCIM base URL, over plain HTTP
    #[arg(long, value_name = "URL", requires = "token")]
    base_url: Option<String>,
    /// The bearer token for it
    #[arg(long, env = "ACCESSIQ_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Its process on this machine, whose CPU time is counted
    #[arg(long, value_name = "PID")]
    process: Option<u32>,
    /// Further processes whose CPU time counts as the server's
    #[arg(long, value_name = "PID")]
    with_process: Vec<u32>,
    /// Hold the result against one that was written before with --json
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Bench {
    /// Runs the command; exit code 1 if a request failed.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            self.sizes.is_sorted() && self.sizes.iter().all(|size| *size >= 100),
            "--sizes: give at least 100 users, the smaller sizes first."
        );
        let earlier = self.compare.as_deref().map(read).transpose()?;
        let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
        let (started, server, engine) = if let Some(url) = &self.base_url {
            (None, self.named(url)?, "unknown")
        } else {
            let data = folder.path().join("data");
            let archive = Archive { data, database: archive.database.clone() };
            let engine = if archive.database.is_some() { "postgresql" } else { "sqlite" };
            let (running, server) = run::serve(&archive, &folder.path().join("server.log")).await?;
            (Some(running), server, engine)
        };
        let process = self.process.or(started.as_ref().map(run::process));
        let requests = usize::try_from(self.requests)?;
        let names = Names(format!("b{}", std::process::id()));
        let mut bench =
            Run::new(server, process, self.connections, self.sizes.clone(), requests, names).await?;
        bench.others.clone_from(&self.with_process);
        let mut report = Report {
            version: env!("CARGO_PKG_VERSION").into(),
            engine: engine.into(),
            connections: self.connections,
            phases: Vec::new(),
            memory_kib: None,
            peak_memory_kib: None,
        };
        bench.run(&mut report, |phase| eprintln!("  ✓ {} at {}", phase.name, phase.size)).await?;
        if self.json {
            output::document(&report)?;
        } else {
            report.show();
            if let Some(earlier) = &earlier {
                println!();
                report.compare(earlier);
            }
        }
        Ok(if report.held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// A server that runs.
    fn named(&self, url: &str) -> anyhow::Result<Server> {
        let Some(rest) = url.strip_prefix("http://") else {
            bail!("--base-url: requests are measured over plain HTTP; {url} does not begin with http://.");
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let address: Option<SocketAddr> = host.to_socket_addrs().ok().and_then(|mut found| found.next());
        let address = address.with_context(|| format!("--base-url: {host} is not known"))?;
        let base = format!("/{}", path.trim_end_matches('/'));
        Ok(Server { address, base, token: self.token.clone().unwrap_or_default() })
    }
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} was not written by accessiq bench --json", path.display()))
}
