//! `backup` and `restore`.

use crate::company::{self, answers};
use crate::support::{Home, Serving, text};
use crate::{Place, is_sound, load, refusal, stop, tables};
use client::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many backups are made under load.
const BACKUPS: u64 = 6;
/// How many answers are waited for between them.
const ANSWERS: u64 = 40;

/// A backup of either engine is the same, and what comes of it on either engine answers as before, byte by byte.
#[tokio::test]
async fn slow_a_company_comes_back_from_its_backup() {
    let place = Place::new();
    let company = company::found(&place.sqlite, "40").await;
    let serving = Serving::start(&place.sqlite).await;
    let file = place.file("company");
    let written = place.sqlite.json(&["backup", "--to", &file]);
    stop(serving).await;
    company::is_complete(&written["tables"]);
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");

    for home in [&place.postgres, &Home::new()] {
        let restored = home.json(&["restore", "--from", &file]);
        assert_eq!(restored["tables"], written["tables"]);
        assert_eq!(restored["doctor"]["findings"], json!([]));
        assert_eq!(tables(home), written["tables"]);
        assert_eq!(answers(home, &company.connection, &company.key).await, company.answers);
        is_sound(home);
        goes_on(home, &company).await;
    }
}

/// Numbers go on where they were, and the next event is the next.
async fn goes_on(home: &Home, company: &company::Company) {
    let serving = Serving::start(home).await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "new@acme.example",
        "name": { "givenName": "New", "familyName": "Hire" },
        "emails": [{ "value": "new@acme.example" }],
        "externalId": "new",
    });
    let client = serving.client(&company.connection);
    client.send(Method::POST, "/Users", Some(&body)).await.expect("a user");
    home.json(&["tenant", "create", "beta"]);
    home.json(&["connection", "create", "--tenant", "acme", "--provider", "entra"]);
    stop(serving).await;
    is_sound(home);
}

/// While everybody writes, each backup is one moment: all that was answered before it began, whole, and events without gaps.
#[tokio::test]
async fn slow_a_backup_under_load_is_one_moment() {
    for postgres in [false, true] {
        let place = Place::new();
        let home = if postgres { &place.postgres } else { &place.sqlite };
        let connection = home.connection("generic");
        let serving = Serving::start(home).await;
        let groups = Arc::new(load::create_groups(&serving.client(&connection)).await);
        let client = load::client(&serving.base_url(&connection), &connection);
        let (progress, running) = load::start(31, 0, &[client], &groups, load::lanes());
        let mut made = Vec::new();
        for number in 0..BACKUPS {
            progress.wait_for(ANSWERS).await;
            let answered = progress.answered.load(Ordering::Relaxed);
            let file = place.file(&format!("backup{number}"));
            let written = home.json(&["backup", "--to", &file]);
            made.push((file, answered, written));
        }
        progress.enough.store(true, Ordering::Relaxed);
        running.join_all().await;
        stop(serving).await;
        for (file, answered, written) in made {
            let restored = Home::new();
            assert_eq!(restored.json(&["restore", "--from", &file])["tables"], written["tables"]);
            is_sound(&restored);
            let serving = Serving::start(&restored).await;
            // Whoever is half replaced, or in a group that does not know it, ends it.
            load::read_back(&serving.client(&connection), &groups).await;
            stop(serving).await;
            holds_every_change(&restored, &connection.id, answered);
        }
    }
}

/// Every change that has its record has its events, and there are at least as many as were answered.
fn holds_every_change(home: &Home, connection: &str, answered: u64) {
    let records = home.json(&["requests", "--connection", connection, "--limit", "1000000"]);
    let events = home.json(&["events", "--tenant", "acme", "--limit", "1000000"]);
    let mut by_request: BTreeMap<String, usize> = BTreeMap::new();
    for event in events.as_array().expect("a list") {
        if let Some(request) = event["request"].as_str() {
            *by_request.entry(request.to_owned()).or_default() += 1;
        }
    }
    let records = records.as_array().expect("a list").iter();
    let changes: Vec<&Value> = records
        .filter(|record| record["changes"].as_array().is_some_and(|changes| !changes.is_empty()))
        .collect();
    assert!(changes.len() as u64 >= answered, "{} changes, {answered} answered", changes.len());
    for record in &changes {
        assert!(by_request.remove(&text(&record["id"])).is_some(), "no event of {record}");
    }
    assert!(by_request.is_empty(), "events without a record: {by_request:?}");
}

#[test]
fn what_is_in_the_way_is_left_alone() {
    let place = Place::new();
    place.sqlite.json(&["tenant", "create", "acme"]);
    let file = place.file("backup");
    place.sqlite.json(&["backup", "--to", &file]);
    let before = std::fs::read(&file).expect("a file");
    assert!(refusal(&place.sqlite, &["backup", "--to", &file]).contains("is there already"));
    assert_eq!(std::fs::read(&file).expect("a file"), before);
    assert!(refusal(&place.sqlite, &["backup", "--to", &place.file("no/where")]).contains("cannot be made"));
    assert_eq!(
        std::fs::read_dir(place.files.path()).expect("a directory").count(),
        1,
        "nothing is left over"
    );

    let there = tables(&place.sqlite);
    place.postgres.json(&["tenant", "create", "beta"]);
    for home in [&place.sqlite, &place.postgres] {
        assert!(refusal(home, &["restore", "--from", &file]).contains("already"));
        assert_eq!(home.json(&["tenant", "list"]).as_array().map(Vec::len), Some(1));
    }
    assert_eq!(tables(&place.sqlite), there);
    assert!(
        refusal(&Home::new(), &["backup", "--to", &place.file("of-nothing")])
            .contains("there is no database")
    );
}

/// Before anything is changed: what is damaged, whatever the damage is.
#[test]
fn a_damaged_backup_is_refused_and_nothing_is_made() {
    let place = Place::new();
    place.sqlite.json(&["tenant", "create", "acme"]);
    let file = place.file("backup");
    place.sqlite.json(&["backup", "--to", &file]);
    let sound = std::fs::read(&file).expect("a file");
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 4;
    for damaged in [&flipped[..], &sound[..sound.len() - 1], &sound[..sound.len() / 2], b"no backup", b""] {
        std::fs::write(&file, damaged).expect("a file");
        for home in [&Home::new(), &place.postgres] {
            let said = refusal(home, &["restore", "--from", &file]);
            assert!(said.contains("is damaged") || said.contains("is no backup"), "{said}");
            assert!(!home.data().exists());
        }
    }
    assert_eq!(place.query("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

/// What was ill before is ill in the copy: it is told, and nothing is put in place unless that is what is wanted.
#[tokio::test]
async fn faults_are_told_and_kept_only_on_demand() {
    let place = Place::new();
    let connection = place.postgres.connection("generic");
    let serving = Serving::start(&place.postgres).await;
    load::create_groups(&serving.client(&connection)).await;
    stop(serving).await;
    place.query("delete from events where kind = 'group.created'");
    let file = place.file("backup");
    place.postgres.json(&["backup", "--to", &file]);
    let home = Home::new();
    let said = refusal(&home, &["restore", "--from", &file]);
    assert!(said.contains("is missing") && said.contains("--despite-findings"), "{said}");
    assert!(!home.data().exists());
    let restored = home.json(&["restore", "--from", &file, "--despite-findings"]);
    assert_eq!(restored["doctor"]["findings"], place_findings(&place.postgres));
    assert_eq!(place_findings(&home), place_findings(&place.postgres));
}

fn place_findings(home: &Home) -> Value {
    let output = home.run(&["doctor", "--json"]);
    serde_json::from_slice::<Value>(&output.stdout).expect("a document")["findings"].clone()
}
