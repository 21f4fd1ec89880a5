//! No table can be forgotten: what is carried is what the migrations made, and each table is somebody's.

use crate::{ids, open, postgres, synthetic};
use cluster::Scratch;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use store::transfer::{Location, Table, What, tables};
use store::{SQLITE_FILE, Store, TenantId};
use tempfile::TempDir;

/// Tables that are of the installation and of no tenant. A new one has to be named here: a tenant that is exported goes
/// without it.
const OF_INSTALLATION: [&str; 12] = [
    "administrator_grants",
    "administrator_identities",
    "administrators",
    "console_sessions",
    "installation",
    "installation_journal",
    "recovery_codes",
    "second_factors",
    "sign_in_attempts",
    "sign_in_providers",
    "sign_in_requests",
    "tickets",
];
/// Tables by which a tenant's providers and programs are known. A new one has to be named here, and where it is left out.
const CREDENTIALS: [&str; 5] = ["api_keys", "assertions", "clients", "replays", "tokens"];

fn names(tables: &[Table], what: What) -> BTreeSet<&str> {
    tables.iter().filter(|table| what.takes(table)).map(|table| table.name.as_str()).collect()
}

/// Two readers of the schema agree: SQLite's own list, whatever is in it, and what is carried.
#[test]
fn every_table_is_carried() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path(), ids()).unwrap();
    let connection = Connection::open(directory.path().join(SQLITE_FILE)).unwrap();
    let mut listing = connection
        .prepare("select name from pragma_table_list where type = 'table' and schema = 'main'")
        .unwrap();
    let listed = listing.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let of_the_engine = ["_migrations", "sqlite_schema", "sqlite_stat1", "sqlite_stat4"];
    let listed: BTreeSet<String> =
        listed.map(Result::unwrap).filter(|name| !of_the_engine.contains(&name.as_str())).collect();
    let carried = store.read_whole(tables).unwrap();
    let carried: BTreeSet<String> = carried.into_iter().map(|table| table.name).collect();
    assert_eq!(carried, listed);
    assert!(carried.len() > 30, "only {} tables", carried.len());
}

#[test]
fn both_engines_have_the_same_tables_and_columns() {
    let scratch = Scratch::anywhere();
    let sorted = |tables: Vec<Table>| -> BTreeMap<String, BTreeSet<String>> {
        let columns = |table: &Table| {
            table.columns.iter().map(|column| format!("{} {:?}", column.name, column.kind)).collect()
        };
        tables.into_iter().map(|table| (table.name.clone(), columns(&table))).collect()
    };
    let there = open(&postgres(&scratch.url())).unwrap().read_whole(tables).unwrap();
    assert_eq!(sorted(there), sorted(synthetic::schema()));
}

#[test]
fn every_table_is_a_tenants_or_the_installations() {
    let schema = synthetic::schema();
    let all = names(&schema, What::Installation);
    let of_tenant = |credentials| What::Tenant { tenant: TenantId(1), credentials };
    let whole = names(&schema, of_tenant(true));
    let rest: BTreeSet<&str> = all.difference(&whole).copied().collect();
    assert_eq!(rest, BTreeSet::from(OF_INSTALLATION));
    let without: BTreeSet<&str> = names(&schema, of_tenant(false));
    assert_eq!(whole.difference(&without).copied().collect::<BTreeSet<_>>(), BTreeSet::from(CREDENTIALS));
}

/// What looks like a secret in a tenant's table is a credential's, or stands here with the reason why it goes along.
#[test]
fn no_secret_of_a_tenant_goes_along_unseen() {
    // The proof that a domain is the tenant's is published in the DNS.
    let seen = [("domains", "challenge")];
    for table in synthetic::schema().iter().filter(|table| table.is_of_tenants()) {
        for column in &table.columns {
            let is_suspicious = ["digest", "secret", "password", "challenge", "private"]
                .iter()
                .any(|word| column.name.contains(word));
            let is_known = CREDENTIALS.contains(&table.name.as_str())
                || seen.contains(&(table.name.as_str(), column.name.as_str()));
            assert!(!is_suspicious || is_known, "{}.{} is carried", table.name, column.name);
        }
    }
}

/// All that every column can hold goes from one engine to the other and back, and through a file.
#[test]
fn every_table_comes_through_as_it_was() {
    let (directory, scratch) = (TempDir::new().unwrap(), Scratch::anywhere());
    let place = |name: &str| Location::Sqlite(directory.path().join(name));
    let first = place("first");
    let made = synthetic::database(&first);
    assert_eq!(made.0.len(), synthetic::schema().len());
    for (table, sum) in &made.0 {
        assert_eq!(sum.rows, u64::try_from(synthetic::ROWS).unwrap(), "{table}");
    }
    let mut places = vec![first, postgres(&scratch.url()), place("back")];
    for pair in places.windows(2) {
        let frozen = store::transfer::Frozen::take(&pair[0], &pair[1], &ids()).unwrap();
        let arrived = crate::fill(&pair[1], |loader| {
            let sent = frozen
                .read(|tx| store::transfer::dump(tx, What::Installation, "", loader, &crate::untold))?;
            assert_eq!(sent, made);
            Ok(())
        });
        assert_eq!(arrived.unwrap(), made);
        assert_eq!(crate::contents(&open(&pair[1]).unwrap()), made);
    }
    let last = open(&places.pop().unwrap()).unwrap();
    let file = directory.path().join("file");
    let header = store::transfer::file::Header::new(store::SCHEMA_VERSION, 0, None);
    crate::write(&file, &header, |sink| {
        last.read_whole(|tx| store::transfer::dump(tx, What::Installation, "", sink, &crate::untold))
            .unwrap();
    });
    let restored = place("restored");
    assert_eq!(crate::restore(&file, &restored).unwrap(), made);
    assert_eq!(crate::contents(&open(&restored).unwrap()), made);
}
