//! The engine: one way to run a unit of work, whatever database is behind it.
//!
//! A unit is a synchronous function over [`Tx`]; see `docs/decisions/0001-unit-of-work.md`. Statements are one text
//! for all engines: `$1` placeholders, first used in order, portable types. Never in here: what a row means.

pub mod migrate;
pub mod postgres;
pub mod sqlite;
mod statistics;
pub mod turns;

use crate::error::StoreError;
use crate::{Scope, TenantId};
use postgres::{Number, decode};
use std::borrow::Cow;

/// Where a unit of work stands among others that change something. On SQLite all come one after the other anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among the units of one tenant, which come one after the other.
    Tenant(TenantId),
    /// While no other unit runs.
    Alone,
    /// Beside all others, for what no rule depends on.
    Beside,
}

impl Place {
    /// A tenant's place; tenant 0 stands for no tenant, and what is kept under it concerns all.
    pub fn of(tenant: TenantId) -> Self {
        if tenant.0 == 0 { Self::Alone } else { Self::Tenant(tenant) }
    }

    fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Tenant(tenant) => Some(tenant),
            Self::Alone | Self::Beside => None,
        }
    }
}

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    /// No value.
    Null,
    /// A whole number, also for booleans (0, 1) and instants (microseconds).
    Int(i64),
    /// Text.
    Text(&'a str),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a, T> From<Option<T>> for Param<'a>
where
    Param<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Parameters from values of any mix of types.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::engine::Param::from($value)),*] };
}
pub(crate) use params;

/// The parameters of a statement about one resource of a connection.
pub(crate) fn of_scope(scope: Scope, id: &str) -> [Param<'_>; 3] {
    [scope.tenant.0.into(), scope.connection.into(), id.into()]
}

/// Statements of a table family: each a constant, all of them in `STATEMENTS` for the tests that prepare them and
/// check that each names its tenant.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$meta])* const $name: &str = $sql;)*
        /// Every statement of this file, by name.
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;

/// A row of a result.
pub struct Row<'r>(Cells<'r>);

enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    fn optional_str(&self, column: usize) -> Result<Option<Cow<'_, str>>, StoreError> {
        match self.0 {
            Cells::Sqlite(row) => {
                Ok(row.get_ref(column)?.as_str_or_null().map_err(unreadable)?.map(Cow::Borrowed))
            }
            Cells::Postgres(row) => {
                Ok(row.try_get::<_, Option<&str>>(column).map_err(unreadable)?.map(decode))
            }
        }
    }

    fn str(&self, column: usize) -> Result<Cow<'_, str>, StoreError> {
        self.optional_str(column)?.ok_or_else(|| unreadable("a column has no value"))
    }

    /// The text of a column.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.str(column).map(Cow::into_owned)
    }

    /// The text of a column that may be null.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        Ok(self.optional_str(column)?.map(Cow::into_owned))
    }

    /// The number of a column.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.optional_int(column)?.ok_or_else(|| unreadable("a column has no value"))
    }

    /// The number of a column that may be null.
    pub fn optional_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0 {
            Cells::Sqlite(row) => Ok(row.get(column)?),
            Cells::Postgres(row) => {
                let number: Option<Number> = row.try_get(column).map_err(unreadable)?;
                Ok(number.map(|Number(value)| value))
            }
        }
    }

    /// The boolean of a column.
    pub fn boolean(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// The JSON of a column.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        serde_json::from_str(&self.str(column)?).map_err(unreadable)
    }

    /// The JSON of a column that may be null.
    pub fn optional_json<T: serde::de::DeserializeOwned>(
        &self,
        column: usize,
    ) -> Result<Option<T>, StoreError> {
        let text = self.optional_str(column)?;
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable)
    }
}

fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(error.to_string())
}

/// A transaction: what a unit of work sees of the database.
pub struct Tx<'c>(Transaction<'c>);

enum Transaction<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut postgres::Session),
}

impl<'c> Tx<'c> {
    fn sqlite(connection: &'c rusqlite::Connection) -> Self {
        Self(Transaction::Sqlite(connection))
    }

    fn postgres(session: &'c mut postgres::Session) -> Self {
        Self(Transaction::Postgres(session))
    }

    /// The one of two texts that this engine understands, where no text does for both.
    pub(crate) fn of_engine<'s>(&self, sqlite: &'s str, postgres: &'s str) -> &'s str {
        match &self.0 {
            Transaction::Sqlite(_) => sqlite,
            Transaction::Postgres(_) => postgres,
        }
    }

    /// Runs a part of the unit. Of one that fails nothing is left, and the unit may go on.
    ///
    /// # Errors
    /// What the part says; or the transaction itself cannot go on.
    pub fn attempt<T, E: From<StoreError>>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute("savepoint part", &[])?;
        let result = part(self);
        if result.is_err() {
            self.execute("rollback to savepoint part", &[])?;
        }
        self.execute("release savepoint part", &[])?;
        result
    }

    /// Lets statements of this transaction run as long as they take, where the engine would end them.
    pub(crate) fn take_time(&mut self) -> Result<(), StoreError> {
        match &mut self.0 {
            Transaction::Sqlite(_) => Ok(()),
            Transaction::Postgres(session) => session.take_time(),
        }
    }

    /// Runs a statement that changes rows; returns how many.
    pub(crate) fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        self.run(sql, params)
    }

    /// The same for a statement that was put together from names of the schema itself (see `transfer`).
    pub(crate) fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        match &mut self.0 {
            Transaction::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                sqlite::bind(&mut statement, params)?;
                Ok(statement.raw_execute()?)
            }
            Transaction::Postgres(session) => session.execute(sql, params),
        }
    }

    /// Runs a statement that changes rows, where nobody asks how many and no constraint of it means anything to the
    /// caller: on PostgreSQL its answer is not waited for, and should it fail, a later statement of this transaction does,
    /// its commit at the latest.
    pub(crate) fn post(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<(), StoreError> {
        match &mut self.0 {
            Transaction::Sqlite(_) => self.run(sql, params).map(drop),
            Transaction::Postgres(session) => session.post(sql, params),
        }
    }

    /// Runs a query and reads each row.
    pub(crate) fn query<T>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        self.for_each(sql, params, |row| {
            rows.push(read(row)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    /// Runs a query of at most one row.
    pub(crate) fn query_optional<T>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.for_each(sql, params, |row| {
            found = Some(read(row)?);
            Ok(false)
        })?;
        Ok(found)
    }

    /// Runs a query once for each set of parameters, and gives the rows of each. On PostgreSQL they travel together.
    pub(crate) fn query_each<T, const N: usize>(
        &mut self,
        sql: &'static str,
        sets: &[[Param<'_>; N]],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<Vec<T>>, StoreError> {
        match &mut self.0 {
            Transaction::Postgres(session) if sets.len() > 1 => {
                let found = session.query_each(sql, sets)?;
                let read_all = |rows: &Vec<postgres::Row>| {
                    rows.iter().map(|row| read(&Row(Cells::Postgres(row)))).collect()
                };
                found.iter().map(read_all).collect()
            }
            _ => sets.iter().map(|params| self.query(sql, params, &mut read)).collect(),
        }
    }

    /// Runs a query that was put together from parts of a fixed list (see `search`) and hands over each row until
    /// `read` says to stop.
    pub(crate) fn for_each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        match &mut self.0 {
            Transaction::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                sqlite::bind(&mut statement, params)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    if !read(&Row(Cells::Sqlite(row)))? {
                        break;
                    }
                }
                Ok(())
            }
            Transaction::Postgres(session) => {
                session.for_each(sql, params, |row| read(&Row(Cells::Postgres(row))))
            }
        }
    }
}
