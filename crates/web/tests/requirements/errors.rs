//! Errors: every one is a SCIM error of its status, and none gives anything away.

use crate::support::{NOBODY, acme, filtered, found, raw, strict, user_with};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Client, Reply, user};

/// The codes of RFC 7644 table 9 and RFC 9865 table 3.
const CODES: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

/// Some error of each kind.
async fn errors(client: &Client) -> Vec<(u16, Reply)> {
    let path = format!("/Users/{}", client.create_user("ana").await);
    let big = "x".repeat(17 * 1024 * 1024);
    let plain = client.with_header("content-type", "text/plain");
    vec![
        (400, raw(client, Method::POST, "/Users", "{").await),
        (400, client.get("/Users?filter=x").await),
        (400, client.get("/Users?cursor=x").await),
        (400, client.operate(&path, json!([{ "op": "remove", "path": "id" }])).await),
        (401, client.with_token(None).get("/Users").await),
        (401, client.with_token(Some("wrong")).get("/Users").await),
        (403, client.get("/Schemas?filter=x").await),
        (404, client.get(&format!("/Users/{NOBODY}")).await),
        (404, client.get("/Nope").await),
        (405, client.delete("/Users").await),
        (406, client.with_header("accept", "text/html").get("/Users").await),
        (409, client.post("/Users", &user("ana")).await),
        (412, client.with_header("if-match", "\"x\"").delete(&path).await),
        (413, raw(client, Method::POST, "/Users", big).await),
        (415, plain.send(Method::POST, "/Users", "userName=ana").await),
    ]
}

/// R7644-3.12-11: schemas, status as text, detail; the media type of SCIM.
/// R7644-3.12-12: the status is the one of the answer.
/// R7644-3.12-13: scimType is one of the tables, and only where the tables have one.
/// M-23: status is a string.
#[tokio::test]
async fn every_error_is_a_scim_error() {
    let (_server, client) = acme().await;
    for (status, reply) in errors(&client).await {
        let scim_type = reply.body["scimType"].as_str().map(str::to_owned);
        let reply = reply.expect_error(status, scim_type.as_deref());
        assert_eq!(reply.header("content-type"), Some("application/scim+json"));
        match (status, &scim_type) {
            (400 | 409, Some(code)) => assert!(CODES.contains(&&**code), "{}", reply.text),
            (400 | 409, None) => panic!("no scimType in {}", reply.text),
            (_, given) => assert_eq!(given, &None, "{}", reply.text),
        }
    }
}

/// R7644-3.12-14: an unknown endpoint is a SCIM 404, for every method and however it is written.
/// R7644-3.2-05: names of endpoints have a letter case.
/// R7644-3.2-04: one slash at the end is read over, two slashes are not.
/// R7644-3.12-15: there are no redirects.
#[tokio::test]
async fn unknown_endpoints_are_not_found() {
    let (_server, client) = acme().await;
    client.create_user("ana").await;
    for path in [
        "/Nope",
        "/users",
        "/USERS",
        "/Users/a/b",
        "//Users",
        "/Users//",
        "/Groups/x/members",
        "/%55sers/x/y",
        "/.well-known",
        "/Users%2F",
        "/Users/..",
        "/../Users",
        "/Users;v=1",
        "/\u{feff}Users",
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let path: String = path.replace('\u{feff}', "%EF%BB%BF");
            let reply = client.send(method.clone(), &path, "{}").await;
            // A change is read before it is looked for.
            let is_read = method == Method::GET || method == Method::DELETE;
            let expected: &[u16] = if is_read { &[404, 405] } else { &[400, 404, 405] };
            assert!(expected.contains(&reply.code()), "{method} {path}: {}", reply.text);
            let scim_type = reply.body["scimType"].as_str().map(str::to_owned);
            let code = reply.code();
            reply.expect_error(code, scim_type.as_deref());
        }
    }
    assert_eq!(client.get("/Users/").await.expect(200).body["totalResults"], 1);
    client.get("/Schemas/").await.expect(200);
}

/// R7644-3.12-14: outside of all connections too.
/// R7644-3.13-01: another version is 400 invalidVers.
/// R7644-3.13-02: without a version there is nothing to find.
#[tokio::test]
async fn other_versions_are_refused() {
    let (_server, client) = acme().await;
    let id = client.connection.id.clone();
    for path in [format!("/scim/v1/{id}/Users"), format!("/scim/v3/{id}/Users"), "/scim/v1".to_owned()] {
        let reply = client.send_to(Method::GET, &path, "").await;
        match reply.code() {
            400 => drop(reply.expect_error(400, Some("invalidVers"))),
            _ => drop(reply.expect_error(404, None)),
        }
    }
    client
        .send_to(Method::GET, &format!("/scim/v1/{id}/Users"), "")
        .await
        .expect_error(400, Some("invalidVers"));
    for path in ["/scim", "/nope", "/scim/v2", "/scim/v2/"] {
        let reply = client.send_to(Method::GET, path, "").await;
        let code = reply.code();
        assert!(matches!(code, 400 | 401 | 404), "{path}: {}", reply.text);
        let scim_type = reply.body["scimType"].as_str().map(str::to_owned);
        reply.expect_error(code, scim_type.as_deref());
    }
}

/// R7644-3.12-17: no error tells how the service is built.
/// R7644-3.12-18: none repeats a secret.
#[tokio::test]
async fn errors_give_nothing_away() {
    let (_server, client) = acme().await;
    let token = client.token().to_owned();
    for (_, reply) in errors(&client).await {
        let text = reply.text.to_lowercase();
        for word in [
            "sqlite",
            "constraint",
            "panicked",
            "rusqlite",
            "src/",
            ".rs",
            "select ",
            "mirror_users",
            "stack",
            &token.to_lowercase(),
        ] {
            assert!(!text.contains(word), "{word} in {}", reply.text);
        }
        assert!(reply.header("x-request-id").is_some_and(|id| !id.is_empty()));
    }
}

/// R9110-10-01: a body over the limit is refused before it is read as JSON, and changes nothing.
#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let (_server, client) = acme().await;
    let big = user_with("ana", json!({ "title": "x".repeat(17 * 1024 * 1024) })).to_string();
    raw(&client, Method::POST, "/Users", big.clone()).await.expect_error(413, None);
    raw(&client, Method::PUT, &format!("/Users/{NOBODY}"), big.clone()).await.expect_error(413, None);
    raw(&client, Method::PATCH, &format!("/Users/{NOBODY}"), big.clone()).await.expect_error(413, None);
    raw(&client, Method::POST, "/Users", Body::from("{".repeat(17 * 1024 * 1024)))
        .await
        .expect_error(413, None);
    client.with_token(None).send(Method::POST, "/Users", big).await.expect_error(401, None);
    assert!(found(&client, "userName pr").await.is_empty());
}

/// R8259-01: deep nesting is refused, wherever it stands.
/// R7644-3.12-01: as invalidSyntax where it is not JSON that can be read.
#[tokio::test]
async fn deep_nesting_is_refused() {
    let (_server, client) = acme().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [200, 100_000] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for path in ["/Users", "/Groups", "/Bulk", "/Users/.search", "/.search"] {
                raw(&client, Method::POST, path, deep.clone()).await.expect_error(400, Some("invalidSyntax"));
            }
            let body = format!("{{\"userName\":\"ana\",\"foo\":{deep}}}");
            raw(&client, Method::POST, "/Users", body).await.expect_error(400, Some("invalidSyntax"));
        }
    }
}

/// R7644-3.12-02: whatever type stands wherever, the answer is an answer.
#[tokio::test]
async fn wrong_types_everywhere_are_answered() {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("\u{fffd}\u{1f600}"),
        json!([]),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!({}),
        json!({ "value": {} }),
        json!([{ "value": [1] }]),
        json!(["x", "x"]),
    ];
    for (_server, client) in [acme().await, strict().await] {
        let names = [
            "schemas",
            "id",
            "externalId",
            "meta",
            "userName",
            "name",
            "displayName",
            "active",
            "emails",
            "addresses",
            "groups",
            "roles",
            "x509Certificates",
            "members",
            "password",
            crate::support::ENTERPRISE,
            "",
            "\u{0}",
            "$ref",
            "urn:x:y",
            "a.b.c",
        ];
        for name in names {
            for value in &values {
                for (endpoint, mut body) in
                    [("/Users", user("ana")), ("/Groups", crate::support::group("Sales", &[]))]
                {
                    body[name] = value.clone();
                    let reply = client.post(endpoint, &body).await;
                    assert!(
                        matches!(reply.code(), 201 | 400 | 409),
                        "{endpoint} {name} {value}: {}",
                        reply.text
                    );
                    if reply.code() == 201 {
                        let path = format!("{endpoint}/{}", reply.id());
                        client.get(&path).await.expect(200);
                        let replaced = client.put(&path, &body).await;
                        assert!(
                            matches!(replaced.code(), 200 | 400),
                            "{endpoint} {name} {value}: {}",
                            replaced.text
                        );
                        client.delete(&path).await.expect(204);
                    }
                }
            }
        }
    }
}

/// R7644-7.7-01: no text is anything but text: quotes, NUL, every plane of Unicode come back as they were sent.
/// R7644-3.8-02: as UTF-8.
#[tokio::test]
async fn any_text_is_text() {
    let (server, client) = acme().await;
    for (number, text) in [
        "'; drop table users; --",
        "\"",
        "\\",
        "a\u{1}b",
        "\u{1f600}\u{10ffff}",
        "\u{202e}abc",
        "%00",
        "<script>",
        "a\r\nb\tc",
        "{{x}}",
        "\u{7f}\u{80}",
    ]
    .iter()
    .enumerate()
    {
        let body = user_with(
            &format!("u{number}"),
            json!({ "externalId": text, "displayName": text, "title": text }),
        );
        let created = client.post("/Users", &body).await.expect(201);
        for name in ["externalId", "displayName", "title"] {
            assert_eq!(created.body[name], *text);
        }
        assert_eq!(
            found(&client, &format!("externalId eq {}", Value::from(*text))).await,
            [format!("u{number}")]
        );
        let named =
            user_with("x", json!({ "userName": format!("name {text}"), "emails": [{ "value": "a@b.c" }] }));
        assert_eq!(client.post("/Users", &named).await.expect(201).body["userName"], format!("name {text}"));
        let group = client
            .post("/Groups", &crate::support::group(&format!("g{number} {text}"), &[&created.id()]))
            .await
            .expect(201);
        assert_eq!(group.body["displayName"], format!("g{number} {text}"));
        let filter = format!("displayName eq {}", Value::from(format!("g{number} {text}")));
        assert_eq!(filtered(&client, "/Groups", &filter).await.expect(200).body["totalResults"], 1);
    }
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R9110-15-01: without its database the service answers 503 and says when to come again; nothing is lost silently.
/// R7644-3.12-11: as a SCIM error.
#[tokio::test]
async fn without_a_database_the_client_is_asked_to_come_again() {
    let (server, client) = acme().await;
    let path = format!("/Users/{}", client.create_user("ana").await);
    server.lose_database();
    for reply in [
        client.post("/Users", &user("bo")).await,
        client.put(&path, &user("anna")).await,
        client.delete(&path).await,
    ] {
        let reply = reply.expect_error(503, None);
        assert!(
            reply
                .header("retry-after")
                .is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0))
        );
    }
}

/// R7644-3.12-17: what went wrong inside stays inside.
#[tokio::test]
async fn a_panic_tells_nothing() {
    let secret = "index out of bounds at crates/web/src/secret.rs: scim_token";
    let response = web::scim::panicked(Box::new(secret));
    assert_eq!(response.status().as_u16(), 500);
    let failure = response.extensions().get::<web::error::Failure>().expect("a failure");
    assert!(!failure.0.body().to_string().contains("secret"));
}

/// R7644-3.3-03: what is told of a conflict is short, however long the name that is taken.
#[tokio::test]
async fn messages_stay_short() {
    let (_server, client) = acme().await;
    let long = "n".repeat(1024);
    let body = user_with("x", json!({ "userName": long, "emails": [{ "value": "a@b.c" }] }));
    client.post("/Users", &body).await.expect(201);
    let reply = client.post("/Users", &body).await.expect_error(409, Some("uniqueness"));
    assert!(reply.text.len() < 1000, "{} bytes", reply.text.len());
    let id = client.create_user("ana").await;
    let reply = client.put(&format!("/Users/{id}"), &body).await.expect_error(409, Some("uniqueness"));
    assert!(reply.text.len() < 1000, "{} bytes", reply.text.len());
    let long = "n".repeat(20_000);
    for path in [
        format!("/Users/{long}"),
        format!("/{long}"),
        format!("/Users?filter={long}+eq+%22x%22"),
        format!("/Users?sortBy={long}"),
        format!("/Users?count={long}"),
    ] {
        let reply = client.get(&path).await;
        assert!((400..500).contains(&reply.code()) && reply.text.len() < 1000, "{} bytes", reply.text.len());
    }
    let unknown = json!([{ "op": long, "path": long, "value": long }]);
    let reply = client.operate(&format!("/Users/{id}"), unknown).await;
    assert!(reply.code() == 400 && reply.text.len() < 1000, "{} bytes", reply.text.len());
    let wrong =
        json!([{ "op": "replace", "path": format!("emails[type eq \"{long}\"].{long}"), "value": 1 }]);
    let reply = client.operate(&format!("/Users/{id}"), wrong).await;
    assert!(reply.code() < 500, "{}", reply.code());
    assert!(reply.text.len() < 1000, "{} bytes", reply.text.len());
}

/// R7644-3.12-01: a member that is there twice is invalidSyntax, however deep, on every endpoint: of two readers one
/// might take the first, and one the last.
#[tokio::test]
async fn ambiguous_json_is_refused() {
    for (_server, client) in [acme().await, strict().await] {
        let id = client.create_user("ana").await;
        let good = user("ben").to_string();
        let twice = format!("{},\"userName\":\"eve\"}}", good.strip_suffix('}').unwrap_or_default());
        let patch = |value: &str| {
            format!(
                r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{value}]}}"#
            )
        };
        for (method, path, body) in [
            (Method::POST, "/Users".to_owned(), r#"{"userName":"a","userName":"b"}"#.to_owned()),
            (Method::POST, "/Users".to_owned(), twice),
            (Method::PUT, format!("/Users/{id}"), r#"{"name":{"givenName":"a","givenName":"a"}}"#.to_owned()),
            (Method::PATCH, format!("/Users/{id}"), patch(r#"{"op":"add","op":"remove","path":"title"}"#)),
            (Method::POST, "/Bulk".to_owned(), r#"{"Operations":[],"Operations":[]}"#.to_owned()),
            (Method::POST, "/.search".to_owned(), r#"{"filter":"id pr","filter":"id pr"}"#.to_owned()),
        ] {
            let reply = raw(&client, method, &path, body.clone()).await;
            let reply = reply.expect_error(400, Some("invalidSyntax"));
            let detail = reply.body["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("is there twice at line 1"), "{body}: {detail}");
        }
        assert_eq!(found(&client, "userName pr").await, ["ana"]);
    }
}
