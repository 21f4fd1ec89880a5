//! OAuth 2.0 clients and schema extensions by the API.

use crate::support::{ALL, Acme};
use provisioning::keys::Scope;
use serde_json::{Value, json};

#[tokio::test]
async fn a_client_is_made_shown_once_rotated_and_revoked() {
    let acme = Acme::start().await;
    let clients = acme.below("/clients");
    let made = acme.api.post(&clients, &json!({ "name": "nightly", "readOnly": true })).await.expect(201);
    let secret = made.body["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("scim_client_"), "{secret}");
    assert_eq!(made.body["scope"], "scim.read");
    assert_eq!(made.body["tokenEndpoint"], "https://iam.example.com/oauth/token");
    let listed = acme.first(&clients).await;
    assert_eq!((&listed["state"], &listed["method"]), (&json!("active"), &json!("client_secret")));
    assert!(listed.get("secret").is_none());
    let one = format!("{clients}/{}", made.id());
    let rotated =
        acme.api.with_header("idempotency-key", "r1").ask(&format!("{one}/rotate")).await.expect(201);
    assert_ne!(rotated.body["secret"], made.body["secret"]);
    let again = acme.api.with_header("idempotency-key", "r1").ask(&format!("{one}/rotate")).await.expect(201);
    assert_eq!(again.body["secret"], Value::Null, "a secret is shown once");
    assert_eq!(proves(&acme, &made.id(), &secret).await, 401);
    let secret = rotated.body["secret"].as_str().expect("a secret");
    assert_eq!(proves(&acme, &made.id(), secret).await, 200);
    acme.api.delete(&one).await.expect(204);
    assert_eq!(acme.first(&clients).await["state"], "revoked");
    assert_eq!(proves(&acme, &made.id(), secret).await, 401);
    acme.api.delete(&one).await.expect_problem(422, "invalid");
    acme.api.ask(&format!("{one}/rotate")).await.expect_problem(422, "invalid");
}

/// The status that a client gets which asks for an access token with a secret.
async fn proves(acme: &Acme, id: &str, secret: &str) -> u16 {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let client =
        acme.client.with_token(None).with_header("content-type", "application/x-www-form-urlencoded");
    client.send_to(axum::http::Method::POST, "/oauth/token", form).await.code()
}

#[tokio::test]
async fn a_client_that_signs_has_no_secret_to_rotate_and_keys_are_checked() {
    let acme = Acme::start().await;
    let clients = acme.below("/clients");
    let bad = json!({ "name": "signs", "publicKeys": { "keys": [] } });
    acme.api.post(&clients, &bad).await.expect_problem(422, "invalid");
    acme.api.post(&clients, &json!({ "name": "" })).await.expect_problem(422, "invalid");
    let reader = acme.server.api("acme", &[Scope::Read, Scope::Write]).await;
    reader.post(&clients, &json!({ "name": "x" })).await.expect_problem(403, "insufficient-scope");
    acme.api.delete(&format!("{clients}/nobody")).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn an_extension_is_registered_used_grown_and_removed() {
    let acme = Acme::start().await;
    let urn = "urn:acme:params:scim:schemas:extension:badge:2.0:User";
    let attribute = |name: &str| json!({ "name": name, "type": "string" });
    let schema = json!({ "id": urn, "name": "Badge", "attributes": [attribute("badgeNumber")] });
    acme.api.post("/schemas", &schema).await.expect(201);
    let grown =
        json!({ "id": urn, "name": "Badge", "attributes": [attribute("badgeNumber"), attribute("colour")] });
    acme.api.post("/schemas", &grown).await.expect(201);
    let shown = acme.api.get(&format!("/schemas/{urn}")).await.expect(200);
    assert_eq!(shown.body["attributes"].as_array().map(Vec::len), Some(2));
    acme.api.post("/schemas", &schema).await.expect_problem(422, "invalid");
    acme.api.post("/schemas", &json!({ "id": "badge" })).await.expect_problem(422, "invalid");
    let operation = json!([{ "op": "add", "path": format!("{urn}:colour"), "value": "red" }]);
    acme.client.operate(&format!("/Users/{}", acme.ana), operation).await.expect(200);
    acme.api.delete(&format!("/schemas/{urn}")).await.expect_problem(409, "conflict");
    let operation = json!([{ "op": "remove", "path": format!("{urn}:colour") }]);
    acme.client.operate(&format!("/Users/{}", acme.ana), operation).await.expect(200);
    acme.api.delete(&format!("/schemas/{urn}")).await.expect(204);
    acme.api.get(&format!("/schemas/{urn}")).await.expect_problem(404, "not-found");
    let stranger = acme.server.api("globex", &ALL).await;
    assert_eq!(stranger.get("/schemas").await.expect(200).body["items"], json!([]));
}

/// A database that keeps text may end it at U+0000; what cannot be kept is refused before anybody is asked.
#[tokio::test]
async fn the_character_u_0000_is_refused_wherever_it_comes() {
    let acme = Acme::start().await;
    acme.api.post("/roles", &json!({ "name": "a\0b", "priority": 10 })).await.expect_problem(422, "invalid");
    acme.api.get("/users/a%00b").await.expect_problem(404, "not-found");
    acme.api.get("/users?filter=a%00b").await.expect_problem(400, "malformed");
}

#[tokio::test]
async fn the_ending_of_a_connection_is_told_begun_and_seen() {
    let acme = Acme::start().await;
    let ending = acme.below("/ending");
    let told = acme.api.get(&format!("{ending}?way=terminate")).await.expect(200);
    assert_eq!(
        (&told.body["deactivated"], &told.body["people"][0]["becomes"]),
        (&json!(1), &json!("deactivated"))
    );
    acme.api.get(&format!("{ending}?way=slowly")).await.expect_problem(400, "malformed");
    acme.api.post(&ending, &json!({ "way": "terminate" })).await.expect_problem(409, "conflict");
    let job = acme.api.post(&ending, &json!({ "way": "terminate", "confirmed": true })).await.expect(201);
    assert_eq!(job.header("location"), Some(format!("/api/v1/jobs/{}", job.id()).as_str()));
    assert_eq!(acme.api.get(&acme.below("")).await.expect(200).body["ending"]["way"], "terminate");
    acme.client.get("/Users").await.expect_error(401, None);
    acme.api.get(&acme.below("/requests")).await.expect(200);
    acme.api.patch(&acme.below(""), &json!({ "name": "x" })).await.expect_problem(409, "conflict");
    acme.api.post(&acme.below("/tokens"), &json!({})).await.expect_problem(409, "conflict");
    acme.api.post(&acme.below("/clients"), &json!({ "name": "x" })).await.expect_problem(409, "conflict");
    provisioning::jobs::run_open(acme.server.store(), |_| {}).await.expect("work");
    let job = acme.api.get(&format!("/jobs/{}", job.id())).await.expect(200);
    assert_eq!((&job.body["state"], &job.body["kind"]), (&json!("done"), &json!("ending")));
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}
