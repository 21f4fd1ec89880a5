//! All that a database holds, or what is one tenant's, as one stream of rows: into a file and out of it again, and from
//! one database into another, whatever their engines are.
//!
//! Tables and columns are read from the schema itself, so that a new table is carried without anybody's doing. What arrives
//! is counted and digested, table by table, and held against what left. Never in here: what a row means.

mod dump;
pub mod file;
mod load;
mod location;
mod seal;
mod shape;
mod sum;

pub use dump::{What, dump};
pub use load::{Loader, empty};
pub use location::{Frozen, Location, Mark, receive, undo};
pub use shape::{Column, Kind, Table, tables, version};
pub use sum::{Contents, Sum};

use crate::StoreError;
use serde::{Deserialize, Serialize};

/// What stands in a column of a row. There are no other types: booleans and instants are numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Number(i64),
    /// Text, of any characters.
    Text(String),
}

/// Where rows go: a file, or a database.
pub trait Sink {
    /// The rows of this table follow.
    fn begin(&mut self, table: &str, columns: &[String]) -> Result<(), StoreError>;
    /// A row, its values in the order of the columns, and the same as a line of JSON.
    fn row(&mut self, row: &[Value], line: &[u8]) -> Result<(), StoreError>;
    /// There are no more rows of this table; these there were.
    fn end(&mut self, sum: &Sum) -> Result<(), StoreError>;
}

/// Where rows go that are only to be looked at.
pub struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _: &str, _: &[String]) -> Result<(), StoreError> {
        Ok(())
    }

    fn row(&mut self, _: &[Value], _: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }

    fn end(&mut self, _: &Sum) -> Result<(), StoreError> {
        Ok(())
    }
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another part of the work begins, with so much to do.
    Phase {
        /// What is done, for people.
        name: &'static str,
        /// Rows, or bytes.
        total: u64,
    },
    /// So much of it is done.
    Done(u64),
}

/// Whom progress is told to.
pub type Report = dyn Fn(Progress) + Send + Sync;

/// After how many rows progress is told.
const STEP: u64 = 1000;
