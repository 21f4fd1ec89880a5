//! One transaction on one connection, driven from a synchronous unit of work.
//!
//! The connection is taken, and `begin` sent, with the first statement; both travel together. Until that statement is
//! answered nothing depends on the connection, so one that turns out dead is replaced on the spot.

use super::migrate::Connection;
use super::trouble::{Failed, Trouble};
use super::values::Bound;
use super::{LONG_PATIENCE, Postgres, Row};
use crate::StoreError;
use crate::engine::Param;
use deadpool_postgres::{Client, Object, Pool};
use futures_util::future::{FutureExt, join};
use futures_util::{StreamExt, pin_mut};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::RowStream;

/// How many statements a connection keeps prepared: more than there are, and room for compiled filters.
const STATEMENTS: usize = 512;
/// How often a dead connection is replaced before the first answer.
const REPLACEMENTS: u32 = 3;

/// A transaction that has begun, or will with its first statement.
pub struct Session {
    engine: Arc<Postgres>,
    pool: Pool,
    opening: String,
    patience: Duration,
    client: Option<Client>,
    begun: bool,
    trouble: Option<Trouble>,
}

impl Session {
    /// A transaction that `opening` begins, on a connection of `pool`. No answer is waited for longer than `patience`.
    pub fn new(engine: &Arc<Postgres>, pool: &Pool, opening: String, patience: Duration) -> Self {
        Self {
            engine: Arc::clone(engine),
            pool: pool.clone(),
            opening,
            patience,
            client: None,
            begun: false,
            trouble: None,
        }
    }

    /// Why the transaction cannot go on, if it is worth another attempt.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Runs a statement that changes rows; returns how many.
    pub fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        let rows = self.start(sql, params)?;
        pin_mut!(rows);
        while self.next(&mut rows)?.is_some() {}
        Ok(rows.rows_affected().and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }

    /// Runs a query and hands over each row until `read` says to stop.
    pub fn for_each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let rows = self.start(sql, params)?;
        pin_mut!(rows);
        while let Some(row) = self.next(&mut rows)? {
            if !read(&row)? {
                break;
            }
        }
        Ok(())
    }

    /// Lets every statement of this transaction from now on run as long as it takes, and waits for it as for a long read.
    pub fn take_time(&mut self) -> Result<(), StoreError> {
        self.patience = LONG_PATIENCE;
        self.execute("set local statement_timeout = 0", &[]).map(drop)
    }

    /// The connection of a transaction that has begun, for what changes the schema within it.
    pub fn connection(&mut self) -> Result<Connection<'_>, StoreError> {
        if !self.begun {
            self.execute("select 1", &[])?;
        }
        let client = self.client.as_ref().ok_or_else(lost)?;
        Ok(Connection::new(&self.engine, client))
    }

    /// Commits, and writes the mark of this unit with it. On [`Trouble::Lost`] nobody knows whether it was committed.
    pub fn commit(&mut self, mark: Option<(&str, &[Param<'_>])>) -> Result<(), StoreError> {
        if !self.begun {
            self.execute("select 1", &[])?;
        }
        let Some(client) = self.client.take() else { return Err(lost().into()) };
        let result = match mark {
            None => self.engine.wait(self.patience, client.batch_execute("commit")),
            Some((sql, params)) => self.prepare(&client, sql).and_then(|statement| {
                let marking = client.execute_raw(&statement, params.iter().copied().map(Bound));
                // Behind a statement that failed, `commit` rolls back; the first failure says why.
                let both = join(marking, client.batch_execute("commit"))
                    .map(|(marked, committed)| marked.and(committed));
                self.engine.wait(self.patience, both)
            }),
        };
        self.begun = false;
        match result {
            Ok(()) => {
                drop(client);
                Ok(())
            }
            Err(failed) => {
                drop(Object::take(client));
                Err(self.note(failed))
            }
        }
    }

    fn start(&mut self, sql: &str, params: &[Param<'_>]) -> Result<RowStream, StoreError> {
        let mut replacements = if self.begun { 0 } else { REPLACEMENTS };
        loop {
            match self.send(sql, params) {
                Ok(rows) => return Ok(rows),
                Err(failed) if failed.trouble() == Some(Trouble::Lost) && replacements > 0 => {
                    let hopeless = matches!(failed, Failed::Silent | Failed::Unconnected(_));
                    self.discard();
                    if hopeless {
                        return Err(self.note(failed));
                    }
                    replacements -= 1;
                }
                Err(failed) => return Err(self.note(failed)),
            }
        }
    }

    fn send(&mut self, sql: &str, params: &[Param<'_>]) -> Result<RowStream, Failed> {
        if self.client.is_none() {
            if self.begun {
                return Err(lost());
            }
            self.client = Some(self.engine.connect(&self.pool)?);
        }
        let Some(client) = &self.client else { return Err(lost()) };
        let statement = self.prepare(client, sql)?;
        let rows = client.query_raw(&statement, params.iter().copied().map(Bound));
        if self.begun {
            return self.engine.wait(self.patience, rows);
        }
        let both = join(client.batch_execute(&self.opening), rows).map(|(opened, rows)| opened.and(rows));
        let rows = self.engine.wait(self.patience, both);
        // A transaction that was refused its lock has begun as well, and is to be taken back.
        self.begun = rows.as_ref().err().and_then(Failed::trouble) != Some(Trouble::Lost);
        rows
    }

    fn prepare(&self, client: &Client, sql: &str) -> Result<tokio_postgres::Statement, Failed> {
        if client.statement_cache.size() >= STATEMENTS {
            client.statement_cache.clear();
        }
        self.engine.wait(self.patience, client.prepare_cached(sql))
    }

    fn next(&mut self, rows: &mut std::pin::Pin<&mut RowStream>) -> Result<Option<Row>, StoreError> {
        // Most rows came with the one before them.
        let next = match rows.next().now_or_never() {
            Some(next) => next.transpose().map_err(Failed::from),
            None => self.engine.wait(self.patience, rows.next().map(Option::transpose)),
        };
        next.map_err(|failed| self.note(failed))
    }

    fn note(&mut self, failed: Failed) -> StoreError {
        let trouble = failed.trouble();
        if trouble == Some(Trouble::Lost) {
            self.discard();
        }
        // The first trouble is the cause of those that follow.
        self.trouble = self.trouble.or(trouble);
        failed.into()
    }

    /// Closes the connection: what state it is in is not known.
    fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

impl Drop for Session {
    /// What was not committed is taken back. Nobody waits for that: the connection's next user comes after it.
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| self.begun) {
            drop(client.batch_execute("rollback").now_or_never());
        }
    }
}

fn lost() -> Failed {
    Failed::Unconnected("the connection was lost in the middle of a transaction".into())
}
