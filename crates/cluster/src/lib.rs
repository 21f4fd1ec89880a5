//! PostgreSQL for tests: clusters that live in a temporary directory, and fresh databases in one that runs.
//!
//! A cluster listens on a socket in its own directory, so any number stand beside each other and nothing else reaches
//! them. Its own order of text is not that of bytes, as at many an operator's. For tests only: failing loudly is right
//! here, so functions panic with what they saw.

#![expect(clippy::missing_panics_doc, reason = "in tests a panic is the way to fail")]

mod programs;
mod scratch;

pub use programs::missing;
pub use scratch::{Scratch, ask};

use programs::{own, program};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// Who the tests are to the database.
const USER: &str = "accessiq";

/// What every server is told. Its shared memory stands in its directory, so that one that is killed leaves none behind. No
/// table is vacuumed or analysed while a test looks at plans.
const SETTINGS: [&str; 6] = [
    "autovacuum=off",
    "listen_addresses=",
    "port=5432",
    "max_connections=200",
    "log_min_messages=panic",
    "dynamic_shared_memory_type=mmap",
];
/// How often a server is started that ends at once.
const ATTEMPTS: usize = 50;

/// Whether what was committed has to survive that the machine stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As an operator runs it.
    Full,
    /// Nothing is synced: the fastest, where no test pulls the plug.
    None,
}

/// A cluster, until it is dropped.
pub struct Cluster {
    directory: TempDir,
    settings: Vec<String>,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub fn start(durability: Durability) -> Self {
        let settings = match durability {
            Durability::Full => &["fsync=on"][..],
            Durability::None => &["fsync=off", "full_page_writes=off", "synchronous_commit=off"][..],
        };
        Self::make(settings.iter().map(|setting| (*setting).to_owned()).collect(), &[])
    }

    /// A cluster that also listens on a port of this machine, with TLS by a certificate and its key, both PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> (Self, u16) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let settings = ["fsync=off", "ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"];
        let mut settings = settings.map(str::to_owned).to_vec();
        settings.extend(["listen_addresses=127.0.0.1".to_owned(), format!("port={port}")]);
        (Self::make(settings, &[("server.crt", certificate), ("server.key", key)]), port)
    }

    fn make(settings: Vec<String>, files: &[(&str, &str)]) -> Self {
        let directory = directory();
        let made = program("initdb")
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--locale-provider=icu", "--icu-locale=en-US", "--username", USER, "--pgdata"])
            .arg(directory.path().join("data"))
            .output()
            .expect("initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for (name, text) in files {
            let path = directory.path().join("data").join(name);
            std::fs::write(&path, text).expect("a file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a file");
            own(&path);
        }
        Self::run(directory, settings)
    }

    fn run(directory: TempDir, settings: Vec<String>) -> Self {
        let mut cluster = Self { directory, settings, server: None };
        cluster.restart();
        cluster
    }

    /// A copy of this cluster that follows it, as a standby does.
    pub fn start_standby(&self, name: &str) -> Self {
        let directory = directory();
        let copied = program("pg_basebackup")
            .args(["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--username", USER])
            .arg("--dbname")
            .arg(format!("host={} application_name={name}", self.directory.path().display()))
            .arg("--pgdata")
            .arg(directory.path().join("data"))
            .output()
            .expect("pg_basebackup");
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        Self::run(directory, self.settings.clone())
    }

    /// Starts the server again after [`Cluster::kill`], and waits until it takes connections.
    pub fn restart(&mut self) {
        assert!(self.server.is_none(), "the server runs");
        // What is left of the last one may take a moment to be gone.
        let started = (0..ATTEMPTS).any(|_| self.launch());
        assert!(started, "the server does not start\n{}", self.log());
    }

    /// Starts the server; whether it takes connections, or has ended instead.
    fn launch(&mut self) -> bool {
        let mut command = program("postgres");
        command.arg("-D").arg(self.directory.path().join("data")).arg("-k").arg(self.directory.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = self.directory.path().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.server = Some(command.spawn().expect("a server that starts"));
        let port = self.settings.iter().find_map(|setting| setting.strip_prefix("port=")).unwrap_or("5432");
        loop {
            let mut asking = program("pg_isready");
            let ready = asking.args(["-q", "-t", "10", "-p", port, "-h"]).arg(self.directory.path()).status();
            if ready.expect("pg_isready").success() {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            if self.server.as_mut().is_none_or(|server| server.try_wait().expect("a status").is_some()) {
                self.server = None;
                return false;
            }
        }
    }

    /// Kills every process of the server, as `kill -9` does; nothing is tidied.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", server.id()));
        // It may have ended by itself.
        drop(server.kill());
        server.wait().expect("a server that ended");
        // Those that are left would end by themselves, and until then hold on to the memory of the cluster.
        let children = children.unwrap_or_default();
        let numbers: Vec<&str> = children.split_whitespace().collect();
        if !numbers.is_empty() {
            drop(std::process::Command::new("kill").arg("-9").args(numbers).stderr(Stdio::null()).status());
        }
    }

    /// Makes a standby the one that takes changes.
    pub fn promote(&self) {
        self.query("postgres", "select pg_promote()");
    }

    /// Lets commits wait for the standby of that name from now on.
    pub fn wait_for_standby(&self, name: &str) {
        self.query("postgres", &format!("alter system set synchronous_standby_names = '{name}'"));
        self.query("postgres", "select pg_reload_conf()");
    }

    /// The answer of a database to a statement, row by row.
    pub fn query(&self, database: &str, sql: &str) -> String {
        scratch::ask(&self.url(database), sql)
    }

    /// Makes an empty database.
    pub fn create_database(&self, name: &str) -> String {
        self.query("postgres", &format!("create database {name}"));
        self.url(name)
    }

    /// Where a database of the cluster is.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@{}/{database}", self.host())
    }

    /// The host in a URL: the directory of the socket.
    pub fn host(&self) -> String {
        self.directory.path().display().to_string().replace('/', "%2F")
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        let mut text = String::new();
        if let Ok(mut file) = std::fs::File::open(self.directory.path().join("log")) {
            drop(file.read_to_string(&mut text));
        }
        text
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.server.is_some() {
            // It gives back what it holds of the machine, which a killed one cannot.
            let stopping = ["stop", "--mode=immediate", "--silent", "--pgdata"];
            drop(program("pg_ctl").args(stopping).arg(self.directory.path().join("data")).output());
        }
        self.kill();
    }
}

/// A directory that the server may write to.
fn directory() -> TempDir {
    let directory = tempfile::Builder::new().prefix("accessiq-pg-").tempdir().expect("a temporary directory");
    own(directory.path());
    directory
}

/// The directory that holds PostgreSQL's programs, the newest release where there are several.
fn installed() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut releases: Vec<(u32, PathBuf)> = found
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, path)| path.join("initdb").exists())
        .collect();
    releases.sort();
    let elsewhere = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).find(|path| Path::new(path).join("initdb").exists())
    };
    releases.pop().map(|(_, path)| path).or_else(elsewhere)
}
