//! Migrations: embedded, numbered, checksummed, each applied once in a transaction of its own.
//!
//! The text is portable SQL. `/*without rowid*/` after a table marks one whose rows are small enough to live in their
//! primary key on SQLite; other engines read it as the comment it is.

use crate::clock::Clock;
use crate::error::StoreError;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Name and text of each, the first having the number 1.
pub const MIGRATIONS: &[(&str, &str)] = &[
    ("initial", include_str!("../migrations/0001_initial.sql")),
    ("oauth", include_str!("../migrations/0002_oauth.sql")),
    ("directory", include_str!("../migrations/0003_directory.sql")),
    ("api", include_str!("../migrations/0004_api.sql")),
    ("ownership", include_str!("../migrations/0005_ownership.sql")),
    ("endings", include_str!("../migrations/0006_endings.sql")),
    ("console", include_str!("../migrations/0007_console.sql")),
    ("activity", include_str!("../migrations/0008_activity.sql")),
    ("counts", include_str!("../migrations/0009_counts.sql")),
    ("status_days", include_str!("../migrations/0010_status_days.sql")),
    ("sign_in_providers", include_str!("../migrations/0011_sign_in_providers.sql")),
    ("names", include_str!("../migrations/0012_names.sql")),
];

/// "AcIQ": marks a SQLite file as ours.
const APPLICATION_ID: i64 = 0x4163_4951;

/// The schema version that this release writes.
#[expect(clippy::cast_possible_wrap, reason = "a handful of migrations")]
pub const VERSION: i64 = MIGRATIONS.len() as i64;

const JOURNAL: &str = "create table if not exists _migrations (
    version bigint not null primary key,
    name text not null,
    checksum text not null,
    applied_at bigint not null
)";

/// Refuses a file that holds another program's tables.
pub fn check_ownership(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let foreign = || StoreError::Foreign(path.to_owned());
    let pragma = |name: &str| connection.query_row(&format!("pragma {name}"), [], |row| row.get::<_, i64>(0));
    let not_a_database = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ffi::ErrorCode::NotADatabase) => foreign(),
        _ => error.into(),
    };
    let tables: i64 = connection
        .query_row("select count(*) from sqlite_master", [], |row| row.get(0))
        .map_err(not_a_database)?;
    let owner = pragma("application_id")?;
    if owner == APPLICATION_ID || (tables == 0 && owner == 0) { Ok(()) } else { Err(foreign()) }
}

/// Brings the database to [`VERSION`]. Safe to run from several processes at once: each migration takes the write lock.
pub fn migrate(connection: &mut Connection, clock: &Clock) -> Result<(), StoreError> {
    migrate_to(VERSION, connection, clock)
}

/// The same to an earlier version, as a copy of that version needs it.
pub fn migrate_to(target: i64, connection: &mut Connection, clock: &Clock) -> Result<(), StoreError> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.execute_batch(JOURNAL)?;
    for (version, (name, text)) in (1..=target).zip(MIGRATIONS) {
        let checksum = checksum(text);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let newest: i64 =
            transaction
                .query_row("select coalesce(max(version), 0) from _migrations", [], |row| row.get(0))?;
        check_version(newest)?;
        let applied: Option<String> = transaction
            .query_row("select checksum from _migrations where version = ?1", [version], |row| row.get(0))
            .optional()?;
        match applied {
            Some(applied) if applied == checksum => {}
            Some(_) => return Err(StoreError::Altered { version, name: (*name).to_owned() }),
            None => {
                transaction.execute_batch(&text.replace("/*without rowid*/", "without rowid"))?;
                transaction.execute(
                    "insert into _migrations (version, name, checksum, applied_at) values (?1, ?2, ?3, ?4)",
                    (version, name, &checksum, clock.now()),
                )?;
            }
        }
        transaction.commit()?;
    }
    Ok(())
}

/// Refuses a database of a newer release.
pub fn check_version(found: i64) -> Result<(), StoreError> {
    if found > VERSION { Err(StoreError::Newer { found, known: VERSION }) } else { Ok(()) }
}

/// What tells whether an applied migration is the one that this release holds.
pub fn checksum(text: &str) -> String {
    crate::hex(&Sha256::digest(text.as_bytes()))
}
