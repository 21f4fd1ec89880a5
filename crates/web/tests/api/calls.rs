//! `Idempotency-Key`: a request that is sent twice is carried out once.

use crate::support::Acme;
use serde_json::{Value, json};

fn role() -> Value {
    json!({ "name": "Auditor", "priority": 30 })
}

#[tokio::test]
async fn the_second_is_answered_as_the_first_and_changes_nothing() {
    let acme = Acme::start().await;
    let named = acme.api.with_header("idempotency-key", "one");
    let first = named.post("/roles", &role()).await.expect(201);
    assert_eq!(first.header("idempotent-replay"), None);
    let events = acme.api.get("/events?limit=200").await.expect(200).body["next"].clone();
    let second = named.post("/roles", &role()).await.expect(201);
    assert_eq!(second.header("idempotent-replay"), Some("true"));
    assert_eq!(second.text, first.text);
    for header in ["etag", "location", "content-type"] {
        assert_eq!(second.header(header), first.header(header), "{header}");
    }
    assert_ne!(second.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(acme.api.get("/events?limit=200").await.expect(200).body["next"], events);
}

#[tokio::test]
async fn another_request_under_the_same_name_is_refused() {
    let acme = Acme::start().await;
    let named = acme.api.with_header("idempotency-key", "one");
    named.post("/roles", &role()).await.expect(201);
    let other = json!({ "name": "Other", "priority": 30 });
    named.post("/roles", &other).await.expect_problem(422, "key-reused");
    named.post("/organizations", &role()).await.expect_problem(422, "key-reused");
    acme.api.get("/roles/Other").await.expect(404);
    // Another key's names are its own.
    let stranger = acme.server.api("globex", &crate::support::ALL).await;
    stranger.with_header("idempotency-key", "one").post("/roles", &other).await.expect(201);
}

#[tokio::test]
async fn what_was_refused_can_be_sent_again() {
    let acme = Acme::start().await;
    let named = acme.api.with_header("idempotency-key", "one");
    let below = json!({ "name": "Sales EMEA", "parent": "emea" });
    named.post("/organizations", &below).await.expect(404);
    acme.api.post("/organizations", &json!({ "name": "EMEA" })).await.expect(201);
    let made = named.post("/organizations", &below).await.expect(201);
    assert_eq!(made.header("idempotent-replay"), None);
}

/// A secret that is shown once is not kept to be shown again.
#[tokio::test]
async fn a_secret_is_not_given_again() {
    let acme = Acme::start().await;
    let named = acme.api.with_header("idempotency-key", "one");
    let first = named.post(&acme.below("/tokens"), &json!({ "name": "second" })).await.expect(201);
    let secret = first.body["token"].as_str().expect("a token").to_owned();
    let second = named.post(&acme.below("/tokens"), &json!({ "name": "second" })).await.expect(201);
    assert_eq!((&second.body["id"], &second.body["token"]), (&first.body["id"], &Value::Null));
    let named = acme.api.with_header("idempotency-key", "two");
    let made = named.post("/connections", &json!({ "provider": "okta" })).await.expect(201);
    let other = made.body["token"]["token"].as_str().expect("a token").to_owned();
    let again = named.post("/connections", &json!({ "provider": "okta" })).await.expect(201);
    assert_eq!((&again.body["id"], &again.body["token"]["token"]), (&made.body["id"], &Value::Null));
    let kept = acme.server.kept();
    for secret in [secret.as_str(), other.as_str(), acme.api.key()] {
        let holds = kept.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "the database holds a secret");
    }
}

#[tokio::test]
async fn after_a_day_the_name_is_free() {
    let acme = Acme::start().await;
    let named = acme.api.with_header("idempotency-key", "one");
    named.post("/roles", &role()).await.expect(201);
    acme.server.wait(24 * 3600 - 1);
    assert_eq!(named.post("/roles", &role()).await.expect(201).header("idempotent-replay"), Some("true"));
    acme.server.wait(2);
    named.post("/roles", &role()).await.expect_problem(409, "conflict");
}

#[tokio::test]
async fn of_many_at_once_one_is_carried_out() {
    let acme = Acme::start().await;
    let named = acme.api.with_header("idempotency-key", "one");
    let mut sent = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let named = named.clone();
        sent.spawn(async move { named.post("/roles", &role()).await });
    }
    let replies = sent.join_all().await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.code() == 201).collect();
    let first = made.iter().filter(|reply| reply.header("idempotent-replay").is_none()).count();
    assert_eq!(first, 1);
    for reply in &replies {
        if reply.code() != 201 {
            reply.clone().expect_problem(409, "underway");
        }
    }
    let roles = acme.api.sweep("/roles", 200).await;
    assert_eq!(roles.iter().filter(|role| role["name"] == "Auditor").count(), 1);
}

/// A call that was claimed and never carried out, as after a crash, gives its name to the next one in time.
#[tokio::test]
async fn a_call_that_died_gives_its_name_free() {
    let acme = Acme::start().await;
    let store = acme.server.store();
    let tenant = provisioning::tenants::named(store, "acme").expect("a tenant").tenant;
    let dead = provisioning::calls::Call {
        request_id: store.ids().next(),
        key_tenant: tenant,
        name: Some("one".into()),
    };
    let body = role().to_string();
    let uri = "/roles".parse().expect("a URI");
    let fingerprint = web::api::replay::fingerprint(&axum::http::Method::POST, &uri, body.as_bytes());
    let claimed = provisioning::calls::claim(store, &dead, "one", &acme.api.key_id, fingerprint).await;
    assert_eq!(claimed.expect("a claim"), provisioning::calls::Claimed::First);
    let named = acme.api.with_header("idempotency-key", "one");
    named.post("/roles", &role()).await.expect_problem(409, "underway");
    acme.server.wait(61);
    named.post("/roles", &role()).await.expect(201);
    // Should the dead one come back, its change is not made: the name is another's.
    let operator =
        provisioning::people::Operator { kind: "key", name: acme.api.key_id.clone(), call: Some(dead) };
    let made = provisioning::tenants::named(store, "acme").expect("a tenant");
    let wanted = provisioning::organizations::Wanted { name: Some("Ghost".into()), ..Default::default() };
    let refused = provisioning::organizations::create(store, &operator, &made, wanted).await;
    assert!(refused.is_err(), "{refused:?}");
}
