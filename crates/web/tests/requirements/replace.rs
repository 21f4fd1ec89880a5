//! PUT.

use crate::support::{
    ENTERPRISE, NOBODY, USER, acme, create, group, shown, strict, tag, user_with, user_without,
};
use serde_json::json;
use std::slice::from_ref;

/// R7644-3.5-01: a replace is answered with 200.
/// R7644-3.5.1-01: and the whole resource; an unknown id is never created.
#[tokio::test]
async fn replace_answers_with_the_resource_and_never_creates() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let reply =
        client.put(&format!("/Users/{id}"), &user_with("ana", json!({ "title": "Dr" }))).await.expect(200);
    assert_eq!(reply.body, shown(&client, &id).await);
    client.put(&format!("/Users/{NOBODY}"), &user_with("bo", json!({}))).await.expect_error(404, None);
    client.put(&format!("/Groups/{NOBODY}"), &group("Sales", &[])).await.expect_error(404, None);
    assert_eq!(client.get("/Users").await.expect(200).body["totalResults"], 1);
    assert_eq!(client.get("/Groups").await.expect(200).body["totalResults"], 0);
}

/// R7644-3.5.1-02: what is given replaces; a multi-valued attribute is replaced whole.
/// R7644-3.5.1-03: what is left out is cleared.
/// R7644-3.5.1-08: so is what is null or an empty list.
/// R7644-3.5.1-09: so is an extension, and its URN goes with it.
/// M-20: cleared, except what is said elsewhere.
#[tokio::test]
async fn what_a_replace_leaves_out_is_cleared() {
    let (_server, client) = acme().await;
    let rich = json!({
        "title": "Dr", "nickName": "A", "phoneNumbers": [{ "value": "1" }, { "value": "2" }], "roles": [{ "value": "r" }],
        ENTERPRISE: { "department": "Sales" },
    });
    let id = create(&client, "ana", rich).await;
    let body = user_with("ana", json!({ "phoneNumbers": [{ "value": "3" }], "nickName": null, "roles": [] }));
    let shown = client.put(&format!("/Users/{id}"), &body).await.expect(200).body;
    assert_eq!(shown["phoneNumbers"], json!([{ "value": "3" }]));
    for name in ["title", "nickName", "roles", ENTERPRISE] {
        assert!(shown.get(name).is_none(), "{name}");
    }
    assert_eq!(shown["schemas"], json!([USER]));
}

/// M-19: a replace that does not speak of active leaves it as it is.
/// R7644-3.5.1-03: nobody is let in by an omission.
#[tokio::test]
async fn a_replace_without_active_reactivates_nobody() {
    let (_server, client) = acme().await;
    let id = create(&client, "ana", json!({ "active": false })).await;
    let path = format!("/Users/{id}");
    assert_eq!(client.put(&path, &user_without("ana", "active")).await.expect(200).body["active"], false);
    assert_eq!(
        client.put(&path, &user_with("ana", json!({ "active": null }))).await.expect(200).body["active"],
        false
    );
    assert_eq!(
        client.put(&path, &user_with("ana", json!({ "active": true }))).await.expect(200).body["active"],
        true
    );
}

/// R7644-3.5.1-04: read-only values are ignored.
/// R7644-3.5.1-05: an id other than the URL's is no error.
/// M-21: on a replace as on a create.
/// R7643-4.3-01: a manager's displayName among them.
#[tokio::test]
async fn read_only_values_are_ignored_on_replace() {
    let (_server, client) = strict().await;
    let id = client.create_user("ana").await;
    let body = user_with(
        "ana",
        json!({
            "schemas": [USER, ENTERPRISE], "id": NOBODY, "groups": [{ "value": "g" }], "meta": { "location": "x" },
            ENTERPRISE: { "manager": { "value": "1", "displayName": "Boss" } },
        }),
    );
    let reply = client.put(&format!("/Users/{id}"), &body).await.expect(200);
    assert_eq!(reply.id(), id);
    assert!(reply.body.get("groups").is_none());
    assert_eq!(reply.body[ENTERPRISE]["manager"], json!({ "value": "1" }));
}

/// R7644-3.5.1-06: a member with another type is another description of the same member, never a second one.
/// R7644-3.5.1-02: members are replaced whole.
#[tokio::test]
async fn members_are_replaced_whole() {
    let (_server, client) = acme().await;
    let (ana, bo) = (client.create_user("ana").await, client.create_user("bo").await);
    let id = client.create_group("Sales", &[&ana]).await;
    let path = format!("/Groups/{id}");
    client.put(&path, &group("Sales", &[&bo])).await.expect(200);
    assert_eq!(client.members(&id).await, from_ref(&bo));
    let mut body = group("Sales", &[&bo]);
    body["members"][0]["type"] = "Group".into();
    let reply = client.put(&path, &body).await;
    assert!(reply.code() == 200 || reply.body["scimType"] == "mutability", "{}", reply.text);
    let shown = client.get(&path).await.expect(200).body;
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(shown["members"][0]["type"], "User");
}

/// R7644-3.5.1-07: required attributes must be in the body.
#[tokio::test]
async fn a_replace_needs_what_is_required() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let before = shown(&client, &id).await;
    for name in ["userName", "name", "emails"] {
        client
            .put(&format!("/Users/{id}"), &user_without("ana", name))
            .await
            .expect_error(400, Some("invalidValue"));
    }
    assert_eq!(shown(&client, &id).await, before);
    let group = client.create_group("Sales", &[]).await;
    client
        .put(&format!("/Groups/{group}"), &json!({ "schemas": [crate::support::GROUP] }))
        .await
        .expect_error(400, Some("invalidValue"));
}

/// R7644-3.12-05: a userName that is taken is 409 uniqueness.
/// M-22: on a replace too.
/// RIPS-6.2.1-01: so is a group's name.
#[tokio::test]
async fn a_replace_cannot_take_a_taken_name() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    let bo = client.create_user("bo").await;
    client
        .put(&format!("/Users/{bo}"), &user_with("ANA", json!({})))
        .await
        .expect_error(409, Some("uniqueness"));
    assert_eq!(shown(&client, &bo).await["userName"], "bo");
    client.create_group("Sales", &[]).await;
    let other = client.create_group("Other", &[]).await;
    client.put(&format!("/Groups/{other}"), &group("SALES", &[])).await.expect_error(409, Some("uniqueness"));
    client.post("/Groups", &group("sales", &[])).await.expect_error(409, Some("uniqueness"));
}

/// R7644-3.5.1-10: the same again changes neither version nor time.
/// M-41: no change, no new version.
#[tokio::test]
async fn the_same_again_is_no_change() {
    let (server, client) = acme().await;
    let body = user_with("ana", json!({ "title": "Dr", ENTERPRISE: { "department": "Sales" } }));
    let path = format!("/Users/{}", client.post("/Users", &body).await.expect(201).id());
    let before = client.get(&path).await.expect(200);
    server.wait(60);
    let after = client.put(&path, &body).await.expect(200);
    assert_eq!((&after.body, after.header("etag")), (&before.body, before.header("etag")));
    let user = client.create_user("bo").await;
    let group_path = format!("/Groups/{}", client.create_group("Sales", &[&user]).await);
    let before = tag(&client, &group_path).await;
    server.wait(60);
    client.put(&group_path, &group("Sales", &[&user, &user])).await.expect(200);
    assert_eq!(tag(&client, &group_path).await, before);
}

/// R7644-3.5.1-11: If-Match is honoured.
#[tokio::test]
async fn a_stale_replace_is_refused() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let old = tag(&client, &path).await;
    client.put(&path, &user_with("ana", json!({ "title": "Dr" }))).await.expect(200);
    let stale = client.with_header("if-match", &old);
    stale.put(&path, &user_with("ana", json!({ "title": "Prof" }))).await.expect_error(412, None);
    assert_eq!(client.get(&path).await.expect(200).body["title"], "Dr");
}

/// R7644-3.2-01: a collection cannot be replaced.
#[tokio::test]
async fn a_collection_cannot_be_replaced() {
    let (_server, client) = acme().await;
    for endpoint in ["/Users", "/Groups"] {
        let reply = client.put(endpoint, &user_with("ana", json!({}))).await.expect_error(405, None);
        assert_eq!(crate::support::allowed(&reply), ["GET", "HEAD", "POST"]);
    }
}
