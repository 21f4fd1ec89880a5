//! Several nodes over PostgreSQL, under load, while nodes and databases are killed: what was answered stays, nothing is
//! done twice or half, and whoever is left goes on by itself.

mod load;
mod support;

use client::http::{Method, ScimClient};
use cluster::{Cluster, Durability};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use support::{Home, Serving, text};

const SEED: u64 = 17;
/// How many rounds of load there are.
const ROUNDS: u64 = 8;
/// How many answers are waited for before a blow, and after it.
const ANSWERS: u64 = 60;
/// How many people a job concerns.
const PEOPLE: usize = 1500;
/// How long a part of the work may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What happens in the midst of a round.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// One of the two nodes is killed.
    Node,
    /// Every process of the database is killed, and the database started again.
    Database,
    /// Every connection to the database is ended by its administrator.
    Connections,
}

const BLOWS: [Blow; 3] = [Blow::Database, Blow::Node, Blow::Connections];

fn is_sound(home: &Home) {
    let report = home.json(&["doctor"]);
    assert_eq!(report["findings"], json!([]), "{report}");
}

#[tokio::test]
async fn crash_of_nodes_and_database_loses_nothing_answered_and_doubles_nothing() {
    let mut cluster = Cluster::start(Durability::Full);
    let home = Home::in_database(&cluster.create_database("accessiq"));
    let connection = home.connection("generic");
    let (mut first, second) = (Serving::start(&home).await, Serving::start(&home).await);
    let groups = Arc::new(load::create_groups(&second.client(&connection)).await);
    let (mut lanes, mut kept, mut refused) = (load::lanes(), 0, 0);
    for (round, blow) in (0..ROUNDS).zip(BLOWS.into_iter().cycle()) {
        let clients = [&first, &second].map(|node| load::client(&node.base_url(&connection), &connection));
        let (progress, running) = load::start(SEED, round, &clients, &groups, lanes);
        progress.wait_for(ANSWERS).await;
        match blow {
            Blow::Node => {
                first.kill();
                progress.wait_for(ANSWERS).await;
                first = Serving::start(&home).await;
            }
            Blow::Database => {
                cluster.kill();
                while progress.refused.load(Ordering::Relaxed) == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                cluster.restart();
            }
            Blow::Connections => {
                let sql = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'accessiq'";
                drop(cluster.query("postgres", sql));
            }
        }
        // Whoever is left goes on, without anybody's help.
        progress.wait_for(ANSWERS).await;
        progress.enough.store(true, Ordering::Relaxed);
        lanes = running.join_all().await;
        refused += progress.refused.load(Ordering::Relaxed);
        let found = load::read_back(&second.client(&connection), &groups).await;
        kept += load::settle(round, &mut lanes, &found);
        is_sound(&home);
    }
    for node in [first, second] {
        node.ask_to_stop();
        assert!(node.ended().await.success());
    }
    let done = load::check_records(&home, &connection, &lanes, &groups);
    println!("{ROUNDS} blows, {done} changes, {refused} refused, {kept} without an answer and whole");
}

/// The database fails over to a standby that every commit waits for; the nodes know both by their URL.
#[tokio::test]
async fn crash_of_the_primary_loses_nothing_that_the_standby_has() {
    let mut primary = Cluster::start(Durability::Full);
    primary.create_database("accessiq");
    let standby = primary.start_standby("standby");
    primary.wait_for_standby("standby");
    let url = format!("postgres://accessiq@{},{}/accessiq", primary.host(), standby.host());
    let home = Home::in_database(&url);
    let connection = home.connection("generic");
    let nodes = [Serving::start(&home).await, Serving::start(&home).await];
    let groups = Arc::new(load::create_groups(&nodes[0].client(&connection)).await);
    let clients = nodes.each_ref().map(|node| load::client(&node.base_url(&connection), &connection));
    let (progress, running) = load::start(SEED, 0, &clients, &groups, load::lanes());
    progress.wait_for(2 * ANSWERS).await;
    primary.kill();
    standby.promote();
    progress.wait_for(2 * ANSWERS).await;
    progress.enough.store(true, Ordering::Relaxed);
    let mut lanes = running.join_all().await;
    let found = load::read_back(&nodes[1].client(&connection), &groups).await;
    load::settle(0, &mut lanes, &found);
    is_sound(&home);
    load::check_records(&home, &connection, &lanes, &groups);
}

/// What one node changes holds at the other from the next request on.
#[tokio::test]
async fn a_node_knows_at_once_what_another_did() {
    let cluster = Cluster::start(Durability::None);
    let home = Home::in_database(&cluster.create_database("accessiq"));
    let connection = home.connection("generic");
    let nodes = [Serving::start(&home).await, Serving::start(&home).await];
    let [one, other] = nodes.each_ref().map(|node| node.client(&connection));
    for number in 0..20 {
        let (writer, reader) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let id = create_person(writer, number).await;
        let found = reader.get(&format!("/Users/{id}")).await.expect("the person");
        assert_eq!(found["userName"], format!("person{number}@acme.example"));
    }
    for client in [&one, &other] {
        assert!(shows_title(client).await);
    }
    home.json(&["connection", "set", &connection.id, "off=title", "--yes"]);
    for client in [&one, &other] {
        assert!(!shows_title(client).await);
    }
    let tokens = home.json(&["token", "list", "--connection", &connection.id]);
    let token = text(&tokens[0]["id"]);
    home.json(&["token", "revoke", &token]);
    for client in [&one, &other] {
        let refused = client.get("/Users").await.expect_err("a refusal");
        assert_eq!(refused.status(), Some(401), "{refused}");
    }
}

async fn shows_title(client: &ScimClient) -> bool {
    client.get("/Schemas").await.expect("schemas").to_string().contains("\"title\"")
}

/// A job goes on at the other node when the one that does it is killed; nothing of it is done twice.
#[tokio::test]
async fn crash_of_a_node_hands_its_job_to_the_other() {
    let cluster = Cluster::start(Durability::None);
    let home = Home::in_database(&cluster.create_database("accessiq"));
    let connection = home.connection("okta");
    let one = Serving::start(&home).await;
    let group = group_of_everybody(&one.client(&connection)).await;
    one.kill();
    home.json(&["organization", "create", "--tenant", "acme", "Engineering"]);
    let mapping = ["mapping", "create", "--connection", &connection.id, "--group", &group];
    let target = ["--organization", "Engineering", "--role", "Manager", "--background"];
    home.json(&[&mapping[..], &target].concat());
    let (one, other) = (Serving::launch(&home, &[]), Serving::launch(&home, &[]));
    wait_until(&home, |job| job["done"].as_i64() > Some(100)).await;
    one.kill();
    let left = job(&home);
    wait_until(&home, |job| job["state"] == "done").await;
    assert_ne!(left["state"], "done", "the node was killed too late to mean anything");
    drop(other);
    is_sound(&home);
    let events = home.json(&["events", "--tenant", "acme", "--limit", "100000"]);
    let events = events.as_array().expect("a list");
    let by_the_job = |kind: &str| {
        events.iter().filter(|event| event["kind"] == kind && event["actor"]["kind"] != "token").count()
    };
    assert_eq!((by_the_job("membership.started"), by_the_job("membership.ended")), (PEOPLE, PEOPLE));
}

fn job(home: &Home) -> Value {
    let jobs = home.json(&["job", "list", "--tenant", "acme"]);
    jobs.as_array().or_else(|| jobs["items"].as_array()).expect("a list")[0].clone()
}

async fn wait_until(home: &Home, is_reached: impl Fn(&Value) -> bool) {
    let began = Instant::now();
    while !is_reached(&job(home)) {
        assert!(began.elapsed() < PATIENCE, "{}", job(home));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn create_person(client: &ScimClient, number: usize) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("person{number}@acme.example"),
        "name": { "givenName": "Ana", "familyName": format!("{number}") },
    });
    let made = client.send(Method::POST, "/Users", Some(&body)).await.expect("a user");
    text(&made.body.expect("a body")["id"])
}

async fn group_of_everybody(client: &ScimClient) -> String {
    let mut members = Vec::new();
    for number in 0..PEOPLE {
        members.push(json!({ "value": create_person(client, number).await }));
    }
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Everybody", "members": members,
    });
    let made = client.send(Method::POST, "/Groups", Some(&body)).await.expect("a group");
    text(&made.body.expect("a body")["id"])
}
