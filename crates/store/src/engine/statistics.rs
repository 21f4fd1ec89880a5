//! What SQLite is told of the tables, so that it plans every statement as on a large database.
//!
//! Without statistics SQLite takes one column of equality to leave about ten rows. Here the tenant leads every key,
//! so it would walk all that a tenant has where an index of more columns finds one row. The figures are those of a
//! large tenant; a plan that is good there costs a small one nothing. They stand instead of `analyze`, which would
//! make plans depend on when it was run.

use crate::error::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// Table, index, and the index's rows in all, then for each of its columns how many rows share the values so far.
const FIGURES: &[(&str, &str, &str)] = &[
    ("mirror_users", "sqlite_autoindex_mirror_users_1", "1000000 500000 250000 1"),
    ("mirror_users", "mirror_users_user_name_key", "1000000 500000 250000 1"),
    ("mirror_users", "mirror_users_external_id", "1000000 500000 250000 1"),
    ("mirror_users", "mirror_users_display_name_key", "1000000 500000 250000 2"),
    ("mirror_users", "mirror_users_connection_id", "1000000 500000 1 1"),
    ("mirror_counts", "mirror_counts", "1000 500 2 1"),
    ("mirror_emails", "mirror_emails", "1000000 500000 250000 1 1"),
    ("mirror_emails", "mirror_emails_id", "1000000 500000 250000 1"),
    ("mirror_groups", "sqlite_autoindex_mirror_groups_1", "10000 5000 2500 1"),
    ("mirror_groups", "mirror_groups_display_name_key", "10000 5000 2500 1"),
    ("mirror_groups", "mirror_groups_external_id", "10000 5000 2500 1"),
    ("members", "members", "5000000 2500000 1250000 500 1"),
    ("members", "members_member_id", "5000000 2500000 1250000 5 1"),
    ("members", "members_kind", "10000 5000 2500 5 1"),
    ("users", "sqlite_autoindex_users_1", "1000000 500000 1"),
    ("users", "users_user_name_key", "1000000 500000 1"),
    ("users", "users_source", "1000000 500000 250000 1"),
    ("users", "users_external_id", "1000000 500000 250000 1"),
    ("users", "users_any_user_name_key", "1000000 500000 1"),
    ("users", "users_any_external_id", "1000000 500000 1"),
    ("users", "users_status", "1000000 500000 250000 80000"),
    ("users", "users_incomplete", "1000 500 250"),
    ("users", "users_email_key", "1000000 500000 2"),
    ("organizations", "sqlite_autoindex_organizations_1", "10000 5000 1"),
    ("organizations", "organizations_slug", "10000 5000 1"),
    ("organizations", "organizations_name_key", "10000 5000 1"),
    ("organizations", "organizations_parent_id", "10000 5000 100"),
    ("memberships", "memberships", "5000000 2500000 5 2 2 2 2 1"),
    ("memberships", "memberships_organization_id", "5000000 2500000 500 2"),
    ("memberships", "memberships_group_id", "5000000 2500000 1250000 500 1"),
    ("memberships", "memberships_role_id", "100 100 40 20 1"),
    ("mappings", "mappings", "10000 5000 2500 1 1 1"),
    ("mappings", "mappings_organization_id", "10000 5000 2"),
    ("events", "events", "10000000 5000000 1"),
    ("events", "events_subject", "10000000 5000000 10 1"),
    ("events", "events_deactivated", "100000 50000 25000 1"),
    ("status_days", "status_days", "100000 50000 400 1"),
    ("requests", "sqlite_autoindex_requests_1", "10000000 5000000 2500000 1"),
    ("requests", "requests_at", "10000000 5000000 2500000 1 1 1"),
    ("requests", "requests_refused", "10000 5000 2500 1 1 1"),
];

/// Writes the figures into the database if they are not there, and makes this connection plan by them.
pub fn tell(connection: &mut Connection) -> Result<(), StoreError> {
    if !are_told(connection)? {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Makes the table that SQLite keeps figures in; a small table costs nothing.
        transaction.execute_batch("analyze installation; delete from sqlite_stat1")?;
        for (table, index, figures) in FIGURES {
            transaction.execute(
                "insert into sqlite_stat1 (tbl, idx, stat) values (?1, ?2, ?3)",
                (table, index, figures),
            )?;
        }
        transaction.commit()?;
    }
    // Reads the figures anew; analyses nothing.
    connection.execute_batch("analyze sqlite_schema")?;
    Ok(())
}

fn are_told(connection: &Connection) -> Result<bool, StoreError> {
    let there: i64 = connection.query_row(
        "select count(*) from sqlite_master where name = 'sqlite_stat1'",
        [],
        |row| row.get(0),
    )?;
    if there == 0 {
        return Ok(false);
    }
    let mut statement =
        connection.prepare("select tbl, coalesce(idx, ''), stat from sqlite_stat1 order by rowid")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let told: Vec<(String, String, String)> = rows.collect::<Result<_, _>>()?;
    Ok(told
        .iter()
        .map(|(table, index, figures)| (table.as_str(), index.as_str(), figures.as_str()))
        .eq(FIGURES.iter().copied()))
}
