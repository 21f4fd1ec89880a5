//! What guards the doors beside the credential: limits, what a token opens, sensitive filters, a lost database.

use provisioning::tokens::{self, Wanted};
use scim::Provider;
use serde_json::json;
use std::num::NonZeroU32;
use testkit::{Server, operator, user};

/// R6585-4-01, RIPS-4.3-02: a request too many is told to wait whole seconds, with a SCIM error.
#[tokio::test]
async fn requests_are_limited() {
    let server = Server::start_with_limit(NonZeroU32::new(25)).await;
    let client = server.connect("acme", Provider::Generic).await;
    let mut refused = None;
    for _ in 0..200 {
        let reply = client.get("/Users?count=0").await;
        if reply.code() != 200 {
            refused = Some(reply);
            break;
        }
    }
    let reply =
        refused.expect("two hundred requests at once are too many for 25 a second").expect_error(429, None);
    assert!(reply.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
    for path in ["/Groups", "/Schemas", "/ServiceProviderConfig", "/Nope"] {
        client.get(path).await.expect_error(429, None);
    }
}

/// R7644-6-04: a connection that has had its share leaves the others theirs.
#[tokio::test]
async fn limits_are_of_each_connection() {
    let server = Server::start_with_limit(NonZeroU32::new(25)).await;
    let loud = server.connect("acme", Provider::Generic).await;
    let quiet = server.connect("globex", Provider::Generic).await;
    while loud.get("/Users?count=0").await.code() == 200 {}
    quiet.get("/Users").await.expect(200);
}

/// R6750-3.1-03: a token that opens reading alone is refused, by its name, when it is sent to change something.
#[tokio::test]
async fn a_reading_token_changes_nothing() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let id = client.create_user("ana").await;
    let wanted = Wanted { name: "reports", expires_at: None, read_only: true };
    let token =
        tokens::create(server.store(), &operator(), client.connection.scope, wanted).await.expect("a token");
    let reader = client.with_token(Some(&token.text));
    let path = format!("/Users/{id}");
    reader.get(&path).await.expect(200);
    let search =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "id pr" });
    reader.post("/Users/.search", &search).await.expect(200);
    let reply = reader.post("/Users", &user("ben")).await.expect_error(403, None);
    assert!(
        reply.header("www-authenticate").is_some_and(|challenge| challenge.contains("insufficient_scope"))
    );
    reader.delete(&path).await.expect_error(403, None);
    reader.put(&path, &user("eve")).await.expect_error(403, None);
    reader.post("/Bulk", &json!({})).await.expect_error(403, None);
    assert_eq!(client.get(&path).await.expect(200).body["userName"], "ana");
}

/// R7644-7.5.2-01: what the administrator calls sensitive may be searched for, but not by a URI.
#[tokio::test]
async fn sensitive_filters_stay_out_of_uris() {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("sensitive", "name,emails")]).await;
    client.create_user("ana").await;
    client.get("/Users?filter=name.familyName%20eq%20%22x%22").await.expect_error(403, Some("sensitive"));
    client
        .get("/Users?filter=userName%20eq%20%22ana%22%20and%20emails%20pr")
        .await
        .expect_error(403, Some("sensitive"));
    client.get("/Users?filter=userName%20eq%20%22ana%22").await.expect(200);
    let filter = "name.familyName eq \"Müller\"";
    let search =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
    assert_eq!(client.post("/Users/.search", &search).await.expect(200).body["totalResults"], 1);
}

/// R9110-15-01: without its database the service says so, asks to come back, and acknowledges nothing.
#[tokio::test]
async fn a_lost_database_is_told() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    client.create_user("ana").await;
    std::fs::remove_file(server.store().path()).expect("the database file");
    let reply = client.post("/Users", &user("ben")).await.expect_error(503, None);
    assert!(reply.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
    assert!(
        !reply.text.contains("sqlite") && !reply.text.contains(server.directory().to_string_lossy().as_ref())
    );
}
