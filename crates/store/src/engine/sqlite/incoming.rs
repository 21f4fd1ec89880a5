//! A database that is made from a copy: in a file beside its place, which it gets when it is whole.
//!
//! Until then the file needs no journal and no flush: should the machine stop, it is made again from the beginning.

use super::{FILE, prepare_directory, take_turn, tune, unusable};
use crate::StoreError;
use crate::clock::Clock;
use crate::engine::migrate::{VERSION, migrate_to};
use crate::engine::{Tx, sqlite::moving, statistics};
use crate::transfer::empty;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The name of the file until the database is whole.
pub const INCOMING: &str = "accessiq.db.incoming";
/// How much of the file is held in memory while it is filled, in KiB.
const CACHE: i64 = -65_536;

/// Refuses a directory in which a copy was interrupted.
pub fn check(directory: &Path) -> Result<(), StoreError> {
    let incoming = directory.join(INCOMING);
    if incoming.exists() && !directory.join(FILE).exists() {
        return Err(StoreError::Incomplete(incoming));
    }
    Ok(())
}

/// See [`crate::transfer::receive`].
pub fn receive<T, E: From<StoreError>>(
    directory: &Path,
    schema: i64,
    clock: &Clock,
    fill: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    examine: impl FnOnce(&mut Tx<'_>) -> Result<(), E>,
) -> Result<T, E> {
    let was_there = directory.exists();
    let place = prepare_directory(directory)?;
    // Whoever opens this directory meanwhile waits.
    let _turn = take_turn(directory)?;
    moving::check(directory)?;
    if place.exists() {
        return Err(StoreError::Copy(format!(
            "there is a database in {} already, and it is left as it is. Give a directory without one.",
            directory.display()
        ))
        .into());
    }
    let incoming = directory.join(INCOMING);
    remove(&incoming)?;
    let filled = make(&incoming, schema, clock, fill, examine).and_then(|filled| {
        settle(directory, &incoming, &place)?;
        Ok(filled)
    });
    if filled.is_err() {
        remove(&incoming)?;
        if !was_there {
            // Whoever put something there meanwhile keeps it.
            drop(std::fs::remove_dir(directory));
        }
    }
    filled
}

fn make<T, E: From<StoreError>>(
    incoming: &Path,
    schema: i64,
    clock: &Clock,
    fill: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    examine: impl FnOnce(&mut Tx<'_>) -> Result<(), E>,
) -> Result<T, E> {
    let mut connection = Connection::open(incoming).map_err(StoreError::from)?;
    prepare(&mut connection, schema, clock)?;
    let filled = within(&connection, |tx| {
        empty(tx)?;
        fill(tx)
    })?;
    finish(&mut connection, clock)?;
    within(&connection, examine)?;
    connection.close().map_err(|(_, error)| StoreError::from(error))?;
    Ok(filled)
}

fn prepare(connection: &mut Connection, schema: i64, clock: &Clock) -> Result<(), StoreError> {
    tune(connection)?;
    connection.pragma_update(None, "journal_mode", "off")?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    migrate_to(schema, connection, clock)
}

fn finish(connection: &mut Connection, clock: &Clock) -> Result<(), StoreError> {
    migrate_to(VERSION, connection, clock)?;
    statistics::tell(connection)
}

fn within<T, E: From<StoreError>>(
    connection: &Connection,
    unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    connection.execute_batch("begin immediate").map_err(StoreError::from)?;
    let result = unit(&mut Tx::sqlite(connection))?;
    connection.execute_batch("commit").map_err(StoreError::from)?;
    Ok(result)
}

/// Puts a whole file in its place, for good.
fn settle(directory: &Path, incoming: &Path, place: &Path) -> Result<(), StoreError> {
    let settled = File::open(incoming)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(incoming, place))
        .and_then(|()| File::open(directory)?.sync_all());
    settled.map_err(|error| unusable(directory, &error))
}

/// Removes what was left of another attempt, with what SQLite puts beside a file.
fn remove(incoming: &Path) -> Result<(), StoreError> {
    for end in ["-journal", "-wal", "-shm", ""] {
        let mut path = incoming.as_os_str().to_owned();
        path.push(end);
        match std::fs::remove_file(PathBuf::from(&path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Copy(format!("{} cannot be removed: {error}", incoming.display())));
            }
            _ => {}
        }
    }
    Ok(())
}
