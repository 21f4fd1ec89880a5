//! SIGTERM: no more requests are taken, those there are get their answer, and every answer has its record. A request that
//! never ends is not waited for by who asks twice.

use crate::support::{Connection, Home, Serving};
use crate::user;
use client::http::{ClientError, Method, ScimClient};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const CLIENTS: usize = 8;
/// How many answers come before the signal, which then finds requests on their way.
const BEFORE: usize = 150;

/// How many answers of each status came.
type Answers = BTreeMap<u64, usize>;

/// Sends reads, refused and accepted writes, and refused credentials, until the server takes no more.
async fn send_until_it_stops(
    lane: usize,
    known: Arc<ScimClient>,
    stranger: Arc<ScimClient>,
    count: Arc<AtomicUsize>,
) -> Answers {
    let mut answers = Answers::new();
    for number in 0.. {
        let name = format!("lane{lane}.{number}@example.com");
        let answer = match number % 5 {
            0 => known.send(Method::POST, "/Users", Some(&user(&name))).await,
            1 => known.send(Method::POST, "/Users", Some(&json!({ "userName": name }))).await,
            2 => known.send(Method::GET, "/Users?count=2", None).await,
            3 => known.send(Method::GET, "/Users/nobody", None).await,
            _ => stranger.send(Method::GET, "/Users", None).await,
        };
        let status = match answer {
            Ok(answer) => answer.status,
            Err(ClientError::Transport { .. }) => break,
            Err(error) => error.status().unwrap_or_else(|| panic!("{error}")),
        };
        *answers.entry(status.into()).or_default() += 1;
        count.fetch_add(1, Ordering::Relaxed);
    }
    answers
}

#[tokio::test]
async fn sigterm_loses_no_record_of_what_was_answered() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let stranger = Connection { id: connection.id.clone(), token: "scim_nothing".into() };
    let (known, stranger) = (Arc::new(serving.client(&connection)), Arc::new(serving.client(&stranger)));
    let count = Arc::new(AtomicUsize::new(0));
    let mut load = JoinSet::new();
    for lane in 0..CLIENTS {
        load.spawn(send_until_it_stops(lane, Arc::clone(&known), Arc::clone(&stranger), Arc::clone(&count)));
    }
    while count.load(Ordering::Relaxed) < BEFORE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    serving.ask_to_stop();
    let mut answered = Answers::new();
    for (status, count) in load.join_all().await.into_iter().flatten() {
        *answered.entry(status).or_default() += count;
    }
    assert!(serving.ended().await.success());

    let records = home.json(&["requests", "--connection", &connection.id, "--limit", "1000000"]);
    let mut recorded = Answers::new();
    for record in records.as_array().expect("a list") {
        *recorded.entry(record["status"].as_u64().expect("a status")).or_default() += 1;
    }
    assert_eq!(recorded, answered);
    assert_eq!(answered.keys().copied().collect::<Vec<_>>(), [200, 201, 400, 401, 404]);
    let users = home.json(&["user", "list", "--tenant", "acme"]);
    assert_eq!(users.as_array().map(Vec::len), answered.get(&201).copied());
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}

#[tokio::test]
async fn a_second_sigterm_ends_what_never_ends() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let mut stuck = TcpStream::connect(serving.address()).expect("a connection");
    let head = format!(
        "POST /scim/v2/{}/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: 1000\r\n\r\n{{",
        connection.id, connection.token
    );
    stuck.write_all(head.as_bytes()).expect("half a request");
    serving.client(&connection).get("/Users").await.expect("the server took what came before");
    serving.ask_to_stop();
    let began = Instant::now();
    while !serving.logged().contains("stopping: finishing requests") {
        assert!(began.elapsed() < Duration::from_secs(10), "not asked: {}", serving.logged());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Asked once, it waits.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!serving.logged().contains("\"stopped\""), "it waited for nothing: {}", serving.logged());
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
    assert!(began.elapsed() < Duration::from_secs(20), "it waited as if it had been asked once");
    let logged = std::fs::read_to_string(home.log()).expect("a log");
    assert!(logged.contains("some requests did not end") && logged.contains("\"stopped\""), "{logged}");

    assert_eq!(home.json(&["user", "list", "--tenant", "acme"]), json!([]));
    let records = home.json(&["requests", "--connection", &connection.id]);
    assert_eq!(records.as_array().map(Vec::len), Some(1), "the one that was answered");
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
}
