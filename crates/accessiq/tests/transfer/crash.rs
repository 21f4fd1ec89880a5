//! `kill -9` in the middle: a copy is there whole or not at all, at most one side of a move serves, and the same command
//! brings it to its end.

use crate::support::Home;
use crate::{Place, is_sound, sqlite, tables};
use client::random::Random;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const SEED: u64 = 23;
/// How often each command is killed.
const ROUNDS: usize = 8;
/// How many records there are, so that a copy takes its time.
const RECORDS: usize = 20_000;

/// Starts a command and kills it after a part of the time that it takes; whether it had come to its end before.
fn kill(home: &Home, arguments: &[&str], takes: Duration, random: &mut Random) -> bool {
    let mut command = home.program(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    let takes = usize::try_from(takes.as_micros()).expect("a short time");
    std::thread::sleep(Duration::from_micros(random.below(takes) as u64));
    let ended = child.try_wait().expect("a child").is_some();
    child.kill().expect("a child");
    child.wait().expect("a child");
    ended
}

/// Runs a command to its end, and tells how long that takes.
fn timed(home: &Home, arguments: &[&str]) -> (Duration, Value) {
    let began = Instant::now();
    let document = home.json(arguments);
    (began.elapsed(), document)
}

/// Whether a home can be used; what a command says where it cannot.
fn state(home: &Home) -> Result<(), String> {
    let output = home.run(&["tenant", "list"]);
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// An installation in PostgreSQL with many records, and a backup of it.
fn populous() -> (Place, String, Value) {
    let place = Place::new();
    place.postgres.connection("generic");
    place.postgres.json(&["user", "create", "eve@acme.example", "--tenant", "acme"]);
    place.query(&format!(
        "insert into requests (tenant_id, connection_id, id, at, duration, method, path, status, response_body)
        select 1, 1, 'r' || i, i, 1, 'GET', '/Users', 200, md5(i::text) from generate_series(1, {RECORDS}) i"
    ));
    let file = place.file("backup");
    let written = place.postgres.json(&["backup", "--to", &file]);
    (place, file, written["tables"].clone())
}

#[test]
fn crash_of_a_backup_leaves_no_file_or_a_whole_one() {
    let (place, _, written) = populous();
    let mut random = Random::new(SEED);
    let (takes, _) = timed(&place.postgres, &["backup", "--to", &place.file("first")]);
    for round in 0..ROUNDS {
        let file = place.file(&format!("round{round}"));
        kill(&place.postgres, &["backup", "--to", &file], takes, &mut random);
        if Path::new(&file).exists() {
            assert_eq!(Home::new().json(&["restore", "--from", &file])["tables"], written);
        } else {
            place.postgres.json(&["backup", "--to", &file]);
        }
    }
}

#[test]
fn crash_of_a_restore_leaves_nothing_that_serves_by_halves() {
    let (place, file, written) = populous();
    let restore = ["restore", "--from", &file];
    let mut random = Random::new(SEED);
    for postgres in [false, true] {
        let number = if postgres { 100 } else { 200 };
        let fresh = place.another(number);
        let first = if postgres { &fresh.postgres } else { &fresh.sqlite };
        let (takes, _) = timed(first, &restore);
        let mut interrupted = 0;
        for round in 0..ROUNDS {
            let fresh = place.another(number + round + 1);
            let home = if postgres { &fresh.postgres } else { &fresh.sqlite };
            kill(home, &restore, takes, &mut random);
            match state(home) {
                Ok(()) => assert!(home.run(&restore).stdout.is_empty(), "round {round}: a second one"),
                Err(said) => {
                    let none = said.contains("there is no database") || said.contains("there is nothing");
                    let half = said.contains("is what is left of a copy") && said.contains("again");
                    assert!(none || half, "round {round}: {said}");
                    interrupted += usize::from(half || postgres);
                    home.json(&restore);
                }
            }
            assert_eq!(tables(home), written, "round {round}");
            is_sound(home);
        }
        assert!(interrupted > 0, "no round was interrupted");
    }
}

/// Wherever a move is killed: both sides are never open, and the same command goes on to the end.
#[test]
fn crash_of_a_move_leaves_one_side_closed_and_goes_on() {
    let (place, file, written) = populous();
    let restored = |home: &Home| drop(home.json(&["restore", "--from", &file]));
    let first = place.another(1);
    restored(&first.sqlite);
    let (there, back) = (sqlite(&first.sqlite), first.url());
    let (takes, _) = timed(&first.sqlite, &["migrate", "--from", &there, "--to", &back]);
    let mut random = Random::new(SEED);
    for to_postgres in [true, false] {
        let mut interrupted = 0;
        for round in 0..ROUNDS {
            let files = place.another(if to_postgres { 100 } else { 200 } + round);
            let mut homes = (&files.sqlite, &files.postgres);
            let mut places = (sqlite(homes.0), files.url());
            if !to_postgres {
                homes = (homes.1, homes.0);
                places = (places.1, places.0);
            }
            let (from, to) = homes;
            restored(from);
            let migrate = ["migrate", "--from", &places.0, "--to", &places.1];
            kill(from, &migrate, takes, &mut random);
            let (left, reached) = (state(from), state(to));
            assert!(left.is_err() || reached.is_err(), "round {round}: both sides are open");
            if let Err(said) = &left {
                assert!(said.contains("was moved to") && said.contains("start it again"), "{said}");
                interrupted += usize::from(reached.is_err());
            }
            let moved = from.json(&migrate);
            assert!(moved["hadArrived"] == true || moved["tables"] == written, "round {round}: {moved}");
            assert!(state(from).is_err(), "round {round}");
            assert_eq!(tables(to), written, "round {round}");
            is_sound(to);
        }
        assert!(interrupted > 0, "no round was interrupted");
    }
}

/// An import is one transaction of the installation that it comes into: the neighbours notice nothing.
#[test]
fn crash_of_an_import_leaves_the_installation_as_it_was() {
    let (source, _, _) = populous();
    let file = source.file("acme");
    source.postgres.json(&["tenant", "export", "acme", "--to", &file]);
    let import = ["tenant", "import", "--from", &file];
    let mut random = Random::new(SEED);
    for postgres in [false, true] {
        let fresh = source.another(if postgres { 1 } else { 2 });
        let home = if postgres { &fresh.postgres } else { &fresh.sqlite };
        home.json(&["tenant", "create", "beta"]);
        let before = tables(home);
        let (takes, _) = timed(&Home::new(), &import);
        let (mut killed, mut done) = (0, false);
        while killed < ROUNDS && !done {
            kill(home, &import, takes, &mut random);
            killed += 1;
            done = home.json(&["tenant", "list"]).as_array().map(Vec::len) == Some(2);
            if !done {
                assert_eq!(tables(home), before, "round {killed}");
            }
        }
        if !done {
            home.json(&import);
        }
        is_sound(home);
        let users = home.json(&["user", "list", "--tenant", "acme"]);
        assert_eq!(users[0]["userName"], json!("eve@acme.example"));
    }
}
