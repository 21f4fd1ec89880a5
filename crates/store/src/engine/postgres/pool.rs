//! The connections of a node: opened when needed, kept for whoever comes next.
//!
//! Each has a small runtime of its own, which runs on the thread that waits for an answer and only while it waits. So
//! a round trip is a write and a read on one thread, and nobody has to be woken for it.

use super::address::Address;
use super::trouble::{self, Failed};
use super::{QUEUE, SETTINGS, make_way};
use crate::StoreError;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio_postgres::{Client, Error, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How many statements a connection keeps prepared: more than there are, and room for compiled filters.
const STATEMENTS: usize = 512;

/// So many connections at most.
pub struct Pool {
    address: Address,
    tls: MakeRustlsConnect,
    size: usize,
    held: Mutex<Held>,
    freed: Condvar,
}

#[derive(Default)]
struct Held {
    idle: Vec<Line>,
    /// How many there are, idle ones among them.
    open: usize,
}

impl Pool {
    /// A pool that has opened nothing yet.
    pub fn new(address: &Address, size: usize) -> Result<Arc<Self>, StoreError> {
        let tls = address.tls()?;
        Ok(Arc::new(Self {
            address: address.clone(),
            tls,
            size,
            held: Mutex::default(),
            freed: Condvar::new(),
        }))
    }

    /// A connection that nobody else uses: one that is idle, or a new one. Waits on the calling thread while all are used.
    pub fn take(self: &Arc<Self>) -> Result<Leased, Failed> {
        let deadline = || Failed::Unconnected(format!("no connection to {} in time", self.address));
        let all_used = |held: &mut Held| held.idle.is_empty() && held.open >= self.size;
        let waited = self.freed.wait_timeout_while(self.held(), QUEUE, all_used);
        let (mut held, waiting) = waited.unwrap_or_else(PoisonError::into_inner);
        if waiting.timed_out() {
            return Err(deadline());
        }
        while let Some(line) = held.idle.pop() {
            drop(held);
            // Leased first: should it be closed, it is counted out.
            let leased = Leased { line: Some(line), pool: Arc::clone(self) };
            if leased.is_open() {
                return Ok(leased);
            }
            leased.discard();
            held = self.held();
        }
        if held.open >= self.size {
            // Somebody was faster while closed ones were looked at.
            drop(held);
            return self.take();
        }
        held.open += 1;
        drop(held);
        let mut leased = Leased { line: None, pool: Arc::clone(self) };
        leased.line = Some(Line::open(&self.address, &self.tls)?);
        Ok(leased)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection until it is given back, which happens when this is dropped.
pub struct Leased {
    line: Option<Line>,
    pool: Arc<Pool>,
}

impl Leased {
    /// Closes the connection instead of giving it back.
    pub fn discard(mut self) {
        drop(self.line.take());
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        let mut held = self.pool.held();
        match self.line.take() {
            Some(line) => held.idle.push(line),
            None => held.open -= 1,
        }
        drop(held);
        self.pool.freed.notify_one();
    }
}

impl Deref for Leased {
    type Target = Line;

    #[expect(clippy::expect_used, reason = "it is taken out only where the lease ends")]
    fn deref(&self) -> &Line {
        self.line.as_ref().expect("a connection")
    }
}

impl DerefMut for Leased {
    #[expect(clippy::expect_used, reason = "it is taken out only where the lease ends")]
    fn deref_mut(&mut self) -> &mut Line {
        self.line.as_mut().expect("a connection")
    }
}

/// One connection.
pub struct Line {
    /// The driver's side of it.
    pub client: Arc<Client>,
    statements: HashMap<String, Statement>,
    runtime: Option<Runtime>,
}

impl Line {
    fn open(address: &Address, tls: &MakeRustlsConnect) -> Result<Self, Failed> {
        let failed = |reason: String| Failed::Unconnected(format!("no connection to {address}: {reason}"));
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        let connecting = async {
            let (client, connection) = address.config().connect(tls.clone()).await?;
            // What ends a connection is told to whoever uses it.
            tokio::spawn(async move { drop(connection.await) });
            client.batch_execute(SETTINGS).await?;
            Ok(client)
        };
        let opened = run(&runtime, async { tokio::time::timeout(QUEUE, connecting).await });
        match opened {
            Ok(Ok(client)) => {
                Ok(Self { client: Arc::new(client), statements: HashMap::new(), runtime: Some(runtime) })
            }
            Ok(Err(error)) => {
                runtime.shutdown_background();
                let error: Error = error;
                Err(failed(trouble::told(&error)))
            }
            Err(_) => {
                runtime.shutdown_background();
                Err(Failed::Unconnected(format!("no connection to {address} in time")))
            }
        }
    }

    /// Waits on the calling thread, and moves the connection's bytes meanwhile.
    pub fn wait<T: Send>(
        &self,
        patience: Duration,
        future: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Failed> {
        match self.run(async { tokio::time::timeout(patience, future).await }) {
            Some(Ok(result)) => Ok(result?),
            Some(Err(_)) | None => Err(Failed::Silent),
        }
    }

    /// Moves what there is to move, both ways, and waits for nothing.
    pub fn turn(&self) {
        self.run(tokio::task::yield_now());
    }

    /// Whether the statement of a text is prepared.
    pub fn has_prepared(&self, sql: &str) -> bool {
        self.statements.contains_key(sql)
    }

    /// The statement of a text, prepared once.
    pub fn prepare(&mut self, patience: Duration, sql: &str) -> Result<Statement, Failed> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        let statement = self.wait(patience, self.client.prepare(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Whether the server has not closed it.
    fn is_open(&self) -> bool {
        self.turn();
        !self.client.is_closed()
    }

    fn run<T: Send>(&self, future: impl Future<Output = T> + Send) -> Option<T> {
        self.runtime.as_ref().map(|runtime| run(runtime, future))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped within another runtime, where nothing may wait.
            runtime.shutdown_background();
        }
    }
}

/// Runs a future on the calling thread. Where that is the only thread of another runtime, which allows no second one
/// within it, on a thread made for it.
fn run<T: Send>(runtime: &Runtime, future: impl Future<Output = T> + Send) -> T {
    let is_lone =
        Handle::try_current().is_ok_and(|around| around.runtime_flavor() == RuntimeFlavor::CurrentThread);
    if !is_lone {
        return make_way(|| runtime.block_on(future));
    }
    std::thread::scope(|scope| match scope.spawn(|| runtime.block_on(future)).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
