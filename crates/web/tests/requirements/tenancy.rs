//! Tenants and connections: nobody sees, touches or suspects another's.

use crate::support::{ENTERPRISE, acme, create, found, group, shown, texts, user_with};
use axum::http::Method;
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Client, Reply, Server, user};

/// The answer without what differs from request to request.
fn told(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "x-request-id")
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    headers.sort_unstable();
    (reply.code(), reply.text.clone(), headers)
}

async fn two() -> (Server, Client, Client) {
    let (server, acme) = acme().await;
    let globex = server.connect("globex", Provider::Generic).await;
    (server, acme, globex)
}

/// R7644-6-01: the URL and the token must agree.
/// R7644-6.1-01: a foreign token is answered like one for a connection that is not there, on every route and method.
/// R7644-6-03: no verb reaches across.
#[tokio::test]
async fn a_foreign_token_is_answered_like_an_unknown_connection() {
    let (_server, acme, globex) = two().await;
    let id = globex.create_user("ana").await;
    let group = globex.create_group("Sales", &[&id]).await;
    let before = (shown(&globex, &id).await, globex.get("/Groups").await.text);
    let foreign = globex.with_token(Some(acme.token()));
    let unknown = "/scim/v2/01900000-0000-7000-8000-00000000beef";
    let paths = [
        String::new(),
        "/".into(),
        "/Users".into(),
        format!("/Users/{id}"),
        "/Groups".into(),
        format!("/Groups/{group}"),
        "/Users/.search".into(),
        "/Groups/.search".into(),
        "/.search".into(),
        "/Bulk".into(),
        "/Me".into(),
        "/Schemas".into(),
        "/ResourceTypes".into(),
        "/ServiceProviderConfig".into(),
        "/Nope".into(),
        "/Users?filter=userName+eq+%22ana%22".into(),
        "/Users?cursor".into(),
    ];
    for path in &paths {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let here = foreign.send(method.clone(), path, user("eve").to_string()).await;
            let there =
                acme.send_to(method.clone(), &format!("{unknown}{path}"), user("eve").to_string()).await;
            assert_eq!(here.code(), 401, "{method} {path}: {}", here.text);
            assert_eq!(told(&here), told(&there), "{method} {path}");
            let nonsense = acme
                .send_to(method.clone(), &format!("/scim/v2/nonsense{path}"), user("eve").to_string())
                .await;
            assert_eq!(told(&here), told(&nonsense), "{method} {path}");
        }
    }
    assert_eq!((shown(&globex, &id).await, globex.get("/Groups").await.text), before);
}

/// R7644-6-02: a userName is unique in its tenant, not everywhere.
/// R7643-9.3-02: the same person has another id there.
/// R7643-3.1-08: the same externalId is another's there.
#[tokio::test]
async fn the_same_person_may_be_in_two_tenants() {
    let (_server, acme, globex) = two().await;
    let here = create(&acme, "ana", json!({ "externalId": "e1" })).await;
    let there = create(&globex, "ana", json!({ "externalId": "e1" })).await;
    assert_ne!(here, there);
    acme.delete(&format!("/Users/{here}")).await.expect(204);
    assert_eq!(shown(&globex, &there).await["active"], true);
}

/// R7644-6-03: what is another's is unknown: to every verb, as a member, in bulk.
#[tokio::test]
async fn foreign_ids_are_unknown() {
    let (server, acme, globex) = two().await;
    let user_id = globex.create_user("ana").await;
    let group_id = globex.create_group("Sales", &[&user_id]).await;
    let own = acme.create_group("Own", &[]).await;
    for (path, body) in
        [(format!("/Users/{user_id}"), user("ana")), (format!("/Groups/{group_id}"), group("Sales", &[]))]
    {
        acme.get(&path).await.expect_error(404, None);
        acme.put(&path, &body).await.expect_error(404, None);
        acme.operate(&path, json!([{ "op": "replace", "path": "externalId", "value": "x" }]))
            .await
            .expect_error(404, None);
        acme.delete(&path).await.expect_error(404, None);
    }
    for foreign in [&user_id, &group_id] {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": foreign }] }]);
        acme.operate(&format!("/Groups/{own}"), add).await.expect(204);
        assert!(acme.members(&own).await.is_empty());
        acme.put(&format!("/Groups/{own}"), &group("Own", &[foreign])).await.expect(200);
        assert!(acme.members(&own).await.is_empty());
        assert!(found(&acme, &format!("id eq \"{foreign}\"")).await.is_empty());
    }
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            { "method": "DELETE", "path": format!("/Users/{user_id}") },
            { "method": "DELETE", "path": format!("/../{}/Users/{user_id}", globex.connection.id) },
            { "method": "PATCH", "path": format!("/Groups/{group_id}"), "data": {
                "schemas": [crate::support::PATCH_OP], "Operations": [{ "op": "remove", "path": "members" }] } },
        ],
    });
    let results = acme.post("/Bulk", &bulk).await.expect(200).body["Operations"].clone();
    for result in results.as_array().expect("results") {
        assert!(matches!(result["status"].as_str(), Some("404" | "400")), "{result}");
    }
    assert_eq!(globex.members(&group_id).await, [user_id]);
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-6-03: two connections of one tenant do not see each other's resources either.
#[tokio::test]
async fn connections_of_one_tenant_are_apart() {
    let (server, okta) = acme().await;
    let entra = server.connect("acme", Provider::Entra).await;
    let id = okta.create_user("ana").await;
    let sales = okta.create_group("Sales", &[&id]).await;
    for path in [format!("/Users/{id}"), format!("/Groups/{sales}")] {
        entra.get(&path).await.expect_error(404, None);
        entra.delete(&path).await.expect_error(404, None);
    }
    assert_eq!(entra.get("/Users").await.expect(200).body["totalResults"], 0);
    let other = entra.create_group("Sales", &[&id]).await;
    assert!(entra.members(&other).await.is_empty());
    entra.post("/Users", &user("ana")).await.expect_error(409, Some("uniqueness"));
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-6-03: no filter, whatever its operators, reaches outside.
#[tokio::test]
async fn no_filter_reaches_outside() {
    let (_server, acme, globex) = two().await;
    let id = create(
        &globex,
        "secret",
        json!({ "externalId": "s1", "title": "s", ENTERPRISE: { "department": "s" } }),
    )
    .await;
    let group = globex.create_group("Secret", &[&id]).await;
    create(&acme, "own", json!({ "title": "s" })).await;
    for filter in [
        "userName pr",
        "userName ne \"x\"",
        "not (userName eq \"x\")",
        "userName co \"\"",
        "userName gt \"\"",
        "externalId pr or userName pr",
        "id pr",
        "meta.created pr",
        "userName eq \"secret\" or userName eq \"own\"",
        "not (id eq \"x\") or externalId eq \"s1\"",
        "title eq \"s\"",
        &format!("id eq \"{id}\" or userName pr"),
        &format!("groups.value eq \"{group}\" or userName pr"),
        "emails.value co \"example\"",
        "active eq true or active eq false",
        "meta.location co \"scim\"",
    ] {
        let names = found(&acme, filter).await;
        assert!(names.iter().all(|name| name == "own"), "{filter}: {names:?}");
    }
    for filter in [
        format!("members[value eq \"{id}\"]"),
        "displayName pr".to_owned(),
        format!("members.value eq \"{id}\" or displayName pr"),
    ] {
        assert!(
            texts(&crate::support::filtered(&acme, "/Groups", &filter).await.expect(200), "displayName")
                .is_empty()
        );
    }
    for sort in ["userName", "meta.created", "title", "emails.value"] {
        let reply = acme.get(&format!("/Users?sortBy={sort}&sortOrder=descending")).await.expect(200);
        assert_eq!(texts(&reply, "userName"), ["own"]);
    }
}

/// R7644-6-05: every URI in a tenant's answers is its own.
#[tokio::test]
async fn every_uri_is_the_tenants_own() {
    let (_server, acme, globex) = two().await;
    for client in [&acme, &globex] {
        let id = client.create_user("ana").await;
        client.create_group("Sales", &[&id]).await;
    }
    for (client, other) in [(&acme, &globex), (&globex, &acme)] {
        for path in
            ["/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "?filter=id+pr"]
        {
            let text = client.get(path).await.expect(200).text;
            assert!(text.contains(&client.connection.id) && !text.contains(&other.connection.id), "{path}");
        }
    }
}

/// R7644-6.1-01: what one tenant does shows in no answer of another: not even a conflict.
#[tokio::test]
async fn no_conflict_tells_of_another_tenant() {
    let (_server, acme, globex) = two().await;
    create(&globex, "ana", json!({ "externalId": "e1" })).await;
    globex.create_group("Sales", &[]).await;
    acme.post("/Users", &user_with("ana", json!({ "externalId": "e1" }))).await.expect(201);
    acme.post("/Groups", &group("Sales", &[])).await.expect(201);
    let reply: Value = acme.get("/Users").await.expect(200).body;
    assert_eq!(reply["totalResults"], 1);
}
