//! A database that moves away: from then on it refuses the mark that every unit writes, and so every change, by
//! whatever node and release.

use super::migrate::{BEGIN, Connection, LOCK};
use super::pool::Leased;
use super::{Address, Postgres};
use crate::StoreError;
use crate::engine::Tx;
use crate::engine::migrate::check_version;
use crate::ids::Ids;
use crate::transfer::Mark;
use std::sync::Arc;
use std::time::Duration;

/// The constraint that no mark of a unit passes.
pub const CLOSED: &str = "_units_moved";

/// A node that takes changes waits for this no longer than for anything else.
const CLOSE: &str = "set local lock_timeout = '30s';
    alter table _units add constraint _units_moved check (false) not valid";
const OPEN: &str = "alter table _units drop constraint if exists _units_moved;
    delete from installation where name = 'moved_to'";
const IS_OURS: &str = "select coalesce(to_regclass('_migrations')::text, '')";
const IS_CLOSED: &str = "select count(*)::text from pg_constraint
    where conname = '_units_moved' and conrelid = to_regclass('_units')";
const TO: &str = "select value from installation where name = 'moved_to'";
const FROM: &str = "select value from installation where name = 'moved_from'";
const SET: &str = "insert into installation (name, value) values ('moved_to', $1)
    on conflict (name) do update set value = excluded.value";
/// Nodes and commands that are connected. Whoever may not see what others run still sees that they are there.
const OTHERS: &str = "select count(*)::text from pg_stat_activity where datname = current_database()
    and pid <> pg_backend_pid() and application_name = current_setting('application_name')";
/// What a process holds while it moves a database: "AcIQ" and one. The lock goes with its connection.
const TURN: &str = "select pg_try_advisory_lock(1097026898)::text";
/// How often, and how long after one another, it is looked whether those that are leaving have left.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Refuses a database that was moved.
pub fn check(connection: &Connection<'_>) -> Result<(), StoreError> {
    if !is_closed(connection)? {
        return Ok(());
    }
    let address = connection.address().to_string();
    let to = Mark::told(&connection.value(TO)?);
    Err(StoreError::Moved { place: address.clone(), to, from: address })
}

fn is_closed(connection: &Connection<'_>) -> Result<bool, StoreError> {
    Ok(connection.value(IS_CLOSED)? != "0")
}

/// The id of the move that brought the database.
pub fn arrived_by(address: &Address, ids: &Ids) -> Result<Option<String>, StoreError> {
    let engine = Postgres::approach(address, ids)?;
    let line = engine.readers.take()?;
    let connection = Connection::new(&engine, &line);
    if connection.value(IS_OURS)?.is_empty() {
        return Ok(None);
    }
    Ok(Some(connection.value(FROM)?).filter(|id| !id.is_empty()))
}

/// A database that is closed. While this is held nobody else moves it or takes its move back.
pub struct Frozen {
    engine: Arc<Postgres>,
    turn: Leased,
}

/// Lets the database take no change any more. See [`crate::transfer::Frozen::take`].
pub fn freeze(address: &Address, ids: &Ids, mark: Mark) -> Result<(Frozen, Mark), StoreError> {
    let frozen = take_turn(address, ids)?;
    let mark = frozen.within(|connection| close(connection, mark))?;
    Ok((frozen, mark))
}

fn take_turn(address: &Address, ids: &Ids) -> Result<Frozen, StoreError> {
    let engine = Postgres::approach(address, ids)?;
    let turn = engine.writers.take()?;
    for _ in 0..LOOKS {
        if Connection::new(&engine, &turn).value(TURN)? == "true" {
            return Ok(Frozen { engine, turn });
        }
        // One that was killed is still leaving.
        std::thread::sleep(PAUSE);
    }
    Err(StoreError::Copy(format!(
        "the database {address} is being moved at this moment. Wait until that ends."
    )))
}

fn close(connection: &Connection<'_>, mark: Mark) -> Result<Mark, StoreError> {
    let address = connection.address();
    if connection.value(IS_OURS)?.is_empty() {
        return Err(StoreError::Copy(format!("there is nothing of AccessIQ in {address}")));
    }
    let version = connection.value("select coalesce(max(version), 0)::text from _migrations")?;
    check_version(version.parse().unwrap_or(i64::MAX))?;
    if is_closed(connection)? {
        let known: Option<Mark> = serde_json::from_str(&connection.value(TO)?).ok();
        return match known {
            Some(known) if known.to != mark.to => Err(StoreError::Copy(format!(
                "the database {address} is being moved to {}, since {}. Go on with that move, or take it back first: accessiq migrate --undo --from {address}",
                known.to, known.at
            ))),
            Some(known) => Ok(known),
            None => Ok(mark),
        };
    }
    check_quiet(connection)?;
    connection.batch(CLOSE)?;
    let text = serde_json::to_string(&mark).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    connection.execute(SET, &[&text])?;
    Ok(mark)
}

/// Refuses while nodes or commands are connected. Nothing of theirs would be lost, but they would serve what is old.
fn check_quiet(connection: &Connection<'_>) -> Result<(), StoreError> {
    for _ in 0..LOOKS {
        // Within a transaction the server shows the sessions it has shown before.
        connection.batch("select pg_stat_clear_snapshot()")?;
        if connection.value(OTHERS)? == "0" {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(StoreError::Copy(format!(
        "the database {} is in use: {} connections of AccessIQ are open. Stop every node, and every command that uses it.",
        connection.address(),
        connection.value(OTHERS)?
    )))
}

impl Frozen {
    /// Reads on one snapshot.
    pub fn read<T, E: From<StoreError>>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.engine.read_whole(unit)
    }

    /// Lets the database take changes again.
    pub fn thaw(self) -> Result<(), StoreError> {
        self.within(|connection| connection.batch(OPEN))
    }

    fn within<T>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = Connection::new(&self.engine, &self.turn);
        let result =
            connection.batch(BEGIN).and_then(|()| connection.batch(LOCK)).and_then(|()| work(&connection));
        let ended = connection.batch(if result.is_ok() { "commit" } else { "rollback" });
        result.and_then(|result| ended.map(|()| result))
    }
}

/// See [`crate::transfer::undo`].
pub fn undo(address: &Address, ids: &Ids) -> Result<Option<Mark>, StoreError> {
    take_turn(address, ids)?.within(|connection| {
        if !is_closed(connection)? {
            return Err(StoreError::Copy(format!("the database {address} was not moved")));
        }
        let mark = serde_json::from_str(&connection.value(TO)?).ok();
        connection.batch(OPEN)?;
        Ok(mark)
    })
}
