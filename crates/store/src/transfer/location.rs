//! Where a whole installation is, or is to be: a directory with SQLite, or a database of PostgreSQL.
//!
//! A copy comes into a place that is empty, and is there whole or not at all. A place that is moved from is frozen first,
//! so that no change is made to what is being left behind.

use crate::StoreError;
use crate::engine::postgres::address::Address;
use crate::engine::{Tx, postgres, sqlite};
use crate::ids::Ids;
use serde::{Deserialize, Serialize};
use std::fmt::{Display, Formatter, Result as Formatted};
use std::path::PathBuf;

/// Where an installation is kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// In SQLite, in this directory.
    Sqlite(PathBuf),
    /// In PostgreSQL, in this database.
    Postgres(Box<Address>),
}

impl Display for Location {
    /// As a command is told of it, without a password.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Formatted {
        match self {
            Self::Sqlite(directory) => write!(formatter, "sqlite:{}", directory.display()),
            Self::Postgres(address) => address.fmt(formatter),
        }
    }
}

/// What a database says that was moved, or is being moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The move; the database that it led to knows it too.
    pub id: String,
    /// Where to.
    pub to: String,
    /// When it began.
    pub at: String,
}

impl Mark {
    /// For people, after "was moved".
    pub(crate) fn told(text: &str) -> String {
        let mark: Option<Self> = serde_json::from_str(text).ok();
        mark.map_or_else(String::new, |mark| format!(" to {} on {}", mark.to, mark.at))
    }
}

/// Makes a database at a place that is empty: with the tables of a version of the schema, which `fill` fills, brought up
/// to this release's version, and looked at by `examine`. It is there once all of that succeeded, and not before.
///
/// # Errors
/// The place is not empty or cannot be used; what `fill` and `examine` say. The place is then as it was.
pub fn receive<T, E: From<StoreError>>(
    location: &Location,
    schema: i64,
    ids: &Ids,
    fill: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    examine: impl FnOnce(&mut Tx<'_>) -> Result<(), E>,
) -> Result<T, E> {
    match location {
        Location::Sqlite(directory) => {
            sqlite::incoming::receive(directory, schema, ids.clock(), fill, examine)
        }
        Location::Postgres(address) => postgres::incoming::receive(address, schema, ids, fill, examine),
    }
}

impl Location {
    /// The id of the move by which the database at this place came there; `None` where there is none, or it came
    /// otherwise.
    pub fn arrived_by(&self, ids: &Ids) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(directory) => sqlite::moving::arrived_by(directory),
            Self::Postgres(address) => postgres::moving::arrived_by(address, ids),
        }
    }
}

/// A database that nobody changes any more, because it is being moved.
pub struct Frozen {
    engine: Engine,
    /// What it says of its move.
    pub mark: Mark,
    /// Whether an earlier attempt had frozen it.
    pub was_frozen: bool,
}

enum Engine {
    Sqlite(sqlite::moving::Frozen),
    Postgres(Box<postgres::moving::Frozen>),
}

impl Frozen {
    /// Freezes a database: from now on, also after this process has ended, it takes no change and no server starts on it.
    /// One that an interrupted move to the same place has frozen is taken as it is.
    ///
    /// # Errors
    /// There is none; a server or a command uses it; it is being moved elsewhere.
    pub fn take(location: &Location, to: &Location, ids: &Ids) -> Result<Self, StoreError> {
        let at = scim::resource::date_time(ids.clock().now());
        let id = ids.next();
        let mark = Mark { id: id.clone(), to: to.to_string(), at };
        let (engine, mark) = match location {
            Location::Sqlite(directory) => {
                let (frozen, mark) = sqlite::moving::freeze(directory, mark)?;
                (Engine::Sqlite(frozen), mark)
            }
            Location::Postgres(address) => {
                let (frozen, mark) = postgres::moving::freeze(address, ids, mark)?;
                (Engine::Postgres(Box::new(frozen)), mark)
            }
        };
        let was_frozen = mark.id != id;
        Ok(Self { engine, mark, was_frozen })
    }

    /// Reads all that there is on one snapshot.
    pub fn read<T, E: From<StoreError>>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.engine {
            Engine::Sqlite(frozen) => frozen.read(unit),
            Engine::Postgres(frozen) => frozen.read(unit),
        }
    }

    /// Lets it be served again.
    pub fn thaw(self) -> Result<(), StoreError> {
        match self.engine {
            Engine::Sqlite(frozen) => frozen.thaw(),
            Engine::Postgres(frozen) => frozen.thaw(),
        }
    }
}

/// Takes a move back: the database that was moved away from serves again, as it was then.
///
/// # Errors
/// It was not moved.
pub fn undo(location: &Location, ids: &Ids) -> Result<Option<Mark>, StoreError> {
    match location {
        Location::Sqlite(directory) => sqlite::moving::undo(directory),
        Location::Postgres(address) => postgres::moving::undo(address, ids),
    }
}
