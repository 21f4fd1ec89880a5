//! The archive: everything AccessIQ keeps, one file per table family, over one engine at a time.
//!
//! A caller runs a unit of work (`Store::write`, `Store::read`) and calls the table functions inside it; they hold
//! the SQL. Writers to mirror and directory return [`events::Unrecorded`], which only the journal takes: a change
//! without its event does not compile. Never in here: what a product rule is, HTTP.

pub mod activity;
pub mod administrators;
pub mod assertions;
pub mod attempts;
pub mod clients;
pub mod clock;
pub mod connections;
mod counts;
pub mod domains;
mod engine;
pub mod erasures;
pub mod error;
pub mod events;
pub mod extensions;
pub mod identities;
pub mod ids;
pub mod jobs;
pub mod keys;
pub mod links;
pub mod mappings;
pub mod members;
pub mod memberships;
pub mod mirror_groups;
pub mod mirror_users;
pub mod organizations;
pub mod replays;
pub mod requests;
pub mod roles;
pub mod rules;
pub mod search;
pub mod second_factors;
pub mod sessions;
pub mod sign_in_providers;
pub mod status_days;
pub mod tenants;
pub mod tickets;
pub mod tokens;
pub mod transfer;
pub mod users;

pub use engine::migrate::VERSION as SCHEMA_VERSION;
pub use engine::postgres::address::Address;
pub use engine::sqlite::{FILE as SQLITE_FILE, is_vacant};
pub use engine::turns::Turn;
pub use engine::{Row, Tx};
pub use error::StoreError;

use clock::Clock;
use engine::Place;
use engine::postgres::Postgres;
use engine::sqlite::Sqlite;
use engine::turns::Turns;
use ids::Ids;
use std::path::Path;
use std::sync::Arc;

/// A tenant's number inside the database; leads every key. Never shown outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TenantId(pub i64);

/// One connection of one tenant: what every statement about the mirror names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant.
    pub tenant: TenantId,
    /// The connection's number within the tenant, from 1. Never shown outside.
    pub connection: i64,
}

impl Scope {
    /// The place of users by hand, who are of no connection.
    pub fn by_hand(tenant: TenantId) -> Self {
        Self { tenant, connection: 0 }
    }

    /// Whether it is a connection's, and not the place of users by hand.
    pub fn is_of_connection(self) -> bool {
        self.connection != 0
    }
}

/// The archive, with the clock and the ids that its rows are stamped with. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    ids: Ids,
    sending: Arc<Turns>,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

/// A short read that is not over yet: whatever is read with it is of one moment. It holds a connection, so it is to end
/// before anything is waited for.
pub struct Snapshot(Box<Reader>);

enum Reader {
    Sqlite(engine::sqlite::Reader),
    Postgres(engine::postgres::Reader),
}

impl Snapshot {
    /// Reads on.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &mut *self.0 {
            Reader::Sqlite(reader) => reader.read(unit),
            Reader::Postgres(reader) => reader.read(unit),
        }
    }
}

impl Store {
    /// Opens or creates the embedded database of a data directory.
    ///
    /// # Errors
    /// A directory that cannot be used, a file of another program, a database of a newer release.
    pub fn open(directory: &Path, ids: Ids) -> Result<Self, StoreError> {
        let engine = Engine::Sqlite(Sqlite::open(directory, ids.clock())?);
        Ok(Self::over(engine, ids))
    }

    /// Connects to a PostgreSQL database; makes its tables if it has none.
    ///
    /// # Errors
    /// A database that cannot be reached, of another program, of a newer release.
    pub fn connect(address: &Address, ids: Ids) -> Result<Self, StoreError> {
        let engine = Engine::Postgres(Postgres::open(address, &ids, true)?);
        Ok(Self::over(engine, ids))
    }

    /// The same for a database that must have its tables already.
    ///
    /// # Errors
    /// As [`Store::connect`]; a database without tables of AccessIQ.
    pub fn connect_existing(address: &Address, ids: Ids) -> Result<Self, StoreError> {
        let engine = Engine::Postgres(Postgres::open(address, &ids, false)?);
        Ok(Self::over(engine, ids))
    }

    fn over(engine: Engine, ids: Ids) -> Self {
        Self { engine, ids, sending: Arc::new(Turns::of_sending()) }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.ids.clock()
    }

    /// The source of ids and secrets.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Where the embedded database stands, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite(engine) => Some(engine.path()),
            Engine::Postgres(_) => None,
        }
    }

    /// Where the database is, for people; without a password.
    pub fn location(&self) -> String {
        match &self.engine {
            Engine::Sqlite(engine) => engine.path().display().to_string(),
            Engine::Postgres(engine) => engine.address().to_string(),
        }
    }

    /// How many bytes the database takes.
    pub fn bytes(&self) -> Result<i64, StoreError> {
        match &self.engine {
            Engine::Sqlite(engine) => Ok(engine.bytes()),
            Engine::Postgres(engine) => engine.bytes(),
        }
    }

    /// How often a unit was tried again since the start, for a conflict or a lost connection.
    pub fn repeated(&self) -> u64 {
        match &self.engine {
            Engine::Sqlite(_) => 0,
            Engine::Postgres(engine) => engine.repeated(),
        }
    }

    /// Runs a unit of work that changes something. It happens with all its effects and is durable on return, or not
    /// at all. The unit may be run again after a conflict with another node, so it must not consume what it captured.
    ///
    /// No other unit runs meanwhile, of whatever tenant. Where the tenant is known, [`Store::write_of`] holds up nobody
    /// else.
    pub async fn write<T, E>(
        &self,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_at(Place::Alone, unit).await
    }

    /// The same for a unit that changes what is a tenant's own: no other unit of that tenant runs meanwhile.
    pub async fn write_of<T, E>(
        &self,
        tenant: TenantId,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_at(Place::of(tenant), unit).await
    }

    /// The same for a unit that only adds what no rule reads, such as records of requests: it waits for nobody.
    pub async fn write_beside<T, E>(
        &self,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_at(Place::Beside, unit).await
    }

    async fn write_at<T, E>(
        &self,
        place: Place,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.write(unit).await,
            Engine::Postgres(engine) => engine.write(place, unit).await,
        }
    }

    /// Lets the database file grow to so many pages at most, or to what it has if that is more: how a test fills a disk.
    #[doc(hidden)]
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        self.write(move |tx| tx.for_each(&format!("pragma max_page_count = {pages}"), &[], |_| Ok(true)))
            .await
    }

    /// Lets the database's files give up what the tables no longer hold. It takes as long as copying the database, and
    /// writers wait. False while a reader still looks at what was there before.
    pub async fn give_up_traces(&self) -> Result<bool, StoreError> {
        let given_up = match &self.engine {
            Engine::Sqlite(engine) => {
                let engine = Arc::clone(engine);
                tokio::task::spawn_blocking(move || engine.give_up_traces()).await
            }
            Engine::Postgres(engine) => {
                let engine = Arc::clone(engine);
                tokio::task::spawn_blocking(move || engine.give_up_traces()).await
            }
        };
        given_up.map_err(|_| StoreError::Panicked)?
    }

    /// Begins a short read that goes on in several steps.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot(Box::new(match &self.engine {
            Engine::Sqlite(engine) => Reader::Sqlite(engine.snapshot()?),
            Engine::Postgres(engine) => Reader::Postgres(engine.snapshot()),
        })))
    }

    /// Runs a short read, a handful of index look-ups, on one snapshot.
    pub fn read<T, E: From<StoreError>>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(unit),
            Engine::Postgres(engine) => engine.read(unit),
        }
    }

    /// Runs a read that may take long, on one snapshot, away from the threads that serve requests.
    pub async fn read_long<T, E>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.read_long_in_turn(None, unit).await
    }

    /// The same for a tenant, which has only its share of the turns: one that asks for much does not keep the others
    /// waiting.
    pub async fn read_long_of<T, E>(
        &self,
        tenant: TenantId,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.read_long_in_turn(Some(tenant), unit).await
    }

    /// A turn at a read that waits for whoever it is sent to, if one is free for this tenant. It is to be held until the read
    /// is over: those who take their answers slowly then stand in the way of each other alone.
    pub fn free_turn_to_send(&self, tenant: TenantId) -> Option<Turn> {
        self.sending.take_free(tenant)
    }

    /// The same, waited for. Whoever waits is not to hold a read meanwhile.
    ///
    /// # Errors
    /// None that happens.
    pub async fn turn_to_send(&self, tenant: TenantId) -> Result<Turn, StoreError> {
        let turn = self.sending.take(Some(tenant)).await;
        turn.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Runs a read of all that there is, however long it takes, on one snapshot and on the calling thread.
    pub fn read_whole<T, E: From<StoreError>>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read(unit),
            Engine::Postgres(engine) => engine.read_whole(unit),
        }
    }

    async fn read_long_in_turn<T, E>(
        &self,
        tenant: Option<TenantId>,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.read_long(tenant, unit).await,
            Engine::Postgres(engine) => engine.read_long(tenant, unit).await,
        }
    }
}

/// Bytes as hexadecimal digits, the form of digests in the database.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits =
        bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    digits.map(char::from).collect()
}

/// Every statement of the crate: (file, name, text). For the tests that prepare each of them and check its manners.
#[doc(hidden)]
pub fn all_statements() -> Vec<(&'static str, &'static str, &'static str)> {
    [
        ("activity", activity::STATEMENTS),
        ("administrators", administrators::STATEMENTS),
        ("assertions", assertions::STATEMENTS),
        ("attempts", attempts::STATEMENTS),
        ("clients", clients::STATEMENTS),
        ("connections", connections::STATEMENTS),
        ("counts", counts::STATEMENTS),
        ("domains", domains::STATEMENTS),
        ("erasures", erasures::STATEMENTS),
        ("events", events::STATEMENTS),
        ("extensions", extensions::STATEMENTS),
        ("identities", identities::STATEMENTS),
        ("jobs", jobs::STATEMENTS),
        ("keys", keys::STATEMENTS),
        ("links", links::STATEMENTS),
        ("mappings", mappings::STATEMENTS),
        ("members", members::STATEMENTS),
        ("memberships", memberships::STATEMENTS),
        ("mirror_groups", mirror_groups::STATEMENTS),
        ("mirror_users", mirror_users::STATEMENTS),
        ("organizations", organizations::STATEMENTS),
        ("replays", replays::STATEMENTS),
        ("requests", requests::STATEMENTS),
        ("roles", roles::STATEMENTS),
        ("rules", rules::STATEMENTS),
        ("second_factors", second_factors::STATEMENTS),
        ("sessions", sessions::STATEMENTS),
        ("status_days", status_days::STATEMENTS),
        ("sign_in_providers", sign_in_providers::STATEMENTS),
        ("tenants", tenants::STATEMENTS),
        ("tickets", tickets::STATEMENTS),
        ("tokens", tokens::STATEMENTS),
        ("users", users::STATEMENTS),
    ]
    .into_iter()
    .flat_map(|(file, statements)| statements.iter().map(move |(name, sql)| (file, *name, *sql)))
    .collect()
}
