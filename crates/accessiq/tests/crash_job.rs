//! `kill -9` while a changed policy, or the end of a connection, is carried out in the background: it goes on where it stopped, and nothing is done
//! twice or left half done.

#[expect(dead_code, reason = "each file of tests uses its part")]
mod support;

use client::http::{Method, ScimClient};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Connection, Home, Serving, text};
use tokio::task::JoinSet;

/// How many people the mapping concerns.
const PEOPLE: usize = 5000;
/// How many clients create them.
const CLIENTS: usize = 8;
/// How often the server is killed on the way.
const KILLS: usize = 5;
/// How long a part of the work may take.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn crash_while_a_policy_is_carried_out_only_interrupts_it() {
    let home = Home::new();
    let connection = home.connection("okta");
    let serving = Serving::start(&home).await;
    let group = group_of_everybody(&serving, &connection).await;
    serving.kill();
    home.json(&["organization", "create", "--tenant", "acme", "Engineering"]);
    let mapping = ["mapping", "create", "--connection", &connection.id, "--group", &group];
    let target = ["--organization", "Engineering", "--role", "Manager", "--background"];
    home.json(&[&mapping[..], &target].concat());
    let total = job(&home)["total"].as_i64().expect("a number");
    assert_eq!(total, i64::try_from(PEOPLE).expect("a number"));

    interrupt_and_finish(&home).await;
    // Everybody has it once, and each began and ended one membership.
    let count = |kind: &str| {
        let events = home.json(&["events", "--tenant", "acme", "--limit", "100000"]);
        let of_kind = events.as_array().expect("a list").iter().filter(|event| event["kind"] == kind);
        of_kind.filter(|event| event["actor"]["kind"] != "token").count()
    };
    assert_eq!((count("membership.started"), count("membership.ended")), (PEOPLE, PEOPLE));
}

#[tokio::test]
async fn crash_while_a_connection_ends_only_interrupts_it() {
    let home = Home::new();
    let connection = home.connection("okta");
    let serving = Serving::start(&home).await;
    group_of_everybody(&serving, &connection).await;
    serving.kill();
    home.json(&["connection", "end", &connection.id, "--terminate", "--yes", "--background"]);
    interrupt_and_finish(&home).await;
    let users = home.json(&["user", "list", "--tenant", "acme"]);
    let deactivated = users.as_array().expect("a list").iter().filter(|user| user["status"] == "deactivated");
    assert_eq!(deactivated.count(), PEOPLE);
    let events = home.json(&["events", "--tenant", "acme", "--limit", "100000"]);
    let count =
        |kind: &str| events.as_array().expect("a list").iter().filter(|event| event["kind"] == kind).count();
    assert_eq!((count("user.deactivated"), count("connection.ended")), (PEOPLE, 1));
}

/// Kills servers that work on the one job there is, again and again, and lets the last one finish it.
async fn interrupt_and_finish(home: &Home) {
    let total = job(home)["total"].as_i64().expect("a number");
    let (mut done_before, mut interrupted) = (0, 0);
    for _ in 0..KILLS {
        // It works from the start on, and is killed as soon as it listens.
        Serving::start(home).await.kill();
        let stopped = job(home);
        let done = stopped["done"].as_i64().expect("a number");
        assert!(done >= done_before, "{done_before} were done before, now {stopped}");
        interrupted += usize::from(done_before < done && done < total);
        done_before = done;
        is_sound(home);
    }
    assert!(interrupted > 1, "the kills came too late to mean anything: {}", job(home));

    let serving = Serving::start(home).await;
    wait_until(home, |job| job["state"] == "done").await;
    drop(serving);
    is_sound(home);
}

/// The one job there is.
fn job(home: &Home) -> Value {
    let jobs = home.json(&["job", "list", "--tenant", "acme"]);
    let jobs = jobs.as_array().or_else(|| jobs["items"].as_array()).cloned().expect("a list");
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs[0].clone()
}

async fn wait_until(home: &Home, is_reached: impl Fn(&Value) -> bool) {
    let began = Instant::now();
    while !is_reached(&job(home)) {
        assert!(began.elapsed() < PATIENCE, "{}", job(home));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_sound(home: &Home) {
    let report = home.json(&["doctor"]);
    assert_eq!(report["findings"], json!([]), "{report}");
}

async fn group_of_everybody(serving: &Serving, connection: &Connection) -> String {
    let client = Arc::new(serving.client(connection));
    let mut tasks = JoinSet::new();
    for lane in 0..CLIENTS {
        tasks.spawn(create_people(Arc::clone(&client), lane));
    }
    let members: Vec<Value> =
        tasks.join_all().await.concat().into_iter().map(|id| json!({ "value": id })).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Everybody", "members": members,
    });
    let made = client.send(Method::POST, "/Groups", Some(&body)).await.expect("a group");
    text(&made.body.expect("a body")["id"])
}

async fn create_people(client: Arc<ScimClient>, lane: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in (lane..PEOPLE).step_by(CLIENTS) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("person{number}@acme.example"),
            "name": { "givenName": "Ana", "familyName": format!("{number}") },
        });
        let made = client.send(Method::POST, "/Users", Some(&body)).await.expect("a user");
        ids.push(text(&made.body.expect("a body")["id"]));
    }
    ids
}
