//! Reading all rows, table by table, on one snapshot. No row is held longer than it takes to hand it on.

use super::shape::{Kind, Table, tables};
use super::{Contents, Progress, Report, STEP, Sink, Sum, Value};
use crate::engine::{Param, Row, Tx};
use crate::{StoreError, TenantId};

/// What is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Everything.
    Installation,
    /// What is one tenant's own.
    Tenant {
        /// Its number.
        tenant: TenantId,
        /// Whether that by which its providers and programs are known goes along: digests of tokens and keys, clients.
        credentials: bool,
    },
}

/// Tables whose rows name a tenant and are not the tenant's: what people who sign in may do there, and the number of the
/// installation's own newest event.
const OF_INSTALLATION: [&str; 2] = ["administrator_grants", "installation_journal"];
/// Tables that let somebody in, and the answers that API keys may ask for again.
const CREDENTIALS: [&str; 5] = ["api_keys", "assertions", "clients", "replays", "tokens"];

impl What {
    /// Whether rows of this table are carried.
    pub fn takes(self, table: &Table) -> bool {
        match self {
            Self::Installation => true,
            Self::Tenant { credentials, .. } => {
                table.is_of_tenants()
                    && !OF_INSTALLATION.contains(&table.name.as_str())
                    && (credentials || !is_of_credentials(&table.name))
            }
        }
    }

    /// Which rows of a table are carried. What a database says of its own move stays where it is.
    fn condition(self, table: &Table) -> (&'static str, Option<Param<'static>>) {
        match self {
            Self::Installation if table.name == "installation" => {
                (" where name not in ('moved_to', 'moved_from')", None)
            }
            Self::Installation => ("", None),
            Self::Tenant { tenant, .. } => (" where tenant_id = $1", Some(Param::Int(tenant.0))),
        }
    }
}

/// Whether a table is one of those that may stay behind.
pub(super) fn is_of_credentials(table: &str) -> bool {
    CREDENTIALS.contains(&table)
}

/// Hands every row to a sink, and returns what there was.
///
/// # Errors
/// The database, or the sink; a table that has another number of rows than the database counts.
pub fn dump(
    tx: &mut Tx<'_>,
    what: What,
    name: &'static str,
    sink: &mut dyn Sink,
    report: &Report,
) -> Result<Contents, StoreError> {
    let mut chosen = Vec::new();
    for table in tables(tx)?.into_iter().filter(|table| what.takes(table)) {
        let (condition, param) = what.condition(&table);
        let sql = format!("select count(*) from \"{}\"{condition}", table.name);
        let mut count = 0;
        tx.for_each(&sql, param.as_slice(), |row| {
            count = row.int(0)?.unsigned_abs();
            Ok(true)
        })?;
        chosen.push((table, count));
    }
    report(Progress::Phase { name, total: chosen.iter().map(|(_, count)| count).sum() });
    let (mut contents, mut before) = (Contents::default(), 0);
    for (table, count) in chosen {
        let sum = dump_table(tx, what, &table, sink, &|done| report(Progress::Done(before + done)))?;
        if sum.rows != count {
            let told = format!("table {} has {count} rows, and {} were read", table.name, sum.rows);
            return Err(StoreError::Unreadable(told));
        }
        before += sum.rows;
        contents.0.insert(table.name, sum);
    }
    Ok(contents)
}

fn dump_table(
    tx: &mut Tx<'_>,
    what: What,
    table: &Table,
    sink: &mut dyn Sink,
    report: &dyn Fn(u64),
) -> Result<Sum, StoreError> {
    let columns = table.names();
    sink.begin(&table.name, &columns)?;
    let (condition, param) = what.condition(table);
    let sql = format!("select \"{}\" from \"{}\"{condition}", columns.join("\", \""), table.name);
    let (mut sum, mut values, mut line) = (Sum::default(), Vec::new(), Vec::new());
    tx.for_each(&sql, param.as_slice(), |row| {
        values.clear();
        for (index, column) in table.columns.iter().enumerate() {
            values.push(read(row, index, column.kind)?);
        }
        write_line(&values, &mut line)?;
        sum.add(&line);
        sink.row(&values, &line)?;
        if sum.rows.is_multiple_of(STEP) {
            report(sum.rows);
        }
        Ok(true)
    })?;
    report(sum.rows);
    sink.end(&sum)?;
    Ok(sum)
}

fn read(row: &Row<'_>, index: usize, kind: Kind) -> Result<Value, StoreError> {
    Ok(match kind {
        Kind::Number => row.optional_int(index)?.map_or(Value::Null, Value::Number),
        Kind::Text => row.optional_text(index)?.map_or(Value::Null, Value::Text),
    })
}

/// A row as a line of JSON, without its end.
pub(super) fn write_line(row: &[Value], line: &mut Vec<u8>) -> Result<(), StoreError> {
    line.clear();
    serde_json::to_writer(line, row).map_err(|error| StoreError::Unreadable(error.to_string()))
}
