//! Pages by cursor (RFC 9865).

use crate::support::{SEARCH, acme, create, encoded, texts};
use scim::Provider;
use serde_json::{Value, json};
use std::collections::HashSet;
use testkit::{Client, Reply};

async fn many(client: &Client, number: usize) -> Vec<String> {
    let mut names = Vec::new();
    for user in 0..number {
        let name = format!("u{user:03}");
        create(client, &name, json!({ "title": format!("t{}", user % 3) })).await;
        names.push(name);
    }
    names
}

fn next(reply: &Reply) -> Option<String> {
    reply.body.get("nextCursor").map(|cursor| cursor.as_str().expect("a text").to_owned())
}

/// Walks to the end; the pages.
async fn walk(client: &Client, query: &str) -> Vec<Reply> {
    let mut pages = vec![client.get(&format!("/Users?cursor&{query}")).await.expect(200)];
    while let Some(cursor) = next(pages.last().expect("a page")) {
        pages.push(client.get(&format!("/Users?cursor={cursor}&{query}")).await.expect(200));
        assert!(pages.len() < 200, "the walk does not end");
    }
    pages
}

/// R9865-4-01: the configuration says that both methods are there.
/// R9865-4-02: with sizes and a time that hold.
/// R9865-2.4-01: index is the default.
/// R9865-2.3-01: nobody gets a cursor unasked.
/// M-50: clients that know nothing of cursors are served by index.
#[tokio::test]
async fn both_methods_are_published() {
    let (_server, client) = acme().await;
    let paging = client.get("/ServiceProviderConfig").await.expect(200).body["pagination"].clone();
    assert_eq!(
        (&paging["cursor"], &paging["index"], &paging["defaultPaginationMethod"]),
        (&json!(true), &json!(true), &json!("index"))
    );
    for name in ["defaultPageSize", "maxPageSize", "cursorTimeout"] {
        assert!(paging.get(name).is_none_or(|value| value.as_u64().is_some_and(|value| value > 0)), "{name}");
    }
    let names = many(&client, 110).await;
    let reply = client.get("/Users").await.expect(200);
    assert!(next(&reply).is_none() && reply.body["startIndex"] == 1);
    let reply = client.get("/Users?cursor").await.expect(200);
    if let Some(size) = paging["defaultPageSize"].as_u64() {
        assert_eq!(reply.body["itemsPerPage"], size.min(names.len() as u64));
    }
}

/// R9865-2-01: cursor without a value starts a walk.
/// R9865-2-02: every page but the last has a next one.
/// R9865-2-03: the first has no previous one.
/// R9865-2-04: a cursor can stand in a URI as it is.
/// R9865-2-06: totalResults is always there.
/// R9865-2-07: startIndex never.
/// R9865-2.1-02: the time of a cursor is not over before it is.
#[tokio::test]
async fn a_walk_sees_everything_once() {
    let (server, client) = acme().await;
    let names = many(&client, 25).await;
    for start in ["cursor", "cursor="] {
        let reply = client.get(&format!("/Users?{start}&count=10")).await.expect(200);
        assert!(next(&reply).is_some(), "{start}");
    }
    let pages = walk(&client, "count=10").await;
    assert_eq!(
        pages.iter().map(|page| page.body["itemsPerPage"].clone()).collect::<Vec<_>>(),
        [json!(10), json!(10), json!(5)]
    );
    assert!(pages[0].body.get("previousCursor").is_none());
    for page in &pages {
        assert_eq!(page.body["totalResults"], 25);
        assert!(page.body.get("startIndex").is_none());
        if let Some(cursor) = next(page) {
            assert!(
                cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
                "{cursor}"
            );
        }
    }
    assert_eq!(pages.iter().flat_map(|page| texts(page, "userName")).collect::<Vec<_>>(), names);
    let exact = walk(&client, "count=25").await;
    assert!(exact.len() <= 2 && texts(&exact[0], "userName").len() == 25);
    server.wait(10);
    let cursor = next(&pages[0]).expect("a cursor");
    client.get(&format!("/Users?cursor={cursor}&count=10")).await.expect(200);
}

/// R9865-2.2-01: a sorted walk is sorted, both ways, missing values included.
#[tokio::test]
async fn a_sorted_walk_is_sorted() {
    let (_server, client) = acme().await;
    many(&client, 12).await;
    client.create_user("untitled-1").await;
    client.create_user("untitled-2").await;
    for sort in [
        "sortBy=title",
        "sortBy=title&sortOrder=descending",
        "sortBy=userName&sortOrder=descending",
        "sortBy=meta.created",
        "sortBy=emails.value",
        "sortBy=active",
    ] {
        let whole = texts(&client.get(&format!("/Users?{sort}")).await.expect(200), "userName");
        let pages = walk(&client, &format!("count=5&{sort}")).await;
        let walked: Vec<String> = pages.iter().flat_map(|page| texts(page, "userName")).collect();
        assert_eq!(walked, whole, "{sort}");
    }
}

/// R9865-2-02: a filtered walk sees what the filter finds.
/// R9865-2-10: whether the database or the service judges.
#[tokio::test]
async fn a_filtered_walk_sees_the_matches() {
    let (_server, client) = acme().await;
    many(&client, 20).await;
    for filter in [
        "title eq \"t1\"",
        "userName sw \"u\"",
        "not (title eq \"t0\")",
        "name.givenName eq \"ana\" and title ne \"t2\"",
    ] {
        let filter = format!("filter={}", encoded(filter));
        let whole = texts(&client.get(&format!("/Users?{filter}")).await.expect(200), "userName");
        let pages = walk(&client, &format!("count=3&{filter}")).await;
        assert_eq!(pages.iter().flat_map(|page| texts(page, "userName")).collect::<Vec<_>>(), whole);
        assert!(pages.iter().all(|page| page.body["totalResults"] == whole.len()));
    }
}

/// R9865-2-05: 0 or less asks for the number alone.
/// R9865-2.1-03: what is no number, or another number than before, is invalidCount.
/// R9865-2-08: another filter, order or choice of attributes is invalidCursor.
/// R9865-2-09: so is startIndex beside a cursor.
#[tokio::test]
async fn a_walk_keeps_to_its_query() {
    let (_server, client) = acme().await;
    many(&client, 5).await;
    for count in ["0", "-3"] {
        let reply = client.get(&format!("/Users?cursor&count={count}")).await.expect(200);
        assert_eq!((&reply.body["totalResults"], &reply.body["Resources"]), (&json!(5), &json!([])));
    }
    client.get("/Users?cursor&count=abc").await.expect_error(400, Some("invalidCount"));
    let cursor = next(&client.get("/Users?cursor&count=2").await.expect(200)).expect("a cursor");
    client.get(&format!("/Users?cursor={cursor}")).await.expect(200);
    client.get(&format!("/Users?cursor={cursor}&count=3")).await.expect_error(400, Some("invalidCount"));
    for other in [
        "filter=title+pr",
        "sortBy=userName",
        "attributes=userName",
        "excludedAttributes=emails",
        "startIndex=1",
    ] {
        client
            .get(&format!("/Users?cursor={cursor}&count=2&{other}"))
            .await
            .expect_error(400, Some("invalidCursor"));
    }
    client.get("/Users?cursor=&startIndex=1").await.expect_error(400, Some("invalidCursor"));
    client.get(&format!("/Groups?cursor={cursor}&count=2")).await.expect_error(400, Some("invalidCursor"));
}

/// R9865-2.1-01: a cursor that is not ours is invalidCursor.
/// R9865-5.2-02: one changed byte makes it so.
/// R9865-5.3-01: nothing is kept for it here: any text is answered at once.
#[tokio::test]
async fn forged_cursors_are_refused() {
    let (_server, client) = acme().await;
    many(&client, 5).await;
    let cursor = next(&client.get("/Users?cursor&count=2").await.expect(200)).expect("a cursor");
    for place in 0..cursor.len() {
        let mut forged = cursor.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).expect("text");
        client.get(&format!("/Users?cursor={forged}&count=2")).await.expect_error(400, Some("invalidCursor"));
    }
    let long = "a".repeat(50_000);
    for forged in [
        "garbage",
        ".",
        "..",
        "a.b",
        "%00",
        "%F0%9F%98%80",
        "+",
        &cursor[1..],
        &cursor[..cursor.len() - 1],
        &format!("{cursor}x"),
        &format!("{cursor}."),
        &long,
    ] {
        let reply = client.get(&format!("/Users?cursor={forged}&count=2")).await;
        reply.expect_error(400, Some("invalidCursor"));
    }
}

/// R9865-2.1-02: one that is too old is expiredCursor.
#[tokio::test]
async fn old_cursors_expire() {
    let (server, client) = acme().await;
    many(&client, 5).await;
    let timeout = client.get("/ServiceProviderConfig").await.expect(200).body["pagination"]["cursorTimeout"]
        .as_i64()
        .expect("a time");
    let cursor = next(&client.get("/Users?cursor&count=2").await.expect(200)).expect("a cursor");
    server.wait(timeout - 1);
    client.get(&format!("/Users?cursor={cursor}&count=2")).await.expect(200);
    server.wait(2);
    client.get(&format!("/Users?cursor={cursor}&count=2")).await.expect_error(400, Some("expiredCursor"));
}

/// R9865-3-01: a search walks as well.
#[tokio::test]
async fn a_search_walks() {
    let (_server, client) = acme().await;
    let names = many(&client, 7).await;
    let mut cursor = Some(String::new());
    let mut walked = Vec::new();
    while let Some(at) = cursor {
        let body = json!({ "schemas": [SEARCH], "cursor": at, "count": 3 });
        let reply = client.post("/Users/.search", &body).await.expect(200);
        walked.extend(texts(&reply, "userName"));
        cursor = next(&reply);
    }
    assert_eq!(walked, names);
    let body = json!({ "schemas": [SEARCH], "cursor": "garbage" });
    client.post("/Users/.search", &body).await.expect_error(400, Some("invalidCursor"));
}

/// R9865-5.2-01: a cursor opens nothing: another's is as wrong as a made-up one, and every page asks who is there.
/// R9865-5.2-02: without its token it is 401.
/// R7644-6-03: cursors do not cross tenants.
#[tokio::test]
async fn a_cursor_grants_nothing() {
    let (server, client) = acme().await;
    many(&client, 5).await;
    let cursor = next(&client.get("/Users?cursor&count=2").await.expect(200)).expect("a cursor");
    let garbage = client.get("/Users?cursor=garbage&count=2").await;
    for other in
        [server.connect("globex", Provider::Generic).await, server.connect("acme", Provider::Okta).await]
    {
        let reply = other
            .get(&format!("/Users?cursor={cursor}&count=2"))
            .await
            .expect_error(400, Some("invalidCursor"));
        assert_eq!(reply.text, garbage.text);
    }
    client.with_token(None).get(&format!("/Users?cursor={cursor}&count=2")).await.expect_error(401, None);
}

/// R9865-2-10: what is there throughout a walk is seen exactly once, whatever comes and goes.
#[tokio::test]
async fn a_walk_among_changes_loses_and_repeats_nothing() {
    for sort in ["", "&sortBy=userName", "&sortBy=title&sortOrder=descending"] {
        let (_server, client) = acme().await;
        let stays: HashSet<String> = many(&client, 30).await.into_iter().collect();
        let mut goes = Vec::new();
        for number in 0..10 {
            goes.push(client.create_user(&format!("gone{number}")).await);
        }
        let mut seen: Vec<String> = Vec::new();
        let mut cursor = Some(String::new());
        let mut round = 0;
        while let Some(at) = cursor {
            let reply = client.get(&format!("/Users?cursor={at}&count=4{sort}")).await.expect(200);
            seen.extend(texts(&reply, "userName"));
            cursor = next(&reply);
            if let Some(id) = goes.pop() {
                client.delete(&format!("/Users/{id}")).await.expect(204);
            }
            client.create_user(&format!("{}new{round}", if round % 2 == 0 { "a" } else { "z" })).await;
            round += 1;
            assert!(round < 60, "the walk does not end");
        }
        let once: HashSet<&String> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "{sort}: something came twice");
        assert!(stays.iter().all(|name| once.contains(name)), "{sort}: something was lost");
    }
}

/// R9865-2-01: groups are walked too, without members if they are not wanted.
#[tokio::test]
async fn groups_are_walked() {
    let (_server, client) = acme().await;
    for number in 0..5 {
        client.create_group(&format!("g{number}"), &[]).await;
    }
    let first = client.get("/Groups?cursor&count=3&excludedAttributes=members").await.expect(200);
    let cursor = next(&first).expect("a cursor");
    let second =
        client.get(&format!("/Groups?cursor={cursor}&count=3&excludedAttributes=members")).await.expect(200);
    assert_eq!(
        [texts(&first, "displayName"), texts(&second, "displayName")].concat(),
        ["g0", "g1", "g2", "g3", "g4"]
    );
    assert_eq!(second.body.get("nextCursor"), None::<&Value>);
}
