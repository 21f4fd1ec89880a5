//! Tenants and the check of everything, for operators; keys and their last use.

use crate::support::ALL;
use provisioning::keys::{self, Scope};
use serde_json::json;
use testkit::Server;

#[tokio::test]
async fn an_operator_makes_tenants_and_acts_within_them() {
    let server = Server::start().await;
    let operator = server.operator_api(&Scope::ALL).await;
    let made = operator.post("/tenants", &json!({ "name": "acme" })).await.expect(201).body;
    operator.post("/tenants", &json!({ "name": "globex" })).await.expect(201);
    operator.post("/tenants", &json!({ "name": "ACME" })).await.expect_problem(422, "invalid");
    operator.post("/tenants", &json!({ "name": " " })).await.expect_problem(422, "invalid");
    let listed = operator.sweep("/tenants", 1).await;
    assert_eq!(listed, vec![made.clone(), listed[1].clone()]);
    assert_eq!((&listed[1]["name"], &made["lastEvent"]), (&json!("globex"), &json!(1)));
    operator.post("/roles?tenant=acme", &json!({ "name": "Auditor", "priority": 30 })).await.expect(201);
    operator.get("/roles/Auditor?tenant=acme").await.expect(200);
    operator.get("/roles/Auditor?tenant=globex").await.expect(404);
    let report = operator.get("/doctor").await.expect(200).body;
    assert_eq!((&report["tenants"], &report["findings"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn a_key_sees_and_changes_what_everybody_of_its_tenant_gets() {
    let server = Server::start().await;
    let api = server.api("acme", &ALL).await;
    let before = api.get("/tenant").await.expect(200).body;
    assert_eq!(
        (&before["name"], &before["defaultOrganization"]),
        (&json!("acme"), &before["rootOrganization"])
    );
    let staff = api.post("/organizations", &json!({ "name": "Staff" })).await.expect(201).body;
    let change = json!({ "defaultOrganization": "staff", "defaultRole": "Viewer" });
    let changed = api.patch("/tenant", &change).await.expect(200).body;
    assert_eq!((&changed["defaultOrganization"], &changed["jobs"]), (&staff["id"], &json!([])));
    let owner = json!({ "defaultRole": "Owner" });
    api.patch("/tenant", &owner).await.expect_problem(422, "invalid");
    api.patch("/tenant", &json!({ "defaultOrganization": "nowhere" })).await.expect(404);
    assert_eq!(api.get("/tenant").await.body["defaultRole"], changed["defaultRole"]);
}

#[tokio::test]
async fn a_tenants_key_has_no_operators_scope() {
    let server = Server::start().await;
    let api = server.api("acme", &ALL).await;
    api.get("/tenants").await.expect_problem(403, "insufficient-scope");
    let tenant = provisioning::tenants::named(server.store(), "acme").expect("a tenant");
    let wanted = keys::Wanted { name: "too much".into(), scopes: vec![Scope::Operator], expires_at: None };
    let refused = keys::create(server.store(), &testkit::operator(), Some(&tenant), wanted).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_keys_last_use_is_known() {
    let server = Server::start().await;
    let api = server.api("acme", &ALL).await;
    let tenant = provisioning::tenants::named(server.store(), "acme").expect("a tenant").tenant;
    server.wait(60);
    api.get("/roles").await.expect(200);
    server.flush().await;
    let key = server
        .store()
        .read(|tx| store::keys::by_id(tx, tenant, &api.key_id))
        .expect("a read")
        .expect("a key");
    assert_eq!(key.last_used_at, Some(server.store().clock().now()));
}

/// What holds when a change is made counts: a key that was revoked while the request was on its way changes nothing.
#[tokio::test]
async fn a_key_that_is_revoked_meanwhile_changes_nothing() {
    let server = Server::start().await;
    let api = server.api("acme", &ALL).await;
    let store = server.store();
    let tenant = provisioning::tenants::named(store, "acme").expect("a tenant");
    let call =
        provisioning::calls::Call { request_id: store.ids().next(), key_tenant: tenant.tenant, name: None };
    let operator = provisioning::people::Operator { kind: "key", name: api.key_id.clone(), call: Some(call) };
    keys::revoke(store, &testkit::operator(), &api.key_id).await.expect("a key");
    let wanted =
        provisioning::roles::Wanted { name: Some("Ghost".into()), priority: Some(1), permissions: None };
    let refused =
        provisioning::roles::create(store, &operator, &tenant, wanted).await.expect_err("a refusal");
    assert!(refused.to_string().contains("revoked"), "{refused}");
}
