//! What PostgreSQL alone has: addresses, several nodes, locks, connections that die, commits whose answer is lost.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

#[path = "support/wire.rs"]
mod wire;

use cluster::{Cluster, Scratch};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;
use store::clock::Clock;
use store::ids::Ids;
use store::tenants::{Tenant, installation, set_installation};
use store::{Address, Store, StoreError, TenantId, Tx, all_statements};
use wire::{Cut, Wire};

fn connect(url: &str) -> Result<Store, StoreError> {
    Store::connect(&Address::parse(url)?, Ids::seeded(Clock::fixed(0), 1))
}

fn refused(url: &str) -> StoreError {
    match connect(url) {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error,
    }
}

fn value(store: &Store, name: &str) -> Option<String> {
    store.read(|tx| installation(tx, name)).unwrap()
}

fn tenant(number: i64) -> Tenant {
    Tenant {
        tenant: TenantId(number),
        name: format!("tenant {number}"),
        root_organization: "o".into(),
        default_organization: "o".into(),
        default_role: "r".into(),
        first_event: 1,
        events_since: 0,
        keep_events: None,
        keep_records: Some(90),
        last_event: 0,
        created_at: 0,
    }
}

async fn with_tenants(scratch: &Scratch) -> Store {
    let store = connect(&scratch.url()).unwrap();
    for number in [1, 2] {
        store.write(move |tx| store::tenants::insert(tx, &tenant(number)).map(drop)).await.unwrap();
    }
    store
}

/// Counts one up, by reading and writing: what is lost if two do it at once.
fn count_up(tx: &mut Tx<'_>) -> Result<u32, StoreError> {
    let seen: u32 = installation(tx, "count")?.map_or(0, |text| text.parse().expect("a number"));
    set_installation(tx, "count", &(seen + 1).to_string())?;
    Ok(seen + 1)
}

#[test]
fn every_statement_prepares_there_too() {
    let scratch = Scratch::anywhere();
    drop(connect(&scratch.url()).unwrap());
    let statements = all_statements();
    let prepared: Vec<String> = statements
        .iter()
        .enumerate()
        .map(|(number, (_, _, sql))| format!("prepare statement_{number} as {sql}"))
        .collect();
    scratch.query(&prepared.join(";\n"));
}

#[test]
fn numbers_are_wide_and_text_is_compared_by_bytes() {
    let scratch = Scratch::anywhere();
    drop(connect(&scratch.url()).unwrap());
    let others = scratch.query(
        "select table_name, column_name, data_type, collation_name from information_schema.columns
        where table_schema = 'public' and data_type <> 'bigint'
        and (data_type <> 'text' or collation_name is distinct from 'C')",
    );
    assert_eq!(others, "");
    assert_eq!(
        scratch.query("select count(*) > 20 from information_schema.tables where table_schema = 'public'"),
        "t"
    );
}

#[tokio::test]
async fn every_character_comes_back() {
    let scratch = Scratch::anywhere();
    let store = connect(&scratch.url()).unwrap();
    let text = "\0a\u{1}\u{1}\u{2}\0é\u{10ffff}";
    store.write(move |tx| set_installation(tx, text, text)).await.unwrap();
    assert_eq!(value(&store, text).as_deref(), Some(text));
}

#[tokio::test]
async fn two_nodes_never_lose_an_update_of_one_tenant() {
    let scratch = Scratch::anywhere();
    let nodes = [with_tenants(&scratch).await, connect(&scratch.url()).unwrap()];
    let units: Vec<_> = (0..100)
        .map(|number| {
            tokio::spawn({
                let node = nodes[number % 2].clone();
                async move { node.write_of(TenantId(1), count_up).await }
            })
        })
        .collect();
    let mut seen = Vec::new();
    for unit in units {
        seen.push(unit.await.unwrap().unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_unit_holds_up_its_own_tenant_and_no_other() {
    let scratch = Scratch::anywhere();
    let store = with_tenants(&scratch).await;
    let other_node = connect(&scratch.url()).unwrap();
    let (open, closed) = channel::<()>();
    let (began, beginning) = channel();
    let holder = tokio::spawn({
        let store = store.clone();
        async move {
            let hold = move |tx: &mut Tx<'_>| {
                count_up(tx)?;
                began.send(()).expect("somebody who waits");
                closed.recv_timeout(Duration::from_mins(1)).expect("somebody who lets it go");
                Ok::<_, StoreError>(())
            };
            store.write_of(TenantId(1), hold).await
        }
    });
    tokio::task::yield_now().await;
    beginning.recv_timeout(Duration::from_mins(1)).unwrap();
    for node in [&store, &other_node] {
        node.write_of(TenantId(2), |tx| set_installation(tx, "other", "x")).await.unwrap();
        node.write_beside(|tx| set_installation(tx, "beside", "x")).await.unwrap();
    }
    let waiting = tokio::spawn(async move { other_node.write_of(TenantId(1), count_up).await });
    let alone = tokio::spawn({
        let store = store.clone();
        async move { store.write(count_up).await }
    });
    let waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    while scratch.query(waits) != "2" {
        tokio::task::yield_now().await;
    }
    assert_eq!(value(&store, "count"), None, "reads wait for nobody, and see what was committed");
    open.send(()).unwrap();
    holder.await.unwrap().unwrap();
    let mut seen = [waiting.await.unwrap().unwrap(), alone.await.unwrap().unwrap()];
    seen.sort_unstable();
    assert_eq!(seen, [2, 3]);
}

/// However they are refused: by a rule, by a constraint of the schema, by a panic.
#[tokio::test]
async fn units_that_wait_share_a_transaction_and_those_refused_take_back_their_own() {
    const UNITS: usize = 30;
    let scratch = Scratch::anywhere();
    let store = with_tenants(&scratch).await;
    let (open, closed) = channel::<()>();
    let (began, beginning) = channel();
    let hold = move |tx: &mut Tx<'_>| {
        began.send(()).expect("somebody who waits");
        closed.recv_timeout(Duration::from_mins(1)).expect("somebody who lets it go");
        count_up(tx)
    };
    let holder = tokio::spawn({
        let store = store.clone();
        async move { store.write_of(TenantId(1), hold).await }
    });
    tokio::task::yield_now().await;
    beginning.recv_timeout(Duration::from_mins(1)).unwrap();
    let refused = |number: usize| number.is_multiple_of(3);
    let units: Vec<_> = (0..UNITS)
        .map(|number| {
            let store = store.clone();
            let unit = move |tx: &mut Tx<'_>| {
                let seen = count_up(tx)?;
                match number {
                    3 => panic!("a unit that panics"),
                    6 => store::tenants::insert(tx, &tenant(2)).map(|_| seen),
                    other if refused(other) => Err(StoreError::Broken("refused by a rule".into())),
                    _ => Ok(seen),
                }
            };
            tokio::spawn(async move { store.write_of(TenantId(1), unit).await })
        })
        .collect();
    tokio::task::yield_now().await;
    open.send(()).unwrap();
    assert_eq!(holder.await.unwrap().unwrap(), 1);
    let mut kept = 0;
    for (number, unit) in units.into_iter().enumerate() {
        match (number, unit.await.unwrap()) {
            (3, result) => assert!(matches!(result, Err(StoreError::Panicked)), "{result:?}"),
            (6, result) => assert!(matches!(result, Err(StoreError::Constraint(_))), "{result:?}"),
            (other, result) if refused(other) => {
                assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
            }
            (_, result) => {
                kept += 1;
                assert_eq!(result.unwrap(), kept + 1, "in the order in which they came");
            }
        }
    }
    assert_eq!(value(&store, "count"), Some((kept + 1).to_string()));
    let transactions = scratch.query("select count(*) from _units where tenant_id = 1");
    assert_eq!(transactions, "2", "that of the unit that was waited for, and one for all that waited");
}

#[tokio::test]
async fn connections_that_died_are_replaced_unnoticed() {
    let scratch = Scratch::anywhere();
    let store = connect(&scratch.url()).unwrap();
    for _ in 0..5 {
        store.write(count_up).await.unwrap();
        scratch.query(
            "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()",
        );
        assert!(value(&store, "count").is_some());
    }
    assert_eq!(value(&store, "count").as_deref(), Some("5"));
}

#[tokio::test]
async fn a_connection_that_dies_within_a_unit_makes_it_run_again() {
    let scratch = Scratch::anywhere();
    let store = with_tenants(&scratch).await;
    let (url, attempts) = (scratch.url(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&attempts);
    let dying = move |tx: &mut Tx<'_>| {
        let seen = count_up(tx)?;
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            cluster::ask(
                &url,
                "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
            );
        }
        set_installation(tx, "after", "x")?;
        Ok::<_, StoreError>(seen)
    };
    assert_eq!(store.write_of(TenantId(1), dying).await.unwrap(), 1);
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
    assert_eq!(value(&store, "count").as_deref(), Some("1"));
}

/// The commit reaches the server and its answer reaches nobody: the unit has happened, and is not done again.
#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_not_done_twice() {
    lose_the_commit(Cut::Answer).await;
}

/// The commit never reaches the server: the unit has not happened, and is done again.
#[tokio::test]
async fn a_commit_that_is_lost_on_its_way_is_done_again() {
    lose_the_commit(Cut::Request).await;
}

async fn lose_the_commit(cut: Cut) {
    let scratch = Scratch::anywhere();
    drop(with_tenants(&scratch).await);
    let wire = Wire::start(&scratch.url());
    let store = connect(wire.url()).unwrap();
    for expected in 1..=5 {
        wire.cut_next_commit(cut);
        let counted = store.write_of(TenantId(1), count_up).await.unwrap();
        assert_eq!(counted, expected);
        assert!(!wire.is_armed(), "no commit came by");
        assert_eq!(value(&store, "count"), Some(expected.to_string()));
    }
}

#[test]
fn an_address_is_read_and_shown_without_its_password() {
    let address = Address::parse("postgres://ana:hunter2@db.example.com:6432/accessiq").unwrap();
    assert_eq!(address.to_string(), "postgres://ana@db.example.com:6432/accessiq");
    assert_eq!(format!("{address:?}"), address.to_string());
    let two = Address::parse("postgresql://ana@one,two:5433/accessiq?sslmode=disable").unwrap();
    assert_eq!(two.to_string(), "postgres://ana@one:5432,two:5433/accessiq");
}

#[test]
fn an_address_that_cannot_be_used_says_why_and_hides_the_password() {
    for (url, why) in [
        ("mysql://ana:hunter2@db/accessiq", "postgres://"),
        ("hunter2", "postgres://"),
        ("postgres://ana:hunter2@/accessiq", "host"),
        ("postgres://ana:hunter2@db", "names no database"),
        ("postgres://ana:hunter2@db/accessiq?sslmode=prefer", "sslmode"),
        ("postgres://ana:hunter2@db/accessiq?colour=red", "colour"),
    ] {
        let error = Address::parse(url).unwrap_err().to_string();
        assert!(error.contains(why), "{url}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let error = refused("postgres://ana:hunter2@localhost/accessiq?sslrootcert=/nowhere/ca.pem").to_string();
    assert!(error.contains("/nowhere/ca.pem") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_told_by_its_address() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&format!("postgres://ana:hunter2@127.0.0.1:{port}/accessiq"));
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let said = error.to_string();
    assert!(said.contains(&format!("postgres://ana@127.0.0.1:{port}/accessiq")), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

/// Encrypted means checked: by whom the certificate is, and for which name.
#[test]
fn the_certificate_of_the_server_is_checked_with_its_name() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cluster, port) = Cluster::start_with_tls(&cert.pem(), &signing_key.serialize_pem());
    let directory = tempfile::TempDir::new().unwrap();
    let trusted = directory.path().join("ca.pem");
    std::fs::write(&trusted, cert.pem()).unwrap();
    let trusting = format!("sslrootcert={}", trusted.display());
    let url = |host: &str, query: &str| format!("postgres://accessiq@{host}:{port}/postgres?{query}");
    for query in [trusting.as_str(), &format!("sslmode=verify-full&{trusting}")] {
        drop(connect(&url("localhost", query)).unwrap());
    }
    drop(connect(&url("localhost", "sslmode=disable")).unwrap());
    for refused_url in [url("127.0.0.1", &trusting), url("localhost", "sslmode=verify-full")] {
        let error = refused(&refused_url);
        assert!(error.to_string().contains("certificate"), "{refused_url}: {error}");
    }
    drop(cluster);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let scratch = Scratch::anywhere();
    scratch.query("create table theirs (a bigint)");
    let error = refused(&scratch.url());
    assert!(matches!(error, StoreError::Occupied(_)), "{error}");
    let tables = "select count(*) from information_schema.tables where table_schema = 'public'";
    assert_eq!(scratch.query(tables), "1");
}

#[test]
fn an_empty_database_is_left_alone_by_what_expects_one_that_is_there() {
    let scratch = Scratch::anywhere();
    let address = Address::parse(&scratch.url()).unwrap();
    let opened = Store::connect_existing(&address, Ids::seeded(Clock::fixed(0), 1));
    assert!(opened.is_err_and(|error| error.to_string().contains("accessiq serve")));
    assert_eq!(
        scratch.query("select count(*) from information_schema.tables where table_schema = 'public'"),
        "0"
    );
}

#[test]
fn many_nodes_that_start_at_once_migrate_once() {
    let scratch = Scratch::anywhere();
    let barrier = std::sync::Barrier::new(6);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                barrier.wait();
                connect(&scratch.url()).map(drop).unwrap();
            });
        }
    });
    let applied = scratch.query("select count(*) from _migrations");
    assert_eq!(applied, store::SCHEMA_VERSION.to_string());
}

#[test]
fn a_schema_that_is_newer_or_another_is_refused() {
    let scratch = Scratch::anywhere();
    drop(connect(&scratch.url()).unwrap());
    scratch.query("update _migrations set checksum = 'another' where version = 2");
    assert!(matches!(refused(&scratch.url()), StoreError::Altered { version: 2, .. }));
    let newer = store::SCHEMA_VERSION + 1;
    scratch.query(&format!("insert into _migrations values ({newer}, 'later', 'x', 0)"));
    assert!(matches!(refused(&scratch.url()), StoreError::Newer { found, .. } if found == newer));
}
