//! Backups, moves and tenants on their way, as an operator makes them: by the program, beside servers that run, and while
//! it is killed.

mod backups;
mod company;
mod crash;
#[expect(dead_code, reason = "each file of tests uses its part")]
#[path = "../load/mod.rs"]
mod load;
mod moves;
#[expect(dead_code, reason = "each file of tests uses its part")]
#[path = "../support/mod.rs"]
mod support;
mod tenants;

use cluster::{Cluster, Durability};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::rc::Rc;
use support::{Home, Serving};
use tempfile::TempDir;

/// Homes for a test: one with SQLite, one in PostgreSQL, and a place for files.
struct Place {
    sqlite: Home,
    postgres: Home,
    cluster: Rc<Cluster>,
    database: String,
    files: TempDir,
}

impl Place {
    fn new() -> Self {
        Self::within(Rc::new(Cluster::start(Durability::None)), 0)
    }

    /// The same anew, with another database of the same cluster.
    fn another(&self, number: usize) -> Self {
        Self::within(Rc::clone(&self.cluster), number)
    }

    fn within(cluster: Rc<Cluster>, number: usize) -> Self {
        let database = format!("accessiq{number}");
        let postgres = Home::in_database(&cluster.create_database(&database));
        Self { sqlite: Home::new(), postgres, cluster, database, files: TempDir::new().expect("a directory") }
    }

    fn file(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// As `migrate` is told of the home in PostgreSQL.
    fn url(&self) -> String {
        self.cluster.url(&self.database)
    }

    fn query(&self, sql: &str) -> String {
        self.cluster.query(&self.database, sql)
    }
}

/// As `migrate` is told of a home with SQLite.
fn sqlite(home: &Home) -> String {
    format!("sqlite:{}", home.data().display())
}

/// What a command that is refused says.
#[track_caller]
fn refusal(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert_eq!(output.stdout, b"");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[track_caller]
fn is_sound(home: &Home) {
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

/// Counts and digests of all that a home holds.
fn tables(home: &Home) -> Value {
    let directory = TempDir::new().expect("a directory");
    let file: PathBuf = directory.path().join("copy");
    home.json(&["backup", "--to", &file.display().to_string()])["tables"].clone()
}

async fn stop(serving: Serving) {
    serving.ask_to_stop();
    let status = serving.ended().await;
    assert!(status.success(), "{status}");
}
