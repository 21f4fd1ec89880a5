//! `simulate`: each player finds what it believes in, on a fresh connection and when it comes back.

use crate::support::{Connection, Home, Serving};
use serde_json::{Value, json};

/// Plays against a connection, which must hold; returns the verdict.
fn play(home: &Home, serving: &Serving, connection: &Connection, player: &str) -> Value {
    let base_url = serving.base_url(connection);
    let verdict = home.json(&[
        "simulate",
        player,
        "--base-url",
        &base_url,
        "--token",
        &connection.token,
        "--users",
        "60",
        "--groups",
        "6",
    ]);
    let expectations = verdict["expectations"].as_array().expect("expectations");
    assert!(!expectations.is_empty() && expectations.iter().all(|one| one["held"] == true), "{verdict:#}");
    verdict
}

/// Plays twice; directory and provider agree each time.
async fn twice(player: &str) {
    let home = Home::new();
    let connection = home.connection("okta");
    let serving = Serving::start(&home).await;
    for _ in 0..2 {
        let counts = play(&home, &serving, &connection, player)["counts"].clone();
        let active = home.json(&["user", "list", "--tenant", "acme", "--status", "active"]);
        assert_eq!(json!(active.as_array().map(Vec::len)), counts["active"]);
        let listed = home.json(&["connection", "list"]);
        assert_eq!((&listed[0]["users"], &listed[0]["groups"]), (&counts["users"], &counts["groups"]));
        assert_eq!(home.json(&["doctor"])["findings"], json!([]));
    }
}

#[tokio::test]
async fn slow_okta_holds_twice() {
    twice("okta").await;
}

#[tokio::test]
async fn slow_okta_of_the_catalog_holds_twice() {
    twice("okta-catalog").await;
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
