//! The tables of a database and their columns, as the database itself names them.

use crate::StoreError;
use crate::engine::Tx;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: Kind,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Number,
    /// Text.
    Text,
}

impl Table {
    /// Whether its rows are those of tenants.
    pub fn is_of_tenants(&self) -> bool {
        self.columns.first().is_some_and(|column| column.name == "tenant_id")
    }

    /// The names of its columns.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

/// Tables whose name begins with `_` are the engine's: the journal of migrations, and marks of units under way.
const ON_SQLITE: &str =
    "select m.name, c.name, lower(c.type) from sqlite_master m join pragma_table_info(m.name) c
    where m.type = 'table' and substr(m.name, 1, 1) <> '_' and substr(m.name, 1, 7) <> 'sqlite_'
    order by m.name, c.cid";
const ON_POSTGRES: &str = "select c.table_name::text, c.column_name::text, c.data_type::text
    from information_schema.columns c join information_schema.tables t
        on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
    where c.table_schema = current_schema() and left(c.table_name, 1) <> '_'
    order by c.table_name::text collate \"C\", c.ordinal_position";
const VERSION: &str = "select coalesce(max(version), 0) from _migrations";

/// The tables there are, by name.
///
/// # Errors
/// A column of a type that no migration of ours makes.
pub fn tables(tx: &mut Tx<'_>) -> Result<Vec<Table>, StoreError> {
    let mut tables: Vec<Table> = Vec::new();
    let sql = tx.of_engine(ON_SQLITE, ON_POSTGRES);
    tx.for_each(sql, &[], |row| {
        let (table, name, kind) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let kind = match kind.as_str() {
            "bigint" => Kind::Number,
            "text" => Kind::Text,
            other => {
                return Err(StoreError::Unreadable(format!(
                    "column {name} of table {table} has type {other}"
                )));
            }
        };
        let column = Column { name, kind };
        match tables.last_mut().filter(|known| known.name == table) {
            Some(known) => known.columns.push(column),
            None => tables.push(Table { name: table, columns: vec![column] }),
        }
        Ok(true)
    })?;
    Ok(tables)
}

/// The version of a database's schema.
pub fn version(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    Ok(tx.query_optional(VERSION, &[], |row| row.int(0))?.unwrap_or(0))
}
