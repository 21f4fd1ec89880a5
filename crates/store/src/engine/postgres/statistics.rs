//! What PostgreSQL is told of tables that are still empty, so that it plans the first statements as on a large database.
//!
//! Until a table was analysed, PostgreSQL takes a tenant and a connection to leave a row or two, and would walk all that
//! a connection has, in the order asked for, where an index finds one row. So a new table is analysed once with rows that
//! nobody ever sees: they go again in the same transaction. What the database finds later by itself takes their place.

use super::migrate::Connection;
use crate::StoreError;

/// How many rows a table is analysed with.
const ROWS: i64 = 300;

/// Tables that are empty and were never analysed, each with an insert of one row for each `i` of a series.
///
/// Columns whose values many rows share, and those that partial indexes ask, are told by their names; every other holds
/// another value in each row.
const INSERTS: &str = "select format('insert into %I (%s) select %s from generate_series(1, $1::bigint) i', c.table_name,
        string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position),
        string_agg(case
            when c.column_name = left(c.table_name, -1) || '_id' and c.data_type = 'bigint' then '(-i)'
            when c.column_name in ('tenant_id', 'connection_id') then '-1'
            when c.column_name = 'reason' then '''hand'''
            when c.column_name = 'archived_at' then 'null'
            when c.column_name = 'role_id' then '(i % 5)'
            when c.column_name = 'organization_id' then '((i / 5) % 20)'
            when c.column_name in ('group_id', 'source_id', 'parent_id') then '(i / 10)'
            else 'i' end || '::' || c.data_type, ', ' order by c.ordinal_position)),
    c.table_name::text
    from information_schema.columns c
    where c.table_schema = current_schema() and left(c.table_name, 1) <> '_'
        and not exists (select 1 from pg_stats s where s.schemaname = c.table_schema and s.tablename = c.table_name)
    group by c.table_name having bool_or(c.column_name = 'tenant_id')";

/// Analyses new tables, within the transaction that made them.
pub fn tell(connection: &Connection<'_>) -> Result<(), StoreError> {
    for (insert, table) in connection.pairs(INSERTS)? {
        if connection.value(&format!("select (exists (select 1 from {table}))::text"))? == "true" {
            continue;
        }
        let insert = insert.replace("$1", &ROWS.to_string());
        connection.batch(&format!("{insert}; analyze {table}; delete from {table} where tenant_id < 0"))?;
    }
    Ok(())
}
