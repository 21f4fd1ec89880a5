//! One transaction on one connection, driven from a synchronous unit of work.
//!
//! The connection is taken, and `begin` sent, with the first statement; both travel together. Until that statement is
//! answered nothing depends on the connection, so one that turns out dead is replaced on the spot. Statements whose
//! answer nobody needs travel with the next one whose answer is waited for; should one of them fail, that one fails so.

use super::migrate::Connection;
use super::pool::{Leased, Pool};
use super::trouble::{Failed, Trouble};
use super::values::{Bound, Owned};
use super::{LONG_PATIENCE, Postgres, Row, make_way};
use crate::StoreError;
use crate::engine::Param;
use futures_util::future::{BoxFuture, FutureExt, join, join_all, try_join_all};
use futures_util::{StreamExt, TryStreamExt, pin_mut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio_postgres::{Client, Error, RowStream, Statement};

/// How often a dead connection is replaced before the first answer.
const REPLACEMENTS: u32 = 3;
/// How many answers may be outstanding before they are waited for.
const OUTSTANDING: usize = 64;

/// A statement on its way, whose answer is looked at later.
type Posted = BoxFuture<'static, Result<(), Error>>;

/// A transaction that has begun, or will with its first statement.
pub struct Session {
    engine: Arc<Postgres>,
    pool: Arc<Pool>,
    opening: String,
    patience: Duration,
    line: Option<Leased>,
    posted: Vec<Posted>,
    begun: bool,
    trouble: Option<Trouble>,
}

impl Session {
    /// A transaction that `opening` begins, on a connection of `pool`. No answer is waited for longer than `patience`.
    pub fn new(engine: &Arc<Postgres>, pool: &Arc<Pool>, opening: String, patience: Duration) -> Self {
        Self {
            engine: Arc::clone(engine),
            pool: Arc::clone(pool),
            opening,
            patience,
            line: None,
            posted: Vec::new(),
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

    /// Sends a statement that changes rows without waiting for its answer. Whoever needs to know that it was carried out
    /// calls [`Session::settle`].
    pub fn post(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError> {
        if !self.begun {
            return self.execute(sql, params).map(drop);
        }
        if self.posted.len() >= OUTSTANDING {
            self.settle()?;
        }
        let (statement, client) = self.prepare(sql).map_err(|failed| self.note(failed))?;
        let params: Vec<Owned> = params.iter().copied().map(Owned::from).collect();
        let sent = async move { client.execute_raw(&statement, params).await.map(drop) };
        self.send_off(sent.boxed())
    }

    /// Runs a query once for each set of parameters, many of which are sent before the first answer is waited for.
    pub fn query_each<const N: usize>(
        &mut self,
        sql: &str,
        sets: &[[Param<'_>; N]],
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        if !self.begun {
            self.execute("select 1", &[])?;
        }
        let mut found = Vec::with_capacity(sets.len());
        for sets in sets.chunks(OUTSTANDING) {
            found.extend(self.query_together(sql, sets).map_err(|failed| self.note(failed))?);
        }
        Ok(found)
    }

    fn query_together<const N: usize>(
        &mut self,
        sql: &str,
        sets: &[[Param<'_>; N]],
    ) -> Result<Vec<Vec<Row>>, Failed> {
        self.hear()?;
        let (statement, client) = self.prepare(sql)?;
        let (statement, client) = (&statement, &client);
        let asked = sets.iter().map(|params| async move {
            let rows = client.query_raw(statement, params.iter().copied().map(Bound)).await?;
            rows.try_collect::<Vec<Row>>().await
        });
        let patience = self.patience;
        self.line()?.wait(patience, try_join_all(asked))
    }

    /// Waits until everything that was sent is answered.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.hear().map_err(|failed| self.note(failed))
    }

    /// Takes back what happened since a savepoint, whatever became of it.
    pub fn go_back(&mut self, command: &'static str) -> Result<(), StoreError> {
        // What failed is known already, and what comes after a failure is refused until this.
        let outstanding = join_all(std::mem::take(&mut self.posted));
        let patience = self.patience;
        let gone = self.line().and_then(|line| {
            let back = join(outstanding, line.client.batch_execute(command)).map(|(_, back)| back);
            line.wait(patience, back)
        });
        gone.map_err(|failed| self.note(failed))
    }

    /// Whether the transaction has begun.
    pub fn has_begun(&self) -> bool {
        self.begun
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
        self.settle()?;
        let line = self.line.as_ref().ok_or_else(lost)?;
        Ok(Connection::new(&self.engine, line))
    }

    /// Commits, and writes the mark of this unit with it. On [`Trouble::Lost`] nobody knows whether it was committed.
    pub fn commit(&mut self, mark: Option<(&str, &[Param<'_>])>) -> Result<(), StoreError> {
        if !self.begun {
            self.execute("select 1", &[])?;
        }
        let outstanding = all(std::mem::take(&mut self.posted));
        let Some(mut line) = self.line.take() else { return Err(lost().into()) };
        let result = send_commit(&mut line, self.patience, outstanding, mark);
        self.begun = false;
        match result {
            Ok(()) => {
                drop(line);
                Ok(())
            }
            Err(failed) => {
                line.discard();
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
        if self.line.is_none() && !self.begun {
            self.line = Some(self.pool.take()?);
        }
        let (statement, client) = self.prepare(sql)?;
        let patience = self.patience;
        let rows = client.query_raw(&statement, params.iter().copied().map(Bound));
        if self.begun {
            let outstanding = all(std::mem::take(&mut self.posted));
            let both = join(outstanding, rows).map(|(before, rows)| before.and(rows));
            return self.line()?.wait(patience, both);
        }
        let both = join(client.batch_execute(&self.opening), rows).map(|(opened, rows)| opened.and(rows));
        let rows = match &self.line {
            Some(line) => line.wait(patience, both),
            None => Err(lost()),
        };
        // A transaction that was refused its lock has begun as well, and is to be taken back.
        self.begun = rows.as_ref().err().and_then(Failed::trouble) != Some(Trouble::Lost);
        rows
    }

    fn next(&mut self, rows: &mut Pin<&mut RowStream>) -> Result<Option<Row>, StoreError> {
        // Most rows came with the one before them.
        let next = if let Some(next) = rows.next().now_or_never() {
            next.transpose().map_err(Failed::from)
        } else {
            let patience = self.patience;
            self.line().and_then(|line| line.wait(patience, rows.next().map(Option::transpose)))
        };
        next.map_err(|failed| self.note(failed))
    }

    /// A statement, prepared once for each connection.
    fn prepare(&mut self, sql: &str) -> Result<(Statement, Arc<Client>), Failed> {
        if !self.line()?.has_prepared(sql) {
            // Behind a statement that failed nothing can be prepared, and that failure is the one to tell of.
            self.hear()?;
        }
        let patience = self.patience;
        let line = self.line()?;
        Ok((line.prepare(patience, sql)?, Arc::clone(&line.client)))
    }

    fn hear(&mut self) -> Result<(), Failed> {
        if self.posted.is_empty() {
            return Ok(());
        }
        let answers = all(std::mem::take(&mut self.posted));
        let patience = self.patience;
        self.line()?.wait(patience, answers)
    }

    /// Sends what has not been sent yet: all of a future up to where it waits for an answer.
    fn send_off(&mut self, mut sent: Posted) -> Result<(), StoreError> {
        match sent.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => self.posted.push(sent),
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Err(self.note(error.into())),
        }
        Ok(())
    }

    fn line(&mut self) -> Result<&mut Leased, Failed> {
        self.line.as_mut().ok_or_else(lost)
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
        self.posted.clear();
        if let Some(line) = self.line.take() {
            line.discard();
        }
    }
}

impl Drop for Session {
    /// What was not committed is taken back. Nobody waits for that: the connection's next user comes after it.
    fn drop(&mut self) {
        if let Some(line) = self.line.take().filter(|_| self.begun) {
            make_way(|| {
                let back = line.client.batch_execute("rollback");
                pin_mut!(back);
                drop(back.as_mut().now_or_never());
                line.turn();
            });
        }
    }
}

fn send_commit(
    line: &mut Leased,
    patience: Duration,
    outstanding: impl Future<Output = Result<(), Error>> + Send,
    mark: Option<(&str, &[Param<'_>])>,
) -> Result<(), Failed> {
    let client = Arc::clone(&line.client);
    let Some((sql, params)) = mark else {
        let both = join(outstanding, client.batch_execute("commit"));
        return line.wait(patience, both.map(|(before, committed)| before.and(committed)));
    };
    let statement: Statement = line.prepare(patience, sql)?;
    let marking = client.execute_raw(&statement, params.iter().copied().map(Bound));
    // Behind a statement that failed, `commit` rolls back; the first failure says why.
    let every = join(outstanding, join(marking, client.batch_execute("commit")));
    line.wait(patience, every.map(|(before, (marked, committed))| before.and(marked).and(committed)))
}

/// The first failure of statements that were answered all.
fn all(posted: Vec<Posted>) -> impl Future<Output = Result<(), Error>> + Send {
    join_all(posted).map(|answers| answers.into_iter().collect())
}

fn lost() -> Failed {
    Failed::Unconnected("the connection was lost in the middle of a transaction".into())
}
