//! Migrations on PostgreSQL: the same texts under the same numbers, one node at a time.
//!
//! Text is compared by bytes (decision 0002), so every column of text gets the collation `C` here, whatever the
//! database's own is. The transaction that migrates holds an advisory lock, and the schema changes whole or not at all.

use super::address::Address;
use super::pool::Line;
use super::trouble::Failed;
use super::{Postgres, moving, statistics};
use crate::StoreError;
use crate::clock::Clock;
use crate::engine::migrate::{MIGRATIONS, VERSION, check_version, checksum};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::types::ToSql;

/// "AcIQ": the lock that whoever migrates holds, and what marks a database as ours.
pub const LOCK: &str = "select pg_advisory_xact_lock(1097026897)";
/// How long a migration may take.
const MIGRATING: Duration = Duration::from_hours(24);

pub const BEGIN: &str = "begin; set local statement_timeout = 0; set local lock_timeout = 0;
    set local idle_in_transaction_session_timeout = 0";

/// The journal of migrations, and the marks of units (see `attempts`).
const JOURNAL: &str = "create table if not exists _migrations (
        version bigint not null primary key,
        name text collate \"C\" not null,
        checksum text collate \"C\" not null,
        applied_at bigint not null
    );
    create table if not exists _units (
        tenant_id bigint not null,
        id text collate \"C\" not null,
        at bigint not null,
        primary key (tenant_id, id)
    )";

/// Brings the database to this release's schema; an empty one only if it `may_make` tables.
pub fn migrate(engine: &Arc<Postgres>, clock: &Clock, may_make: bool) -> Result<(), StoreError> {
    let line = engine.writers.take()?;
    let connection = Connection::new(engine, &line);
    let result = connection
        .batch(BEGIN)
        .and_then(|()| connection.batch(LOCK))
        .and_then(|()| check_fitness(&connection, may_make))
        .and_then(|()| moving::check(&connection))
        .and_then(|()| bring_up(VERSION, &connection, clock))
        .and_then(|()| statistics::tell(&connection));
    let ended = connection.batch(if result.is_ok() { "commit" } else { "rollback" });
    result.and(ended)
}

/// Writes every table anew, so that its files no longer hold what its rows do not. Requests wait meanwhile.
pub fn rewrite(engine: &Arc<Postgres>) -> Result<(), StoreError> {
    let line = engine.writers.take()?;
    let connection = Connection::new(engine, &line);
    // Each by itself: several statements at once are one transaction, in which nothing is written anew.
    let result = connection
        .batch("set statement_timeout = 0")
        .and_then(|()| connection.batch("set lock_timeout = 0"))
        .and_then(|()| connection.batch("vacuum (full)"));
    // It has other settings than its neighbours in the pool.
    line.discard();
    result
}

/// The connection that migrates.
pub struct Connection<'c> {
    engine: &'c Postgres,
    line: &'c Line,
}

impl<'c> Connection<'c> {
    /// That of a client.
    pub fn new(engine: &'c Postgres, line: &'c Line) -> Self {
        Self { engine, line }
    }

    /// Where it leads.
    pub fn address(&self) -> &Address {
        &self.engine.address
    }

    /// Runs a statement with parameters of text.
    pub fn execute(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, StoreError> {
        Ok(self.line.wait(MIGRATING, self.line.client.execute(sql, params))?)
    }

    /// Runs statements.
    pub fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.line.wait(MIGRATING, self.line.client.batch_execute(sql))?)
    }

    /// The rows of a query for two texts.
    pub fn pairs(&self, sql: &str) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.line.wait(MIGRATING, self.line.client.query(sql, &[]))?;
        let pairs = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        Ok(pairs.collect::<Result<_, tokio_postgres::Error>>().map_err(Failed::from)?)
    }

    /// The one value of a query, as text.
    pub fn value(&self, sql: &str) -> Result<String, StoreError> {
        let rows = self.line.wait(MIGRATING, self.line.client.query(sql, &[]))?;
        let value = rows.first().map(|row| row.try_get(0)).transpose().map_err(Failed::from)?;
        Ok(value.unwrap_or_default())
    }
}

/// Brings the schema to a version, within a transaction that holds [`LOCK`].
pub fn bring_up(target: i64, connection: &Connection<'_>, clock: &Clock) -> Result<(), StoreError> {
    connection.batch(JOURNAL)?;
    let applied = connection.line.wait(
        MIGRATING,
        connection.line.client.query("select version, checksum from _migrations order by version", &[]),
    )?;
    let applied: Vec<(i64, String)> = applied
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, tokio_postgres::Error>>()
        .map_err(Failed::from)?;
    check_version(applied.last().map_or(0, |(version, _)| *version))?;
    for (version, (name, text)) in (1..=target).zip(MIGRATIONS) {
        let checksum = checksum(text);
        match applied.iter().find(|(number, _)| *number == version) {
            Some((_, known)) if *known == checksum => {}
            Some(_) => return Err(StoreError::Altered { version, name: (*name).to_owned() }),
            None => {
                connection.batch(&collated(text))?;
                let note =
                    "insert into _migrations (version, name, checksum, applied_at) values ($1, $2, $3, $4)";
                connection.execute(note, &[&version, name, &checksum, &clock.now()])?;
            }
        }
    }
    Ok(())
}

/// Refuses a database that cannot hold what is to be kept, or that holds another program's tables.
pub fn check_fitness(connection: &Connection<'_>, may_make: bool) -> Result<(), StoreError> {
    let address = &connection.engine.address;
    let encoding = connection.value("show server_encoding")?;
    if encoding != "UTF8" {
        return Err(StoreError::Address(format!(
            "the database {address} has the encoding {encoding}. Make one with: create database {} encoding 'UTF8' template template0.",
            address.database()
        )));
    }
    let tables = "select count(*)::text from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace";
    let journal = "select coalesce(to_regclass('_migrations')::text, '')";
    if connection.value(journal)?.is_empty() {
        if connection.value(tables)? != "0" {
            return Err(StoreError::Occupied(address.to_string()));
        }
        if !may_make {
            return Err(StoreError::Address(format!(
                "there is nothing of AccessIQ in {address}. `accessiq tenant create` or `accessiq serve` makes its tables."
            )));
        }
    }
    if connection.value("show fsync")? == "off" {
        tracing::info!(
            "the database runs with fsync = off: when its machine stops, what was answered may be lost"
        );
    }
    Ok(())
}

/// The text of a migration as PostgreSQL takes it: each column of text is compared by bytes.
fn collated(text: &str) -> String {
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | ')');
    text.split_inclusive(ends)
        .map(|word| match word.strip_prefix("text") {
            Some(end) if end.is_empty() || end.starts_with(ends) => format!("text collate \"C\"{end}"),
            _ => word.to_owned(),
        })
        .collect()
}
