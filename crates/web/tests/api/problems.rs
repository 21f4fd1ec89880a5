//! Every kind of problem, as it is sent.

use crate::support::{ALL, Acme, told};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use std::num::NonZeroU32;
use testkit::Server;

fn problem(status: u16, kind: &str, title: &str, detail: &str) -> serde_json::Value {
    json!({ "type": format!("urn:accessiq:problem:{kind}"), "title": title, "status": status, "detail": detail })
}

#[tokio::test]
async fn what_cannot_be_read() {
    let acme = Acme::start().await;
    let typed = acme.api.with_header("content-type", "application/json");
    let reply = typed.send(Method::POST, "/roles", "{\"name\":").await.expect_problem(400, "malformed");
    let detail = "The body is not JSON: EOF while parsing a value at line 1 column 8.";
    assert_eq!(told(&reply), problem(400, "malformed", "The request cannot be read", detail));
    for (path, detail) in [
        ("/users?limit=0", "limit takes a number from 1 to 200, not \"0\"."),
        ("/users?limit=1&limit=2", "The parameter \"limit\" stands twice in the query."),
        ("/users?cursor=abc", "The cursor is not one of this query. Start again with an empty cursor."),
        ("/users?filter=%ff", "The query is not UTF-8."),
        ("/events?after=-1", "after takes a number from 0 to 9223372036854775807, not \"-1\"."),
    ] {
        let reply = acme.api.get(path).await.expect_problem(400, "malformed");
        assert_eq!(reply.body["detail"], detail, "{path}");
    }
    let reply = acme.api.get("/users?filter=title%20eq%20%22x%22").await.expect_problem(400, "malformed");
    assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("title")), "{}", reply.text);
    let reply = acme.api.get(&acme.below("/requests?status=9xx")).await.expect_problem(400, "malformed");
    assert_eq!(reply.body["detail"], "status takes 404 or 4xx, not \"9xx\".");
    acme.api.ask("/roles").await.expect_problem(400, "malformed");
    let several = acme.api.with_header("if-match", "\"1\", \"2\"");
    several.patch("/roles/Auditor", &json!({})).await.expect_problem(400, "malformed");
    let nameless = acme.api.with_header("idempotency-key", " ");
    nameless.post("/roles", &json!({})).await.expect_problem(400, "malformed");
}

#[tokio::test]
async fn what_is_not_there() {
    let acme = Acme::start().await;
    let reply = acme.api.get("/roles/Nobody").await.expect_problem(404, "not-found");
    assert_eq!(
        told(&reply),
        problem(404, "not-found", "There is no such thing", "There is no role \"Nobody\".")
    );
    for path in ["/organizations/nowhere", "/users/nobody", "/jobs/none", "/connections/none", "/nothing"] {
        acme.api.get(path).await.expect_problem(404, "not-found");
    }
    for rest in ["/groups/none", "/mappings/none", "/rules/none", "/requests/none"] {
        acme.api.get(&acme.below(rest)).await.expect_problem(404, "not-found");
    }
    acme.api.delete(&acme.below("/tokens/none")).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_method_that_is_not_possible() {
    let acme = Acme::start().await;
    let reply =
        acme.api.send(Method::PUT, "/roles", Body::empty()).await.expect_problem(405, "method-not-allowed");
    let mut allowed: Vec<&str> = reply.header("allow").expect("Allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn what_stands_against_it() {
    let acme = Acme::start().await;
    let reply = acme.api.delete("/roles/Member").await.expect_problem(409, "conflict");
    let detail = "Role \"Member\" is built in and stays as it is. Make one of your own beside it.";
    assert_eq!(told(&reply), problem(409, "conflict", "What there is stands against it", detail));
    acme.api.ask("/organizations/sales/archive").await.expect_problem(409, "conflict");
    let taken = json!({ "name": "Other", "slug": "sales" });
    acme.api.post("/organizations", &taken).await.expect_problem(409, "conflict");
    let off = json!({ "settings": { "groups": false } });
    let reply = acme.api.patch(&acme.below(""), &off).await.expect_problem(409, "conflict");
    assert!(
        reply.body["detail"].as_str().is_some_and(|detail| detail.contains("1 group ")),
        "{}",
        reply.text
    );
}

#[tokio::test]
async fn what_is_read_and_not_taken() {
    let acme = Acme::start().await;
    let reply = acme.api.post("/roles", &json!({ "name": "Chief", "priority": 100 })).await;
    let detail = "A role's priority is 1 to 99: the higher, the stronger. Owner alone has 100.";
    let reply = reply.expect_problem(422, "invalid");
    assert_eq!(told(&reply), problem(422, "invalid", "This cannot be taken", detail));

    let root = acme.first("/organizations").await["id"].clone();
    let below = json!({ "name": "Below", "parent": root });
    let below = acme.api.post("/organizations", &below).await.expect(201).id();
    let invalid = [
        (acme.below("/mappings"), json!({ "group": "Sales", "organization": "sales", "role": "Owner" })),
        (acme.below("/rules"), json!({ "kind": "naming", "expression": "(" })),
        (acme.below("/rules"), json!({ "kind": "naming", "expression": "(a{1000}){1000}(?<org>.)" })),
        (
            acme.below("/rules"),
            json!({ "kind": "attribute", "expression": "userName eq", "organization": "sales" }),
        ),
        (acme.below("/rules"), json!({ "kind": "other", "expression": "x" })),
        (acme.below("/rules"), json!({ "kind": "naming", "expression": "(?<org>.+)", "position": i64::MAX })),
        (acme.below("/rules"), json!({ "kind": "naming", "expression": "(?<org>.+)", "position": 0 })),
        ("/roles".into(), json!({ "name": "Auditor", "priority": 30, "colour": "red" })),
        ("/roles".into(), json!({ "name": "Auditor" })),
        ("/roles".into(), json!([])),
        ("/connections".into(), json!({ "provider": "myspace" })),
        (acme.below("/tokens"), json!({ "days": -1 })),
        (acme.below("/what-if"), json!({ "createMapping": {}, "deleteRule": {} })),
        ("/organizations".into(), json!({ "name": "Odd", "type": "galaxy" })),
    ];
    for (path, body) in invalid {
        let reply = acme.api.post(&path, &body).await;
        assert!([400, 422].contains(&reply.code()), "{path} {body}: {}", reply.text);
        assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{}", reply.text);
    }
    let child =
        acme.api.post("/organizations", &json!({ "name": "Child", "parent": below })).await.expect(201).id();
    let circle = json!({ "parent": child });
    acme.api.patch(&format!("/organizations/{below}"), &circle).await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn a_body_that_is_too_large_or_of_another_type() {
    let acme = Acme::start().await;
    let large = vec![b' '; 1024 * 1024 + 1];
    let typed = acme.api.with_header("content-type", "application/json");
    let reply = typed.send(Method::POST, "/roles", large).await.expect_problem(413, "too-large");
    let detail = "The body is larger than 1048576 bytes.";
    assert_eq!(told(&reply), problem(413, "too-large", "The body is too large", detail));
    let form = acme.api.with_header("content-type", "application/x-www-form-urlencoded");
    form.send(Method::POST, "/roles", "name=Auditor").await.expect_problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn more_requests_than_there_may_be() {
    let server = Server::start_with_limit(NonZeroU32::new(1)).await;
    let api = server.api("acme", &ALL).await;
    api.get("/roles").await.expect(200);
    let reply = api.get("/roles").await.expect_problem(429, "too-many-requests");
    assert_eq!(reply.header("retry-after"), Some("1"));
    // Another tenant has its own share.
    server.api("globex", &ALL).await.get("/roles").await.expect(200);
}

#[tokio::test]
async fn an_operators_key_that_names_no_tenant() {
    let acme = Acme::start().await;
    let operator = acme.server.operator_api(&ALL).await;
    let reply = operator.get("/roles").await.expect_problem(400, "malformed");
    assert_eq!(reply.body["detail"], "An operator's key is of no tenant. Name the tenant: ?tenant=NAME.");
    operator.get("/roles?tenant=ACME").await.expect(200);
}
