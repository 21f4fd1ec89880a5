//! The recorder: writes down, behind the answers, the requests that changed nothing, and the last use of tokens and keys.
//!
//! Bounded and flushed on shutdown. Requests that changed something are recorded in their own transaction, not here.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::requests::{self, Record};
use store::{Scope, Store, StoreError, TenantId, keys, tokens};
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

/// How many entries wait at most before requests wait for room.
const QUEUE: usize = 8192;
/// How many entries share a transaction.
const BATCH: usize = 512;
/// How long entries gather.
const GATHER: Duration = Duration::from_millis(50);
/// How long a request waits for room.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a batch is tried while the database is not available.
const TRIES: u32 = 20;

/// The last use of a token.
#[derive(Clone, Debug)]
pub struct Use {
    /// Tenant and connection.
    pub scope: Scope,
    /// The token.
    pub token_id: String,
    /// When.
    pub at: i64,
    /// From where.
    pub address: Option<String>,
    /// By which user agent.
    pub user_agent: Option<String>,
}

/// The last use of an API key.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// The tenant of the key.
    pub tenant: TenantId,
    /// The key.
    pub key_id: String,
    /// When.
    pub at: i64,
    /// From where.
    pub address: Option<String>,
}

enum Entry {
    Record(Box<Record>),
    Use(Use),
    KeyUse(KeyUse),
}

/// What is written in one transaction; of several uses the last.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    tokens: HashMap<String, Use>,
    keys: HashMap<String, KeyUse>,
}

/// Takes entries and writes them in batches.
pub struct Recorder {
    entries: Mutex<Option<Sender<Entry>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    closing: Arc<Notify>,
    lost: AtomicU64,
}

impl Recorder {
    /// Starts the recorder of an archive.
    pub fn start(store: Store) -> Self {
        let (entries, queue) = mpsc::channel(QUEUE);
        let closing = Arc::new(Notify::new());
        let writer = tokio::spawn(write_behind(store, queue, Arc::clone(&closing)));
        Self {
            entries: Mutex::new(Some(entries)),
            writer: Mutex::new(Some(writer)),
            closing,
            lost: AtomicU64::new(0),
        }
    }

    /// Takes a record.
    pub async fn record(&self, record: Record) {
        self.take(Entry::Record(Box::new(record))).await;
    }

    /// Takes the use of a token.
    pub async fn used(&self, used: Use) {
        self.take(Entry::Use(used)).await;
    }

    /// Takes the use of an API key.
    pub async fn key_used(&self, used: KeyUse) {
        self.take(Entry::KeyUse(used)).await;
    }

    async fn take(&self, entry: Entry) {
        let entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let taken = match entries {
            Some(entries) => entries.send_timeout(entry, PATIENCE).await.is_ok(),
            None => false,
        };
        if !taken {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(lost, "a request's record was lost: the database takes no records");
        }
    }

    /// How many entries were lost.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Writes what was taken and stops. Entries that come later are lost, and counted.
    pub async fn flush(&self) {
        drop(self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        self.closing.notify_one();
        let writer = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the recorder ended unexpectedly");
        }
    }
}

async fn write_behind(store: Store, mut queue: Receiver<Entry>, closing: Arc<Notify>) {
    let mut gathered = Vec::with_capacity(BATCH);
    // None once the queue was closed and everything was taken.
    while queue.recv_many(&mut gathered, BATCH).await > 0 {
        // Others gather meanwhile. Waiting for each of them would wake this task with every request.
        if gathered.len() < BATCH {
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = closing.notified() => {}
            }
            while gathered.len() < BATCH
                && let Ok(entry) = queue.try_recv()
            {
                gathered.push(entry);
            }
        }
        keep_trying(&store, std::mem::replace(&mut gathered, Vec::with_capacity(BATCH))).await;
    }
}

async fn keep_trying(store: &Store, batch: Vec<Entry>) {
    let mut gathered = Batch::default();
    for entry in batch {
        match entry {
            Entry::Record(record) => gathered.records.push(*record),
            Entry::Use(used) => drop(gathered.tokens.insert(used.token_id.clone(), used)),
            Entry::KeyUse(used) => drop(gathered.keys.insert(used.key_id.clone(), used)),
        }
    }
    let batch = Arc::new(gathered);
    for attempt in 1..=TRIES {
        let own = Arc::clone(&batch);
        match store.write_beside(move |tx| write(tx, &own)).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, attempt, records = batch.records.len(), "records could not be written yet");
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    tracing::error!(records = batch.records.len(), "records were lost: the database took none of them");
}

fn write(tx: &mut store::Tx<'_>, batch: &Batch) -> Result<(), StoreError> {
    for record in &batch.records {
        requests::insert(tx, record)?;
    }
    for used in batch.tokens.values() {
        let (address, agent) = (used.address.as_deref(), used.user_agent.as_deref());
        tokens::touch(tx, used.scope, &used.token_id, used.at, address, agent)?;
    }
    for used in batch.keys.values() {
        keys::touch(tx, used.tenant, &used.key_id, used.at, used.address.as_deref())?;
    }
    Ok(())
}
