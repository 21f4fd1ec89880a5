//! Versions: `ETag` on what is shown, `If-Match` on what is changed.

use crate::support::{Acme, filled, operations, send};
use provisioning::keys::Scope;
use serde_json::json;

#[tokio::test]
async fn every_operation_that_honours_if_match_refuses_a_stale_one() {
    let acme = Acme::start().await;
    let ids = acme.ids().await;
    let before = acme.api.get("/events?limit=200").await.expect(200).body["next"].clone();
    for stale in ["W/\"99\"", "\"99\"", "\"abc\""] {
        for (endpoint, body) in operations() {
            if endpoint.matches_version {
                let guarded = acme.server.operator_api(&Scope::ALL).await.with_header("if-match", stale);
                let path = filled(endpoint.path, &ids) + "?tenant=acme";
                let body =
                    if endpoint.name == "changeConnection" { Some(json!({ "name": "x" })) } else { body };
                let reply = send(&guarded, &endpoint.method, &path, body.as_ref()).await;
                reply.expect_problem(412, "version-mismatch");
            }
        }
    }
    assert_eq!(acme.api.get("/events?limit=200").await.expect(200).body["next"], before);
}

#[tokio::test]
async fn a_change_with_the_version_that_was_read_is_made_and_gives_the_next() {
    let acme = Acme::start().await;
    let made = acme.api.post("/roles", &json!({ "name": "Auditor", "priority": 30 })).await.expect(201);
    assert_eq!(made.header("etag"), Some("W/\"1\""));
    let guarded = acme.api.with_header("if-match", "W/\"1\"");
    let changed = guarded.patch("/roles/Auditor", &json!({ "priority": 31 })).await.expect(200);
    assert_eq!((changed.header("etag"), &changed.body["version"]), (Some("W/\"2\""), &json!(2)));
    guarded.patch("/roles/Auditor", &json!({ "priority": 32 })).await.expect(412);
    guarded.delete("/roles/Auditor").await.expect(412);
    acme.api
        .with_header("if-match", "*")
        .patch("/roles/Auditor", &json!({ "priority": 33 }))
        .await
        .expect(200);
    acme.api.with_header("if-match", "\"3\"").delete("/roles/Auditor").await.expect(204);
}

#[tokio::test]
async fn what_is_read_has_the_version_that_a_change_needs() {
    let acme = Acme::start().await;
    let ids = acme.ids().await;
    for (endpoint, _) in operations() {
        if endpoint.has_version && endpoint.method == axum::http::Method::GET {
            let reply =
                send(&acme.api, &endpoint.method, &filled(endpoint.path, &ids), None).await.expect(200);
            let version = reply.body["version"].as_i64().expect("a version");
            assert_eq!(reply.header("etag"), Some(format!("W/\"{version}\"").as_str()), "{endpoint:?}");
        }
    }
}
