//! SQLite: one writer thread that commits many waiting units with one fsync, readers beside it.
//!
//! WAL, `synchronous=FULL`: what is answered is on the disk. Each unit runs in a savepoint of its own, so one that
//! fails takes nothing of its neighbours with it; all are answered only after the commit they share.

pub mod incoming;
pub mod moving;

use super::turns::Turns;
use super::{Param, Tx, migrate, statistics};
use crate::TenantId;
use crate::clock::Clock;
use crate::error::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The name of the database file in a data directory.
pub const FILE: &str = "accessiq.db";
/// How many units may wait for the writer before senders wait too.
const QUEUE: usize = 1024;
/// How many units share one commit at most.
const BATCH: usize = 64;
/// How many pages the log holds before they are moved into the database: 32 MiB.
const CHECKPOINT: i64 = 8192;
/// How long a lock held by another process is waited for.
const BUSY: Duration = Duration::from_secs(10);
/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;
/// How many idle reading connections are kept.
const IDLE_READERS: usize = 16;

/// Runs inside the shared transaction; what it returns is called with the fate of the commit.
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;

/// A database file with its writer and its readers.
pub struct Sqlite {
    path: PathBuf,
    jobs: mpsc::Sender<Job>,
    readers: Mutex<Vec<Connection>>,
    turns: Turns,
}

impl Sqlite {
    /// Opens or creates the database of a data directory and brings it to this release's schema.
    pub fn open(directory: &Path, clock: &Clock) -> Result<Arc<Self>, StoreError> {
        let path = prepare_directory(directory)?;
        let _turn = take_turn(directory)?;
        moving::check(directory)?;
        incoming::check(directory)?;
        let mut writer = Connection::open(&path)?;
        // Before anything else: what is no database of ours is left as it is.
        migrate::check_ownership(&writer, &path)?;
        tune(&writer)?;
        writer.pragma_update(None, "foreign_keys", "on")?;
        writer.pragma_update(None, "journal_mode", "wal")?;
        writer.pragma_update(None, "synchronous", "full")?;
        // The more a log holds before it is moved into the database, the more often a page was written to it again meanwhile.
        writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
        // What is deleted is overwritten: an erased person is not to be read from the file either.
        writer.pragma_update(None, "secure_delete", "on")?;
        migrate::migrate(&mut writer, clock)?;
        statistics::tell(&mut writer)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let identity = Identity::of(&path)?;
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run_writer(&writer, queue, &identity))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Arc::new(Self { path, jobs, readers: Mutex::default(), turns: Turns::of_long_reads() }))
    }

    /// Where the database file stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes the database takes: its main file, and the log beside it.
    pub fn bytes(&self) -> i64 {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        i64::try_from(size(&self.path).saturating_add(size(Path::new(&log)))).unwrap_or(i64::MAX)
    }

    /// Runs a unit on the writer thread; returns after its commit is on the disk.
    pub async fn write<T, E>(
        &self,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = run_unit(connection, &unit);
            Box::new(move |committed| {
                let result = match committed {
                    Ok(()) => result,
                    Err(error) => result.and(Err(not_kept(error).into())),
                };
                // A caller that has gone away misses the answer, not the effect.
                drop(reply.send(result));
            })
        });
        let gone = || StoreError::Unavailable("the writer has stopped".into());
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Writes the database anew, moves the log into it and empties the log. False while a reader stands in the way.
    ///
    /// `secure_delete` overwrites what is deleted, but not every copy that a page kept of a row that moved on to another
    /// page: those are left behind here. Writers wait meanwhile.
    pub fn give_up_traces(&self) -> Result<bool, StoreError> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        tune(&connection)?;
        // The database may be larger than the memory.
        connection.pragma_update(None, "temp_store", "file")?;
        connection.execute_batch("vacuum")?;
        let busy: i64 = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// Begins a read. What is read with it is all of one moment.
    pub fn snapshot(self: &Arc<Self>) -> Result<Reader, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect_reader(&self.path)?,
        };
        connection.prepare_cached("begin").and_then(|mut begin| begin.raw_execute())?;
        Ok(Reader { engine: Arc::clone(self), connection: Some(connection) })
    }

    /// Runs a short read on the calling thread: a few microseconds on an index. See decision 0001.
    pub fn read<T, E: From<StoreError>>(
        self: &Arc<Self>,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.snapshot()?.read(unit)
    }

    /// Runs a read that may take long, such as a scan, away from the threads that serve requests, when it is its turn.
    pub async fn read_long<T, E>(
        self: &Arc<Self>,
        tenant: Option<TenantId>,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let stopped = |error: String| StoreError::Unavailable(error);
        let turn = self.turns.take(tenant).await.map_err(|error| stopped(error.to_string()))?;
        let own = Arc::clone(self);
        // The turn goes with the read: a caller that gives up ends its waiting, not the read.
        let read = move || {
            let _turn = turn;
            own.read(unit)
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Panicked)?
    }
}

/// A reading connection in the midst of a transaction, which ends with this.
pub struct Reader {
    engine: Arc<Sqlite>,
    connection: Option<Connection>,
}

impl Reader {
    /// Reads on.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.connection {
            Some(connection) => unit(&mut Tx::sqlite(connection)),
            None => Err(StoreError::Unavailable("the read has ended".into()).into()),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let ended = connection.prepare_cached("commit").and_then(|mut end| end.raw_execute());
        if ended.is_ok() {
            let mut readers = self.engine.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < IDLE_READERS {
                readers.push(connection);
            }
        }
    }
}

/// Whether there is nothing of AccessIQ in a directory: no database, none that was moved, none that is not whole.
pub fn is_vacant(directory: &Path) -> bool {
    [FILE, incoming::INCOMING, moving::MOVED].iter().all(|name| !directory.join(name).exists())
}

fn unusable(directory: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Directory {
        path: directory.to_owned(),
        reason: format!(
            "the data directory cannot be used ({error}). Check that it exists and that this user may write to it."
        ),
    }
}

fn prepare_directory(directory: &Path) -> Result<PathBuf, StoreError> {
    let refuse = |error: std::io::Error| unusable(directory, &error);
    if !directory.exists() {
        std::fs::create_dir_all(directory).map_err(refuse)?;
        // Names and addresses of people live here: nobody else needs to read it.
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).map_err(refuse)?;
    }
    std::fs::read_dir(directory).map_err(refuse)?;
    Ok(directory.join(FILE))
}

/// Waits until no other process or thread opens this directory: SQLite itself does not wait for one that switches a
/// fresh file to WAL, and for a migration only so long. The turn ends with the file.
fn take_turn(directory: &Path) -> Result<File, StoreError> {
    let turn = File::open(directory).and_then(|opened| opened.lock().map(|()| opened));
    turn.map_err(|error| unusable(directory, &error))
}

fn connect_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    tune(&connection)?;
    Ok(connection)
}

fn tune(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans do not depend on what is bound, so a statement that was prepared once stays so. Otherwise SQLite prepares most
    // of them anew for every new value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(())
}

/// Which file was opened, to notice when it was removed or replaced under a running server: SQLite would go on
/// writing to a file that nobody can open again.
struct Identity {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(path: &Path) -> Result<Self, StoreError> {
        let found = std::fs::metadata(path).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { path: path.to_owned(), device: found.dev(), inode: found.ino() })
    }

    fn check(&self) -> Result<(), StoreError> {
        let found = std::fs::metadata(&self.path).map(|found| (found.dev(), found.ino()));
        match found {
            Ok(found) if found == (self.device, self.inode) => Ok(()),
            _ => {
                Err(StoreError::Unavailable("the database file was removed or replaced while in use".into()))
            }
        }
    }
}

fn run_writer(connection: &Connection, mut queue: mpsc::Receiver<Job>, identity: &Identity) {
    while let Some(first) = queue.blocking_recv() {
        let begun = identity.check().and_then(|()| Ok(connection.execute_batch("begin immediate")?));
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            answers.push(job(connection));
            let ended_early = begun.is_ok() && connection.is_autocommit();
            next = if answers.len() < BATCH && !ended_early { queue.try_recv().ok() } else { None };
        }
        let committed = begun.and_then(|()| commit(connection));
        if committed.is_err() && !connection.is_autocommit() {
            // The units are told that nothing was kept; should even this fail, SQLite drops the transaction itself.
            drop(connection.execute_batch("rollback"));
        }
        for answer in answers {
            answer(committed.as_ref().copied());
        }
    }
}

fn commit(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() {
        return Err(ended_early());
    }
    Ok(connection.execute_batch("commit")?)
}

/// SQLite ends a whole transaction by itself when a statement finds the disk full or broken.
fn ended_early() -> StoreError {
    StoreError::Unavailable(
        "the transaction was ended early, as it is when the disk is full: nothing was kept".into(),
    )
}

/// What a unit is told whose commit failed.
fn not_kept(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(reason) => StoreError::Unavailable(reason.clone()),
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// One unit in its savepoint. Without a transaction around it (the batch could not begin) nothing runs.
fn run_unit<T, E: From<StoreError>>(
    connection: &Connection,
    unit: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    if connection.is_autocommit() {
        return Err(StoreError::Unavailable("no transaction could begin".into()).into());
    }
    let step = |sql| {
        connection.prepare_cached(sql).and_then(|mut step| step.raw_execute()).map_err(StoreError::from)
    };
    step("savepoint unit")?;
    let result = catch_unwind(AssertUnwindSafe(|| unit(&mut Tx::sqlite(connection))))
        .unwrap_or_else(|_| Err(StoreError::Panicked.into()));
    if connection.is_autocommit() {
        // No savepoint is left to go back to; what the unit itself was told says why.
        return result.and(Err(ended_early().into()));
    }
    if result.is_err() {
        step("rollback to unit")?;
    }
    step("release unit")?;
    result
}

pub(super) fn bind(
    statement: &mut rusqlite::CachedStatement<'_>,
    params: &[Param<'_>],
) -> Result<(), StoreError> {
    for (index, param) in params.iter().enumerate() {
        match param {
            Param::Null => statement.raw_bind_parameter(index + 1, rusqlite::types::Null)?,
            Param::Int(value) => statement.raw_bind_parameter(index + 1, value)?,
            Param::Text(value) => statement.raw_bind_parameter(index + 1, value)?,
        }
    }
    Ok(())
}
