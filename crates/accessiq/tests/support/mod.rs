//! The program as it is installed: started as a process of its own, on a data directory of its own.

use client::http::{Profile, ScimClient};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Settings of the machine that a test must not inherit.
const INHERITED: [&str; 9] = [
    "ACCESSIQ_DATA",
    "ACCESSIQ_DATABASE",
    "ACCESSIQ_LISTEN",
    "ACCESSIQ_LOG",
    "ACCESSIQ_METRICS_LISTEN",
    "ACCESSIQ_PUBLIC_URL",
    "ACCESSIQ_RATE_LIMIT",
    "ACCESSIQ_RESOLVER",
    "ACCESSIQ_TOKEN",
];
/// How long a process may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(5);
/// A client without habits.
const PROFILE: Profile = Profile { headers: &[], content_type: "application/scim+json" };

/// A data directory, and beside it the logs of the servers that ran on it.
pub struct Home {
    directory: TempDir,
    database: Option<String>,
}

/// A connection, with the token that was shown once.
pub struct Connection {
    /// Its id.
    pub id: String,
    /// The bearer token.
    pub token: String,
}

impl Home {
    /// A home where nothing was ever started.
    pub fn new() -> Self {
        Self { directory: TempDir::new().expect("a temporary directory"), database: None }
    }

    /// A home whose data is in a PostgreSQL database.
    pub fn in_database(url: &str) -> Self {
        Self { database: Some(url.to_owned()), ..Self::new() }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// What all servers of this home logged.
    pub fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// The program, about to run on this data.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_accessiq"));
        for name in INHERITED {
            command.env_remove(name);
        }
        command.env("USER", "tester").arg("--data").arg(self.data());
        if let Some(url) = &self.database {
            command.arg("--database").arg(url);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().expect("the program")
    }

    /// Runs a command with `--json` that succeeds: exactly one document on stdout, nothing on stderr.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} ended with {}: {said}", output.status);
        assert_eq!(said, "", "{arguments:?} spoke beside its document");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error} in {}", String::from_utf8_lossy(&output.stdout))
        })
    }

    /// A tenant `acme` with one connection.
    pub fn connection(&self, provider: &str) -> Connection {
        self.json(&["tenant", "create", "acme"]);
        let made = self.json(&["connection", "create", "--tenant", "acme", "--provider", provider]);
        Connection { id: text(&made["id"]), token: text(&made["token"]) }
    }
}

/// A JSON string's text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A server that runs. Dropped, it is killed.
pub struct Serving {
    child: Child,
    address: Option<SocketAddr>,
    log: PathBuf,
    logged_before: u64,
}

impl Serving {
    /// Starts a server, without waiting for anything. It takes a free port.
    pub fn launch(home: &Home, settings: &[(&str, &str)]) -> Self {
        let log = home.log();
        let stderr = OpenOptions::new().create(true).append(true).open(&log).expect("a log");
        let logged_before = stderr.metadata().expect("the size of the log").len();
        let child = home
            .program(&["serve", "--log-json", "--listen", "127.0.0.1:0"])
            .env("ACCESSIQ_RATE_LIMIT", "0")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .expect("the program");
        Self { child, address: None, log, logged_before }
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(home: &Home) -> Self {
        let mut serving = Self::launch(home, &[]);
        serving.ready().await;
        serving
    }

    /// Waits until `/readyz` says so.
    pub async fn ready(&mut self) {
        let began = Instant::now();
        while !self.is_ready().await {
            assert_eq!(self.child.try_wait().expect("a child"), None, "the server ended: {}", self.logged());
            assert!(began.elapsed() < PATIENCE, "the server is not ready: {}", self.logged());
            tokio::time::sleep(POLL).await;
        }
    }

    async fn is_ready(&mut self) -> bool {
        if self.address.is_none() {
            self.address = address_in(&self.logged());
        }
        let Some(address) = self.address else { return false };
        let server = ScimClient::new(&format!("http://{address}"), "none", PROFILE).expect("a client");
        // Its answer is no JSON, which the client says of a success alone.
        matches!(server.get("/readyz").await, Err(client::http::ClientError::Invalid { .. }))
    }

    /// What this server logged so far.
    pub fn logged(&self) -> String {
        use std::io::{Read, Seek, SeekFrom};
        let mut log = File::open(&self.log).expect("a log");
        log.seek(SeekFrom::Start(self.logged_before)).expect("a log");
        let mut logged = Vec::new();
        log.read_to_end(&mut logged).expect("a log");
        String::from_utf8_lossy(&logged).into_owned()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address.expect("a server that is ready")
    }

    /// The SCIM base URL of a connection.
    pub fn base_url(&self, connection: &Connection) -> String {
        format!("http://{}/scim/v2/{}", self.address(), connection.id)
    }

    /// A client of a connection.
    pub fn client(&self, connection: &Connection) -> ScimClient {
        ScimClient::new(&self.base_url(connection), &connection.token, PROFILE).expect("a client")
    }

    /// `kill -9`. The server was running until then.
    pub fn kill(mut self) {
        assert_eq!(self.child.try_wait().expect("a child"), None, "the server ended: {}", self.logged());
        self.child.kill().expect("a child");
        self.child.wait().expect("a child");
    }

    /// SIGTERM, as a service manager sends it. The server is still running when this returns.
    pub fn ask_to_stop(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::TERM).expect("a running server");
    }

    /// Waits until it has ended.
    pub async fn ended(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                if !status.success() {
                    eprintln!("{}", self.logged());
                }
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not stop: {}", self.logged());
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended long ago.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address in a server's log.
fn address_in(log: &str) -> Option<SocketAddr> {
    // The last line may be half written.
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let serving = lines.into_iter().find(|line| line["fields"]["message"] == "serving")?;
    serving["fields"]["address"].as_str()?.parse().ok()
}
