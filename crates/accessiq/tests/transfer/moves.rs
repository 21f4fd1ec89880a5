//! `migrate`: from SQLite to PostgreSQL and back, with everything that there is.

use crate::company::{self, answers};
use crate::support::{Home, Serving};
use crate::{Place, is_sound, refusal, sqlite, stop, tables};
use serde_json::json;

#[tokio::test]
async fn slow_a_company_moves_to_postgres_and_back() {
    let place = Place::new();
    let (home, there, back) = (&place.sqlite, &place.postgres, Home::new());
    let company = company::found(home, "40").await;
    let (from, to) = (sqlite(home), place.url());

    // Nothing is moved away under a server that would go on.
    let serving = Serving::start(home).await;
    assert!(refusal(home, &["migrate", "--from", &from, "--to", &to]).contains("is in use"));
    stop(serving).await;

    let before = tables(home);
    company::is_complete(&before);
    let moved = home.json(&["migrate", "--from", &from, "--to", &to]);
    assert_eq!((&moved["tables"], &moved["hadArrived"]), (&before, &json!(false)));
    assert_eq!(moved["doctor"]["findings"], json!([]));
    let closed = refusal(home, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(closed.contains("was moved to") && closed.contains("accessiq migrate --undo --from"), "{closed}");
    assert_eq!(answers(there, &company.connection, &company.key).await, company.answers);
    is_sound(there);

    // And back, from a place where nodes must not run either.
    let serving = Serving::start(there).await;
    assert!(refusal(there, &["migrate", "--from", &to, "--to", &sqlite(&back)]).contains("Stop every node"));
    stop(serving).await;
    let before = tables(there);
    let moved = there.json(&["migrate", "--from", &to, "--to", &sqlite(&back)]);
    assert_eq!(moved["tables"], before);
    assert!(refusal(there, &["tenant", "list"]).contains("was moved to"));
    assert_eq!(answers(&back, &company.connection, &company.key).await, company.answers);
    is_sound(&back);

    // Said again, nothing happens twice.
    let again = there.json(&["migrate", "--from", &to, "--to", &sqlite(&back)]);
    assert_eq!(again["hadArrived"], true);

    // Whoever wants to go back can.
    home.json(&["migrate", "--undo", "--from", &from]);
    there.json(&["migrate", "--undo", "--from", &to]);
    assert_eq!(answers(home, &company.connection, &company.key).await, company.answers);
    assert_eq!(answers(there, &company.connection, &company.key).await, company.answers);
}

/// Without places it is about the schema alone, as `serve` would see to it.
#[test]
fn a_schema_is_brought_up_to_date() {
    let place = Place::new();
    for home in [&place.sqlite, &place.postgres] {
        assert_eq!(home.json(&["migrate"])["schema"], json!(store::SCHEMA_VERSION));
        assert_eq!(home.json(&["tenant", "list"]), json!([]));
        is_sound(home);
    }
}

#[test]
fn what_cannot_be_moved_stays_open() {
    let place = Place::new();
    let (home, from) = (&place.sqlite, sqlite(&place.sqlite));
    let nowhere = Home::new();
    let to_nothing = ["migrate", "--from", &sqlite(&nowhere), "--to", &place.url()];
    assert!(refusal(home, &to_nothing).contains("there is no database"));
    home.json(&["tenant", "create", "acme"]);
    place.postgres.json(&["tenant", "create", "beta"]);
    assert!(refusal(home, &["migrate", "--from", &from, "--to", &place.url()]).contains("already"));
    assert!(refusal(home, &["migrate", "--from", &from, "--to", &from]).contains("are the same"));
    let lost = "postgres://accessiq:hunter2@127.0.0.1:1/nowhere";
    let said = refusal(home, &["migrate", "--from", &from, "--to", lost]);
    assert!(said.contains("no connection") && !said.contains("hunter2"), "{said}");
    for odd in ["here", "sqlite:", "mysql://db/accessiq"] {
        assert!(refusal(home, &["migrate", "--from", odd, "--to", &from]).contains("--from names no place"));
    }
    assert!(refusal(home, &["migrate", "--undo", "--from", &from]).contains("was not moved"));
    for half in [&["migrate", "--from", &from][..], &["migrate", "--to", &from], &["migrate", "--undo"]] {
        assert!(refusal(home, half).contains("required"));
    }
    assert_eq!(home.json(&["tenant", "list"]).as_array().map(Vec::len), Some(1));
    assert_eq!(place.postgres.json(&["tenant", "list"])[0]["name"], "beta");
}
