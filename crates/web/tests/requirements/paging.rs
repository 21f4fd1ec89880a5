//! Pages by index.

use crate::support::{acme, filtered, texts};
use serde_json::{Value, json};
use testkit::Client;

async fn many(client: &Client, number: usize) -> Vec<String> {
    let mut names = Vec::new();
    for user in 0..number {
        let name = format!("u{user:04}");
        client.create_user(&name).await;
        names.push(name);
    }
    names
}

async fn page(client: &Client, query: &str) -> (Value, Value, Value, Vec<String>) {
    let reply = client.get(&format!("/Users?{query}")).await.expect(200);
    let part = |name: &str| reply.body[name].clone();
    (part("totalResults"), part("startIndex"), part("itemsPerPage"), texts(&reply, "userName"))
}

/// R7644-3.4.2.4-01: counted from 1; anything below is 1.
/// M-27: 0 is no error.
#[tokio::test]
async fn the_first_index_is_one() {
    let (_server, client) = acme().await;
    many(&client, 3).await;
    let first = page(&client, "startIndex=1&count=2").await;
    assert_eq!(first, (json!(3), json!(1), json!(2), vec!["u0000".into(), "u0001".into()]));
    for index in ["0", "-5", "-99999999999999999999"] {
        assert_eq!(page(&client, &format!("startIndex={index}&count=2")).await, first, "{index}");
    }
    assert_eq!(page(&client, "count=2").await, first);
}

/// R7644-3.4.2.4-02: never more than asked for.
/// R7644-3.4.2.4-03: 0 or less asks for the number alone.
#[tokio::test]
async fn count_limits_a_page() {
    let (_server, client) = acme().await;
    many(&client, 6).await;
    assert_eq!(page(&client, "count=5").await.3.len(), 5);
    for count in ["0", "-1", "-99999999999999999999"] {
        assert_eq!(
            page(&client, &format!("count={count}")).await,
            (json!(6), json!(1), json!(0), vec![]),
            "{count}"
        );
    }
}

/// R7644-3.4.2.4-05: behind the end is an empty page.
#[tokio::test]
async fn behind_the_end_is_nothing() {
    let (_server, client) = acme().await;
    many(&client, 2).await;
    for index in ["3", "999999", "99999999999999999999"] {
        let (total, _, items, names) = page(&client, &format!("startIndex={index}")).await;
        assert_eq!((total, items, names), (json!(2), json!(0), vec![]), "{index}");
    }
    for index in ["3", "9223372036854775807"] {
        let reply = client
            .get(&format!("/Users?startIndex={index}&count=9223372036854775807&sortBy=userName"))
            .await
            .expect(200);
        assert_eq!(reply.body["totalResults"], 2);
    }
}

/// R7644-3.4.2.4-06: what is no whole number is refused.
#[tokio::test]
async fn numbers_must_be_numbers() {
    let (_server, client) = acme().await;
    for query in [
        "count=abc",
        "startIndex=abc",
        "count=1.5",
        "count=1e2",
        "startIndex=",
        "count=%31%32x",
        "count=--1",
        "count=%D9%A1",
    ] {
        client.get(&format!("/Users?{query}")).await.expect_error(400, Some("invalidValue"));
    }
}

/// R7644-3.4.2.4-04: more than the limit is cut to the limit, not refused.
/// RINT-6.4-01: 100 at least are given when asked for, and when nothing is said.
/// RIPS-6.1.5-01: the limit is 1000 at most.
/// R7644-3.4.2.1-02: nothing is too large, since there are pages.
/// R7644-3.4.2.4-07: pages fit together.
/// M-26: cut, no error.
#[tokio::test]
async fn pages_are_cut_to_the_limit_and_fit_together() {
    let (_server, client) = acme().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200).body;
    let limit =
        usize::try_from(config["filter"]["maxResults"].as_u64().expect("a limit")).expect("a small number");
    assert!((100..=1000).contains(&limit));
    let names = many(&client, limit + 20).await;
    assert_eq!(page(&client, "count=100").await.3.len(), 100);
    assert!(page(&client, "").await.3.len() >= 100);
    let (total, _, items, got) = page(&client, "count=100000").await;
    assert_eq!((total, items, got.len()), (json!(limit + 20), json!(limit), limit));
    let mut walked = Vec::new();
    while walked.len() < names.len() {
        walked.extend(page(&client, &format!("count=250&startIndex={}", walked.len() + 1)).await.3);
    }
    assert_eq!(walked, names);
}

/// R7644-3.4.2.4-07: a filter that only the server's own reading decides has pages that fit together as well.
#[tokio::test]
async fn filtered_pages_fit_together() {
    let (_server, client) = acme().await;
    let names = many(&client, 12).await;
    for filter in ["userName pr", "name.givenName eq \"ana\"", "meta.created pr and not (userName eq \"x\")"]
    {
        let mut walked = Vec::new();
        for start in [1, 6, 11] {
            let query =
                format!("/Users?filter={}&count=5&startIndex={start}", crate::support::encoded(filter));
            let reply = client.get(&query).await.expect(200);
            assert_eq!(reply.body["totalResults"], 12);
            walked.extend(texts(&reply, "userName"));
        }
        assert_eq!(walked, names, "{filter}");
    }
    assert_eq!(
        filtered(&client, "/Users", "userName eq \"u0003\"").await.expect(200).body["itemsPerPage"],
        1
    );
}
