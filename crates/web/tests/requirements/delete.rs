//! DELETE.

use crate::support::{ENTERPRISE, NOBODY, acme, allowed, create, found, shown, tag};
use serde_json::json;
use testkit::user;

/// R7644-3.6-01: 204 without a body.
/// R7644-3.6-02: afterwards unknown to every method, and in no list.
/// RINT-6.6-01: gone, not deactivated.
/// M-28: gone over SCIM.
#[tokio::test]
async fn what_is_deleted_is_gone() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let group = client.create_group("Sales", &[]).await;
    for path in [format!("/Users/{id}"), format!("/Groups/{group}")] {
        let reply = client.delete(&path).await.expect(204);
        assert!(reply.text.is_empty() && reply.header("content-type").is_none());
        client.get(&path).await.expect_error(404, None);
        client.delete(&path).await.expect_error(404, None);
        client
            .operate(&path, json!([{ "op": "replace", "path": "externalId", "value": "x" }]))
            .await
            .expect_error(404, None);
        let body = if path.starts_with("/Users") { user("ana") } else { crate::support::group("Sales", &[]) };
        client.put(&path, &body).await.expect_error(404, None);
    }
    assert_eq!(client.get("/Users").await.expect(200).body["totalResults"], 0);
    assert_eq!(client.get("/Groups").await.expect(200).body["totalResults"], 0);
    assert!(found(&client, "userName eq \"ana\"").await.is_empty());
    client.delete(&format!("/Users/{NOBODY}")).await.expect_error(404, None);
}

/// R7644-3.6-03: what is deleted stands in nobody's way.
/// RIPS-5.2-01: the userName can be used again.
#[tokio::test]
async fn names_of_the_deleted_are_free() {
    let (server, client) = acme().await;
    for round in 0..3 {
        let id = create(&client, "ana", json!({ "externalId": format!("e{round}") })).await;
        let group = client.create_group("Sales", &[&id]).await;
        client.delete(&format!("/Users/{id}")).await.expect(204);
        client.delete(&format!("/Groups/{group}")).await.expect(204);
    }
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.6-04: a deleted user leaves its groups, and each gets a new version.
/// M-42: members are the group's state.
#[tokio::test]
async fn a_deleted_user_leaves_its_groups() {
    let (server, client) = acme().await;
    let (ana, bo) = (client.create_user("ana").await, client.create_user("bo").await);
    let id = client.create_group("Sales", &[&ana, &bo]).await;
    let before = tag(&client, &format!("/Groups/{id}")).await;
    client.delete(&format!("/Users/{ana}")).await.expect(204);
    assert_eq!(client.members(&id).await, [bo]);
    assert_ne!(tag(&client, &format!("/Groups/{id}")).await, before);
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.6-05: the members of a deleted group stay, without it.
#[tokio::test]
async fn a_deleted_group_leaves_its_members() {
    let (server, client) = acme().await;
    let ana = client.create_user("ana").await;
    let inner = client.create_group("Inner", &[&ana]).await;
    let outer = client.create_group("Outer", &[&inner]).await;
    client.delete(&format!("/Groups/{inner}")).await.expect(204);
    assert!(shown(&client, &ana).await.get("groups").is_none());
    assert!(client.members(&outer).await.is_empty());
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.6-06: a manager is free text: it stays when its user goes.
#[tokio::test]
async fn a_manager_stays_as_text() {
    let (_server, client) = acme().await;
    let boss = client.create_user("boss").await;
    let id = create(&client, "ana", json!({ ENTERPRISE: { "manager": { "value": boss } } })).await;
    client.delete(&format!("/Users/{boss}")).await.expect(204);
    assert_eq!(shown(&client, &id).await[ENTERPRISE]["manager"], json!({ "value": boss }));
}

/// R7644-3.6-07: If-Match is honoured.
#[tokio::test]
async fn a_stale_delete_is_refused() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let group = client.create_group("Sales", &[]).await;
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        client.with_header("if-match", "W/\"99\"").delete(&path).await.expect_error(412, None);
        let current = tag(&client, &path).await;
        client.with_header("if-match", &current).delete(&path).await.expect(204);
    }
}

/// R7644-3.2-02: a collection cannot be deleted.
#[tokio::test]
async fn a_collection_cannot_be_deleted() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for endpoint in ["/Users", "/Groups", "/Users/", "/Groups/"] {
        let reply = client.delete(endpoint).await.expect_error(405, None);
        assert_eq!(allowed(&reply), ["GET", "HEAD", "POST"]);
    }
    assert_eq!(client.get("/Users").await.expect(200).body["totalResults"], 1);
}
