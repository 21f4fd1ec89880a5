//! Request records and events.

use crate::support::{Acme, texts};
use serde_json::json;

#[tokio::test]
async fn the_requests_of_a_connection_are_listed_filtered_and_read() {
    let acme = Acme::start().await;
    acme.client.get("/Users/none").await.expect(404);
    acme.client.post("/Users", &json!({})).await.expect(400);
    acme.client.get("/Users").await.expect(200);
    acme.server.flush().await;
    let requests = acme.below("/requests");
    let listed = acme.api.sweep(&requests, 200).await;
    assert_eq!(texts(&listed, "method"), ["GET", "POST", "GET", "POST", "POST"]);
    assert!(listed.iter().all(|record| record.get("requestBody").is_none()));
    let refused = acme.api.sweep(&format!("{requests}?status=4xx"), 200).await;
    assert_eq!(texts(&refused, "path"), ["/Users", "/Users/none"]);
    let missing = acme.api.sweep(&format!("{requests}?status=404&method=get"), 200).await;
    let path = format!("{requests}/{}", missing[0]["id"].as_str().expect("an id"));
    let record = acme.api.get(&path).await.expect(200).body;
    assert!(record["responseBody"].as_str().is_some_and(|body| body.contains("404")), "{record}");
    assert_eq!(acme.api.sweep(&format!("{requests}?method=DELETE"), 200).await.len(), 0);
}

#[tokio::test]
async fn an_event_names_its_connection_its_request_and_who_did_it() {
    let acme = Acme::start().await;
    let role = acme.api.post("/roles", &json!({ "name": "Auditor", "priority": 30 })).await.expect(201);
    let events = acme.api.get("/events?limit=200").await.expect(200);
    let events = events.body["items"].as_array().expect("items");
    let made = events.iter().find(|event| event["kind"] == "user.created").expect("an event");
    assert_eq!(made["connection"], acme.client.connection.id);
    assert_eq!(made["actor"]["kind"], "token");
    let last = events.last().expect("an event");
    assert_eq!(
        (&last["kind"], &last["subject"]),
        (&json!("role.created"), &json!({ "kind": "role", "id": role.id() }))
    );
    assert_eq!(last["actor"], json!({ "kind": "key", "id": acme.api.key_id }));
    assert_eq!(last["request"].as_str(), role.header("x-request-id"));
    assert_eq!(last["after"]["priority"], 30);
}
