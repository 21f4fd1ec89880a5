//! An archive for a test: a SQLite file, or a PostgreSQL database where `ACCESSIQ_TEST_DATABASE` names a cluster.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use cluster::Scratch;
use store::clock::Clock;
use store::ids::Ids;
use store::{Address, Store};
use tempfile::TempDir;

/// Where an archive is kept while a test runs.
pub struct Archive {
    directory: TempDir,
    scratch: Option<Scratch>,
}

impl Archive {
    /// A fresh one.
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), scratch: Scratch::of_environment() }
    }

    /// Opens it, as often as a test likes.
    pub fn open(&self) -> Store {
        let ids = Ids::seeded(Clock::fixed(0), 1);
        match &self.scratch {
            None => Store::open(self.directory.path(), ids),
            Some(scratch) => Store::connect(&Address::parse(&scratch.url()).unwrap(), ids),
        }
        .unwrap()
    }
}
