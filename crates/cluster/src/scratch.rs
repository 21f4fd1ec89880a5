//! Fresh databases in a cluster that runs, one for each test.

use crate::programs::program;
use crate::{Cluster, Durability};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the cluster is; the variable that makes tests run on PostgreSQL. `cargo xtask test` sets it.
const VARIABLE: &str = "ACCESSIQ_TEST_DATABASE";

/// An empty database, until it is dropped.
pub struct Scratch {
    cluster: String,
    name: String,
    /// Its own, where the environment names none.
    _own: Option<Cluster>,
}

impl Scratch {
    /// A database in the cluster that the environment names; `None` where tests run on SQLite.
    pub fn of_environment() -> Option<Self> {
        let cluster = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())?;
        Some(Self::within(cluster, None))
    }

    /// A database of PostgreSQL in any case: in a cluster of its own where the environment names none.
    pub fn anywhere() -> Self {
        Self::of_environment().unwrap_or_else(|| {
            let own = Cluster::start(Durability::None);
            Self::within(own.url("postgres"), Some(own))
        })
    }

    fn within(cluster: String, own: Option<Cluster>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        ask(&cluster, &format!("drop database if exists {name} with (force)"));
        ask(&cluster, &format!("create database {name} strategy file_copy"));
        Self { cluster, name, _own: own }
    }

    /// Takes it away from whoever uses it.
    pub fn lose(&self) {
        ask(&self.cluster, &format!("drop database if exists {} with (force)", self.name));
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let (base, _) = self.cluster.rsplit_once('/').expect("a database in the URL");
        format!("{base}/{}", self.name)
    }

    /// All that is kept in it, as text.
    pub fn dump(&self) -> Vec<u8> {
        let dumped = program("pg_dump").args(["--inserts", &self.url()]).output().expect("pg_dump");
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        dumped.stdout
    }

    /// The answer to a statement, row by row.
    pub fn query(&self, sql: &str) -> String {
        ask(&self.url(), sql)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A test that fails must show its own reason.
        if !std::thread::panicking() {
            self.lose();
        }
    }
}

/// The answer of a database to a statement, row by row.
pub fn ask(url: &str, sql: &str) -> String {
    let asked = program("psql")
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"])
        .args(["-c", sql, url])
        .output()
        .expect("psql");
    assert!(asked.status.success(), "{sql}: {}", String::from_utf8_lossy(&asked.stderr));
    String::from_utf8(asked.stdout).expect("text").trim_end().to_owned()
}
