//! POST.

use crate::support::{ENTERPRISE, USER, acme, allowed, found, keys, raw, strict, user_with, user_without};
use axum::http::Method;
use serde_json::{Value, json};
use testkit::user;
use tokio::task::JoinSet;

/// R7644-3.3-01: 201 with Location, the same as meta.location, and the resource as it is here.
/// R7644-3.3-10: Location is absolute.
/// R7644-3.3.1-01: the endpoint decides the resource type.
#[tokio::test]
async fn create_answers_with_location_and_resource() {
    let (_server, client) = acme().await;
    for (endpoint, body, kind) in
        [("/Users", user("ana"), "User"), ("/Groups", crate::support::group("Sales", &[]), "Group")]
    {
        let reply = client.post(endpoint, &body).await.expect(201);
        let location = format!("{}{}{endpoint}/{}", testkit::PUBLIC_URL, client.base_path(), reply.id());
        assert_eq!(reply.header("location"), Some(&*location));
        assert_eq!(reply.body["meta"]["location"], location);
        assert_eq!(reply.body["meta"]["resourceType"], kind);
        assert_eq!(client.get(&format!("{endpoint}/{}", reply.id())).await.expect(200).body, reply.body);
    }
}

/// R7644-3.3-02: read-only attributes in the body are no error.
/// M-21: they are ignored.
/// R7643-3.1-12: meta.resourceType cannot be chosen.
#[tokio::test]
async fn read_only_attributes_are_ignored_on_create() {
    for (_server, client) in [acme().await, strict().await] {
        let body = user_with(
            "ana",
            json!({
                "id": "chosen",
                "meta": { "resourceType": "Group", "created": "1999-01-01T00:00:00Z", "location": "x", "version": "y" },
                "groups": [{ "value": "g1", "display": "Sales" }],
            }),
        );
        let reply = client.post("/Users", &body).await.expect(201);
        assert_ne!(reply.id(), "chosen");
        assert_eq!(reply.body["meta"]["resourceType"], "User");
        assert!(
            reply.body["meta"]["created"].as_str().is_some_and(|created| created.starts_with("2026-01-01"))
        );
        assert!(reply.body.get("groups").is_none());
    }
}

/// R7644-3.3-03: a userName that is taken is 409 uniqueness.
/// R7644-3.3-09: sending a create again makes no second user.
/// RINT-6.9-01: the same on a strict connection.
/// M-22: 409, not 400.
/// M-23: status is a string.
#[tokio::test]
async fn a_taken_user_name_is_a_conflict() {
    for (_server, client) in [acme().await, strict().await] {
        let body = user_with("ana", json!({ "externalId": "e1" }));
        client.post("/Users", &body).await.expect(201);
        let reply = client.post("/Users", &body).await.expect_error(409, Some("uniqueness"));
        assert_eq!(reply.body["status"], "409");
        assert_eq!(found(&client, "externalId eq \"e1\"").await, ["ana"]);
    }
}

/// R7644-3.3-04: active is true unless said; null says nothing.
#[tokio::test]
async fn active_defaults_to_true() {
    let (_server, client) = acme().await;
    let body = user_without("ana", "active");
    assert_eq!(client.post("/Users", &body).await.expect(201).body["active"], true);
    let body = user_with("bo", json!({ "active": null }));
    assert_eq!(client.post("/Users", &body).await.expect(201).body["active"], true);
    let body = user_with("cy", json!({ "active": false }));
    assert_eq!(client.post("/Users", &body).await.expect(201).body["active"], false);
}

/// R7644-3.9-01: the answer to a create shows the attributes that were asked for.
#[tokio::test]
async fn create_shows_the_attributes_asked_for() {
    let (_server, client) = acme().await;
    let reply = client.post("/Users?attributes=userName", &user("ana")).await.expect(201);
    assert_eq!(keys(&reply.body), ["id", "schemas", "userName"]);
    let reply = client.post("/Users?excludedAttributes=emails,meta", &user("bo")).await.expect(201);
    assert!(reply.body.get("emails").is_none() && reply.body.get("meta").is_none());
    assert_eq!(reply.body["userName"], "bo");
}

/// R7644-3.12-01: what is no JSON is 400 invalidSyntax.
/// R7644-3.3-08: so is JSON that is no object.
#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let (_server, client) = acme().await;
    for body in [
        "",
        " ",
        "{",
        "[",
        "nonsense",
        "{\"userName\":}",
        "{\"userName\":\"a\"}}",
        "[]",
        "[{}]",
        "1",
        "\"x\"",
        "null",
        "true",
    ] {
        for endpoint in ["/Users", "/Groups"] {
            raw(&client, Method::POST, endpoint, body).await.expect_error(400, Some("invalidSyntax"));
        }
    }
}

/// R7644-3.12-02: a required attribute that is missing, or a value of the wrong type, is 400 invalidValue.
/// R7643-4.1.1-01: a username of nothing but spaces is none.
#[tokio::test]
async fn missing_and_mistyped_values_are_refused() {
    for (_server, client) in [acme().await, strict().await] {
        let refused = [
            user_without("ana", "userName"),
            user_with("ana", json!({ "userName": "" })),
            user_with("ana", json!({ "userName": "   " })),
            user_with("ana", json!({ "userName": null })),
            user_with("ana", json!({ "userName": { "a": 1 } })),
            user_with("ana", json!({ "userName": ["a", "b"] })),
            user_with("ana", json!({ "name": "x" })),
            user_with("ana", json!({ "name": ["x"] })),
            user_with("ana", json!({ "emails": [[["x"]]] })),
            user_with("ana", json!({ "emails": [1] })),
            user_with("ana", json!({ "active": "perhaps" })),
            user_with("ana", json!({ "active": 1 })),
            user_with("ana", json!({ "title": { "a": "b" } })),
            user_with("ana", json!({ "title": true })),
            user_with("ana", json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: "x" })),
            user_with(
                "ana",
                json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "department": [] , "manager": 7 } }),
            ),
        ];
        for body in refused {
            let reply = client.post("/Users", &body).await;
            assert_eq!(
                (reply.code(), &reply.body["scimType"]),
                (400, &json!("invalidValue")),
                "{body}: {}",
                reply.text
            );
        }
    }
}

/// R7644-3.3-05: unknown attributes are ignored on the porch and refused by the letter.
/// RINT-5.3-01: by the letter, an undefined attribute or schema is 400 invalidSyntax.
/// M-33: lenient by default.
/// R7643-3.3-02: an extension's attribute at the top level is unknown by the letter.
#[tokio::test]
async fn unknown_attributes_are_ignored_or_refused() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    let unknown = [
        user_with("ana", json!({ "foo": 1 })),
        user_with("bo", json!({ "schemas": [USER, "urn:example:mine"], "urn:example:mine": { "a": 1 } })),
        user_with("cy", json!({ "name": { "givenName": "a", "familyName": "b", "foo": "c" } })),
    ];
    for body in &unknown {
        let reply = lenient.post("/Users", body).await.expect(201);
        assert!(!reply.text.contains("foo") && !reply.text.contains("example:mine"), "{}", reply.text);
        strict.post("/Users", body).await.expect_error(400, Some("invalidSyntax"));
    }
    let body = user_with("di", json!({ "department": "Sales" }));
    strict.post("/Users", &body).await.expect_error(400, Some("invalidSyntax"));
    assert!(lenient.post("/Users", &body).await.expect(201).body.get("department").is_none());
}

/// R7644-3.3-06: of many creates of one userName at once, exactly one succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_creates_at_once_succeeds() {
    let (server, client) = acme().await;
    let mut racers = JoinSet::new();
    for racer in 0..50 {
        let client = client.clone();
        let body = user_with(
            if racer % 2 == 0 { "Ana" } else { "ana" },
            json!({ "externalId": format!("e{racer}") }),
        );
        racers.spawn(async move { client.post("/Users", &body).await });
    }
    let replies = racers.join_all().await;
    assert_eq!(replies.iter().filter(|reply| reply.code() == 201).count(), 1);
    for reply in replies.into_iter().filter(|reply| reply.code() != 201) {
        reply.expect_error(409, Some("uniqueness"));
    }
    assert_eq!(found(&client, "userName eq \"ana\"").await.len(), 1);
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.3-06: the same holds for two connections of one tenant.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_connections_gets_the_user_name() {
    let (server, okta) = acme().await;
    let entra = server.connect("acme", scim::Provider::Entra).await;
    let mut racers = JoinSet::new();
    for racer in 0..20 {
        let client = if racer % 2 == 0 { okta.clone() } else { entra.clone() };
        racers.spawn(async move { client.post("/Users", &user("ana")).await });
    }
    let replies = racers.join_all().await;
    assert_eq!(replies.iter().filter(|reply| reply.code() == 201).count(), 1);
    assert!(replies.iter().all(|reply| matches!(reply.code(), 201 | 409)));
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.3-07: nothing is posted to a resource.
/// R9110-15-03: 405 says what is allowed.
#[tokio::test]
async fn post_to_a_resource_is_not_allowed() {
    let (_server, client) = acme().await;
    let id = client.create_user("ana").await;
    let reply = client.post(&format!("/Users/{id}"), &user("bo")).await.expect_error(405, None);
    assert_eq!(allowed(&reply), ["DELETE", "GET", "HEAD", "PATCH", "PUT"]);
}

/// R7644-7.6-01: nobody creates anything without a token.
#[tokio::test]
async fn nobody_creates_without_a_token() {
    let (_server, client) = acme().await;
    client.with_token(None).post("/Users", &user("ana")).await.expect_error(401, None);
    assert_eq!(client.get("/Users").await.expect(200).body["totalResults"], 0);
}

/// M-38: a container whose URN is not listed is taken, and the URN added; by the letter it is refused.
#[tokio::test]
async fn an_unlisted_extension_is_taken() {
    let (_server, lenient) = acme().await;
    let (_other, strict) = strict().await;
    let body = user_with("ana", json!({ ENTERPRISE: { "department": "Sales" } }));
    let created = lenient.post("/Users", &body).await.expect(201).body;
    assert_eq!(created["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(created[ENTERPRISE]["department"], "Sales");
    strict.post("/Users", &body).await.expect_error(400, Some("invalidSyntax"));
}

/// M-52: a userName with spaces or odd characters is taken as it is and compared by its prepared form.
/// R8265-3-01: what PRECIS forbids is not refused.
/// R7644-5-01: full-width letters and decomposed accents are the same username.
/// RINT-5.2-01: uniqueness and filter agree on what is the same.
#[tokio::test]
async fn user_names_are_compared_prepared_and_stored_raw() {
    let (_server, client) = acme().await;
    let pairs = [
        ("first last", "FIRST LAST"),
        ("\u{ff21}\u{ff2c}\u{ff29}\u{ff23}\u{ff25}", "alice"),
        ("Ren\u{e9}", "rene\u{301}"),
    ];
    for (first, second) in pairs {
        assert_eq!(
            client.post("/Users", &user_with("x", json!({ "userName": first }))).await.expect(201).body["userName"],
            first
        );
        let again = user_with("x", json!({ "userName": second }));
        client.post("/Users", &again).await.expect_error(409, Some("uniqueness"));
        assert_eq!(found(&client, &format!("userName eq {}", Value::from(second))).await, [first]);
    }
}
