//! A database that moves away: its file gets another name first, which no server opens.
//!
//! Nobody may have the file open at that moment, or what they write afterwards would be lost. SQLite tells: a file whose
//! log somebody uses cannot be switched to another kind of journal.

use super::{BUSY, FILE, take_turn};
use crate::StoreError;
use crate::engine::Tx;
use crate::engine::migrate::{check_ownership, check_version};
use crate::transfer::{Mark, version};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the file once the database is moving, or has moved.
pub const MOVED: &str = "accessiq.db.moved";

/// How often, and how long after one another, it is looked whether those that are leaving have left.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

const TO: &str = "select value from installation where name = 'moved_to'";
const FROM: &str = "select value from installation where name = 'moved_from'";
const SET: &str = "insert into installation (name, value) values ('moved_to', ?1)
    on conflict (name) do update set value = excluded.value";
const CLEAR: &str = "delete from installation where name = 'moved_to'";

/// Refuses a directory whose database was moved.
pub fn check(directory: &Path) -> Result<(), StoreError> {
    let moved = directory.join(MOVED);
    if directory.join(FILE).exists() || !moved.exists() {
        return Ok(());
    }
    // Whatever the file says, it was moved.
    let told = look(&moved, TO).ok().flatten();
    Err(StoreError::Moved {
        place: directory.display().to_string(),
        to: told.as_deref().map_or_else(String::new, Mark::told),
        from: format!("sqlite:{}", directory.display()),
    })
}

/// The id of the move that brought the database of a directory.
pub fn arrived_by(directory: &Path) -> Result<Option<String>, StoreError> {
    let path = directory.join(FILE);
    if path.exists() { look(&path, FROM) } else { Ok(None) }
}

fn look(path: &Path, sql: &str) -> Result<Option<String>, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

/// A database under its other name. While this is held nobody opens the directory.
pub struct Frozen {
    _turn: File,
    directory: PathBuf,
}

/// Gives the database of a directory its other name, and a mark. See [`crate::transfer::Frozen::take`].
pub fn freeze(directory: &Path, mark: Mark) -> Result<(Frozen, Mark), StoreError> {
    let (path, moved) = (directory.join(FILE), directory.join(MOVED));
    let refuse = |why: String| Err(StoreError::Copy(why));
    if !directory.is_dir() || !(path.exists() || moved.exists()) {
        return refuse(format!("there is no database in {}", directory.display()));
    }
    let turn = take_turn(directory)?;
    if path.exists() && moved.exists() {
        return refuse(format!(
            "there are two databases in {}: {FILE} and {MOVED}. Put one of them elsewhere.",
            directory.display()
        ));
    }
    if moved.exists() {
        let known = look(&moved, TO)?.and_then(|text| serde_json::from_str::<Mark>(&text).ok());
        if let Some(known) = known.as_ref().filter(|known| known.to != mark.to) {
            return refuse(format!(
                "the database in {} is being moved to {}, since {}. Go on with that move, or take it back first: accessiq migrate --undo --from sqlite:{}",
                directory.display(),
                known.to,
                known.at,
                directory.display()
            ));
        }
        return Ok((Frozen { _turn: turn, directory: directory.to_owned() }, known.unwrap_or(mark)));
    }
    close(directory, &path, &mark)?;
    rename(directory, &path, &moved)?;
    Ok((Frozen { _turn: turn, directory: directory.to_owned() }, mark))
}

/// Makes sure that nobody uses the database, and writes the mark.
fn close(directory: &Path, path: &Path, mark: &Mark) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    check_ownership(&connection, path)?;
    connection.busy_timeout(Duration::ZERO)?;
    let used = || {
        StoreError::Copy(format!(
            "the database in {} is in use. Stop the server, and every command that uses it.",
            directory.display()
        ))
    };
    let mut looks = 0;
    while !leave_log(&connection)? {
        looks += 1;
        if looks == LOOKS {
            return Err(used());
        }
        std::thread::sleep(PAUSE);
    }
    connection.pragma_update(None, "synchronous", "full")?;
    let begun = connection.execute_batch("begin exclusive");
    begun.map_err(|error| if is_busy(&error) { used() } else { error.into() })?;
    check_version(version(&mut Tx::sqlite(&connection))?)?;
    connection.execute(SET, [text(mark)?])?;
    connection.execute_batch("commit")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Lets whatever is in the log go into the file, and the log with it. False while somebody else has the file open.
fn leave_log(connection: &Connection) -> Result<bool, StoreError> {
    let mode: Result<String, _> = connection.query_row("pragma journal_mode = delete", [], |row| row.get(0));
    match mode {
        Ok(mode) => Ok(mode == "delete"),
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn text(mark: &Mark) -> Result<String, StoreError> {
    serde_json::to_string(mark).map_err(|error| StoreError::Unreadable(error.to_string()))
}

fn rename(directory: &Path, from: &Path, to: &Path) -> Result<(), StoreError> {
    let renamed = std::fs::rename(from, to).and_then(|()| File::open(directory)?.sync_all());
    renamed.map_err(|error| StoreError::Copy(format!("{} cannot be renamed: {error}", from.display())))
}

impl Frozen {
    /// Reads on one snapshot.
    pub fn read<T, E: From<StoreError>>(
        &self,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let moved = self.directory.join(MOVED);
        let connection = Connection::open_with_flags(&moved, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(StoreError::from)?;
        connection.execute_batch("begin").map_err(StoreError::from)?;
        unit(&mut Tx::sqlite(&connection))
    }

    /// Gives the database its name back.
    pub fn thaw(self) -> Result<(), StoreError> {
        let moved = self.directory.join(MOVED);
        let connection = Connection::open_with_flags(&moved, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(BUSY)?;
        connection.execute(CLEAR, [])?;
        connection.close().map_err(|(_, error)| error)?;
        rename(&self.directory, &moved, &self.directory.join(FILE))
    }
}

/// See [`crate::transfer::undo`].
pub fn undo(directory: &Path) -> Result<Option<Mark>, StoreError> {
    let moved = directory.join(MOVED);
    if !moved.exists() || directory.join(FILE).exists() {
        return Err(StoreError::Copy(format!("the database in {} was not moved", directory.display())));
    }
    let turn = take_turn(directory)?;
    let mark = look(&moved, TO)?.and_then(|text| serde_json::from_str(&text).ok());
    Frozen { _turn: turn, directory: directory.to_owned() }.thaw()?;
    Ok(mark)
}
