//! `GET /metrics`: at an address of its own, and nowhere else.

use crate::support::{Home, Serving};
use crate::user;
use client::http::Method;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A whole answer, as bytes on the wire.
fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a server");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// The address that the log names for `/metrics`.
fn metrics_address(log: &str) -> SocketAddr {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let found = lines.into_iter().find(|line| line["fields"]["message"] == "serving /metrics");
    let address = found.expect("a line of the log")["fields"]["address"].clone();
    address.as_str().expect("an address").parse().expect("an address")
}

#[tokio::test]
async fn counts_are_served_at_an_address_of_their_own() {
    let home = Home::new();
    let connection = home.connection("entra");
    let mut serving = Serving::launch(&home, &[("ACCESSIQ_METRICS_LISTEN", "127.0.0.1:0")]);
    serving.ready().await;
    let client = serving.client(&connection);
    client.send(Method::POST, "/Users", Some(&user("ana@example.com"))).await.expect("a user");

    let answer = get(metrics_address(&serving.logged()), "/metrics");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("text/plain; version=0.0.4"), "{answer}");
    let counted =
        r#"accessiq_requests_total{method="POST",route="/scim/v2/{connection}/Users",status="201"} 1"#;
    assert!(answer.contains(counted), "{answer}");
    assert!(
        !answer.contains("acme") && !answer.contains(&connection.id) && !answer.contains("ana"),
        "{answer}"
    );
    assert!(get(metrics_address(&serving.logged()), "/scim/v2/x/Users").starts_with("HTTP/1.1 404"));
    assert!(get(serving.address(), "/metrics").starts_with("HTTP/1.1 404"));
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
}

#[tokio::test]
async fn counts_are_not_served_unless_asked_for() {
    let home = Home::new();
    let serving = Serving::start(&home).await;
    assert!(!serving.logged().contains("/metrics"));
}
