//! POST .search, per type and at the root; queries at the root.

use crate::support::{LIST, SEARCH, acme, create, encoded, texts, user_with};
use serde_json::{Value, json};
use testkit::Client;

async fn search(client: &Client, endpoint: &str, parameters: Value) -> testkit::Reply {
    let mut body = parameters;
    body["schemas"] = json!([SEARCH]);
    client.post(&format!("{endpoint}/.search"), &body).await
}

async fn people(client: &Client) {
    for (name, title) in [("cy", "x"), ("ana", "y"), ("bo", "x")] {
        create(client, name, json!({ "title": title })).await;
    }
    client.create_group("Sales", &[]).await;
    client.create_group("Legal", &[]).await;
}

/// R7644-3.4.3-02: a search is answered with a list.
/// R7644-3.4.3-05: its parameters mean what those of a GET mean.
#[tokio::test]
async fn a_search_is_a_get_with_a_body() {
    let (_server, client) = acme().await;
    people(&client).await;
    for (endpoint, parameters) in [
        ("/Users", json!({})),
        ("/Users", json!({ "filter": "title eq \"x\"" })),
        ("/Users", json!({ "sortBy": "userName" })),
        ("/Users", json!({ "sortBy": "userName", "sortOrder": "descending" })),
        ("/Users", json!({ "startIndex": 2, "count": 1 })),
        ("/Users", json!({ "startIndex": -2, "count": -1 })),
        ("/Users", json!({ "count": 0 })),
        ("/Users", json!({ "attributes": "userName,title" })),
        ("/Users", json!({ "excludedAttributes": "meta" })),
        (
            "/Users",
            json!({ "filter": "userName pr", "sortBy": "title", "startIndex": 1, "count": 2, "attributes": "title" }),
        ),
        ("/Groups", json!({ "filter": "displayName sw \"L\"" })),
        ("/Groups", json!({ "sortBy": "displayName", "excludedAttributes": "members" })),
    ] {
        let pairs = parameters.as_object().expect("an object").iter();
        let query = pairs
            .map(|(name, value)| format!("{name}={}", encoded(value.as_str().unwrap_or(&value.to_string()))));
        let query = query.collect::<Vec<_>>().join("&");
        let asked = client.get(&format!("{endpoint}?{query}")).await.expect(200);
        let mut lists = parameters.clone();
        for name in ["attributes", "excludedAttributes"] {
            if let Some(names) = parameters[name].as_str() {
                lists[name] = names.split(',').collect();
            }
        }
        let found = search(&client, endpoint, lists).await.expect(200);
        assert_eq!(found.body["schemas"], json!([LIST]));
        assert_eq!(found.body, asked.body, "{parameters}");
        assert_eq!(
            search(&client, endpoint, parameters.clone()).await.expect(200).body,
            asked.body,
            "{parameters}"
        );
    }
}

/// R7644-3.4.3-01: attributes are lists; text with commas is read too.
#[tokio::test]
async fn attributes_are_lists() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for attributes in [json!(["userName"]), json!("userName"), json!(["USERNAME", "id"])] {
        let reply = search(&client, "/Users", json!({ "attributes": attributes })).await.expect(200);
        assert_eq!(crate::support::keys(&reply.body["Resources"][0]), ["id", "schemas", "userName"]);
    }
}

/// R7644-3.4.3-04: a search says what it is.
/// R7644-3.4.3-06: its parameters have types.
#[tokio::test]
async fn searches_are_checked() {
    let (_server, client) = acme().await;
    for body in [
        json!({}),
        json!({ "schemas": [] }),
        json!({ "schemas": [LIST] }),
        json!({ "schemas": SEARCH }),
        json!([]),
        json!("x"),
    ] {
        for endpoint in ["/Users", "/Groups", ""] {
            client.post(&format!("{endpoint}/.search"), &body).await.expect_error(400, Some("invalidSyntax"));
        }
    }
    for parameters in [
        json!({ "count": "x" }),
        json!({ "count": 1.5 }),
        json!({ "startIndex": [] }),
        json!({ "filter": 7 }),
        json!({ "filter": { "a": 1 } }),
        json!({ "sortBy": ["userName"] }),
        json!({ "attributes": [1] }),
        json!({ "attributes": { "a": 1 } }),
    ] {
        let reply = search(&client, "/Users", parameters.clone()).await;
        let scim_type = reply.body["scimType"].as_str().unwrap_or_default();
        assert_eq!(reply.code(), 400, "{parameters}: {}", reply.text);
        assert!(
            ["invalidSyntax", "invalidValue", "invalidFilter"].contains(&scim_type),
            "{parameters}: {}",
            reply.text
        );
    }
}

/// R7644-3.2-03: .search is no resource that could be read.
#[tokio::test]
async fn a_search_is_no_resource() {
    let (_server, client) = acme().await;
    for endpoint in ["/Users", "/Groups"] {
        let path = format!("{endpoint}/.search");
        for reply in [
            client.get(&path).await,
            client.delete(&path).await,
            client.put(&path, &user_with("ana", json!({}))).await,
        ] {
            assert!(matches!(reply.code(), 404 | 405), "{}", reply.text);
            let code = reply.code();
            reply.expect_error(code, None);
        }
    }
}

/// R7644-3.4.2.1-01: a query at the root covers all types; what a type does not have is unassigned there.
/// R7644-3.4.3-03: so does a search.
/// RINT-6.3-01: what no type has is an error.
#[tokio::test]
async fn the_root_covers_all_types() {
    let (_server, client) = acme().await;
    people(&client).await;
    for (filter, total) in [
        ("meta.resourceType eq \"User\"", 3),
        ("meta.resourceType eq \"Group\"", 2),
        ("userName pr", 3),
        ("displayName eq \"sales\"", 1),
        ("userName pr or displayName pr", 5),
        ("not (userName pr)", 2),
    ] {
        let asked = client.get(&format!("?filter={}", encoded(filter))).await.expect(200);
        assert_eq!(asked.body["totalResults"], total, "{filter}");
        assert_eq!(asked.body["schemas"], json!([LIST]));
        let found = search(&client, "", json!({ "filter": filter })).await.expect(200);
        assert_eq!(found.body, asked.body, "{filter}");
        assert_eq!(client.get(&format!("/?filter={}", encoded(filter))).await.expect(200).body, asked.body);
    }
    for filter in
        ["nope eq \"x\"", "userName pr and nope pr", "not (displayName pr or (members pr and nope pr))"]
    {
        client.get(&format!("?filter={}", encoded(filter))).await.expect_error(400, Some("invalidFilter"));
    }
}

/// R7644-3.4.2.4-07: pages at the root fit together across the types.
/// R7644-3.4.2.3-08: sorted ones as well.
#[tokio::test]
async fn pages_at_the_root_fit_together() {
    let (_server, client) = acme().await;
    people(&client).await;
    for sort in ["", "&sortBy=displayName", "&sortBy=meta.created&sortOrder=descending", "&sortBy=userName"] {
        let mut ids = Vec::new();
        for start in 1..=6 {
            let reply = client.get(&format!("?count=1&startIndex={start}{sort}")).await.expect(200);
            assert_eq!(reply.body["totalResults"], 5);
            ids.extend(texts(&reply, "id"));
        }
        assert_eq!(ids.len(), 5, "{sort}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 5, "{sort}");
    }
    assert_eq!(client.get("?count=0").await.expect(200).body["Resources"], json!([]));
}

/// R7644-7.5.2-01: what is sensitive stays out of every URI: with HEAD, and at the root.
#[tokio::test]
async fn sensitive_filters_stay_out_of_every_uri() {
    let server = testkit::Server::start().await;
    let client = server.connect_with("acme", scim::Provider::Generic, &[("sensitive", "name")]).await;
    client.create_user("ana").await;
    let filter = encoded("name.familyName eq \"Müller\"");
    for path in [format!("/Users?filter={filter}"), format!("?filter={filter}"), format!("/?filter={filter}")]
    {
        client.get(&path).await.expect_error(403, Some("sensitive"));
        assert_eq!(client.send(axum::http::Method::HEAD, &path, "").await.code(), 403);
    }
    for endpoint in ["/Users", ""] {
        let reply =
            search(&client, endpoint, json!({ "filter": "name.familyName eq \"Müller\"" })).await.expect(200);
        assert_eq!(reply.body["totalResults"], 1);
    }
}
