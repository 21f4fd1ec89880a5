//! Rows for every table there is, made of nothing but the schema: all that a column can hold, and no meaning.

use crate::{contents, fill};
use rusqlite::Connection;
use std::collections::BTreeSet;
use store::transfer::{Contents, Kind, Location, Sink, Sum, Table, Value, tables};
use store::{SQLITE_FILE, Store};
use tempfile::TempDir;

/// How many rows each table gets: more than go with one statement, and not a multiple of it.
pub const ROWS: i64 = 130;

/// What stands in text beside what makes it unlike every other.
const WORDS: [&str; 8] =
    ["", "\0", "\u{1}", "\u{1}\u{2}\0", "Æ 漢字 🦀", "'\"\\; --", "\r\n\t\u{7f}", "{\"a\":[null]}"];

/// The tables of this release.
pub fn schema() -> Vec<Table> {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path(), crate::ids()).unwrap();
    store.read_whole(tables).unwrap()
}

/// Which columns may be without a value.
fn nullable() -> BTreeSet<(String, String)> {
    let directory = TempDir::new().unwrap();
    drop(Store::open(directory.path(), crate::ids()).unwrap());
    let connection = Connection::open(directory.path().join(SQLITE_FILE)).unwrap();
    let mut statement = connection
        .prepare(
            "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
            where m.type = 'table' and c.\"notnull\" = 0",
        )
        .unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    found.map(Result::unwrap).collect()
}

/// Makes a database at a place with [`ROWS`] rows in every table.
pub fn database(location: &Location) -> Contents {
    let nullable = nullable();
    let made = fill(location, |loader| {
        for table in schema() {
            loader.begin(&table.name, &table.names())?;
            for number in 0..ROWS {
                let row: Vec<Value> = (0_i64..)
                    .zip(&table.columns)
                    .map(|(index, column)| {
                        let may_miss = nullable.contains(&(table.name.clone(), column.name.clone()));
                        if may_miss && (number + index) % 3 == 0 {
                            Value::Null
                        } else {
                            value(column.kind, number, index)
                        }
                    })
                    .collect();
                loader.row(&row, b"")?;
            }
            loader.end(&Sum::default())?;
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(contents(&crate::open(location).unwrap()), made);
    made
}

fn value(kind: Kind, number: i64, index: i64) -> Value {
    let word = WORDS[usize::try_from((number + index) % 8).unwrap()];
    match (kind, number) {
        (Kind::Number, 0) => Value::Number(i64::MIN + index),
        (Kind::Number, 1) => Value::Number(i64::MAX - index),
        (Kind::Number, _) => Value::Number(1000 * number + index),
        (Kind::Text, _) => Value::Text(format!("{word}{number}.{index}{word}")),
    }
}
