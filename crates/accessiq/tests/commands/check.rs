//! `check`: what people read, what programs read, and what is left when somebody stops it.

use crate::support::{Connection, Home, Serving};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a run may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the command against a connection.
fn run(home: &Home, serving: &Serving, connection: &Connection, more: &[&str]) -> Output {
    let base_url = serving.base_url(connection);
    let output =
        home.run(&[&["check", &base_url, "--token", &connection.token, "--seed", "3"], more].concat());
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(!String::from_utf8_lossy(&said).contains(&connection.token), "the token was shown");
    output
}

/// Every scratch user is gone over SCIM, and a deactivated user of the directory.
fn nothing_is_left(home: &Home) {
    let listed = home.json(&["connection", "list"]);
    assert_eq!((&listed[0]["users"], &listed[0]["groups"]), (&json!(0), &json!(0)));
    assert_eq!(home.json(&["user", "list", "--tenant", "acme", "--status", "active"]), json!([]));
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

#[tokio::test]
async fn our_own_service_has_no_failure() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let output = run(&home, &serving, &connection, &["--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!((&report["failed"], &report["left_behind"]), (&json!(0), &json!([])), "{report:#}");
    assert_eq!((output.status.code(), &report["strictness"]), (Some(0), &json!("lenient")));
    nothing_is_left(&home);
}

#[tokio::test]
async fn a_strict_connection_is_called_strict_and_has_no_failure() {
    let home = Home::new();
    let connection = home.connection("generic");
    home.json(&["connection", "set", &connection.id, "strict=true"]);
    let serving = Serving::start(&home).await;
    let output = run(&home, &serving, &connection, &[]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("This server is strict") && said.contains("habits are not tolerated"), "{said}");
    assert!(!said.contains('✗') && said.contains("Entra ID"), "{said}");
}

/// One provider's checks alone; each is shown when asked for.
#[tokio::test]
async fn one_provider_may_be_asked_for() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let output = run(&home, &serving, &connection, &["--provider", "jumpcloud", "--verbose"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("✓ members-remove-by-value") && !said.contains("bulk-create"), "{said}");
}

/// A failure names what was asked, what came, who suffers, and how to see it again.
#[tokio::test]
async fn a_failure_is_told_so_that_it_can_be_seen_again() {
    let home = Home::new();
    let connection = home.connection("generic");
    home.json(&["connection", "set", &connection.id, "sensitive=userName"]);
    let serving = Serving::start(&home).await;
    let output = run(&home, &serving, &connection, &["--only", "filter-user-name"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for wanted in [
        "✗ A user is found by userName",
        "[filter-user-name]",
        "breaks a provider",
        "Okta looks everybody up by userName before a create (O-3)",
        "> GET /Users?filter=userName%20eq%20",
        "< 403",
        "expected: ",
        "came:     403",
        "curl -sS -X GET -H \"Authorization: Bearer $TOKEN\"",
        "Who suffers:",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

/// Ctrl-C: what was made until then is deleted.
#[tokio::test]
async fn an_interrupted_check_leaves_nothing_behind() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let base_url = serving.base_url(&connection);
    let mut command = home.program(&["check", &base_url, "--token", &connection.token]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    until_somebody_is_there(&serving, &connection, &mut child).await;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::INT).expect("a program that runs");
    let output = child.wait_with_output().expect("the program");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted before its end"), "{said}");
    nothing_is_left(&home);
}

async fn until_somebody_is_there(serving: &Serving, connection: &Connection, child: &mut Child) {
    let (client, began) = (serving.client(connection), Instant::now());
    while client.get("/Users?count=0").await.expect("a list")["totalResults"] == 0 {
        assert_eq!(child.try_wait().expect("a child"), None, "the check ended too soon");
        assert!(began.elapsed() < PATIENCE, "the check makes nobody");
    }
}

/// No report, a reason, and no token in it.
#[tokio::test]
async fn a_token_that_is_not_known() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let output = home.run(&["check", &serving.base_url(&connection), "--token", "scim_wrong", "--json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    assert!(said.contains("401") && !said.contains("scim_wrong"), "{said}");
}
