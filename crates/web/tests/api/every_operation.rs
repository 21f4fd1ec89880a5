//! What holds for every operation: its scopes, its tenant, its headers, its event.

use crate::support::{ALL, Acme, filled, operations, send};
use axum::http::Method;
use provisioning::keys::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::Api;

#[tokio::test]
async fn each_refuses_a_key_that_lacks_one_of_its_scopes_and_takes_one_that_has_them() {
    let acme = Acme::start().await;
    let ids = acme.ids().await;
    for (endpoint, body) in operations() {
        let path = filled(endpoint.path, &ids);
        for missing in &endpoint.scopes {
            let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| scope != missing).collect();
            let key = if others.contains(&Scope::Operator) {
                acme.server.operator_api(&others).await
            } else {
                acme.server.api("acme", &others).await
            };
            let path = if endpoint.is_of_tenant() { format!("{path}?tenant=acme") } else { path.clone() };
            let reply = send(&key, &endpoint.method, &path, body.as_ref()).await;
            let reply = reply.expect_problem(403, "insufficient-scope");
            assert!(reply.body["detail"].as_str().is_some_and(|detail| detail.contains(missing.as_str())));
            assert_eq!(
                reply.header("www-authenticate"),
                Some("Bearer realm=\"AccessIQ API\", error=\"insufficient_scope\"")
            );
        }
        // Looking is harmless; what changes something is looked at below.
        if endpoint.method == Method::GET {
            let key = if endpoint.is_of_tenant() && !endpoint.scopes.contains(&Scope::Operator) {
                acme.server.api("acme", &endpoint.scopes).await
            } else {
                acme.server.operator_api(&endpoint.scopes).await
            };
            send(&key, &endpoint.method, &path, None).await.expect(200);
        }
    }
}

#[tokio::test]
async fn each_answers_every_key_that_is_not_accepted_alike() {
    let acme = Acme::start().await;
    let revoked = acme.server.api("acme", &ALL).await;
    provisioning::keys::revoke(acme.server.store(), &testkit::operator(), &revoked.key_id)
        .await
        .expect("a key");
    let short = provisioning::keys::Wanted {
        name: "short".into(),
        scopes: ALL.to_vec(),
        expires_at: Some(acme.server.store().clock().now() + 1_000_000),
    };
    let tenant = provisioning::tenants::named(acme.server.store(), "acme").expect("a tenant");
    let operator = testkit::operator();
    let expired = provisioning::keys::create(acme.server.store(), &operator, Some(&tenant), short);
    let expired = expired.await.expect("a key").text;
    acme.server.wait(1);
    let unknown = format!("{}0", &acme.api.key()[..acme.api.key().len() - 1]);
    let bad = [
        None,
        Some(revoked.key()),
        Some(&expired),
        Some(&unknown),
        Some("aiq_key_x"),
        Some(acme.client.token()),
    ];
    for (endpoint, _) in operations() {
        let mut answers = BTreeSet::new();
        for key in bad {
            let reply = send(&acme.api.with_key(key), &endpoint.method, endpoint.path, None).await;
            let reply = reply.expect_problem(401, "unauthorized");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"AccessIQ API\""));
            answers.insert(crate::support::told(&reply).to_string());
        }
        assert_eq!(answers.len(), 1, "{endpoint:?}: {answers:?}");
    }
}

/// A key of one tenant never learns that another is there: what is there is answered as what is not.
#[tokio::test]
async fn each_knows_nothing_of_another_tenant() {
    let acme = Acme::start().await;
    let ids = acme.ids().await;
    let nothing: Vec<(&'static str, String)> =
        ids.iter().map(|(word, _)| (*word, "019b76da-ffff-7fff-bfff-ffffffffffff".to_owned())).collect();
    let stranger = acme.server.api("globex", &ALL).await;
    for (endpoint, body) in operations() {
        if endpoint.scopes.contains(&Scope::Operator) {
            continue;
        }
        if endpoint.path_words().next().is_some() {
            let query = if endpoint.name == "takeRole" { "?role=Owner" } else { "" };
            let there =
                send(&stranger, &endpoint.method, &(filled(endpoint.path, &ids) + query), body.as_ref())
                    .await;
            let there = there.expect_problem(404, "not-found");
            let not =
                send(&stranger, &endpoint.method, &(filled(endpoint.path, &nothing) + query), body.as_ref())
                    .await;
            let mut said = there.body["detail"].to_string();
            for (word, id) in &ids {
                let (_, other) = nothing.iter().find(|(other, _)| other == word).expect("the same words");
                said = said.replace(id.as_str(), other);
            }
            assert_eq!(said, not.expect_problem(404, "not-found").body["detail"].to_string(), "{endpoint:?}");
        }
        let named = format!("{}?tenant=acme", filled(endpoint.path, &ids));
        let named =
            send(&stranger, &endpoint.method, &named, body.as_ref()).await.expect_problem(404, "not-found");
        assert_eq!(named.body["detail"], "There is no tenant \"acme\".", "{endpoint:?}");
        let unknown = format!("{}?tenant=nobody", filled(endpoint.path, &ids));
        let unknown =
            send(&stranger, &endpoint.method, &unknown, body.as_ref()).await.expect_problem(404, "not-found");
        assert_eq!(unknown.body["detail"], "There is no tenant \"nobody\".", "{endpoint:?}");
    }
}

#[tokio::test]
async fn each_has_the_headers_that_all_answers_have() {
    let acme = Acme::start().await;
    let ids = acme.ids().await;
    for (endpoint, _) in operations() {
        for key in [acme.api.clone(), acme.api.with_key(None)] {
            let reply = send(&key, &endpoint.method, &filled(endpoint.path, &ids), None).await;
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{endpoint:?}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{endpoint:?}");
            assert!(reply.header("x-request-id").is_some_and(|id| id.len() == 36), "{endpoint:?}");
            assert!(reply.header("strict-transport-security").is_some(), "{endpoint:?}");
        }
    }
}

#[tokio::test]
async fn each_refuses_a_parameter_that_it_does_not_have() {
    let acme = Acme::start().await;
    let operator = acme.server.operator_api(&Scope::ALL).await;
    for (endpoint, _) in operations() {
        let path = format!("{}?tenant=acme&sort=name", endpoint.path.replace(['{', '}'], ""));
        let reply = send(&operator, &endpoint.method, &path, None).await.expect_problem(400, "malformed");
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        let named = if endpoint.is_of_tenant() { "\"sort\"" } else { "\"tenant\"" };
        assert!(detail.starts_with(named), "{endpoint:?}: {detail}");
    }
}

/// What each operation that changes something is sent here, in this order.
fn changes(ids: &[(&'static str, String)], sales: &str) -> Vec<(&'static str, Value)> {
    let rule = json!({ "kind": "attribute", "expression": "userName sw \"ana\"", "organization": "sales", "role": "Member" });
    vec![
        ("createConnection", json!({ "provider": "entra" })),
        ("changeConnection", json!({ "name": "Okta of Acme" })),
        ("createToken", json!({})),
        ("rotateToken", json!({ "overlapHours": 1 })),
        ("revokeToken", Value::Null),
        ("createClient", json!({ "name": "monthly" })),
        ("rotateClient", Value::Null),
        ("revokeClient", Value::Null),
        (
            "registerSchema",
            json!({ "id": "urn:acme:params:scim:schemas:extension:badge:2.0:User", "name": "Badge", "attributes": [{ "name": "badgeNumber", "type": "string" }] }),
        ),
        ("removeSchema", Value::Null),
        ("deleteMapping", Value::Null),
        ("createMapping", json!({ "group": sales, "organization": "sales" })),
        ("changeMapping", json!({ "paused": true })),
        ("createRule", rule),
        ("changeRule", json!({ "paused": true })),
        ("deleteRule", Value::Null),
        ("createOrganization", json!({ "name": "New" })),
        ("changeOrganization", json!({ "name": "Old" })),
        ("archiveOrganization", Value::Null),
        ("restoreOrganization", Value::Null),
        ("createRole", json!({ "name": "Helper", "priority": 10 })),
        ("changeRole", json!({ "priority": 35 })),
        ("deleteRole", Value::Null),
        ("giveRole", json!({ "role": "Manager" })),
        ("takeRole", Value::Null),
        ("verifyDomain", Value::Null),
        ("deleteDomain", Value::Null),
        ("createDomain", json!({ "name": "acme.test" })),
        ("attestDomain", json!({ "reason": "ours" })),
        ("approveLink", Value::Null),
        ("rejectLink", Value::Null),
        ("changeTenant", json!({ "defaultRole": "Viewer" })),
        ("createUser", json!({ "userName": "eve@partner.example" })),
        ("changeUser", json!({ "displayName": "Eve" })),
        ("lockUser", Value::Null),
        ("unlockUser", Value::Null),
        ("eraseUser", json!({ "reason": "request 17", "confirmed": true })),
        ("rederive", Value::Null),
        ("endConnection", json!({ "way": "finalise", "confirmed": true })),
        ("createTenant", json!({ "name": format!("tenant of {}", ids.len()) })),
    ]
}

/// The events of a tenant after a number.
async fn events(api: &Api, tenant: &str, after: i64) -> Vec<Value> {
    let path = format!("/events?tenant={tenant}&after={after}&limit=200");
    api.get(&path).await.expect(200).body["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn each_that_changes_something_has_its_event_by_the_key() {
    let acme = Acme::start().await;
    let mut ids = acme.ids().await;
    let operator = acme.server.operator_api(&Scope::ALL).await;
    let changes = changes(&ids, &acme.sales);
    let told: BTreeSet<&str> = changes.iter().map(|(name, _)| *name).collect();
    let operations = operations();
    // What is asked does not change anything.
    let excused = ["askWhatIf"];
    let all: BTreeSet<&str> = operations
        .iter()
        .filter(|(endpoint, _)| endpoint.method != Method::GET && !excused.contains(&endpoint.name))
        .map(|(endpoint, _)| endpoint.name)
        .collect();
    assert_eq!(told, all);
    for (name, body) in changes {
        let (endpoint, _) =
            operations.iter().find(|(endpoint, _)| endpoint.name == name).expect("an operation");
        let last = events(&operator, "acme", 0)
            .await
            .last()
            .map_or(0, |event| event["number"].as_i64().unwrap_or(0));
        let role = if name == "takeRole" { "&role=Manager" } else { "" };
        let query = if endpoint.is_of_tenant() { format!("?tenant=acme{role}") } else { String::new() };
        let body = Some(body).filter(|body| !body.is_null());
        let path = filled(endpoint.path, &ids) + &query;
        let reply = send(&operator, &endpoint.method, &path, body.as_ref()).await.expect(endpoint.status);
        let of = if name == "createTenant" {
            reply.body["name"].as_str().unwrap_or_default().replace(' ', "%20")
        } else {
            "acme".into()
        };
        let events = events(&operator, &of, if name == "createTenant" { 0 } else { last }).await;
        assert!(!events.is_empty(), "{name} has no event");
        for event in events {
            assert_eq!(event["actor"], json!({ "kind": "key", "id": operator.key_id }), "{name}");
            assert_eq!(event["request"].as_str(), reply.header("x-request-id"), "{name}");
        }
        // What was just made is what the next operation is about.
        let made = name.strip_prefix("create").map(str::to_ascii_lowercase);
        if let Some((_, id)) = ids.iter_mut().find(|(word, _)| {
            ["mapping", "rule", "token", "user"].contains(word) && Some(*word) == made.as_deref()
        }) {
            *id = reply.id();
        }
    }
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}
