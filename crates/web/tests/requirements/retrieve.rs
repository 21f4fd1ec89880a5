//! GET of one resource.

use crate::support::{NOBODY, acme, keys, shown, user_with};
use serde_json::json;

/// R7644-3.4.1-01: a known id is shown, an unknown one is 404.
/// R7644-3.4.1-02: an id under the wrong endpoint is unknown.
#[tokio::test]
async fn a_resource_is_found_under_its_own_endpoint_only() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let group = client.create_group("Sales", &[&user]).await;
    assert_eq!(shown(&client, &user).await["userName"], "ana");
    client.get(&format!("/Groups/{group}")).await.expect(200);
    for path in [
        format!("/Users/{NOBODY}"),
        format!("/Groups/{NOBODY}"),
        format!("/Groups/{user}"),
        format!("/Users/{group}"),
    ] {
        client.get(&path).await.expect_error(404, None);
    }
}

/// R7644-3.4.1-01: an id that could never be one is as unknown as any.
#[tokio::test]
async fn strange_ids_are_unknown() {
    let (_server, client) = acme().await;
    let long = "a".repeat(5000);
    for id in [
        "x",
        "%00",
        "%20",
        "..%2F..",
        "%2e%2e",
        "'%20or%201=1--",
        "%22",
        "null",
        "0",
        "-1",
        "%F0%9F%98%80",
        "*",
        "%25",
        &long,
    ] {
        for endpoint in ["Users", "Groups"] {
            let path = format!("/{endpoint}/{id}");
            client.get(&path).await.expect_error(404, None);
            client.delete(&path).await.expect_error(404, None);
            client.put(&path, &testkit::user("ana")).await;
        }
    }
    for id in ["%FF", "%C3%28"] {
        let reply = client.get(&format!("/Users/{id}")).await;
        assert!(matches!(reply.code(), 400 | 404), "{}", reply.text);
        reply.clone().expect_error(reply.code(), None);
    }
}

/// R7644-3.4.1-03: the answer carries the tag and says whose representation it is.
/// M-51: in Content-Location; Location is for 201.
#[tokio::test]
async fn a_resource_comes_with_tag_and_location() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let group = client.create_group("Sales", &[]).await;
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        let reply = client.get(&path).await.expect(200);
        assert_eq!(reply.body["meta"]["location"], reply.header("content-location").expect("a location"));
        assert_eq!(reply.body["meta"]["version"], reply.header("etag").expect("a tag"));
        assert_eq!(reply.header("location"), None);
    }
}

/// R7644-3.4-01: without parameters, what is returned always and by default.
#[tokio::test]
async fn a_resource_shows_what_is_returned_by_default() {
    let (_server, client) = acme().await;
    let body = user_with("ana", json!({ "password": "hidden-hidden", "title": "Dr" }));
    let id = client.post("/Users", &body).await.expect(201).id();
    assert_eq!(
        keys(&shown(&client, &id).await),
        ["active", "emails", "id", "meta", "name", "schemas", "title", "userName"]
    );
}

/// R7644-3.4.2-09: a filter on one resource is not looked at.
#[tokio::test]
async fn a_filter_on_one_resource_is_ignored() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    client.get(&format!("/Users/{id}?filter=userName+eq+%22bo%22")).await.expect(200);
    client.get(&format!("/Users/{id}?filter=((nonsense&count=x&startIndex=y&sortBy=z")).await.expect(200);
}

/// R7644-3.4.2-01: a deactivated user stays visible by id, by filter and in lists.
/// M-29: it is shown, inactive.
#[tokio::test]
async fn an_inactive_user_stays_visible() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    client
        .operate(&format!("/Users/{id}"), json!([{ "op": "replace", "path": "active", "value": false }]))
        .await
        .expect(200);
    assert_eq!(shown(&client, &id).await["active"], false);
    assert_eq!(crate::support::found(&client, "userName eq \"ana\"").await, ["ana"]);
    assert_eq!(client.get("/Users").await.expect(200).body["totalResults"], 1);
}

/// R7644-3.8-01: a suffix for the media type is not needed; it is no error of the server either.
#[tokio::test]
async fn a_media_suffix_is_unknown() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    client.get(&format!("/Users/{id}.scim")).await.expect_error(404, None);
}

/// RINT-6.1-01: a user is found by id, never by userName.
#[tokio::test]
async fn a_user_is_not_found_by_its_name() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    client.get("/Users/ana").await.expect_error(404, None);
}

/// R7643-3.1-06: ids are matched by letter case.
#[tokio::test]
async fn ids_are_matched_by_letter_case() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let other = if id == id.to_uppercase() { id.to_lowercase() } else { id.to_uppercase() };
    assert_ne!(id, other);
    client.get(&format!("/Users/{other}")).await.expect_error(404, None);
}
