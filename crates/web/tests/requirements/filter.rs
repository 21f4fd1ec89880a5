//! Filters through the whole service. The grammar itself is tested where it is written.

use crate::support::{ENTERPRISE, USER, acme, create, encoded, filtered, found, strict, texts};
use serde_json::{Value, json};

/// R7644-3.4.2.2-01: names and operators in any letter case.
/// R7644-3.4.2.2-02: eq folds userName and takes externalId by the letter.
/// R7644-3.4.2.2-18: caseExact decides.
/// R7643-3.1-07: externalId is compared exactly.
#[tokio::test]
async fn equality_follows_the_schema() {
    let (_server, client) = acme().await;
    let id = create(&client, "BJensen", json!({ "externalId": "Abc" })).await;
    for filter in [
        "userName eq \"bjensen\"",
        "USERNAME Eq \"BJENSEN\"",
        "externalId eq \"Abc\"",
        "userName eq \"BJensen\" and active eq true",
    ] {
        assert_eq!(found(&client, filter).await, ["BJensen"], "{filter}");
    }
    assert!(found(&client, "externalId eq \"abc\"").await.is_empty());
    assert_eq!(found(&client, &format!("id eq \"{id}\"")).await, ["BJensen"]);
    assert!(found(&client, &format!("id eq \"{}\"", id.to_uppercase())).await.is_empty());
}

/// R7644-3.4.2.2-03: not identical is true of what has no value, too.
/// M-02: not before and before or.
/// M-03: with or without a space behind it.
/// R7644-3.4.2.2-04: substring, prefix and suffix.
/// R7644-3.4.2.2-08: and before or; parentheses first.
/// R7644-3.4.2.2-09: not stands before parentheses.
/// RINT-6.3-02: eq and `and` at least.
#[tokio::test]
async fn operators_and_logic() {
    let (_server, client) = acme().await;
    for (name, title) in [("alpha", "x"), ("beta", "y"), ("gamma", "x")] {
        create(&client, name, json!({ "title": title })).await;
    }
    for (filter, expected) in [
        ("userName co \"MM\"", vec!["gamma"]),
        ("userName sw \"al\"", vec!["alpha"]),
        ("userName ew \"ta\"", vec!["beta"]),
        ("userName sw \"beta\" and userName ew \"beta\"", vec!["beta"]),
        ("title ne \"x\"", vec!["beta"]),
        ("userName gt \"alpha\" and userName le \"beta\"", vec!["beta"]),
        ("userName eq \"alpha\" or title eq \"x\" and userName eq \"gamma\"", vec!["alpha", "gamma"]),
        ("(userName eq \"alpha\" or title eq \"y\") and title eq \"x\"", vec!["alpha"]),
        ("not (title eq \"x\")", vec!["beta"]),
        ("not (title eq \"x\") or title eq \"x\" and userName sw \"g\"", vec!["beta", "gamma"]),
        ("nickName ne \"x\" and title ne \"y\"", vec!["alpha", "gamma"]),
        ("not(title eq \"x\") or not (userName co \"a\")", vec!["beta"]),
    ] {
        assert_eq!(found(&client, filter).await, expected, "{filter}");
    }
    filtered(&client, "/Users", "not userName eq \"x\"").await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.4.2.2-05: pr is true of a value that says something.
/// R7644-3.4.2.2-19: a default is a value.
/// R7644-3.4.2.2-23: eq null is not pr.
#[tokio::test]
async fn presence_and_defaults() {
    let (_server, client) = acme().await;
    create(&client, "with", json!({ "title": "Dr" })).await;
    client.post("/Users", &crate::support::user_without("without", "active")).await.expect(201);
    assert_eq!(found(&client, "title pr").await, ["with"]);
    assert_eq!(found(&client, "title eq null").await, ["without"]);
    assert_eq!(found(&client, "title ne null").await, ["with"]);
    assert_eq!(found(&client, "active eq true").await, ["with", "without"]);
    assert_eq!(found(&client, "name pr and emails pr").await, ["with", "without"]);
}

/// R7644-3.4.2.2-06: times are compared as times.
#[tokio::test]
async fn times_are_compared_as_times() {
    let (server, client) = acme().await;
    client.create_user("early").await;
    server.wait(3600);
    client.create_user("late").await;
    assert_eq!(found(&client, "meta.created gt \"2026-01-01T00:30:00Z\"").await, ["late"]);
    assert_eq!(found(&client, "meta.created gt \"2026-01-01T01:30:00+01:00\"").await, ["late"]);
    assert_eq!(found(&client, "meta.lastModified le \"2026-01-01T00:00:00Z\"").await, ["early"]);
}

/// R7644-3.4.2.2-10: a value path means one element.
/// R7644-3.4.2.2-14: a multi-valued attribute matches by any value.
/// R7643-2.4-02: without primary is primary false.
/// M-04: dotted conditions may meet different elements.
/// M-05: ne asks whether any value differs.
/// M-06: several values without a part mean their value.
/// R7644-3.4.2.2-11: parentheses, not and or within brackets.
/// R7644-3.4.2.2-15: one value with parts has none to compare.
#[tokio::test]
async fn value_paths_mean_one_element() {
    let (_server, client) = acme().await;
    let emails = json!([{ "value": "a@y.com", "type": "work", "primary": true }, { "value": "a@x.com", "type": "home" }]);
    create(&client, "ana", json!({ "emails": emails })).await;
    for (filter, hits) in [
        ("emails[type eq \"work\" and value co \"@x\"]", 0),
        ("emails[type eq \"home\" and value co \"@x\"]", 1),
        ("emails.type eq \"work\" and emails.value co \"@x\"", 1),
        ("emails.value eq \"A@X.com\"", 1),
        ("emails[primary eq false]", 1),
        ("emails[primary eq false and type eq \"work\"]", 0),
        ("emails co \"x.com\"", 1),
        ("emails eq \"a@x.com\"", 1),
        ("emails.value ne \"a@x.com\"", 1),
        ("not (emails.value eq \"a@x.com\")", 0),
        ("emails[(type eq \"home\" or type eq \"other\") and not (primary eq true)]", 1),
        ("emails[(type eq \"work\" or type eq \"other\") and not (primary eq true)]", 0),
    ] {
        assert_eq!(found(&client, filter).await.len(), hits, "{filter}");
    }
    filtered(&client, "/Users", "name eq \"x\"").await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.10-01: paths may carry their schema.
/// R7644-3.10-02: a schema's URN is the longest that is known.
/// R7644-3.10-03: one that nobody knows is an error.
/// M-08: its dots and colons are part of it.
/// R7644-3.4.2.2-16: schemas finds who uses an extension.
#[tokio::test]
async fn qualified_paths() {
    let (_server, client) = acme().await;
    create(
        &client,
        "ana",
        json!({ ENTERPRISE: { "department": "Sales", "manager": { "value": "26118915" } } }),
    )
    .await;
    client.create_user("bo").await;
    for filter in [
        format!("{ENTERPRISE}:department eq \"sales\""),
        format!("{ENTERPRISE}:manager.value eq \"26118915\""),
        format!("{}:DEPARTMENT pr", ENTERPRISE.to_uppercase()),
        format!("schemas eq \"{ENTERPRISE}\""),
        format!("{USER}:userName eq \"ana\""),
    ] {
        assert_eq!(found(&client, &filter).await, ["ana"], "{filter}");
    }
    filtered(&client, "/Users", "urn:foo:bar:x eq \"1\"").await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.4.2.2-07: order has no meaning for booleans.
/// R7644-3.4.2.2-12: no value path inside a value path.
/// R7644-3.4.2.2-17: an unknown operator is named.
/// R7644-3.4.2.2-24: a literal has the attribute's type.
/// R7644-3.4.2.2-25: nothing may follow.
/// R7644-3.12-03: no substrings of booleans.
/// R7644-3.12-04: a password cannot be guessed by filter.
#[tokio::test]
async fn filters_that_make_no_sense_are_refused() {
    let (_server, client) = acme().await;
    for filter in [
        "active gt true",
        "active co \"t\"",
        "emails[type eq \"w\" and emails[type eq \"h\"]]",
        "userName regex \"x\"",
        "userName eq 'john'",
        "meta.created gt \"abc\"",
        "userName eq \"x\" )",
        "userName",
        "eq",
        "\"x\" eq userName",
        "password eq \"x\"",
        "password pr",
        "userName eq",
        "emails[",
        "emails[]",
        "and",
        "userName pr and",
        "userName eq \"\\x\"",
        "userName eq \"open",
        "name eq \"x\"",
        "title gt null",
    ] {
        let reply = filtered(&client, "/Users", filter).await;
        assert_eq!(
            (reply.code(), &reply.body["scimType"]),
            (400, &json!("invalidFilter")),
            "{filter}: {}",
            reply.text
        );
        if filter.contains("regex") {
            assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("regex")));
        }
    }
}

/// R7644-3.4.2.2-13: a filter behind a value path is outside the grammar: read on the porch, refused by the letter.
#[tokio::test]
async fn a_part_behind_a_value_path_is_for_the_porch() {
    let (_server, lenient) = acme().await;
    lenient.create_user("ana").await;
    let filter = "emails[type eq \"work\"].value eq \"ana@example.com\"";
    assert_eq!(found(&lenient, filter).await, ["ana"]);
    let (_other, strict) = strict().await;
    filtered(&strict, "/Users", filter).await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.4.2.2-21: text stands in double quotes; the porch reads a bare word, single quotes are an error.
/// M-07: by the letter a bare word is refused.
#[tokio::test]
async fn text_stands_in_double_quotes() {
    let (_server, lenient) = acme().await;
    lenient.create_user("john").await;
    assert_eq!(found(&lenient, "userName eq john").await, ["john"]);
    let (_other, strict) = strict().await;
    for client in [&lenient, &strict] {
        filtered(client, "/Users", "userName eq 'john'").await.expect_error(400, Some("invalidFilter"));
    }
    filtered(&strict, "/Users", "userName eq john").await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.4.2.2-22: the porch reads true and false in any letter case, and as text for a boolean; the letter does not.
#[tokio::test]
async fn booleans_in_filters() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    for client in [&lenient, &strict] {
        client.create_user("ana").await;
        assert_eq!(found(client, "active eq true").await, ["ana"]);
    }
    assert_eq!(found(&lenient, "active eq True").await, ["ana"]);
    assert_eq!(found(&lenient, "active eq \"True\"").await, ["ana"]);
    filtered(&strict, "/Users", "active eq \"True\"").await.expect_error(400, Some("invalidFilter"));
}

/// R7644-3.4.2.2-20: literals are JSON strings.
/// R7644-3.4.2.2-27: a query is decoded once.
/// M-49: a plus sign is a space unless it is encoded.
#[tokio::test]
async fn literals_are_decoded_once() {
    let (_server, client) = acme().await;
    create(&client, "a+b@x.org", json!({ "displayName": "O\"Brien \\ é" })).await;
    let query = |query: &'static str| {
        let client = client.clone();
        async move { client.get(&format!("/Users?filter={query}")).await.expect(200).body["totalResults"].clone() }
    };
    assert_eq!(query("userName%20eq%20%22a%2Bb%40x.org%22").await, 1);
    assert_eq!(query("userName+eq+%22a%2Bb@x.org%22").await, 1);
    assert_eq!(query("userName+eq+%22a+b@x.org%22").await, 0);
    assert_eq!(query("userName+eq+%22a%252Bb@x.org%22").await, 0);
    assert_eq!(found(&client, "displayName eq \"O\\\"Brien \\\\ \\u00e9\"").await.len(), 1);
}

/// R7644-3.4.2.2-26: depth and length have limits, and no stack overflows.
#[tokio::test]
async fn absurd_filters_are_refused_at_once() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for filter in [
        "(".repeat(10_000),
        format!("{}userName pr{}", "(".repeat(5_000), ")".repeat(5_000)),
        "not (".repeat(5_000),
    ] {
        client
            .get(&format!("/Users?filter={filter}").replace(' ', "+"))
            .await
            .expect_error(400, Some("invalidFilter"));
        let body = json!({ "schemas": [crate::support::SEARCH], "filter": filter });
        client.post("/Users/.search", &body).await.expect_error(400, Some("invalidFilter"));
    }
    let terms = vec!["userName pr"; 3_000].join(" and ");
    let body = json!({ "schemas": [crate::support::SEARCH], "filter": terms });
    let reply = client.post("/Users/.search", &body).await;
    assert!(matches!(reply.code(), 200 | 400), "{}", reply.text);
    let long = "x".repeat(100_000);
    let body = json!({ "schemas": [crate::support::SEARCH], "filter": format!("userName eq \"{long}\"") });
    let reply = client.post("/Users/.search", &body).await;
    assert!(matches!(reply.code(), 200 | 400), "{}", reply.text);
}

/// R7644-7.7-01: quotes, wildcards, backslashes and NUL in a filter are characters, nothing else.
#[tokio::test]
async fn values_in_filters_are_never_syntax() {
    let (_server, client) = acme().await;
    let odd = [
        "50%",
        "a_b",
        "back\\slash",
        "quo'te",
        "dou\"ble",
        "semi;--",
        "bel\u{7}l",
        "*",
        "[x]",
        "日本",
        "😀",
        "a\u{301}",
        "%' or '1'='1",
    ];
    for value in odd {
        create(
            &client,
            &format!("u{value}"),
            json!({ "externalId": value, "title": value, "emails": [{ "value": "a@b.c" }] }),
        )
        .await;
    }
    for value in odd {
        let literal = Value::from(value);
        for attribute in ["externalId", "title", "userName"] {
            let literal =
                if attribute == "userName" { Value::from(format!("u{value}")) } else { literal.clone() };
            for operator in ["eq", "co", "sw", "ew"] {
                let hits = found(&client, &format!("{attribute} {operator} {literal}")).await;
                assert!(hits.contains(&format!("u{value}")), "{attribute} {operator} {literal}: {hits:?}");
                assert!(operator != "eq" || hits.len() == 1, "{attribute} {operator} {literal}: {hits:?}");
            }
        }
    }
    assert_eq!(found(&client, "title co \"%\"").await, ["u50%", "u%' or '1'='1"]);
    // No value has it, and not every database can be asked for it.
    let nul = "/Users?filter=title%20eq%20%22a%5Cu0000b%22";
    client.get(nul).await.expect_error(400, Some("invalidFilter"));
    client.get("/Users/a%00b").await.expect_error(404, None);
    assert_eq!(found(&client, "title sw \"_\"").await, Vec::<String>::new());
    assert_eq!(found(&client, "title eq \"a%b\"").await, Vec::<String>::new());
}

/// RIPS-5.4-01: the user filters of the profile.
/// RIPS-6.2-02: the group filters of the profile.
#[tokio::test]
async fn the_filters_of_the_profile() {
    let (_server, client) = strict().await;
    let ana = create(&client, "ana", json!({ "externalId": "e1" })).await;
    client.create_user("bo").await;
    for filter in [
        "userName eq \"ana\"",
        "externalId eq \"e1\"",
        "emails[value eq \"ana@example.com\"]",
        "emails[type eq \"work\" and value eq \"ana@example.com\"]",
    ] {
        assert_eq!(found(&client, filter).await, ["ana"], "{filter}");
    }
    let mut body = crate::support::group("Sales", &[&ana]);
    body["externalId"] = "g1".into();
    client.post("/Groups", &body).await.expect(201);
    client.create_group("Other", &[]).await;
    for filter in [
        "displayName eq \"Sales\"".to_owned(),
        "externalId eq \"g1\"".to_owned(),
        format!("members[value eq \"{ana}\"]"),
    ] {
        let reply = client.get(&format!("/Groups?filter={}", encoded(&filter))).await.expect(200);
        assert_eq!(texts(&reply, "displayName"), ["Sales"], "{filter}");
    }
}

/// RINT-5.2-01: the filter and the check for uniqueness fold alike.
#[tokio::test]
async fn filter_and_uniqueness_fold_alike() {
    let (_server, client) = acme().await;
    let names = [
        "stra\u{df}e",
        "STRASSE",
        "\u{130}stanbul",
        "istanbul",
        "i\u{307}stanbul",
        "\u{ff21}lice",
        "Alice",
        "\u{3a3}\u{3af}\u{3c3}",
        "\u{3c3}\u{3af}\u{3c2}",
        "ﬁn",
        "fin",
        "\u{212a}elvin",
        "kelvin",
    ];
    for name in names {
        let taken = !found(&client, &format!("userName eq {}", Value::from(name))).await.is_empty();
        let body =
            crate::support::user_with("x", json!({ "userName": name, "emails": [{ "value": "a@b.c" }] }));
        let reply = client.post("/Users", &body).await;
        assert_eq!(reply.code(), if taken { 409 } else { 201 }, "{name}: {}", reply.text);
    }
}
