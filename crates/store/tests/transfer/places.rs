//! Places that a copy comes to and is taken from: empty or left alone, closed or open, and never half.

use crate::{contents, fill, ids, open, postgres, refusal, synthetic};
use cluster::Scratch;
use store::transfer::{Frozen, Loader, Location, Sink, Sum, Value, receive, undo};
use store::{SCHEMA_VERSION, Store, StoreError, Tx, tenants};
use tempfile::TempDir;

/// An empty place of each engine, for as long as what it stands in is held.
fn places() -> (TempDir, Scratch, [Location; 2]) {
    let (directory, scratch) = (TempDir::new().unwrap(), Scratch::anywhere());
    let places = [Location::Sqlite(directory.path().join("data")), postgres(&scratch.url())];
    (directory, scratch, places)
}

fn elsewhere(directory: &TempDir, name: &str) -> Location {
    Location::Sqlite(directory.path().join(name))
}

async fn name(store: &Store, value: &'static str) -> Result<(), StoreError> {
    store.write(move |tx| tenants::set_installation(tx, "colour", value)).await
}

/// A copy that fails, at whatever step, leaves an empty place empty.
#[test]
fn what_fails_leaves_the_place_as_it_was() {
    let (_directory, scratch, places) = places();
    let failed = || StoreError::Unreadable("on purpose".into());
    for place in &places {
        assert!(refusal(fill(place, |_| Err(failed()))).contains("on purpose"));
        let fill_one = |tx: &mut Tx<'_>| {
            let mut loader = Loader::of_installation(tx)?;
            loader.begin("installation_journal", &["tenant_id".into(), "last_event".into()])?;
            loader.row(&[Value::Number(0), Value::Number(0)], b"")?;
            loader.end(&Sum::default())
        };
        let examined = receive(place, SCHEMA_VERSION, &ids(), fill_one, |_| Err(failed()));
        let told = refusal(examined);
        assert!(told.contains("on purpose"), "{told}");
        assert!(refusal(fill(place, |_| Ok(()))).contains("it has no table"), "{place}");
    }
    let Location::Sqlite(data) = &places[0] else { unreachable!() };
    assert!(!data.exists());
    assert_eq!(scratch.query("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

#[tokio::test]
async fn a_place_that_is_not_empty_is_left_alone() {
    let (_directory, _scratch, places) = places();
    for place in &places {
        name(&open(place).unwrap(), "blue").await.unwrap();
        let before = contents(&open(place).unwrap());
        let told = refusal(fill(place, |_| Ok(())));
        assert!(told.contains("already") && told.contains("left as"), "{told}");
        assert_eq!(contents(&open(place).unwrap()), before);
    }
}

/// What is left where the machine stopped in the midst of it: no server starts on it, and the same can be started again.
#[test]
fn what_was_interrupted_says_so_and_can_be_started_again() {
    let directory = TempDir::new().unwrap();
    let place = elsewhere(&directory, "data");
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("accessiq.db.incoming"), "half a database").unwrap();
    std::fs::write(data.join("accessiq.db.incoming-journal"), "half a journal").unwrap();
    let told = refusal(open(&place));
    assert!(told.contains("accessiq.db.incoming is what is left") && told.contains("again"), "{told}");
    synthetic::database(&place);
    let left: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("incoming")), "{left:?}");
}

/// Nobody can change or serve what is being moved, and whoever takes the move back can.
#[tokio::test]
async fn a_frozen_database_is_closed_until_the_move_is_taken_back() {
    let (directory, _scratch, places) = places();
    for place in &places {
        name(&open(place).unwrap(), "blue").await.unwrap();
        let before = contents(&open(place).unwrap());
        let to = elsewhere(&directory, "new");
        drop(Frozen::take(place, &to, &ids()).unwrap());
        let told = refusal(open(place));
        assert!(told.contains(&format!("was moved to {to} on 1970-01-01T00:00:00.000Z")), "{told}");
        assert!(told.contains(&format!("accessiq migrate --undo --from {place}")), "{told}");
        // Somewhere else it goes only once this move is taken back; to the same place it goes on.
        let other = elsewhere(&directory, "other");
        assert!(refusal(Frozen::take(place, &other, &ids()).map(drop)).contains("is being moved to"));
        let again = Frozen::take(place, &to, &ids()).unwrap();
        assert!(again.was_frozen);
        drop(again);
        assert_eq!(undo(place, &ids()).unwrap().unwrap().to, to.to_string());
        let store = open(place).unwrap();
        assert_eq!(contents(&store), before);
        name(&store, "green").await.unwrap();
        drop(store);
        assert!(refusal(undo(place, &ids())).contains("was not moved"));
    }
}

/// A change that is answered is never lost, also not by a move: whoever has the database open stands in its way.
#[tokio::test]
async fn what_is_in_use_is_not_moved() {
    let (directory, _scratch, places) = places();
    for place in &places {
        let store = open(place).unwrap();
        name(&store, "blue").await.unwrap();
        let to = elsewhere(&directory, "new");
        let told = refusal(Frozen::take(place, &to, &ids()).map(drop));
        assert!(told.contains("in use") && told.contains("Stop"), "{told}");
        name(&store, "green").await.unwrap();
        drop(store);
        drop(Frozen::take(place, &to, &ids()).unwrap());
    }
}

/// A node that nobody saw, because it had no connection, finds the database closed when it comes back.
#[tokio::test]
async fn a_node_that_was_away_can_change_nothing_afterwards() {
    let scratch = Scratch::anywhere();
    let directory = TempDir::new().unwrap();
    let place = postgres(&scratch.url());
    let store = open(&place).unwrap();
    name(&store, "blue").await.unwrap();
    scratch.query(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'accessiq' and datname = current_database()",
    );
    let frozen = Frozen::take(&place, &elsewhere(&directory, "new"), &ids()).unwrap();
    let refused = name(&store, "green").await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("was moved")), "{refused}");
    frozen.thaw().unwrap();
    name(&store, "green").await.unwrap();
}

/// On SQLite the second one waits; nodes of PostgreSQL are told.
#[tokio::test]
async fn a_move_that_runs_is_not_disturbed() {
    let (directory, _scratch, [_, place]) = places();
    name(&open(&place).unwrap(), "blue").await.unwrap();
    let to = elsewhere(&directory, "new");
    let frozen = Frozen::take(&place, &to, &ids()).unwrap();
    assert!(refusal(Frozen::take(&place, &to, &ids()).map(drop)).contains("at this moment"));
    assert!(refusal(undo(&place, &ids())).contains("at this moment"));
    frozen.thaw().unwrap();
    name(&open(&place).unwrap(), "green").await.unwrap();
}

#[test]
fn there_is_nothing_to_move_where_there_is_nothing() {
    let (directory, _scratch, places) = places();
    for place in &places {
        let told = refusal(Frozen::take(place, &elsewhere(&directory, "new"), &ids()).map(drop));
        assert!(told.contains("there is no") || told.contains("there is nothing"), "{told}");
        assert_eq!(place.arrived_by(&ids()).unwrap(), None);
    }
}
