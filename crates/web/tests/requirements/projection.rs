//! `attributes` and `excludedAttributes`.

use crate::support::{ENTERPRISE, SEARCH, USER, acme, create, keys, user_with};
use serde_json::{Value, json};
use testkit::Client;

async fn only(client: &Client, path: &str, attributes: &str) -> Value {
    client.get(&format!("{path}?attributes={attributes}")).await.expect(200).body
}

async fn without(client: &Client, path: &str, attributes: &str) -> Value {
    client.get(&format!("{path}?excludedAttributes={attributes}")).await.expect(200).body
}

/// R7644-3.9-02: the named attributes, and what is returned always.
/// M-39: id and schemas are always there.
/// M-40: meta is not, unless asked for.
/// R7644-3.9-09: unknown names are ignored.
/// R7643-7-08: what is never returned cannot be asked for.
#[tokio::test]
async fn attributes_names_what_to_show() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", create(&client, "ana", json!({ "password": "secret-secret" })).await);
    assert_eq!(keys(&only(&client, &path, "userName").await), ["id", "schemas", "userName"]);
    assert_eq!(keys(&only(&client, &path, "USERNAME,meta").await), ["id", "meta", "schemas", "userName"]);
    assert_eq!(keys(&only(&client, &path, "nope").await), ["id", "schemas"]);
    assert_eq!(keys(&only(&client, &path, "password").await), ["id", "schemas"]);
    assert_eq!(keys(&only(&client, &path, ",,+,").await), ["id", "schemas"]);
}

/// R7644-3.9-03: the named attributes are left out, but never what is returned always.
/// R7643-7-06: id and schemas stay.
#[tokio::test]
async fn excluded_attributes_are_left_out() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let group = client.create_group("Sales", &[&user]).await;
    let shown = without(&client, &format!("/Groups/{group}"), "members,id,schemas").await;
    assert_eq!(keys(&shown), ["displayName", "id", "meta", "schemas"]);
    let shown =
        without(&client, &format!("/Users/{user}"), "name.givenName,emails.type,emails.primary").await;
    assert_eq!(shown["name"], json!({ "familyName": "Müller" }));
    assert_eq!(shown["emails"], json!([{ "value": "ana@example.com" }]));
}

/// R7644-3.9-04: on a read, a list, a search, a create, a replace and a change.
/// R7644-3.5.2-01: a PATCH with attributes is answered with a body.
/// R7644-3.9-01: on a create too.
#[tokio::test]
async fn projection_works_on_every_verb() {
    let (_server, client) = acme().await;
    let created = client.post("/Users?attributes=userName", &user_with("ana", json!({}))).await.expect(201);
    let path = format!("/Users/{}", created.id());
    let search = json!({ "schemas": [SEARCH], "attributes": ["userName"] });
    let operations = json!([{ "op": "replace", "path": "title", "value": "Dr" }]);
    let query = "?attributes=userName";
    let shown = [
        created.body.clone(),
        client.get(&format!("{path}{query}")).await.expect(200).body,
        client.get(&format!("/Users{query}")).await.expect(200).body["Resources"][0].clone(),
        client.post("/Users/.search", &search).await.expect(200).body["Resources"][0].clone(),
        client.put(&format!("{path}{query}"), &user_with("ana", json!({}))).await.expect(200).body,
        client.operate(&format!("{path}{query}"), operations).await.expect(200).body,
    ];
    for body in shown {
        assert_eq!(keys(&body), ["id", "schemas", "userName"]);
    }
    let group = client.create_group("Sales", &[]).await;
    let operations = json!([{ "op": "replace", "path": "displayName", "value": "Marketing" }]);
    let reply =
        client.operate(&format!("/Groups/{group}?attributes=displayName"), operations).await.expect(200);
    assert_eq!(keys(&reply.body), ["displayName", "id", "schemas"]);
}

/// R7644-3.9-05: the two exclude each other.
#[tokio::test]
async fn the_two_parameters_exclude_each_other() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let query = "attributes=userName&excludedAttributes=emails";
    client.get(&format!("/Users/{id}?{query}")).await.expect_error(400, Some("invalidValue"));
    client.get(&format!("/Users?{query}")).await.expect_error(400, Some("invalidValue"));
    client
        .post(&format!("/Users?{query}"), &testkit::user("bo"))
        .await
        .expect_error(400, Some("invalidValue"));
    let search = json!({ "schemas": [SEARCH], "attributes": ["userName"], "excludedAttributes": ["emails"] });
    client.post("/Users/.search", &search).await.expect_error(400, Some("invalidValue"));
    assert!(crate::support::found(&client, "userName eq \"bo\"").await.is_empty());
}

/// R7644-3.9-06: several names, in any letter case, with their schema, down to parts.
/// R7644-3.9-07: a parent names all its parts; a part names itself.
/// R7644-3.9-08: a schema's URN alone names its container.
#[tokio::test]
async fn names_may_be_qualified_and_may_be_parts() {
    let (_server, client) = acme().await;
    let extension = json!({ "department": "Sales", "costCenter": "1", "manager": { "value": "m" } });
    let path = format!("/Users/{}", create(&client, "ana", json!({ ENTERPRISE: extension })).await);
    let shown = only(&client, &path, &format!("Emails.Value,{ENTERPRISE}:department")).await;
    assert_eq!(shown["emails"], json!([{ "value": "ana@example.com" }]));
    assert_eq!(shown[ENTERPRISE], json!({ "department": "Sales" }));
    assert_eq!(
        only(&client, &path, "name").await["name"],
        json!({ "givenName": "Ana", "familyName": "Müller" })
    );
    assert_eq!(only(&client, &path, "name.givenName").await["name"], json!({ "givenName": "Ana" }));
    assert_eq!(only(&client, &path, ENTERPRISE).await[ENTERPRISE], extension);
    assert_eq!(only(&client, &path, &format!("{USER}:userName")).await["userName"], "ana");
    assert!(without(&client, &path, ENTERPRISE).await.get(ENTERPRISE).is_none());
    let shown = without(&client, &path, &format!("{}:DEPARTMENT", ENTERPRISE.to_lowercase())).await;
    assert_eq!(keys(&shown[ENTERPRISE]), ["costCenter", "manager"]);
}

/// R7644-3.9-10: without members no member is read; what is shown is the same.
#[tokio::test]
async fn a_group_can_be_had_without_members() {
    let (_server, client) = acme().await;
    let mut members = Vec::new();
    for number in 0..30 {
        members.push(client.create_user(&format!("u{number}")).await);
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let path = format!("/Groups/{}", client.create_group("Sales", &members).await);
    let whole = client.get(&path).await.expect(200).body;
    assert_eq!(whole["members"].as_array().map(Vec::len), Some(30));
    let mut bare = whole.clone();
    bare.as_object_mut().expect("an object").remove("members");
    assert_eq!(without(&client, &path, "members").await, bare);
    assert_eq!(client.get("/Groups?excludedAttributes=members").await.expect(200).body["Resources"][0], bare);
}
