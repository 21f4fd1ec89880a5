//! Versions and conditional requests.

use crate::support::{NOBODY, acme, create, found, tag, user_with};
use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Client, Reply};
use tokio::task::JoinSet;

async fn retitle(client: &Client, path: &str, title: &str) -> Reply {
    client.operate(path, json!([{ "op": "replace", "path": "title", "value": title }])).await
}

/// R7644-3.14-01: every answer with one resource carries its tag, the same as meta.version.
/// R7643-3.1-14: the two are the same.
#[tokio::test]
async fn every_single_resource_carries_its_tag() {
    let (_server, client) = acme().await;
    let created = client.post("/Users", &user_with("ana", json!({}))).await.expect(201);
    let path = format!("/Users/{}", created.id());
    let put = client.put(&path, &user_with("ana", json!({ "title": "x" }))).await.expect(200);
    let patched = retitle(&client, &path, "y").await.expect(200);
    let read = client.get(&path).await.expect(200);
    let mut tags = Vec::new();
    for reply in [created, put, patched, read] {
        let tag = reply.header("etag").expect("a tag").to_owned();
        assert_eq!(reply.body["meta"]["version"], *tag);
        assert!(tag.starts_with("W/\"") && tag.ends_with('"'));
        tags.push(tag);
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[2] == tags[3], "{tags:?}");
    let listed = client.get("/Users").await.expect(200);
    assert_eq!(listed.header("etag"), None);
    assert_eq!(listed.body["Resources"][0]["meta"]["version"], *tags[3]);
}

/// R7644-3.14-02: whoever has the version is told so, without a body.
/// R9110-9-01: HEAD too.
#[tokio::test]
async fn whoever_has_the_version_gets_no_body() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let current = tag(&client, &path).await;
    let strong = current.trim_start_matches("W/").to_owned();
    for known in [
        current.clone(),
        strong,
        format!("\"x\", {current}"),
        "*".to_owned(),
        format!("W/\"77\",{current},\"y\""),
    ] {
        let reply = client.with_header("if-none-match", &known).get(&path).await.expect(304);
        assert!(reply.text.is_empty(), "{known}");
        assert_eq!(reply.header("etag"), Some(&*current));
        client.with_header("if-none-match", &known).send(Method::HEAD, &path, "").await.expect(304);
    }
    for other in ["W/\"77\"", "\"x\"", "x", "", "W/", "W/\"", ","] {
        client.with_header("if-none-match", other).get(&path).await.expect(200);
    }
    client.with_header("if-none-match", "*").get(&format!("/Users/{NOBODY}")).await.expect_error(404, None);
}

/// R7644-3.14-03: a change meant for another version does not happen.
/// R7644-3.14-04: tags are compared without regard to W/.
/// R7644-3.12-10: that is 412.
/// M-01: weak tags match.
/// M-46: 412, not 409.
/// R7644-3.5.1-11: on a replace too.
#[tokio::test]
async fn changes_for_another_version_do_not_happen() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let first = tag(&client, &path).await;
    let reply = retitle(&client.with_header("if-match", &first), &path, "a").await.expect(200);
    let second = reply.header("etag").expect("a tag").to_owned();
    let strong = second.trim_start_matches("W/").to_owned();
    for stale in [first.as_str(), "W/\"77\"", "x", "\"\"", "W/\"1\"x"] {
        let client = client.with_header("if-match", stale);
        retitle(&client, &path, "b").await.expect_error(412, None);
        client.put(&path, &user_with("ana", json!({}))).await.expect_error(412, None);
        client.delete(&path).await.expect_error(412, None);
    }
    assert_eq!(client.get(&path).await.expect(200).body["title"], "a");
    retitle(&client.with_header("if-match", &strong), &path, "c").await.expect(200);
}

/// R9110-13-01: * is any version of what is there.
/// M-45: what is not there is 404, whatever the condition.
#[tokio::test]
async fn a_star_is_any_version_of_what_is_there() {
    let (_server, client) = acme().await;
    let any = client.with_header("if-match", "*");
    let path = format!("/Users/{}", client.create_user("ana").await);
    retitle(&any, &path, "a").await.expect(200);
    for condition in ["*", "W/\"1\""] {
        let client = client.with_header("if-match", condition);
        let nothing = format!("/Users/{NOBODY}");
        retitle(&client, &nothing, "a").await.expect_error(404, None);
        client.delete(&nothing).await.expect_error(404, None);
        client.put(&nothing, &user_with("x", json!({}))).await.expect_error(404, None);
    }
}

/// R9110-13-02: conditions hold for every method (RFC 9110 §13.1): a read of another version than is meant is 412, and so
/// is a change unless the client has this version, or any.
#[tokio::test]
async fn conditions_hold_for_every_method() {
    let (_server, client) = acme().await;
    let user = format!("/Users/{}", client.create_user("ana").await);
    let group = format!("/Groups/{}", client.create_group("Sales", &[]).await);
    for (path, attribute, body) in [
        (&user, "title", user_with("ana", json!({}))),
        (&group, "displayName", json!({ "displayName": "x" })),
    ] {
        let current = tag(&client, path).await;
        let stale = client.with_header("if-match", "W/\"99\"");
        stale.get(path).await.expect_error(412, None);
        stale.with_header("if-none-match", &current).get(path).await.expect_error(412, None);
        client.with_header("if-match", &current).get(path).await.expect(200);
        for known in ["*", &current, &format!("W/\"99\", {current}")] {
            let client = client.with_header("if-none-match", known);
            let operations = json!([{ "op": "replace", "path": attribute, "value": "changed" }]);
            client.operate(path, operations).await.expect_error(412, None);
            client.put(path, &body).await.expect_error(412, None);
            client.delete(path).await.expect_error(412, None);
            client.get(path).await.expect(304);
        }
        assert_eq!(tag(&client, path).await, current);
        client.with_header("if-none-match", "W/\"99\"").delete(path).await.expect(204);
    }
}

/// R9110-13-02: a condition that is no text is none that is met, and several headers are one list.
#[tokio::test]
async fn odd_conditions_are_never_passed_over() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    for odd in ["", "garbage", "\u{e9}", "W/\"1", "\"1\"*"] {
        retitle(&client.with_header("if-match", odd), &path, "a").await.expect_error(412, None);
    }
    let both = client.with_header("if-match", "W/\"99\"").with_header("if-match", "W/\"1\"");
    retitle(&both, &path, "a").await.expect(200);
}

/// R9110-13-02: of two changes for one version, one happens.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_changes_for_one_version_happens() {
    let (_server, client) = acme().await;
    let user = format!("/Users/{}", client.create_user("ana").await);
    let group = format!("/Groups/{}", client.create_group("Sales", &[]).await);
    for (path, attribute) in [(user, "title"), (group, "displayName")] {
        let current = tag(&client, &path).await;
        let mut racers = JoinSet::new();
        for racer in 0..20 {
            let (client, path) = (client.with_header("if-match", &current), path.clone());
            let operations = json!([{ "op": "replace", "path": attribute, "value": format!("t{racer}") }]);
            racers.spawn(async move { client.operate(&path, operations).await });
        }
        let codes: Vec<u16> = racers.join_all().await.iter().map(Reply::code).collect();
        assert_eq!(codes.iter().filter(|code| matches!(**code, 200 | 204)).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == 412).count(), 19, "{codes:?}");
    }
}

/// RINT-6.7-01: a client that sends no conditions is served.
/// R9110-13-03: conditions are honoured since the configuration says so.
/// R9110-13-04: conditions on times are ignored; no Last-Modified is sent.
#[tokio::test]
async fn conditions_on_times_are_ignored() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    let config = client.get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config.body["etag"]["supported"], true);
    let reply =
        client.with_header("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT").get(&path).await.expect(200);
    assert_eq!(reply.header("last-modified"), None);
    let early = client.with_header("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT");
    retitle(&early, &path, "a").await.expect(200);
    retitle(&client, &path, "b").await.expect(200);
}

/// R7644-3.14-05: a membership is a change of the group, not of the user.
/// M-42: the group's tag changes, the user's need not.
#[tokio::test]
async fn a_membership_is_a_change_of_the_group() {
    let (server, client) = acme().await;
    let user = client.create_user("ana").await;
    let path = format!("/Groups/{}", client.create_group("Sales", &[]).await);
    let mut seen: Vec<(String, Value)> = Vec::new();
    for operation in [
        json!({ "op": "add", "path": "members", "value": [{ "value": user }] }),
        json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }),
        json!({ "op": "replace", "path": "members", "value": [{ "value": user }] }),
        json!({ "op": "remove", "path": "members" }),
        json!({ "op": "replace", "path": "displayName", "value": "Marketing" }),
    ] {
        server.wait(10);
        client.operate(&path, json!([operation])).await.expect(204);
        let group = client.get(&path).await.expect(200);
        let now =
            (group.header("etag").expect("a tag").to_owned(), group.body["meta"]["lastModified"].clone());
        assert!(!seen.contains(&now) && seen.iter().all(|before| before.0 != now.0 && before.1 != now.1));
        seen.push(now);
    }
}

/// R7644-3.14-05: a change that was refused makes no version.
#[tokio::test]
async fn a_refused_change_makes_no_version() {
    let (_server, client) = acme().await;
    let path = format!("/Users/{}", create(&client, "ana", json!({})).await);
    client.create_user("bo").await;
    let before = tag(&client, &path).await;
    client.put(&path, &user_with("bo", json!({}))).await.expect(409);
    client.operate(&path, json!([{ "op": "replace", "path": "id", "value": "x" }])).await.expect(400);
    assert_eq!(tag(&client, &path).await, before);
    assert_eq!(found(&client, "userName eq \"ana\"").await, ["ana"]);
}
