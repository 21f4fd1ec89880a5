//! Writing rows into a database that has their tables, many to a statement.

use super::dump::{is_of_credentials, write_line};
use super::shape::{Kind, Table, tables};
use super::{Contents, Sink, Sum, Value, What};
use crate::engine::{Param, Tx};
use crate::events::Unrecorded;
use crate::{StoreError, TenantId};
use std::collections::BTreeMap;

/// How many rows go with a statement.
const ROWS: usize = 100;

/// A database that takes rows, within a transaction.
pub struct Loader<'t, 'c> {
    tx: &'t mut Tx<'c>,
    /// The tables that may come, by name.
    expected: BTreeMap<String, Table>,
    renaming: Option<Renaming>,
    current: Option<Current>,
    contents: Contents,
}

/// What becomes of a tenant's number and name.
struct Renaming {
    tenant: TenantId,
    name: String,
}

/// The table whose rows are coming.
struct Current {
    table: Table,
    /// Where each value of a row stands in the table.
    kinds: Vec<Kind>,
    columns: Vec<String>,
    waiting: Vec<Value>,
    many: String,
    one: String,
    sum: Sum,
}

impl<'t, 'c> Loader<'t, 'c> {
    /// For a whole installation.
    pub fn of_installation(tx: &'t mut Tx<'c>) -> Result<Self, StoreError> {
        Self::new(tx, What::Installation, None)
    }

    /// For one tenant, which gets this number and name here.
    pub fn of_tenant(tx: &'t mut Tx<'c>, tenant: TenantId, name: &str) -> Result<Self, StoreError> {
        // Elsewhere a unit is short.
        tx.take_time()?;
        let renaming = Renaming { tenant, name: name.to_owned() };
        Self::new(tx, What::Tenant { tenant, credentials: true }, Some(renaming))
    }

    fn new(tx: &'t mut Tx<'c>, what: What, renaming: Option<Renaming>) -> Result<Self, StoreError> {
        let expected = tables(tx)?.into_iter().filter(|table| what.takes(table));
        let expected = expected.map(|table| (table.name.clone(), table)).collect();
        Ok(Self { tx, expected, renaming, current: None, contents: Contents::default() })
    }

    /// What was written.
    ///
    /// # Errors
    /// Tables did not come.
    pub fn finish(self) -> Result<Contents, StoreError> {
        let missing = self.expected.keys().find(|table| {
            let may_be_missing = self.renaming.is_some() && is_of_credentials(table);
            !may_be_missing && !self.contents.0.contains_key(*table)
        });
        match missing {
            None => Ok(self.contents),
            Some(table) => Err(unfit(&format!("it has no table {table}"))),
        }
    }

    /// The same for a tenant: that it came is told by an event.
    ///
    /// # Errors
    /// As [`Loader::finish`].
    pub fn finish_tenant(self) -> Result<(Contents, Unrecorded), StoreError> {
        Ok((self.finish()?, Unrecorded::new()))
    }

    /// The value as it is kept here: a tenant that comes gets a number and a name of this installation.
    fn translate(&self, current: &Current, index: usize, value: &Value) -> Value {
        let column = current.columns[index].as_str();
        match (&self.renaming, column) {
            (Some(renaming), "tenant_id") => Value::Number(renaming.tenant.0),
            (Some(renaming), "name") if current.table.name == "tenants" => Value::Text(renaming.name.clone()),
            (Some(renaming), "name_key") if current.table.name == "tenants" => {
                Value::Text(scim::fold::fold(&renaming.name))
            }
            _ => value.clone(),
        }
    }
}

/// Takes away every row: a fresh schema is not without any.
pub fn empty(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for table in tables(tx)? {
        tx.run(&format!("delete from \"{}\"", table.name), &[])?;
    }
    Ok(())
}

impl Sink for Loader<'_, '_> {
    fn begin(&mut self, table: &str, columns: &[String]) -> Result<(), StoreError> {
        let Some(target) = self.expected.get(table) else {
            return Err(unfit(&format!("table {table} is not to be filled")));
        };
        let kind = |name: &String| target.columns.iter().find(|column| column.name == *name);
        let kinds: Option<Vec<Kind>> =
            columns.iter().map(|name| kind(name).map(|found| found.kind)).collect();
        let Some(kinds) = kinds.filter(|kinds| kinds.len() == target.columns.len()) else {
            return Err(unfit(&format!("table {table} has other columns")));
        };
        self.current = Some(Current {
            many: insert(table, columns, ROWS),
            one: insert(table, columns, 1),
            table: target.clone(),
            columns: columns.to_vec(),
            kinds,
            waiting: Vec::new(),
            sum: Sum::default(),
        });
        Ok(())
    }

    fn row(&mut self, row: &[Value], _: &[u8]) -> Result<(), StoreError> {
        let Some(mut current) = self.current.take() else { return Err(unfit("a row belongs to no table")) };
        let mut line = Vec::new();
        let before = current.waiting.len();
        for (index, value) in row.iter().enumerate() {
            let fits = match value {
                Value::Null => true,
                Value::Number(_) => current.kinds[index] == Kind::Number,
                Value::Text(_) => current.kinds[index] == Kind::Text,
            };
            if !fits {
                let column = &current.columns[index];
                return Err(unfit(&format!(
                    "column {column} of table {} is of another type",
                    current.table.name
                )));
            }
            let value = self.translate(&current, index, value);
            current.waiting.push(value);
        }
        write_line(&current.waiting[before..], &mut line)?;
        current.sum.add(&line);
        if current.waiting.len() >= ROWS * row.len() {
            write(self.tx, &current.many, &current.waiting)?;
            current.waiting.clear();
        }
        self.current = Some(current);
        Ok(())
    }

    fn end(&mut self, _: &Sum) -> Result<(), StoreError> {
        let Some(current) = self.current.take() else { return Err(unfit("no table has begun")) };
        for row in current.waiting.chunks(current.columns.len()) {
            write(self.tx, &current.one, row)?;
        }
        self.contents.0.insert(current.table.name, current.sum);
        Ok(())
    }
}

fn write(tx: &mut Tx<'_>, sql: &str, values: &[Value]) -> Result<(), StoreError> {
    let params: Vec<Param<'_>> = values
        .iter()
        .map(|value| match value {
            Value::Null => Param::Null,
            Value::Number(number) => Param::Int(*number),
            Value::Text(text) => Param::Text(text),
        })
        .collect();
    tx.run(sql, &params)?;
    Ok(())
}

fn insert(table: &str, columns: &[String], rows: usize) -> String {
    let width = columns.len();
    let row = |row: usize| {
        let places: Vec<String> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("insert into \"{table}\" (\"{}\") values {}", columns.join("\", \""), rows.join(", "))
}

fn unfit(why: &str) -> StoreError {
    StoreError::Copy(format!("what is copied does not fit this release's schema: {why}"))
}
