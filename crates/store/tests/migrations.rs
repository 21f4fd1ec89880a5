//! Opening a data directory: a fresh one, one that is there, and those that are refused.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Barrier;
use store::clock::Clock;
use store::ids::Ids;
use store::transfer::{self, Frozen, Loader, Location, What};
use store::{SCHEMA_VERSION, SQLITE_FILE, Scope, Store, StoreError, TenantId, Tx};
use tempfile::TempDir;

fn open(directory: &Path) -> Result<Store, StoreError> {
    Store::open(directory, Ids::seeded(Clock::fixed(0), 1))
}

fn refused(directory: &Path) -> StoreError {
    match open(directory) {
        Ok(_) => panic!("{} was opened", directory.display()),
        Err(error) => error,
    }
}

fn applied(directory: &Path) -> Vec<(i64, String)> {
    let connection = Connection::open(directory.join(SQLITE_FILE)).unwrap();
    let mut statement =
        connection.prepare("select version, checksum from _migrations order by version").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn change(directory: &Path, sql: &str) {
    Connection::open(directory.join(SQLITE_FILE)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_directory_that_is_not_there_is_made_for_its_owner_alone() {
    let parent = TempDir::new().unwrap();
    let directory = parent.path().join("some/where");
    let store = open(&directory).unwrap();
    assert_eq!(store.path(), Some(directory.join(SQLITE_FILE).as_path()));
    let mode = std::fs::metadata(&directory).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let versions: Vec<i64> = applied(&directory).into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, (1..=SCHEMA_VERSION).collect::<Vec<_>>());
}

#[test]
fn the_database_writes_ahead_and_syncs() {
    let directory = TempDir::new().unwrap();
    let _store = open(directory.path()).unwrap();
    let connection = Connection::open(directory.path().join(SQLITE_FILE)).unwrap();
    let mode: String = connection.query_row("pragma journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn opening_twice_applies_nothing_twice() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()).unwrap());
    let before = applied(directory.path());
    drop(open(directory.path()).unwrap());
    assert_eq!(applied(directory.path()), before);
}

#[test]
fn two_stores_may_have_one_directory_open() {
    let directory = TempDir::new().unwrap();
    let _one = open(directory.path()).unwrap();
    let _other = open(directory.path()).unwrap();
}

#[test]
fn many_that_open_a_fresh_directory_at_once_all_succeed() {
    for _ in 0..10 {
        let directory = TempDir::new().unwrap();
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    open(directory.path()).map(drop).unwrap();
                });
            }
        });
        assert_eq!(applied(directory.path()).len(), usize::try_from(SCHEMA_VERSION).unwrap());
    }
}

/// A database as the release before wrote it: the migrations up to a version, and their journal.
fn as_of(directory: &Path, version: i64) -> Connection {
    drop(open(directory).unwrap());
    let known = applied(directory);
    std::fs::remove_dir_all(directory).unwrap();
    std::fs::create_dir_all(directory).unwrap();
    let connection = Connection::open(directory.join(SQLITE_FILE)).unwrap();
    let texts = [
        include_str!("../src/migrations/0001_initial.sql"),
        include_str!("../src/migrations/0002_oauth.sql"),
        include_str!("../src/migrations/0003_directory.sql"),
        include_str!("../src/migrations/0004_api.sql"),
    ];
    connection.pragma_update(None, "application_id", 0x4163_4951).unwrap();
    connection
        .execute_batch(
            "create table _migrations (version bigint not null primary key, name text not null, checksum text not null,
            applied_at bigint not null)",
        )
        .unwrap();
    let names = ["initial", "oauth", "directory", "api"];
    for (((number, checksum), text), name) in
        known.into_iter().take_while(|(number, _)| *number <= version).zip(texts).zip(names)
    {
        connection.execute_batch(&text.replace("/*without rowid*/", "without rowid")).unwrap();
        let row = (number, name, checksum);
        connection.execute("insert into _migrations values (?1, ?2, ?3, 0)", row).unwrap();
    }
    connection
}

#[test]
fn people_of_a_database_without_ownership_go_on_following_their_resources() {
    let directory = TempDir::new().unwrap();
    let connection = as_of(directory.path(), 4);
    connection
        .execute_batch(
            "insert into users (tenant_id, id, connection_id, status, linked, user_name, user_name_key, version, created_at,
                modified_at) values (1, 'u', 1, 'active', 1, 'Ana', 'ana', 1, 0, 0), (1, 'v', null, 'active', 1, 'Eve', 'eve', 1, 0, 0);
            insert into mirror_users (tenant_id, connection_id, id, user_id, user_name, user_name_key, active, document,
                version, created_at, modified_at) values (1, 1, 'r', 'u', 'Ana', 'ana', 1, '{\"userName\":\"Ana\"}', 1, 0, 0)",
        )
        .unwrap();
    drop(connection);
    let store = open(directory.path()).unwrap();
    let scope = Scope { tenant: TenantId(1), connection: 1 };
    let resource = store.read(|tx| store::mirror_users::by_id(tx, scope, "r")).unwrap().unwrap();
    assert!(resource.feeds);
    let beside =
        store.read(|tx| store::mirror_users::feeding_beside(tx, Scope { connection: 2, ..scope }, "u"));
    assert_eq!(beside.unwrap(), [(1, resource)]);
    assert_eq!(store.read(|tx| store::mirror_users::count(tx, scope)).unwrap(), 1);
    let by_hand = store.read(|tx| store::users::by_hand(tx, scope.tenant, "", 10)).unwrap();
    assert_eq!(by_hand.into_iter().map(|user| user.user_name).collect::<Vec<_>>(), ["Eve"]);
    let versions: Vec<i64> = applied(directory.path()).into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, (1..=SCHEMA_VERSION).collect::<Vec<_>>());
}

/// What moves need not be of this release: it arrives as it is, and is brought up to date there.
#[test]
fn a_database_of_an_earlier_release_is_brought_up_to_date_where_it_moves_to() {
    let (directory, scratch) = (TempDir::new().unwrap(), cluster::Scratch::anywhere());
    let old = directory.path().join("old");
    let connection = as_of(&old, 3);
    connection
        .execute_batch(
            "insert into users (tenant_id, id, status, linked, user_name, user_name_key, email, version, created_at,
                modified_at) values (1, 'v', 'active', 1, 'Eve', 'eve', 'Eve@Acme.example', 1, 0, 0)",
        )
        .unwrap();
    drop(connection);
    let ids = Ids::system(Clock::fixed(0));
    let from = Location::Sqlite(old);
    let address = store::Address::parse(&scratch.url()).unwrap();
    let frozen = Frozen::take(&from, &Location::Postgres(address.clone().into()), &ids).unwrap();
    for to in [Location::Sqlite(directory.path().join("new")), Location::Postgres(address.into())] {
        let schema = frozen.read(transfer::version).unwrap();
        assert_eq!(schema, 3);
        let fill = |tx: &mut Tx<'_>| {
            let mut loader = Loader::of_installation(tx)?;
            frozen.read(|old| transfer::dump(old, What::Installation, "", &mut loader, &|_| ()))?;
            loader.finish()
        };
        let moved = transfer::receive(&to, schema, &ids, fill, |tx| {
            let key = store::users::by_id(tx, TenantId(1), "v")?.unwrap();
            assert_eq!((key.user_name.as_str(), key.email.as_deref()), ("Eve", Some("Eve@Acme.example")));
            assert_eq!(transfer::version(tx)?, SCHEMA_VERSION);
            Ok::<_, StoreError>(())
        });
        assert_eq!(moved.unwrap().rows(), 1);
        let store = match &to {
            Location::Sqlite(directory) => Store::open(directory, ids.clone()),
            Location::Postgres(address) => Store::connect(address, ids.clone()),
        };
        let tables = store.unwrap().read_whole(transfer::tables).unwrap();
        assert!(tables.iter().any(|table| table.name == "erasures"));
    }
    drop(frozen);
}

/// One connection feeds a user by one resource, whoever asks at the same moment.
#[tokio::test]
async fn a_second_resource_of_a_connection_for_one_user_is_refused_by_its_key() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path()).unwrap();
    let scope = Scope { tenant: TenantId(1), connection: 1 };
    let resource = |id: &str, name: &str| {
        let document = serde_json::json!({ "userName": name });
        store::mirror_users::MirrorUser {
            id: id.into(),
            user_id: "u".into(),
            document: document.as_object().cloned().unwrap(),
            active: true,
            feeds: true,
            version: 1,
            created_at: 0,
            modified_at: 0,
        }
    };
    let (first, second) = (resource("a", "ana"), resource("b", "anna"));
    store.write(move |tx| store::mirror_users::insert(tx, scope, &first).map(drop)).await.unwrap();
    let refused = store.write(move |tx| store::mirror_users::insert(tx, scope, &second).map(drop)).await;
    assert!(refused.unwrap_err().is_constraint("mirror_users_connection_id"));
}

#[test]
fn an_applied_migration_with_another_text_is_refused() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()).unwrap());
    change(directory.path(), "update _migrations set checksum = 'another' where version = 1");
    let error = refused(directory.path());
    assert!(matches!(&error, StoreError::Altered { version: 1, name } if name == "initial"), "{error}");
}

#[test]
fn a_database_of_a_newer_release_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()).unwrap());
    let newer = SCHEMA_VERSION + 1;
    change(directory.path(), &format!("insert into _migrations values ({newer}, 'later', 'x', 0)"));
    let before = applied(directory.path());
    let error = refused(directory.path());
    assert!(
        matches!(error, StoreError::Newer { found, known } if (found, known) == (newer, SCHEMA_VERSION)),
        "{error}"
    );
    assert!(error.to_string().contains("Start the newer release"), "{error}");
    assert_eq!(applied(directory.path()), before);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    change(directory.path(), "create table theirs (a); insert into theirs values (1)");
    let before = std::fs::read(directory.path().join(SQLITE_FILE)).unwrap();
    let error = refused(directory.path());
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    assert!(error.to_string().contains("Choose another data directory"), "{error}");
    assert_eq!(std::fs::read(directory.path().join(SQLITE_FILE)).unwrap(), before);
}

#[test]
fn an_empty_database_that_another_program_marked_is_refused() {
    let directory = TempDir::new().unwrap();
    change(directory.path(), "pragma application_id = 7");
    let error = refused(directory.path());
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join(SQLITE_FILE);
    let letter = "Dear Sir or Madam, this is a letter and no database. ".repeat(200);
    std::fs::write(&file, &letter).unwrap();
    let error = refused(directory.path());
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), letter);
}

#[test]
fn an_empty_file_is_as_good_as_none() {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join(SQLITE_FILE), "").unwrap();
    open(directory.path()).map(drop).unwrap();
}

#[test]
fn a_directory_that_cannot_be_used_is_named_with_what_to_check() {
    let parent = TempDir::new().unwrap();
    let file = parent.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = refused(&path);
        assert!(matches!(&error, StoreError::Directory { path: named, .. } if *named == path), "{error}");
        assert!(error.to_string().contains("Check that it exists"), "{error}");
    }
}

#[test]
fn a_directory_where_the_database_should_be_is_an_error_and_no_panic() {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir(directory.path().join(SQLITE_FILE)).unwrap();
    let error = refused(directory.path());
    assert!(matches!(error, StoreError::Unavailable(_) | StoreError::Directory { .. }), "{error:?}");
}
