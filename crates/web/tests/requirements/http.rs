//! HTTP: media types, methods, headers, encodings.

use crate::support::{acme, allowed, found, raw, strict, user_with};
use axum::body::Body;
use axum::http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use testkit::{Client, user};

/// R7644-3.8-02: JSON in UTF-8; what is no UTF-8 is refused, a byte order mark read over.
#[tokio::test]
async fn bodies_are_utf_8() {
    let (_server, client) = acme().await;
    let body = user_with("ana", json!({ "displayName": "Ána 😀 𝒳" }));
    let marked = [b"\xEF\xBB\xBF".as_slice(), body.to_string().as_bytes()].concat();
    let created = raw(&client, Method::POST, "/Users", marked).await.expect(201);
    assert_eq!(created.body["displayName"], "Ána 😀 𝒳");
    let broken = [b"{\"userName\":\"".as_slice(), b"\xff\xfe", b"\"}"].concat();
    raw(&client, Method::POST, "/Users", broken).await.expect_error(400, Some("invalidSyntax"));
    let lone = "{\"userName\":\"\\ud800\"}";
    raw(&client, Method::POST, "/Users", lone).await.expect_error(400, Some("invalidSyntax"));
    let wide: Vec<u8> = body.to_string().encode_utf16().flat_map(u16::to_le_bytes).collect();
    raw(&client, Method::POST, "/Users", wide).await.expect_error(400, Some("invalidSyntax"));
}

/// R7644-3.8-03: the answer has the type that Accept asks for; scim+json unless json alone is named.
/// R9110-12-01: 406 if it can have neither.
/// RINT-6.2-01: by the letter, scim+json always.
#[tokio::test]
async fn the_answer_has_the_accepted_type() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    for (accept, plain) in [
        ("application/scim+json", false),
        ("application/json", true),
        ("APPLICATION/JSON; charset=utf-8", true),
        ("*/*", false),
        ("application/*", false),
        ("application/json, application/scim+json", false),
        ("application/scim+json;q=0, application/json", true),
        ("text/html, application/json;q=0.5", true),
        ("text/html, */*;q=0.1", false),
        ("", false),
    ] {
        for (client, is_strict) in [(&lenient, false), (&strict, true)] {
            let reply = client.with_header("accept", accept).get("/Users").await.expect(200);
            let expected = if plain && !is_strict { "application/json" } else { "application/scim+json" };
            assert_eq!(reply.header("content-type"), Some(expected), "{accept}");
        }
    }
    assert_eq!(lenient.get("/Users").await.expect(200).header("content-type"), Some("application/scim+json"));
    for accept in ["text/html", "application/xml, image/png", "application/scim+json;q=0", "text/*"] {
        lenient.with_header("accept", accept).get("/Users").await.expect_error(406, None);
        lenient.with_header("accept", accept).post("/Users", &user("ana")).await.expect_error(406, None);
    }
    assert!(found(&lenient, "userName eq \"ana\"").await.is_empty());
}

/// R7644-8.1-01: scim+json or json, in any letter case, with parameters.
/// R9110-15-02: another type is 415; none is taken for JSON.
/// R5789-2-01: 415 says what a PATCH may be.
#[tokio::test]
async fn the_type_of_a_body_is_checked() {
    let (_server, client) = acme().await;
    let good = [
        "application/scim+json",
        "application/json",
        "Application/SCIM+JSON",
        "application/json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
    ];
    for (number, kind) in good.iter().enumerate() {
        let client = client.with_header("content-type", kind);
        client.send(Method::POST, "/Users", user(&format!("u{number}")).to_string()).await.expect(201);
    }
    let id = client.send(Method::POST, "/Users", user("untyped").to_string()).await.expect(201).id();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
        "json",
        "application/jsonp",
    ] {
        let client = client.with_header("content-type", kind);
        client.send(Method::POST, "/Users", user("other").to_string()).await.expect_error(415, None);
        let reply = client.send(Method::PATCH, &format!("/Users/{id}"), "{}").await.expect_error(415, None);
        assert!(reply.header("accept-patch").is_some_and(|types| types.contains("application/scim+json")));
    }
    assert!(found(&client, "userName eq \"other\"").await.is_empty());
}

/// R9110-9-01: HEAD is GET without a body.
#[tokio::test]
async fn head_is_get_without_a_body() {
    let (_server, client) = acme().await;
    let user = client.create_user("ana").await;
    let group = client.create_group("Sales", &[&user]).await;
    let single = [format!("/Users/{user}"), format!("/Groups/{group}")];
    for path in [
        "/Users",
        "/Groups",
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
        "/Users/nobody",
        "/Nope",
    ]
    .iter()
    .map(ToString::to_string)
    .chain(single)
    {
        let get = client.get(&path).await;
        let head = client.send(Method::HEAD, &path, "").await;
        assert_eq!(head.code(), get.code(), "{path}");
        assert!(head.text.is_empty(), "{path}");
        for name in ["etag", "content-type", "content-location"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

/// R9110-15-03: 405 says what is allowed, at every endpoint.
/// R9110-9-02: OPTIONS says it with 204; no page of another origin is let in.
#[tokio::test]
async fn every_endpoint_says_what_it_allows() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let single = vec!["DELETE", "GET", "HEAD", "PATCH", "PUT"];
    for (path, methods) in [
        ("/Users".to_owned(), vec!["GET", "HEAD", "POST"]),
        ("/Users/".to_owned(), vec!["GET", "HEAD", "POST"]),
        ("/Groups".to_owned(), vec!["GET", "HEAD", "POST"]),
        (format!("/Users/{id}"), single.clone()),
        (format!("/Groups/{id}"), single),
        ("/Users/.search".to_owned(), vec!["POST"]),
        ("/Groups/.search".to_owned(), vec!["POST"]),
        ("/.search".to_owned(), vec!["POST"]),
        ("/Bulk".to_owned(), vec!["POST"]),
        ("/Schemas".to_owned(), vec!["GET", "HEAD"]),
        ("/ResourceTypes/User".to_owned(), vec!["GET", "HEAD"]),
        ("/ServiceProviderConfig".to_owned(), vec!["GET", "HEAD"]),
    ] {
        let every = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::TRACE,
            Method::from_bytes(b"QUERY").expect("a method"),
        ];
        for method in every.into_iter().filter(|method| !methods.contains(&method.as_str())) {
            let reply = client.send(method.clone(), &path, "{}").await;
            if path.ends_with("/.search") && reply.code() == 404 {
                continue;
            }
            let reply = reply.expect_error(405, None);
            assert_eq!(allowed(&reply), methods, "{method} {path}");
        }
        let reply = client
            .with_header("origin", "https://evil.example")
            .send(Method::OPTIONS, &path, "")
            .await
            .expect(204);
        assert_eq!(allowed(&reply), methods, "OPTIONS {path}");
        assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}

/// R6750-5-01: nothing is kept by caches.
#[tokio::test]
async fn nothing_is_kept_by_caches() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    for reply in [
        client.get("/Users").await.expect(200),
        client.get(&format!("/Users/{id}")).await.expect(200),
        client.get("/Nope").await.expect(404),
        client.with_token(None).get("/Users").await.expect(401),
        client.delete(&format!("/Users/{id}")).await.expect(204),
    ] {
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
}

/// R9110-8-01: a body with or without a length, in one piece or many.
#[tokio::test]
async fn a_body_may_come_in_pieces() {
    let (_server, client) = acme().await;
    // A body whose length is not known beforehand.
    let text = user("ana").to_string();
    raw(&client, Method::POST, "/Users", Body::new(text.map_frame(|frame| frame))).await.expect(201);
    let counted = client
        .with_header("expect", "100-continue")
        .with_header("content-length", &user("bo").to_string().len().to_string());
    counted.send(Method::POST, "/Users", user("bo").to_string()).await.expect(201);
    assert_eq!(found(&client, "userName pr").await, ["ana", "bo"]);
}

/// R7644-3.4.2.2-27: a path or query is decoded once, and nothing in it becomes a path.
#[tokio::test]
async fn percent_encoding_is_read_once() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let first = id.as_bytes()[0];
    client.get(&format!("/Users/%{first:02X}{}", &id[1..])).await.expect(200);
    client.get(&format!("/Users/%25{first:02X}{}", &id[1..])).await.expect_error(404, None);
    for path in [
        format!("/Groups%2F..%2FUsers%2F{id}"),
        format!("/Groups/..%2FUsers%2F{id}"),
        format!("/Users/{id}%00"),
        format!("/Users/{id}%2F"),
        format!("/Users/%20{id}"),
    ] {
        client.get(&path).await.expect_error(404, None);
    }
    for query in
        ["filter=%", "filter=%zz", "filter=%FF", "count=%FF", "attributes=%FF%FE", "%=%", "filter=%00"]
    {
        let reply = client.get(&format!("/Users?{query}")).await;
        assert!(reply.code() < 500, "{query}: {}", reply.text);
    }
}

/// Prefer is tolerated; nothing is answered later.
#[tokio::test]
async fn preferences_are_tolerated() {
    let (_server, client) = acme().await;
    for preference in ["respond-async", "return=minimal", "nonsense"] {
        let client: Client = client.with_header("prefer", preference);
        let reply = client.post("/Users", &user(&format!("u-{preference}"))).await.expect(201);
        assert_ne!(reply.body, Value::Null);
    }
}

/// R9110-15-02: a body that is packed is 415, since nobody unpacks it.
#[tokio::test]
async fn a_packed_body_is_refused() {
    let (_server, client) = acme().await;
    for coding in ["gzip", "br", "identity, gzip", "x"] {
        let client = client.with_header("content-encoding", coding);
        client.post("/Users", &user("ana")).await.expect_error(415, None);
    }
    client.with_header("content-encoding", "identity").post("/Users", &user("ana")).await.expect(201);
}
