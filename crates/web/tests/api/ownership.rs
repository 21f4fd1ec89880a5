//! Whose user it is, as a program administers it: users by hand, domains, links that wait, settings.

use crate::support::{ALL, Acme};
use provisioning::keys::Scope;
use serde_json::{Value, json};
use store::keys::NO_TENANT;

#[tokio::test]
async fn a_user_by_hand_is_made_changed_deactivated_and_reactivated() {
    let acme = Acme::start().await;
    let eve = json!({ "userName": "eve@partner.example", "givenName": "Eve", "familyName": "Marsh" });
    let made = acme.api.post("/users", &eve).await.expect(201);
    assert_eq!(made.header("location"), Some(format!("/api/v1/users/{}", made.id()).as_str()));
    assert_eq!(made.header("etag"), Some("W/\"1\""));
    let told = (&made.body["source"], &made.body["connection"], &made.body["status"], &made.body["email"]);
    assert_eq!(told, (&json!("hand"), &Value::Null, &json!("active"), &json!("eve@partner.example")));
    assert_eq!(acme.api.get("/users/eve@partner.example").await.expect(200).body, made.body);
    acme.api.post("/users", &eve).await.expect_problem(409, "conflict");
    acme.api.post("/users", &json!({ "userName": "ana@acme.example" })).await.expect_problem(409, "conflict");
    acme.api.post("/users", &json!({ "userName": " " })).await.expect_problem(422, "invalid");
    acme.api.post("/users", &json!({ "userName": "x", "title": "y" })).await.expect_problem(422, "invalid");
    let path = format!("/users/{}", made.id());
    let seen = acme.api.with_header("if-match", "W/\"1\"");
    let changed = seen.patch(&path, &json!({ "userName": "eve", "givenName": "" })).await.expect(200);
    let told = (&changed.body["userName"], &changed.body["givenName"], &changed.body["familyName"]);
    assert_eq!(told, (&json!("eve"), &Value::Null, &json!("Marsh")));
    seen.patch(&path, &json!({ "userName": "eva" })).await.expect_problem(412, "version-mismatch");
    let out = acme.api.patch(&path, &json!({ "active": false })).await.expect(200);
    assert_eq!(out.body["status"], "deactivated");
    assert!(out.body["lockedAt"].is_string());
    let back = acme.api.patch(&path, &json!({ "active": true })).await.expect(200);
    assert_eq!((&back.body["status"], &back.body["lockedAt"]), (&json!("active"), &Value::Null));
    let refused = acme.api.patch("/users/ana@acme.example", &json!({ "givenName": "Anna" })).await;
    let refused = refused.expect_problem(409, "conflict");
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("\"Okta\"")));
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn a_user_by_hand_that_is_sent_twice_with_one_key_is_made_once() {
    let acme = Acme::start().await;
    let keyed = acme.api.with_header("idempotency-key", "one");
    let eve = json!({ "userName": "eve" });
    let first = keyed.post("/users", &eve).await.expect(201);
    let again = keyed.post("/users", &eve).await.expect(201);
    assert_eq!((again.body.clone(), again.header("idempotent-replay")), (first.body, Some("true")));
}

#[tokio::test]
async fn a_domain_is_verified_once_its_record_says_so() {
    let acme = Acme::start().await;
    let added = acme.api.post("/domains", &json!({ "name": "Bücher.Example" })).await.expect(201);
    assert_eq!(added.body["name"], "xn--bcher-kva.example");
    let path = "/domains/xn--bcher-kva.example";
    assert_eq!(added.header("location"), Some(format!("/api/v1{path}").as_str()));
    assert_eq!(added.body["record"], "_accessiq-challenge.xn--bcher-kva.example");
    acme.api
        .post("/domains", &json!({ "name": "xn--bcher-kva.example" }))
        .await
        .expect_problem(409, "conflict");
    acme.api.post("/domains", &json!({ "name": "nowhere" })).await.expect_problem(422, "invalid");
    let verify = format!("{path}/verify");
    let detail = |reply: testkit::Reply| {
        let reply = reply.expect_problem(409, "conflict");
        reply.body["detail"].as_str().unwrap_or_default().to_owned()
    };
    let said = detail(acme.api.ask(&verify).await);
    assert!(said.starts_with("There is no TXT record at _accessiq-challenge."), "{said}");
    let text = |member: &str| added.body[member].as_str().expect("text").to_owned();
    acme.names.publish(&text("record"), &["accessiq-verification=somebody-elses"]);
    let said = detail(acme.api.ask(&verify).await);
    assert!(said.starts_with("The TXT record at") && said.contains("says something else"), "{said}");
    acme.names.publish(&text("record"), &["v=spf1 -all", &text("challenge")]);
    let verified = acme.api.ask(&verify).await.expect(200);
    let told = (&verified.body["verified"], &verified.body["verifiedBy"], &verified.body["reason"]);
    assert_eq!(told, (&json!(true), &json!(acme.api.key_id), &Value::Null));
    let listed = acme.api.get("/domains").await.expect(200);
    assert_eq!(listed.body["items"], json!([verified.body]));
    acme.api.with_header("if-match", "\"1\"").delete(path).await.expect_problem(412, "version-mismatch");
    acme.api.delete(path).await.expect(204);
    acme.api.get(path).await.expect_problem(404, "not-found");
}

/// A key of the tenant cannot give its own word.
#[tokio::test]
async fn a_domain_is_attested_by_an_operator_alone_and_with_a_reason() {
    let acme = Acme::start().await;
    acme.api.post("/domains", &json!({ "name": "corp.example" })).await.expect(201);
    let path = "/domains/corp.example/attest";
    let word = json!({ "reason": "Our own network" });
    acme.api.post(path, &word).await.expect_problem(403, "insufficient-scope");
    let below = acme.server.operator_api(&[Scope::Read, Scope::Write]).await;
    let of_acme = format!("{path}?tenant=acme");
    below.post(&of_acme, &word).await.expect_problem(403, "insufficient-scope");
    let operator = acme.server.operator_api(&Scope::ALL).await;
    operator.post(&of_acme, &json!({ "reason": "" })).await.expect_problem(422, "invalid");
    let attested = operator.post(&of_acme, &word).await.expect(200);
    let told = (&attested.body["verified"], &attested.body["reason"]);
    assert_eq!(told, (&json!(true), &json!("Our own network")));
    assert_eq!(acme.api.get("/domains/corp.example").await.expect(200).body, attested.body);
    assert_ne!(acme.client.connection.scope.tenant, NO_TENANT);
}

#[tokio::test]
async fn a_name_server_that_does_not_answer_is_told_as_such() {
    let server = testkit::Server::start().await;
    let api = server.api("acme", &ALL).await;
    api.post("/domains", &json!({ "name": "acme.example" })).await.expect(201);
    let reply = api.ask("/domains/acme.example/verify").await.expect_problem(503, "unavailable");
    assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains("cannot be asked")));
}

#[tokio::test]
async fn a_link_that_waits_is_seen_approved_and_carried_out_by_the_next_attempt() {
    let acme = Acme::start().await;
    let id = acme.link().await;
    let path = format!("/links/{id}");
    let link = acme.api.get(&path).await.expect(200);
    assert_eq!(link.body["state"], "pending");
    assert_eq!(link.body["connection"]["name"], "Okta");
    assert_eq!(
        (&link.body["userName"], &link.body["email"]),
        (&json!("root@linked.test"), &json!("root@linked.test"))
    );
    let record = acme.below(&format!("/requests/{}", link.body["request"].as_str().unwrap_or_default()));
    acme.server.flush().await;
    let record = acme.api.get(&record).await.expect(200);
    assert!(record.text.contains("An Owner must approve the link in AccessIQ"), "{}", record.text);
    let reader = acme.server.api("acme", &[Scope::Read, Scope::Tokens]).await;
    reader.ask(&format!("{path}/approve")).await.expect_problem(403, "insufficient-scope");
    let rejected = acme.api.ask(&format!("{path}/reject")).await.expect(200);
    assert_eq!(
        (&rejected.body["state"], &rejected.body["decidedBy"]),
        (&json!("rejected"), &json!(acme.api.key_id))
    );
    acme.client.post("/Users", &Acme::root()).await.expect_error(409, Some("uniqueness"));
    let approved = acme.api.ask(&format!("{path}/approve")).await.expect(200);
    assert_eq!(approved.body["state"], "approved");
    acme.client.post("/Users", &Acme::root()).await.expect(201);
    acme.api.get(&path).await.expect_problem(404, "not-found");
    let root = acme.api.get("/users/root@linked.test").await.expect(200);
    assert_eq!(root.body["connection"], acme.client.connection.id);
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn what_meets_others_is_chosen_by_the_settings_and_shown_with_them() {
    let acme = Acme::start().await;
    let shown = acme.api.get(&acme.below("")).await.expect(200);
    let settings = &shown.body["settings"];
    assert_eq!(
        (&settings["existingUsers"], &settings["otherConnections"]),
        (&json!("reject"), &json!("reject"))
    );
    let chosen = json!({ "settings": { "existingUsers": "link", "otherConnections": "take-over" } });
    let changed = acme.api.patch(&acme.below(""), &chosen).await.expect(200);
    let settings = &changed.body["settings"];
    assert_eq!(
        (&settings["existingUsers"], &settings["otherConnections"]),
        (&json!("link"), &json!("take-over"))
    );
    let unknown = json!({ "settings": { "otherConnections": "steal" } });
    acme.api.patch(&acme.below(""), &unknown).await.expect_problem(422, "invalid");
}
