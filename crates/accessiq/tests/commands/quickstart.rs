//! `quickstart`: what it tells agrees with what every other way of looking shows.

use crate::support::{Connection, Home, Serving, text};
use serde_json::{Value, json};
use std::process::Output;

/// Runs it to its end, on a free port.
fn quickstart(home: &Home, more: &[&str]) -> String {
    let arguments = [&["quickstart", "--exit", "--listen", "127.0.0.1:0"], more].concat();
    let Output { status, stdout, stderr } = home.run(&arguments);
    let told = String::from_utf8(stdout).expect("UTF-8");
    assert!(status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&stderr), "", "{told}");
    told
}

/// The number before a text, thousands grouped or not.
#[track_caller]
fn number_before(told: &str, text: &str) -> usize {
    let before = told.split_once(text).unwrap_or_else(|| panic!("no \"{text}\" in {told}")).0;
    let digits = before.rsplit(|one: char| !one.is_ascii_digit() && one != ',').next().unwrap_or_default();
    digits.replace(',', "").parse().unwrap_or_else(|_| panic!("no number before \"{text}\" in {told}"))
}

/// What stands behind a word at the head of the summary.
fn line_of<'t>(told: &'t str, name: &str) -> &'t str {
    told.lines().find_map(|line| line.trim().strip_prefix(name)).expect("a line").trim()
}

fn length(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

/// Holds what was told against commands and SCIM; returns how many requests the connection has seen.
async fn agrees(home: &Home, told: &str) -> usize {
    let (people, active) = (number_before(told, " people ("), number_before(told, " active), "));
    let groups = number_before(told, " groups\n");
    assert_eq!(number_before(told, " active people, the directory"), active);
    assert_eq!(number_before(told, " faults in "), 0);
    let events = home.json(&["events", "--tenant", "acme", "--limit", "1000000"]);
    assert_eq!(number_before(told, " events."), length(&events));
    let listed = |status: &str| length(&home.json(&["user", "list", "--tenant", "acme", "--status", status]));
    assert_eq!((listed("active"), listed("deactivated")), (active, people - active));

    let connections = home.json(&["connection", "list"]);
    assert_eq!(length(&connections), 1);
    let id = text(&connections[0]["id"]);
    assert!(line_of(told, "SCIM base URL").ends_with(&id));
    assert_eq!((&connections[0]["users"], &connections[0]["groups"]), (&json!(people), &json!(groups)));
    let requests = length(&home.json(&["requests", "--connection", &id, "--limit", "1000000"]));

    let reader = home.json(&["token", "create", "--connection", &id, "--read-only"]);
    let serving = Serving::start(home).await;
    let client = serving.client(&Connection { id, token: text(&reader["token"]) });
    let total = async |path: &str| client.get(path).await.expect("a list")["totalResults"].clone();
    assert_eq!(total("/Users?count=0").await, json!(people));
    assert_eq!(total("/Users?count=0&filter=active%20eq%20true").await, json!(active));
    assert_eq!(total("/Groups?count=0").await, json!(groups));
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
    requests
}

#[tokio::test]
async fn slow_quickstart_tells_what_is_there_and_finds_it_again() {
    let home = Home::new();
    let first = quickstart(&home, &[]);
    let token = line_of(&first, "Bearer token").to_owned();
    assert!(token.starts_with("scim_"), "{first}");
    let requests = agrees(&home, &first).await;
    assert_eq!(number_before(&first, " requests, "), requests, "every request has its record");

    let second = quickstart(&home, &[]);
    assert!(!second.contains("scim_"), "the token is shown once: {second}");
    let id = |told: &str| line_of(told, "SCIM base URL").rsplit('/').next().map(str::to_owned);
    assert_eq!(id(&second), id(&first));
    assert_eq!(number_before(&second, " active people, the"), number_before(&first, " active people, the"));
    // Reads of the comparison are requests as well.
    let requests_of_looking = 3;
    let all = agrees(&home, &second).await;
    assert_eq!(all, requests + requests_of_looking + number_before(&second, " requests, "));
    let tokens = home.json(&["token", "list", "--connection", &id(&second).expect("an id")]);
    let player = tokens.as_array().expect("a list").iter().find(|token| token["name"] == "quickstart player");
    assert_eq!(player.expect("a token of its own")["state"], "revoked");
    assert!(!std::fs::read_to_string(home.log()).expect("a log").contains(&token["scim_".len()..]));
}

#[tokio::test]
async fn no_demo_prepares_a_connection_and_nobody() {
    let home = Home::new();
    let told = quickstart(&home, &["--no-demo"]);
    assert!(!told.contains("Okta pushes"), "{told}");
    let token = line_of(&told, "Bearer token").to_owned();
    let id = line_of(&told, "SCIM base URL").rsplit('/').next().expect("an id").to_owned();
    assert_eq!(home.json(&["user", "list", "--tenant", "acme"]), json!([]));
    assert!(line_of(&told, "Setup link").starts_with("http://127.0.0.1:"), "{told}");
    assert!(line_of(&told, "Console").ends_with('/'), "{told}");
    let serving = Serving::start(&home).await;
    let client = serving.client(&Connection { id, token });
    assert_eq!(client.get("/Users").await.expect("a list")["totalResults"], 0);
}
