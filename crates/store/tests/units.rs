//! Units of work: all or nothing, each for itself, durable when answered, and honest when the database cannot write.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use store::clock::Clock;
use store::ids::Ids;
use store::tenants::{installation, set_installation};
use store::{Store, StoreError, TenantId, Tx};
use support::Archive;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A file that a test may take away, whatever the others run on.
fn open_file(directory: &TempDir) -> Store {
    Store::open(directory.path(), Ids::seeded(Clock::fixed(0), 1)).unwrap()
}

fn value(store: &Store, name: &str) -> Option<String> {
    store.read(|tx| installation(tx, name)).unwrap()
}

async fn set(store: &Store, name: &str, value: &str) -> Result<(), StoreError> {
    let (name, value) = (name.to_owned(), value.to_owned());
    store.write(move |tx| set_installation(tx, &name, &value)).await
}

/// A unit that holds the writer until it is let go, so that the units behind it share its commit.
fn gate() -> (Sender<()>, impl Fn(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
    let (open, closed): (Sender<()>, Receiver<()>) = channel();
    let wait = move |_: &mut Tx<'_>| {
        closed
            .recv_timeout(Duration::from_mins(1))
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    };
    (open, wait)
}

/// Runs units behind one that holds the writer: they are all waiting when it lets go, and share one commit.
async fn together<T: Send + 'static>(
    store: &Store,
    units: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let (open, wait) = gate();
    let holding = store.clone();
    let holder = tokio::spawn(async move { holding.write(wait).await });
    let units: Vec<_> = units.into_iter().map(tokio::spawn).collect();
    // On a runtime of one thread every task has had its turn, and has queued its unit, before this one has its own.
    tokio::task::yield_now().await;
    open.send(()).unwrap();
    // It may share the fate of a commit that fails.
    drop(holder.await.unwrap());
    let mut results = Vec::new();
    for unit in units {
        results.push(unit.await.unwrap());
    }
    results
}

#[tokio::test]
async fn a_unit_that_fails_takes_nothing_of_its_neighbours_with_it() {
    let archive = Archive::new();
    let store = archive.open();
    let results = together(
        &store,
        (0..30).map(|number| {
            let store = store.clone();
            async move {
                store
                    .write(move |tx| {
                        set_installation(tx, &format!("first {number}"), "x")?;
                        set_installation(tx, &format!("second {number}"), "x")?;
                        if number % 3 == 1 {
                            Err(StoreError::Broken("on purpose".into()))
                        } else {
                            Ok(number)
                        }
                    })
                    .await
            }
        }),
    )
    .await;
    for (number, result) in results.into_iter().enumerate() {
        let kept = number % 3 != 1;
        match result {
            Ok(own) => assert!(kept && own == number, "unit {number} was answered with {own}"),
            Err(StoreError::Broken(text)) => assert!(!kept && text == "on purpose", "unit {number}: {text}"),
            Err(other) => panic!("unit {number}: {other}"),
        }
        for part in ["first", "second"] {
            assert_eq!(value(&store, &format!("{part} {number}")).is_some(), kept, "{part} of unit {number}");
        }
    }
}

#[tokio::test]
async fn a_unit_sees_what_those_before_it_in_the_same_commit_wrote() {
    let archive = Archive::new();
    let store = archive.open();
    let mut results = together(
        &store,
        (0..40).map(|_| {
            let store = store.clone();
            async move {
                store
                    .write(|tx| {
                        let seen: u32 =
                            installation(tx, "count")?.map_or(0, |text| text.parse().expect("a number"));
                        set_installation(tx, "count", &(seen + 1).to_string())?;
                        Ok::<_, StoreError>(seen)
                    })
                    .await
                    .unwrap()
            }
        }),
    )
    .await;
    if store.path().is_none() {
        // They come one after the other, in no order that anybody promised.
        results.sort_unstable();
    }
    assert_eq!(results, (0..40).collect::<Vec<_>>());
    assert_eq!(value(&store, "count").as_deref(), Some("40"));
}

#[tokio::test]
async fn a_unit_that_panics_is_undone_and_the_writer_lives_on() {
    let archive = Archive::new();
    let store = archive.open();
    let results = together(
        &store,
        (0..3).map(|number| {
            let store = store.clone();
            async move {
                store
                    .write(move |tx| {
                        set_installation(tx, &format!("unit {number}"), "x")?;
                        assert_ne!(number, 1, "on purpose");
                        Ok::<_, StoreError>(())
                    })
                    .await
            }
        }),
    )
    .await;
    assert!(matches!(results[..], [Ok(()), Err(StoreError::Panicked), Ok(())]), "{results:?}");
    assert_eq!((value(&store, "unit 0").is_some(), value(&store, "unit 1")), (true, None));
    set(&store, "after", "x").await.unwrap();
}

#[tokio::test]
async fn a_read_that_panics_leaves_the_store_readable() {
    let archive = Archive::new();
    let store = archive.open();
    let failed = store.read_long(|_| -> Result<(), StoreError> { panic!("on purpose") }).await;
    assert!(matches!(failed, Err(StoreError::Panicked)), "{failed:?}");
    assert_eq!(store.read_long(|tx| installation(tx, "nothing")).await.unwrap(), None);
}

#[tokio::test]
async fn a_caller_that_goes_away_misses_the_answer_and_not_the_effect() {
    let archive = Archive::new();
    let store = archive.open();
    let (open, wait) = gate();
    let holding = store.clone();
    let holder = tokio::spawn(async move { holding.write(wait).await });
    let leaving = store.clone();
    let caller = tokio::spawn(async move { set(&leaving, "left", "x").await });
    tokio::task::yield_now().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    open.send(()).unwrap();
    holder.await.unwrap().unwrap();
    // The queue of one writer keeps its order: what was asked after the caller had left is answered after its unit.
    // Where there are several, the unit is under way.
    loop {
        set(&store, "later", "x").await.unwrap();
        if store.path().is_some() || value(&store, "left").is_some() {
            break;
        }
    }
    assert_eq!(value(&store, "left").as_deref(), Some("x"));
}

#[tokio::test]
async fn a_broken_unique_index_is_told_by_its_name() {
    let archive = Archive::new();
    let store = archive.open();
    let tenant = |number| store::tenants::Tenant {
        tenant: store::TenantId(number),
        name: "Straße".into(),
        root_organization: "o".into(),
        default_organization: "o".into(),
        default_role: "r".into(),
        last_event: 0,
        created_at: 0,
        keep_events: None,
        keep_records: None,
        first_event: 1,
        events_since: 0,
    };
    let insert = |number| {
        let row = tenant(number);
        store.write(move |tx| store::tenants::insert(tx, &row).map(drop))
    };
    insert(1).await.unwrap();
    let error = insert(2).await.unwrap_err();
    assert!(error.is_constraint("tenants_name_key"), "{error}");
    let error = insert(1).await.unwrap_err();
    assert!(matches!(error, StoreError::Constraint(_)), "{error}");
}

#[tokio::test]
async fn a_database_file_that_is_gone_is_told_and_nothing_is_acknowledged() {
    let directory = TempDir::new().unwrap();
    let store = open_file(&directory);
    set(&store, "before", "x").await.unwrap();
    let away = directory.path().join("away.db");
    std::fs::rename(store.path().unwrap(), &away).unwrap();
    for _ in 0..3 {
        let error = set(&store, "lost", "x").await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
    std::fs::rename(&away, store.path().unwrap()).unwrap();
    set(&store, "after", "x").await.unwrap();
    assert_eq!((value(&store, "before").is_some(), value(&store, "lost")), (true, None));
}

#[tokio::test]
async fn a_database_file_that_was_replaced_is_not_written_to() {
    let directory = TempDir::new().unwrap();
    let store = open_file(&directory);
    let copy = directory.path().join("copy.db");
    std::fs::copy(store.path().unwrap(), &copy).unwrap();
    std::fs::rename(&copy, store.path().unwrap()).unwrap();
    let error = set(&store, "lost", "x").await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}

/// SQLite may end the whole transaction when it finds no room: every unit of the commit is then refused, and the
/// writer goes on.
#[tokio::test]
async fn a_full_disk_is_told_and_all_that_was_acknowledged_is_there() {
    let directory = TempDir::new().unwrap();
    let store = open_file(&directory);
    store.limit_pages(1).await.unwrap();
    let text = "x".repeat(3_000);
    let mut acknowledged = Vec::new();
    let mut refused = Vec::new();
    for round in 0..20 {
        let results = together(
            &store,
            (0..8).map(|number| {
                let (store, name, text) = (store.clone(), format!("{round}.{number}"), text.clone());
                async move { (name.clone(), set(&store, &name, &text).await) }
            }),
        );
        for (name, result) in results.await {
            match result {
                Ok(()) => acknowledged.push(name),
                Err(StoreError::Unavailable(_)) => refused.push(name),
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
    }
    assert!(!refused.is_empty(), "the disk never was full");
    let check = |store: &Store| {
        for name in &acknowledged {
            assert_eq!(value(store, name).as_deref(), Some(text.as_str()), "{name} was acknowledged");
        }
        for name in &refused {
            assert_eq!(value(store, name), None, "{name} was refused");
        }
    };
    check(&store);
    store.limit_pages(1 << 30).await.unwrap();
    set(&store, "room again", "x").await.unwrap();
    check(&store);
    drop(store);
    let store = open_file(&directory);
    check(&store);
    assert!(value(&store, "room again").is_some());
}

#[tokio::test]
async fn a_read_stays_on_one_snapshot_while_others_write() {
    let archive = Archive::new();
    let store = archive.open();
    set(&store, "name", "old").await.unwrap();
    let writer = store.clone();
    let handle = tokio::runtime::Handle::current();
    let seen = store
        .read_long(move |tx| {
            let before = installation(tx, "name")?;
            let others = std::thread::spawn(move || handle.block_on(set(&writer, "name", "new")));
            others.join().expect("no panic")?;
            Ok::<_, StoreError>((before, installation(tx, "name")?))
        })
        .await
        .unwrap();
    assert_eq!(seen, (Some("old".to_owned()), Some("old".to_owned())));
    assert_eq!(value(&store, "name").as_deref(), Some("new"));
}

/// A read of a tenant that goes on until it is let go, and says when it began.
fn hold(store: &Store, tenant: TenantId, began: &Sender<()>) -> (Sender<()>, JoinHandle<()>) {
    let (release, held) = channel::<()>();
    let (store, began) = (store.clone(), began.clone());
    let reading = tokio::spawn(async move {
        let unit = move |_: &mut Tx<'_>| {
            began.send(()).expect("somebody who counts");
            held.recv().expect("somebody who lets it go");
            Ok::<_, StoreError>(())
        };
        store.read_long_of(tenant, unit).await.expect("a read");
    });
    (release, reading)
}

#[tokio::test]
async fn reads_that_wait_for_clients_leave_turns_to_others() {
    let archive = Archive::new();
    let store = archive.open();
    let of_one: Vec<_> = (0..10).filter_map(|_| store.free_turn_to_send(TenantId(1))).collect();
    assert_eq!(of_one.len(), 2, "a tenant has its share");
    let of_other = store.free_turn_to_send(TenantId(2)).expect("a turn that is left");
    assert!(store.free_turn_to_send(TenantId(3)).is_none(), "all turns are taken");
    // Whoever waits has the turn that is given back.
    let waiting = store.clone();
    let waiting = tokio::spawn(async move { waiting.turn_to_send(TenantId(3)).await.map(drop) });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(of_other);
    waiting.await.unwrap().unwrap();
    drop(of_one);
    assert!(store.free_turn_to_send(TenantId(1)).is_some());
}

#[tokio::test]
async fn long_reads_of_one_tenant_leave_turns_to_the_others() {
    let archive = Archive::new();
    let store = archive.open();
    let (began, beginnings) = channel();
    let mut held: Vec<_> = (0..50).map(|_| hold(&store, TenantId(1), &began)).collect();
    for _ in 0..4 {
        tokio::task::yield_now().await;
        beginnings.recv_timeout(Duration::from_mins(1)).expect("four turns of the tenant's own");
    }
    // The others have their turns while fifty of one tenant wait or go on.
    let other = store.read_long_of(TenantId(2), |tx| installation(tx, "name")).await;
    assert_eq!(other.unwrap(), None);
    store.read_long(|tx| installation(tx, "name")).await.unwrap();
    assert!(beginnings.try_recv().is_err(), "the tenant has more than its share");
    // Who gave up reading has the turn until the read is over.
    held[0].1.abort();
    tokio::task::yield_now().await;
    store.read_long_of(TenantId(2), |tx| installation(tx, "name")).await.unwrap();
    assert!(beginnings.try_recv().is_err(), "a read that nobody waits for is forgotten");
    for (release, _) in &held {
        release.send(()).expect("a read that goes on or waits");
    }
    for (_, reading) in held.drain(1..) {
        reading.await.unwrap();
    }
    assert_eq!(beginnings.try_iter().count(), 46, "the others had their turn");
}

#[tokio::test]
async fn what_is_answered_is_seen_by_the_next_read_of_any_store_on_the_file() {
    let archive = Archive::new();
    let (store, other) = (archive.open(), archive.open());
    for number in 0..100 {
        let text = number.to_string();
        let (writing, reading) = if number % 2 == 0 { (&store, &other) } else { (&other, &store) };
        set(writing, "name", &text).await.unwrap();
        assert_eq!(value(reading, "name").as_deref(), Some(text.as_str()));
    }
}

#[tokio::test]
async fn a_read_cannot_write() {
    let archive = Archive::new();
    let store = archive.open();
    let result = store.read(|tx| set_installation(tx, "name", "x"));
    assert!(result.is_err());
    assert_eq!(value(&store, "name"), None);
}

#[tokio::test]
async fn more_units_than_one_commit_takes_are_all_carried_out() {
    let archive = Archive::new();
    let store = archive.open();
    let results = together(
        &store,
        (0..3_000).map(|number| {
            let store = store.clone();
            async move { set(&store, &number.to_string(), "x").await.is_ok() }
        }),
    )
    .await;
    assert!(results.into_iter().all(|kept| kept));
    assert!((0..3_000).all(|number| value(&store, &number.to_string()).is_some()));
}
