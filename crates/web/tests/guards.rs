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

/// R6585-4-01: whoever sends one bad token after another is told to wait; a good token from the same address is not.
#[tokio::test]
async fn bad_tokens_are_limited_and_good_ones_go_on() {
    let server = Server::start_with_limit(NonZeroU32::new(2000)).await;
    let client = server.connect("acme", Provider::Generic).await;
    for token in [Some("scim_nothing"), None] {
        let stranger = client.with_token(token);
        let mut refused = stranger.get("/Users").await;
        for _ in 0..400 {
            if refused.code() != 401 {
                break;
            }
            refused = stranger.get("/Users").await;
        }
        let refused = refused.expect_error(429, None);
        assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
    }
    client.get("/Users").await.expect(200);
    client.post("/Users", &user("ana")).await.expect(201);
    // What a stranger does to one connection hides nothing from another's administrator, who mistyped a token.
    let other = server.connect("globex", Provider::Generic).await;
    other.with_token(Some("scim_mistyped")).get("/Users").await.expect_error(401, None);
}

/// Connections that are not there have one limit together, so that asking for ever new ones gains nothing.
#[tokio::test]
async fn strangers_who_guess_connections_are_limited() {
    let server = Server::start_with_limit(NonZeroU32::new(2000)).await;
    let client = server.connect("acme", Provider::Generic).await;
    let mut statuses = Vec::new();
    for number in 0..200 {
        let path = format!("/scim/v2/nobody{number}/Users");
        statuses.push(client.send_to(axum::http::Method::GET, &path, "").await.code());
    }
    assert_eq!((statuses.first(), statuses.last()), (Some(&401), Some(&429)));
}

/// However many bad tokens come, a connection keeps the first of them and says how many it did not keep.
#[tokio::test]
async fn refusals_do_not_fill_the_records() {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    for _ in 0..500 {
        client.with_token(Some("scim_nothing")).get("/Users").await.expect_error(401, None);
    }
    client.get("/Users").await.expect(200);
    server.flush().await;
    let scope = client.connection.scope;
    let records = server.store().read(|tx| store::requests::newest(tx, scope, 1000)).expect("records");
    let refused = records.iter().filter(|record| record.status == 401).count();
    assert!((100..120).contains(&refused), "{refused} were kept");
    assert_eq!(records.iter().filter(|record| record.status == 200).count(), 1);
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
    server.lose_database();
    let reply = client.post("/Users", &user("ben")).await.expect_error(503, None);
    assert!(reply.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
    assert!(
        !reply.text.contains("sqlite") && !reply.text.contains(server.directory().to_string_lossy().as_ref())
    );
}
