//! What a failure of PostgreSQL means: whether the same may work when it is tried again, and what is told of it.

use super::moving;
use crate::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// Why a transaction cannot go on, though nothing is wrong with what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It came into conflict with another; the database is as if it had not been.
    Conflict,
    /// The connection is gone, or leads to a server that takes no changes. Nobody knows what became of the last thing
    /// that was sent.
    Lost,
}

/// A failed wait for the database.
#[derive(Debug)]
pub enum Failed {
    /// The server or the driver said so.
    Told(Error),
    /// No answer came in time.
    Silent,
    /// There is no connection to be had.
    Unconnected(String),
}

impl Failed {
    /// Whether it may be tried again.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Silent | Self::Unconnected(_) => Some(Trouble::Lost),
            Self::Told(error) => match error.as_db_error() {
                Some(error) => of_code(error.code()),
                None => is_of_the_network(error).then_some(Trouble::Lost),
            },
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Silent => Self::Unavailable("the database did not answer in time".into()),
            Failed::Unconnected(reason) => Self::Unavailable(reason),
            Failed::Told(error) => match error.as_db_error() {
                Some(refusal) => of_refusal(refusal),
                None if is_of_the_network(&error) => Self::Unavailable(told(&error)),
                None => Self::Broken(told(&error)),
            },
        }
    }
}

fn of_code(code: &SqlState) -> Option<Trouble> {
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Some(Trouble::Conflict),
        // After a fail-over the old address may lead to a server that only reads.
        SqlState::READ_ONLY_SQL_TRANSACTION
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Some(Trouble::Lost),
        _ if code.code().starts_with("08") => Some(Trouble::Lost),
        _ => None,
    }
}

fn of_refusal(refusal: &DbError) -> StoreError {
    let code = refusal.code();
    let text = || format!("{} ({})", refusal.message(), code.code());
    if refusal.constraint() == Some(moving::CLOSED) {
        return StoreError::Unavailable("the database was moved, and takes no change here any more".into());
    }
    if code.code().starts_with("23") {
        return StoreError::Constraint(constraint(refusal));
    }
    let is_passing = of_code(code).is_some()
        || code.code().starts_with("53")
        || matches!(*code, SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE | SqlState::IO_ERROR);
    if is_passing { StoreError::Unavailable(text()) } else { StoreError::Broken(text()) }
}

/// The name that SQLite gives the same constraint: an index has its own, a primary key that of table and last column.
fn constraint(refusal: &DbError) -> String {
    let name = refusal.constraint().unwrap_or_default();
    let key = refusal.detail().and_then(|detail| detail.strip_prefix("Key (")?.split_once(")=("));
    match (name.ends_with("_pkey"), refusal.table(), key) {
        (true, Some(table), Some((columns, _))) => {
            format!("{table}_{}", columns.rsplit(", ").next().unwrap_or(columns))
        }
        _ => name.to_owned(),
    }
}

/// Errors that the driver makes itself stand for the connection if it was closed, or bytes could not be moved.
fn is_of_the_network(error: &Error) -> bool {
    match std::error::Error::source(error) {
        None => true,
        Some(source) => error.is_closed() || source.is::<std::io::Error>(),
    }
}

/// An error with what caused it; of a refusal only its message, for its detail shows values.
pub fn told(error: &Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(refusal), _) => format!("{} ({})", refusal.message(), refusal.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
