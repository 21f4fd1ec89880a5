//! PostgreSQL: any number of equal nodes over one database.
//!
//! A unit runs on a thread of its own and waits there for each answer. Units of one tenant come one after the other, by
//! a lock on the tenant's row, so that what holds for SQLite's one writer holds here for each tenant, whatever node a
//! unit runs on; those that wait in one node share a transaction. See decision 0014.

pub mod address;
mod attempts;
pub mod incoming;
mod migrate;
pub mod moving;
mod pool;
mod queue;
mod session;
mod statistics;
mod trouble;
mod values;

use super::turns::{Turn, Turns};
use super::{Place, Tx};
use crate::ids::Ids;
use crate::{StoreError, TenantId};
use address::Address;
use pool::Pool;
use queue::{Job, Queue};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

pub use session::Session;
pub use values::{Number, decode};
/// A row as the driver gives it.
pub type Row = tokio_postgres::Row;

/// How many units that change something a node runs at once, each of another tenant.
const WRITERS: usize = 8;
/// How many reads a node runs at once.
const READERS: usize = 12;
/// How many threads stand ready for units.
const THREADS: usize = WRITERS + READERS;
/// How long a connection is waited for: a free one of the pool, or a new one.
const QUEUE: Duration = Duration::from_secs(10);
/// How long an answer of the server is waited for; the server itself gives up before (`SETTINGS`).
const PATIENCE: Duration = Duration::from_secs(35);
/// The same for a long read.
const LONG_PATIENCE: Duration = Duration::from_mins(11);
/// How often marks of units that nobody can ask for any more are taken away.
const TIDY: Duration = Duration::from_mins(5);

/// What every connection is told first. A node that vanishes must not hold a tenant's lock for long, and what is answered
/// has to be on the disk whatever the database's default is. Plans are made once for all values: every statement is
/// written so that the best one does not depend on them.
const SETTINGS: &str =
    "set plan_cache_mode = 'force_generic_plan'; set statement_timeout = '30s'; set lock_timeout = '10s';
    set idle_in_transaction_session_timeout = '60s'; set client_min_messages = 'warning';
    set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3;
    select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

/// Begins a short read.
const READ: &str = "begin isolation level repeatable read read only";
/// Begins a long read, which the server lets run longer.
const LONG_READ: &str =
    "begin isolation level repeatable read read only; set local statement_timeout = '10min'";

/// Begins a read of all that there is.
const WHOLE_READ: &str = "begin isolation level repeatable read read only; set local statement_timeout = 0;
    set local idle_in_transaction_session_timeout = 0";

/// A database with the connections of this node.
pub struct Postgres {
    address: Address,
    runtime: Option<tokio::runtime::Runtime>,
    writers: Arc<Pool>,
    readers: Arc<Pool>,
    /// Units that wait for others of their tenant.
    queue: Queue,
    /// Transactions that change something: one of a tenant at a time, so that those that wait hold no connection.
    changes: Turns,
    long_reads: Turns,
    /// Names the units of this node, and gives the pauses between attempts. Not the ids of the archive: those come in
    /// the same order on every engine.
    marks: Ids,
    repeated: AtomicU64,
}

impl Postgres {
    /// Connects, and brings the database to this release's schema; an empty one only if it `may_make` tables.
    pub fn open(address: &Address, ids: &Ids, may_make: bool) -> Result<Arc<Self>, StoreError> {
        let engine = Self::approach(address, ids)?;
        migrate::migrate(&engine, ids.clock(), may_make)?;
        engine.handle()?.spawn(tidy(Arc::downgrade(&engine)));
        Ok(engine)
    }

    /// An engine that has asked its database nothing yet.
    fn approach(address: &Address, ids: &Ids) -> Result<Arc<Self>, StoreError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(THREADS)
            .thread_name("store-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Arc::new(Self {
            address: address.clone(),
            runtime: Some(runtime),
            writers: Pool::new(address, WRITERS)?,
            readers: Pool::new(address, READERS)?,
            queue: Queue::default(),
            changes: Turns::new(WRITERS, 1),
            long_reads: Turns::of_long_reads(),
            marks: Ids::system(ids.clock().clone()),
            repeated: AtomicU64::default(),
        }))
    }

    /// Where the database is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Runs a unit that changes something, with the lock of its place; returns after its commit.
    pub async fn write<T, E>(
        self: &Arc<Self>,
        place: Place,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = queue::job(unit);
        // On the engine's own runtime: a caller that goes away, or a runtime whose only thread waits for a read, leaves
        // the unit alone.
        match place {
            Place::Tenant(tenant) => {
                if self.queue.push(tenant, job) {
                    self.handle()?.spawn(Arc::clone(self).lead(tenant));
                }
            }
            Place::Alone | Place::Beside => {
                let own = Arc::clone(self);
                self.handle()?.spawn(async move {
                    if let Ok(turn) = own.changes.take(None).await {
                        own.carry_out(turn, place, vec![job]).await;
                    }
                });
            }
        }
        answer.await.map_err(|_| StoreError::Unavailable("the service is stopping".into()))?
    }

    /// Carries out the units of a tenant until none waits any more. Other tenants have their turns in between.
    async fn lead(self: Arc<Self>, tenant: TenantId) {
        while let Ok(turn) = self.changes.take(Some(tenant)).await {
            let jobs = self.queue.take(tenant);
            if jobs.is_empty() {
                return;
            }
            self.carry_out(turn, Place::Tenant(tenant), jobs).await;
        }
    }

    /// Carries out units in one transaction, and answers them.
    async fn carry_out(self: &Arc<Self>, turn: Turn, place: Place, mut jobs: Vec<Job>) {
        let Ok(handle) = self.handle().cloned() else { return };
        let own = Arc::clone(self);
        let run = move || {
            let committed = attempts::run(&own, place, &mut jobs);
            drop(turn);
            for job in jobs {
                job.answer(committed.as_ref().copied());
            }
        };
        // Whoever waits for a unit that was not answered is told that the service stops.
        drop(handle.spawn_blocking(run).await);
    }

    /// A short read, which begins with its first statement. What is read with it is all of one moment.
    pub fn snapshot(self: &Arc<Self>) -> Reader {
        Reader(Session::new(self, &self.readers, READ.to_owned(), PATIENCE))
    }

    /// Runs a short read on the calling thread, which others of its runtime go around meanwhile.
    pub fn read<T, E: From<StoreError>>(
        self: &Arc<Self>,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.snapshot().read(unit)
    }

    /// Runs a read of all that there is on the calling thread.
    pub fn read_whole<T, E: From<StoreError>>(
        self: &Arc<Self>,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        make_way(|| {
            let mut session = Session::new(self, &self.readers, WHOLE_READ.to_owned(), LONG_PATIENCE);
            unit(&mut Tx::postgres(&mut session))
        })
    }

    /// Runs a read that may take long on a thread of its own, when it is its turn.
    pub async fn read_long<T, E>(
        self: &Arc<Self>,
        tenant: Option<TenantId>,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let turn = self.long_reads.take(tenant).await;
        let turn = turn.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let own = Arc::clone(self);
        let read = move || {
            let _turn = turn;
            let mut session = Session::new(&own, &own.readers, LONG_READ.to_owned(), LONG_PATIENCE);
            unit(&mut Tx::postgres(&mut session))
        };
        self.handle()?.spawn_blocking(read).await.map_err(|_| StoreError::Panicked)?
    }

    /// How often a unit was tried again, for a conflict or a lost connection.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Ordering::Relaxed)
    }

    /// How many bytes the database takes.
    pub fn bytes(self: &Arc<Self>) -> Result<i64, StoreError> {
        self.read(|tx| {
            let size =
                tx.query_optional("select pg_database_size(current_database())", &[], |row| row.int(0))?;
            Ok(size.unwrap_or(0))
        })
    }

    /// Lets the tables' files give up what their rows no longer hold.
    pub fn give_up_traces(self: &Arc<Self>) -> Result<bool, StoreError> {
        migrate::rewrite(self).map(|()| true)
    }

    fn handle(&self) -> Result<&tokio::runtime::Handle, StoreError> {
        let stopping = || StoreError::Unavailable("the service is stopping".into());
        self.runtime.as_ref().map(tokio::runtime::Runtime::handle).ok_or_else(stopping)
    }
}

/// A short read that may go on.
pub struct Reader(Session);

impl Reader {
    /// Reads on, on the calling thread.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        make_way(|| unit(&mut Tx::postgres(&mut self.0)))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped within another runtime, where nothing may wait.
            runtime.shutdown_background();
        }
    }
}

/// Runs what waits on this thread. On a runtime of several threads the others take over meanwhile what is waiting here.
fn make_way<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Takes old marks away for as long as the engine is there.
async fn tidy(engine: Weak<Postgres>) {
    loop {
        tokio::time::sleep(TIDY).await;
        let Some(engine) = engine.upgrade() else { return };
        if let Err(error) = attempts::forget(&engine).await {
            tracing::warn!(%error, "old marks of units were not taken away");
        }
    }
}
