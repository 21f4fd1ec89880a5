//! Sorting.

use crate::support::{acme, create, texts};
use serde_json::json;
use testkit::Client;

async fn sorted(client: &Client, query: &str) -> Vec<String> {
    texts(&client.get(&format!("/Users?{query}")).await.expect(200), "userName")
}

/// R7644-3.4.2.3-02: ascending unless said; other words are refused.
/// R7644-3.4.2.3-04: text is folded unless letter case counts.
#[tokio::test]
async fn text_is_sorted_folded_unless_case_counts() {
    let (_server, client) = acme().await;
    for (name, external) in [("b", "b"), ("A", "A"), ("c", "a")] {
        create(&client, name, json!({ "externalId": external })).await;
    }
    assert_eq!(sorted(&client, "sortBy=userName").await, ["A", "b", "c"]);
    assert_eq!(sorted(&client, "sortBy=USERNAME&sortOrder=Ascending").await, ["A", "b", "c"]);
    assert_eq!(sorted(&client, "sortBy=userName&sortOrder=descending").await, ["c", "b", "A"]);
    assert_eq!(sorted(&client, "sortBy=externalId").await, ["A", "c", "b"]);
    client.get("/Users?sortBy=userName&sortOrder=sideways").await.expect_error(400, Some("invalidValue"));
}

/// R7644-3.4.2.3-03: who has no value comes last, descending first.
#[tokio::test]
async fn missing_values_come_last() {
    let (_server, client) = acme().await;
    create(&client, "none", json!({})).await;
    create(&client, "z", json!({ "title": "z" })).await;
    create(&client, "a", json!({ "title": "a" })).await;
    assert_eq!(sorted(&client, "sortBy=title").await, ["a", "z", "none"]);
    assert_eq!(sorted(&client, "sortBy=title&sortOrder=descending").await, ["none", "z", "a"]);
}

/// R7644-3.4.2.3-05: of several values the primary counts, else the first.
#[tokio::test]
async fn the_primary_value_counts() {
    let (_server, client) = acme().await;
    create(
        &client,
        "last",
        json!({ "emails": [{ "value": "a@x.org" }, { "value": "z@x.org", "primary": true }] }),
    )
    .await;
    create(&client, "middle", json!({ "emails": [{ "value": "m@x.org" }, { "value": "a@x.org" }] })).await;
    create(&client, "first", json!({ "emails": [{ "value": "b@x.org" }] })).await;
    assert_eq!(sorted(&client, "sortBy=emails.value").await, ["first", "middle", "last"]);
    assert_eq!(sorted(&client, "sortBy=emails").await, ["first", "middle", "last"]);
}

/// R7644-3.4.2.3-06: a complex attribute is sorted by one of its parts.
#[tokio::test]
async fn complex_attributes_need_a_part() {
    let (_server, client) = acme().await;
    for (name, given) in [("x", "Zoe"), ("y", "Amy")] {
        create(&client, name, json!({ "name": { "givenName": given, "familyName": "F" } })).await;
    }
    assert_eq!(sorted(&client, "sortBy=name.givenName").await, ["y", "x"]);
    for by in ["name", "foo", "password", "name.foo", "urn:x:y", "emails[type+eq+%22work%22]", "%00"] {
        let reply = client.get(&format!("/Users?sortBy={by}")).await;
        assert!(reply.code() == 200 || reply.code() == 400, "{by}: {}", reply.text);
        assert!(
            reply.code() == 200
                || ["invalidPath", "invalidValue"]
                    .contains(&reply.body["scimType"].as_str().unwrap_or_default())
        );
    }
}

/// R7644-3.4.2.3-07: times are sorted as times, booleans as booleans.
#[tokio::test]
async fn sorting_knows_types() {
    let (server, client) = acme().await;
    create(&client, "old", json!({ "active": true })).await;
    server.wait(60);
    create(&client, "new", json!({ "active": false })).await;
    assert_eq!(sorted(&client, "sortBy=meta.created&sortOrder=descending").await, ["new", "old"]);
    assert_eq!(sorted(&client, "sortBy=active").await, ["new", "old"]);
}

/// R7644-3.4.2.3-08: pages of equal keys fit together.
#[tokio::test]
async fn equal_keys_keep_their_places_between_pages() {
    let (_server, client) = acme().await;
    let mut all = Vec::new();
    for number in 0..25 {
        let name = format!("u{number:02}");
        create(&client, &name, json!({ "title": if number % 2 == 0 { "same" } else { "other" } })).await;
        all.push(name);
    }
    for order in ["ascending", "descending"] {
        let mut seen = Vec::new();
        for start in (1..=25).step_by(4) {
            seen.extend(
                sorted(&client, &format!("sortBy=title&sortOrder={order}&count=4&startIndex={start}")).await,
            );
        }
        seen.sort_unstable();
        assert_eq!(seen, all);
    }
}

/// R7644-3.4.2.3-02: sortOrder without sortBy changes nothing.
#[tokio::test]
async fn an_order_without_attribute_is_no_order() {
    let (_server, client) = acme().await;
    client.create_user("b").await;
    client.create_user("a").await;
    assert_eq!(sorted(&client, "sortOrder=descending").await, ["b", "a"]);
}
