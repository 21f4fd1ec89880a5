//! Administration beside a server that runs: its next request knows.

use crate::support::{Connection, Home, Serving, text};
use crate::{operations, user};
use client::http::{ClientError, Method, ScimClient};
use serde_json::{Value, json};

/// The status of a small request.
async fn status(client: &ScimClient) -> u16 {
    match client.get("/Users?count=1").await {
        Ok(_) => 200,
        Err(error) => error.status().unwrap_or_else(|| panic!("{error}")),
    }
}

/// A connection with another token.
fn with_token(connection: &Connection, token: &Value) -> Connection {
    Connection { id: connection.id.clone(), token: text(token) }
}

#[tokio::test]
async fn a_token_lives_and_ends_with_the_next_request() {
    let home = Home::new();
    let connection = home.connection("okta");
    let serving = Serving::start(&home).await;
    let first = serving.client(&connection);
    assert_eq!(status(&first).await, 200);

    let listed = home.json(&["token", "list", "--connection", &connection.id]);
    let rotated = home.json(&["token", "rotate", &text(&listed[0]["id"])]);
    let second = serving.client(&with_token(&connection, &rotated["token"]));
    assert_eq!((status(&first).await, status(&second).await), (200, 200), "both live while they overlap");

    let rotated_again = home.json(&["token", "rotate", &text(&rotated["id"]), "--overlap", "0"]);
    let third = serving.client(&with_token(&connection, &rotated_again["token"]));
    assert_eq!((status(&second).await, status(&third).await), (401, 200), "no overlap was asked for");

    home.json(&["token", "revoke", &text(&rotated_again["id"])]);
    assert_eq!(status(&third).await, 401);
    home.json(&["token", "revoke", &text(&listed[0]["id"])]);
    assert_eq!(status(&first).await, 401);

    let fresh = home.json(&["token", "create", "--connection", &connection.id]);
    assert_eq!(status(&serving.client(&with_token(&connection, &fresh["token"]))).await, 200);
}

#[tokio::test]
async fn a_token_for_reading_alone_changes_nothing() {
    let home = Home::new();
    let connection = home.connection("okta");
    let serving = Serving::start(&home).await;
    let made = home.json(&["token", "create", "--connection", &connection.id, "--read-only"]);
    let reader = serving.client(&with_token(&connection, &made["token"]));
    assert_eq!(status(&reader).await, 200);
    let refused = reader.send(Method::POST, "/Users", Some(&user("ana@example.com"))).await;
    assert_eq!(refused.expect_err("a refusal").status(), Some(403));
    assert_eq!(home.json(&["user", "list", "--tenant", "acme"]), json!([]));
}

#[tokio::test]
async fn a_setting_holds_from_the_next_request_on() {
    let home = Home::new();
    let connection = home.connection("entra");
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    let made = client.send(Method::POST, "/Users", Some(&user("ana@example.com"))).await.expect("a user");
    let path = format!("/Users/{}", text(&made.body.expect("a user")["id"]));
    // A habit of Entra ID: a capital letter, and a boolean in quotes.
    let habit = operations(&json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    let deactivate = async || client.send(Method::PATCH, &path, Some(&habit)).await;

    deactivate().await.expect("habits are corrected");
    home.json(&["connection", "set", &connection.id, "strict=true"]);
    let refused = deactivate().await.expect_err("nothing is corrected any more");
    assert!(matches!(&refused, ClientError::Status(refusal) if refusal.status == 400), "{refused}");
    home.json(&["connection", "set", &connection.id, "strict=false"]);
    deactivate().await.expect("habits are corrected again");
}

#[tokio::test]
async fn a_schema_is_there_with_the_next_request() {
    const URN: &str = "urn:example:acme:2.0:User";
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    let path = format!("/Schemas/{URN}");
    assert_eq!(client.get(&path).await.expect_err("no schema").status(), Some(404));

    let file = home.data().join("extension.json");
    let attribute = json!({ "name": "badge", "type": "string", "multiValued": false });
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Schema"];
    let schema = json!({ "schemas": schemas, "id": URN, "name": "AcmeUser", "attributes": [attribute] });
    std::fs::write(&file, schema.to_string()).expect("a file");
    home.json(&["schema", "add", "--tenant", "acme", &file.to_string_lossy()]);
    assert_eq!(client.get(&path).await.expect("a schema")["name"], "AcmeUser");
    home.json(&["schema", "remove", "--tenant", "acme", URN]);
    assert_eq!(client.get(&path).await.expect_err("no schema").status(), Some(404));
}

#[tokio::test]
async fn the_last_owner_stays_until_there_is_another() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    let make =
        async |name: &str| client.send(Method::POST, "/Users", Some(&user(name))).await.expect("a user");
    let path = format!("/Users/{}", text(&make("ana@example.com").await.body.expect("a user")["id"]));
    make("bea@example.com").await;
    let make_owner = |name: &str| home.json(&["user", "grant", name, "--tenant", "acme", "--role", "Owner"]);
    make_owner("ana@example.com");
    let refused = client.send(Method::DELETE, &path, None).await.expect_err("the last owner stays");
    assert_eq!(refused.status(), Some(403));
    make_owner("bea@example.com");
    client.send(Method::DELETE, &path, None).await.expect("not the last one any more");
}
