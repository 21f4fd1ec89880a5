//! `simulate`: each player finds what it believes in, on a fresh connection and when it comes back.

use crate::support::{Connection, Home, Serving, text};
use serde_json::{Value, json};
use std::process::Stdio;

/// The command that plays `player` against a connection; a small company that ends a week.
fn arguments<'a>(base_url: &'a str, token: &'a str, player: &'a str) -> [&'a str; 8] {
    ["simulate", player, "--base-url", base_url, "--token", token, "--users", "60"]
}

#[track_caller]
fn check_held(verdict: &Value) {
    let expectations = verdict["expectations"].as_array().expect("expectations");
    assert!(!expectations.is_empty() && expectations.iter().all(|one| one["held"] == true), "{verdict:#}");
}

fn length(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

/// The user names of a list, in order.
fn names(list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let mut names: Vec<String> = list.iter().map(|user| text(&user[name])).collect();
    names.sort_unstable();
    names
}

/// The directory has the people whom the connection has, those active who are active there, and no fault.
async fn check_directory(home: &Home, serving: &Serving, connection: &Connection, active: u64) {
    let client = serving.client(connection);
    let path = "/Users?filter=active%20eq%20true&count=1000&attributes=userName";
    let pushed = names(&client.get(path).await.expect("a list")["Resources"], "userName");
    let list = home.json(&["user", "list", "--tenant", "acme", "--status", "active"]);
    assert_eq!(names(&list, "userName"), pushed);
    assert_eq!(pushed.len() as u64, active);
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

/// Plays one after the other on one connection; directory and provider agree each time. `deleted` is how many
/// people the directory remembers besides those whom the provider has, each time.
async fn agree(provider: &str, players: &[&str], deleted: &[usize]) {
    let home = Home::new();
    let connection = home.connection(provider);
    let serving = Serving::start(&home).await;
    let base_url = serving.base_url(&connection);
    for (player, deleted) in players.iter().zip(deleted) {
        let verdict =
            home.json(&[&arguments(&base_url, &connection.token, player)[..], &["--groups", "6"]].concat());
        check_held(&verdict);
        let counts = &verdict["counts"];
        let active = counts["active"].as_u64().expect("a number");
        check_directory(&home, &serving, &connection, active).await;
        let listed = home.json(&["connection", "list"]);
        assert_eq!((&listed[0]["users"], &listed[0]["groups"]), (&counts["users"], &counts["groups"]));
        let all = home.json(&["user", "list", "--tenant", "acme"]);
        assert_eq!(json!(length(&all) - deleted), counts["users"], "{player}");
    }
}

#[tokio::test]
async fn slow_okta_holds_twice() {
    agree("okta", &["okta", "okta"], &[0, 0]).await;
}

#[tokio::test]
async fn slow_okta_of_the_catalog_holds_twice() {
    agree("okta", &["okta-catalog", "okta-catalog"], &[0, 0]).await;
}

/// Of two people who are deleted one comes back, as the same directory user.
#[tokio::test]
async fn slow_entra_holds_twice() {
    agree("entra", &["entra", "entra"], &[1, 1]).await;
}

#[tokio::test]
async fn slow_entra_in_both_dialects_holds_on_one_connection() {
    agree("entra", &["entra-compliant", "entra", "entra-compliant"], &[1, 1, 1]).await;
}

#[tokio::test]
async fn slow_google_holds_twice() {
    agree("google", &["google", "google"], &[1, 1]).await;
}

#[tokio::test]
async fn slow_auth0_holds_twice() {
    agree("auth0", &["auth0", "auth0"], &[1, 1]).await;
}

/// Of two people who are deleted one signs up anew. An account with another `sub` may be anybody's, so the directory
/// remembers both who were deleted.
#[tokio::test]
async fn slow_cognito_holds_twice() {
    agree("cognito", &["cognito", "cognito"], &[2, 2]).await;
}

/// E-9: both dialects at once on one connection, about different people.
#[tokio::test]
async fn slow_entra_in_both_dialects_holds_at_once() {
    let home = Home::new();
    let connection = home.connection("entra");
    let serving = Serving::start(&home).await;
    let base_url = serving.base_url(&connection);
    let play = |player, more: &[&str]| {
        let arguments = [&arguments(&base_url, &connection.token, player)[..], more, &["--json"]].concat();
        home.program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
    };
    let other = ["--domain", "contoso.example", "--seed", "2", "--groups", "0"];
    let both = [play("entra", &["--groups", "6"]), play("entra-compliant", &other)];
    let mut active = 0;
    for playing in both {
        let output = playing.wait_with_output().expect("the program");
        let verdict: Value = serde_json::from_slice(&output.stdout).expect("one document");
        // Whoever is the first to read everything back does so while the other still adds people: the total of one page
        // is not that of the next.
        let expectations = verdict["expectations"].as_array().expect("expectations");
        let missed = expectations.iter().filter(|expectation| expectation["held"] != true);
        let missed: Vec<&Value> = missed
            .filter(|expectation| {
                !expectation["what"].as_str().is_some_and(|what| what.starts_with("lists are whole"))
            })
            .collect();
        assert!(missed.is_empty(), "{missed:#?}");
        active += verdict["counts"]["active"].as_u64().expect("a number");
    }
    check_directory(&home, &serving, &connection, active).await;
}

/// A server that does not know the token: a failure with a reason, not a verdict.
#[tokio::test]
async fn a_token_that_is_not_known() {
    let home = Home::new();
    let connection = home.connection("okta");
    let serving = Serving::start(&home).await;
    let arguments =
        ["simulate", "okta", "--base-url", &serving.base_url(&connection), "--token", "scim_wrong"];
    let output = home.run(&[&arguments[..], &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert!(said.contains("401") && !said.contains("scim_wrong"), "{said}");
}
