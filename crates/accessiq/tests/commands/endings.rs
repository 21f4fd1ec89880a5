//! What ends, at the command line: a connection, a person, the history; each tells before, and asks for `--yes`.

use crate::directory::{acme, stop};
use crate::support::{Home, text};
use serde_json::json;

/// A tenant with a connection that has Ana in the group Sales, and no server beside it.
async fn at_rest(home: &Home) -> String {
    let (connection, serving) = acme(home).await;
    stop(serving).await;
    connection
}

/// What a command that fails says.
fn refusal(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[tokio::test]
async fn a_connection_ends_after_a_yes() {
    let home = Home::new();
    let connection = at_rest(&home).await;
    let preview = home.json(&["connection", "end", &connection, "--finalise", "--preview"]);
    assert_eq!((&preview["byHand"], &preview["people"][0]["becomes"]), (&json!(1), &json!("by hand")));
    let said = refusal(&home, &["connection", "end", &connection, "--finalise"]);
    assert!(said.ends_with("Nothing of it can be taken back. Say --yes to go on.\n"), "{said}");
    refusal(&home, &["connection", "end", &connection, "--yes"]);
    let job = home.json(&["connection", "end", &connection, "--finalise", "--yes"]);
    assert_eq!((&job["kind"], &job["state"]), (&json!("ending"), &json!("done")));
    let listed = home.json(&["connection", "list"]);
    assert_eq!((&listed[0]["ending"]["way"], &listed[0]["users"]), (&json!("finalise"), &json!(0)));
    let users = home.json(&["user", "list", "--tenant", "acme"]);
    assert_eq!((&users[0]["source"], &users[0]["status"]), (&json!("hand"), &json!("active")));
    let said = refusal(&home, &["connection", "set", &connection, "strict=true"]);
    assert!(said.contains("was ended at"), "{said}");
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

#[tokio::test]
async fn a_person_is_erased_after_a_yes_and_with_a_reason() {
    let home = Home::new();
    at_rest(&home).await;
    let who = ["user", "erase", "ana@example.com", "--tenant", "acme"];
    refusal(&home, &who);
    let said = refusal(&home, &[&who[..], &["--reason", "request 17"]].concat());
    assert!(said.ends_with("Say --yes to go on.\n"), "{said}");
    let id = text(&home.json(&["user", "list", "--tenant", "acme"])[0]["id"]);
    let job = home.json(&[&who[..], &["--reason", "request 17", "--yes"]].concat());
    assert_eq!(
        (&job["kind"], &job["state"], &job["connection"]),
        (&json!("erasure"), &json!("done"), &json!(null))
    );
    let done = home.json(&["user", "erase", &id, "--tenant", "acme", "--preview"]);
    assert_eq!(done["done"]["reason"], "request 17");
    let events = home.run(&["events", "--tenant", "acme", "--json"]);
    assert!(!String::from_utf8_lossy(&events.stdout).contains("ana@example.com"));
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

#[tokio::test]
async fn a_tenant_says_how_long_its_history_is_kept() {
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let set = home.json(&["tenant", "set", "acme", "--keep-events", "365", "--keep-records", "0"]);
    assert_eq!((&set["keepEventsDays"], &set["keepRecordsDays"]), (&json!(365), &json!(null)));
}

#[test]
fn a_connection_without_requests_says_so() {
    let home = Home::new();
    let connection = home.connection("generic");
    let output = home.run(&["requests", "--connection", &connection.id]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "The connection has no request on record.\n");
}
