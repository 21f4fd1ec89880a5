//! What the interoperability profiles ask beyond the RFCs.

use crate::support::{GROUP, USER, acme, group, strict, user_with};
use axum::http::Method;
use scim::Provider;
use serde_json::json;
use testkit::{Server, user};

/// RINT-6.1-01: one endpoint per type, one URI per resource.
#[tokio::test]
async fn one_endpoint_per_type() {
    let (_server, client) = strict().await;
    let id = client.create_user("ana").await;
    client.create_group("Sales", &[]).await;
    for path in ["/Users/ana", "/Users/ana@example.com", "/Groups/Sales", "/User", "/Group"] {
        client.get(path).await.expect_error(404, None);
    }
    let types = client.get("/ResourceTypes").await.expect(200);
    let endpoints = crate::support::texts(&types, "endpoint");
    assert_eq!(endpoints, ["/Users", "/Groups"]);
    client.get(&format!("/Users/{id}")).await.expect(200);
}

/// RINT-6.2-01: by the letter every answer is scim+json.
#[tokio::test]
async fn every_answer_is_scim_json() {
    let (_server, client) = strict().await;
    let client = client.with_header("accept", "application/json");
    let created = client.post("/Users", &user("ana")).await.expect(201);
    let path = format!("/Users/{}", created.id());
    for reply in [
        created,
        client.get("/Users").await,
        client.get(&path).await,
        client.get("/Schemas").await,
        client.get("/Nope").await,
        client.put(&path, &user("ana")).await,
        client.post("/Users", &user("ana")).await,
        client.send(Method::DELETE, "/Users", "").await,
    ] {
        assert_eq!(reply.header("content-type"), Some("application/scim+json"), "{}", reply.text);
    }
}

/// RIPS-6.2.1-01: two groups of one name are refused.
/// RINT-6.9-01: with 409 uniqueness.
#[tokio::test]
async fn two_groups_of_one_name_are_refused() {
    let (_server, client) = acme().await;
    client.post("/Groups", &group("Sales", &[])).await.expect(201);
    client.post("/Groups", &group("SALES", &[])).await.expect_error(409, Some("uniqueness"));
    let told_apart =
        |external: &str| json!({ "schemas": [GROUP], "displayName": "Legal", "externalId": external });
    client.post("/Groups", &told_apart("a")).await.expect(201);
    client.post("/Groups", &told_apart("b")).await.expect(201);
    client.post("/Groups", &told_apart("b")).await.expect_error(409, Some("uniqueness"));
}

/// RIPS-6.1.1-01: what a user must have can be relaxed to the userName, and the schema says which it is.
#[tokio::test]
async fn a_connection_may_require_the_user_name_alone() {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("required", "userName")]).await;
    client.post("/Users", &json!({ "schemas": [USER], "userName": "ana" })).await.expect(201);
    client.post("/Users", &json!({ "schemas": [USER] })).await.expect_error(400, Some("invalidValue"));
    let (_other, standard) = acme().await;
    let bare = json!({ "schemas": [USER], "userName": "ana@x.org", "name": { "givenName": "A", "familyName": "B" } });
    standard.post("/Users", &bare).await.expect(201);
    let reply = standard.post("/Users", &json!({ "schemas": [USER], "userName": "bo@x.org" })).await;
    let reply = reply.expect_error(400, Some("invalidValue"));
    assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("name.")), "{}", reply.text);
}

/// RINT-6.6-01: a deleted user is gone, and only then may be made anew under another id.
#[tokio::test]
async fn deactivation_and_deletion_are_two_things() {
    let (_server, client) = strict().await;
    let id = client.create_user("ana").await;
    let path = format!("/Users/{id}");
    client.put(&path, &user_with("ana", json!({ "active": false }))).await.expect(200);
    client.post("/Users", &user("ana")).await.expect_error(409, Some("uniqueness"));
    client.delete(&path).await.expect(204);
    assert_ne!(client.create_user("ana").await, id);
}
