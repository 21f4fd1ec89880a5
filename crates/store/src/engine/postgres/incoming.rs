//! A database that is made from a copy, within one transaction: until it is committed there is nothing to be seen.

use super::migrate::{self, BEGIN, Connection, LOCK, bring_up};
use super::session::Session;
use super::{Address, LONG_PATIENCE, Postgres, make_way, statistics};
use crate::StoreError;
use crate::engine::Tx;
use crate::engine::migrate::VERSION;
use crate::ids::Ids;
use crate::transfer::{empty, tables};

/// See [`crate::transfer::receive`].
pub fn receive<T, E: From<StoreError>>(
    address: &Address,
    schema: i64,
    ids: &Ids,
    fill: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    examine: impl FnOnce(&mut Tx<'_>) -> Result<(), E>,
) -> Result<T, E> {
    let engine = Postgres::approach(address, ids)?;
    make_way(|| {
        let mut session = Session::new(&engine, &engine.writers, BEGIN.to_owned(), LONG_PATIENCE);
        prepare(&session.connection()?, schema, ids)?;
        let mut tx = Tx::postgres(&mut session);
        empty(&mut tx)?;
        let filled = fill(&mut tx)?;
        let names: Vec<String> = tables(&mut tx)?.into_iter().map(|table| table.name).collect();
        finish(&session.connection()?, &names, ids)?;
        examine(&mut Tx::postgres(&mut session))?;
        commit(&mut session, address)?;
        Ok(filled)
    })
}

fn prepare(connection: &Connection<'_>, schema: i64, ids: &Ids) -> Result<(), StoreError> {
    // Nodes that start meanwhile wait for it.
    connection.batch(LOCK)?;
    migrate::check_fitness(connection, true)?;
    if !connection.value("select coalesce(to_regclass('_migrations')::text, '')")?.is_empty() {
        return Err(StoreError::Copy(format!(
            "there are tables of AccessIQ in {} already, and they are left as they are. Give an empty database.",
            connection.address()
        )));
    }
    bring_up(schema, connection, ids.clock())
}

fn finish(connection: &Connection<'_>, tables: &[String], ids: &Ids) -> Result<(), StoreError> {
    bring_up(VERSION, connection, ids.clock())?;
    for table in tables {
        connection.batch(&format!("analyze \"{table}\""))?;
    }
    statistics::tell(connection)
}

fn commit(session: &mut Session, address: &Address) -> Result<(), StoreError> {
    session.commit(None).map_err(|error| match session.trouble() {
        None => error,
        Some(_) => StoreError::Uncertain(format!(
            "the connection was lost while the copy was committed ({error}). Start the same again: it says whether {address} has it"
        )),
    })
}
