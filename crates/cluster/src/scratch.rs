//! Fresh databases in a cluster that runs, one for each test.

use crate::programs::program;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the cluster is; the variable that makes tests run on PostgreSQL. `cargo xtask test` sets it.
const VARIABLE: &str = "ACCESSIQ_TEST_DATABASE";

/// An empty database, until it is dropped.
pub struct Scratch {
    cluster: String,
    name: String,
}

impl Scratch {
    /// A database in the cluster that the environment names; `None` where tests run on SQLite.
    pub fn of_environment() -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let cluster = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())?;
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        ask(&cluster, &format!("drop database if exists {name} with (force)"));
        ask(&cluster, &format!("create database {name} strategy file_copy"));
        Some(Self { cluster, name })
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
