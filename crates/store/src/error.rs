//! What can go wrong with the archive. "Not found" is no error here: it is `None`.

use std::path::PathBuf;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot do its work now: a full disk, a lost directory, a lock held too long. Nothing of the unit
    /// was kept; it may be tried again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection was lost while a change was being committed, and nobody can say yet whether it was.
    #[error("it is not known whether the change was kept: {0}")]
    Uncertain(String),
    /// A constraint of the schema refused a row. Holds the constraint's name.
    #[error("the row breaks the constraint {0}")]
    Constraint(String),
    /// A statement failed for a reason that is a defect of this program or of the file.
    #[error("the database refused a statement: {0}")]
    Broken(String),
    /// A stored value is not of the shape this program writes.
    #[error("a stored value cannot be read: {0}")]
    Unreadable(String),
    /// The unit panicked; nothing of it was kept.
    #[error("the unit of work failed unexpectedly")]
    Panicked,
    /// The file belongs to another program.
    #[error("{} is not a database of AccessIQ. Choose another data directory, or move the file away.", .0.display())]
    Foreign(PathBuf),
    /// The database was written by a newer release.
    #[error(
        "the database has schema version {found}, this release knows versions up to {known}. Start the newer release, or restore a backup made with this one."
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// An applied migration is not the one this release holds.
    #[error(
        "migration {version} ({name}) was applied with another text than this release holds. The database was changed by a build that is not this release's line."
    )]
    Altered {
        /// The migration's number.
        version: i64,
        /// The migration's name.
        name: String,
    },
    /// The database at an address holds another program's tables.
    #[error(
        "{0} holds tables that are not AccessIQ's. Give it a database of its own: create database accessiq encoding 'UTF8' template template0."
    )]
    Occupied(String),
    /// The address of a database, or the database there, cannot be used. The text says why and what to do.
    #[error("{0}")]
    Address(String),
    /// The database was moved, or is being moved, and serves nobody here any more.
    #[error(
        "the database {place} was moved{to}. Use it there; if a move was interrupted, start it again. To take the move back: accessiq migrate --undo --from {from}"
    )]
    Moved {
        /// Where it was.
        place: String,
        /// Where it went and when, where that is known; begins with a space.
        to: String,
        /// How `accessiq migrate` is told where it was.
        from: String,
    },
    /// A copy into this directory was interrupted. Holds the file that is left of it.
    #[error(
        "{} is what is left of a copy that was interrupted, and is not whole. Start the restore or the move again, or delete the file.", .0.display()
    )]
    Incomplete(PathBuf),
    /// A file of a copy cannot be used, or nothing can be put where it is to go. The text says why and what to do.
    #[error("{0}")]
    Copy(String),
    /// The data directory cannot be used.
    #[error("{}: {reason}", .path.display())]
    Directory {
        /// The path.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl StoreError {
    /// Whether this is the constraint of that name.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(found) if found == name)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::ErrorCode;
        match &error {
            rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
                ErrorCode::ConstraintViolation => {
                    Self::Constraint(constraint_name(message.as_deref().unwrap_or_default()))
                }
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory => Self::Unavailable(error.to_string()),
                _ => Self::Broken(error.to_string()),
            },
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Unreadable(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// SQLite names the columns of a broken unique index (`UNIQUE constraint failed: t.a, t.b`) or, for a partial one,
/// the index (`index 'name'`). Indexes are named `table_column` after their last column, so both give one name.
fn constraint_name(message: &str) -> String {
    let rest = message.rsplit_once(": ").map_or(message, |(_, rest)| rest);
    if let Some(name) = rest.strip_prefix("index '") {
        return name.trim_end_matches('\'').to_owned();
    }
    rest.rsplit(", ").next().unwrap_or(rest).replace('.', "_")
}
