//! Connections, their settings and their tokens.

use crate::support::{Acme, texts};
use axum::http::Method;
use provisioning::keys::Scope;
use serde_json::{Value, json};
use testkit::PUBLIC_URL;

#[tokio::test]
async fn a_connection_is_made_set_up_and_used() {
    let acme = Acme::start().await;
    let wanted = json!({ "provider": "entra", "name": "Entra of Acme", "tokenDays": 30 });
    let made = acme.api.post("/connections", &wanted).await.expect(201);
    let id = made.id();
    assert_eq!(made.header("location"), Some(format!("/api/v1/connections/{id}").as_str()));
    assert_eq!(made.body["baseUrl"], format!("{PUBLIC_URL}/scim/v2/{id}"));
    assert_eq!(made.body["token"]["expiresAt"], "2026-01-31T00:00:00.000Z");
    let read = acme.api.get(&format!("/connections/{id}")).await.expect(200);
    let mut without_token = made.body.clone();
    without_token.as_object_mut().expect("an object").remove("token");
    assert_eq!(read.body, without_token);

    // The token opens the SCIM endpoints of the connection at once.
    let mut client = acme.client.with_token(made.body["token"]["token"].as_str());
    client.connection.id.clone_from(&id);
    client.create_user("bo@acme.example").await;

    let change = json!({ "name": "Entra", "settings": { "strict": true, "required": "userName", "sensitive": ["emails"], "mappingDefault": "hand", "mappingRole": "Viewer" } });
    let changed = acme.api.patch(&format!("/connections/{id}"), &change).await.expect(200);
    assert_eq!((&changed.body["name"], &changed.body["job"]), (&json!("Entra"), &Value::Null));
    let settings = json!({
        "strict": true, "required": "userName", "groups": true, "off": [], "sensitive": ["emails"],
        "mappingDefault": "hand", "mappingRole": "Viewer", "roleCeiling": "Admin", "existingUsers": "reject", "otherConnections": "reject",
        "entraTenant": null, "entraAudience": null, "entraAuthority": null,
    });
    assert_eq!(changed.body["settings"], settings);
    for (settings, status) in [
        (json!({ "required": "nothing" }), 422),
        (json!({ "roleCeiling": "Owner" }), 422),
        (json!({ "mappingRole": "Nobody" }), 404),
        (json!({ "off": ["userName"] }), 422),
        (json!({ "colour": "red" }), 422),
    ] {
        let reply = acme.api.patch(&format!("/connections/{id}"), &json!({ "settings": settings })).await;
        assert_eq!(reply.code(), status, "{}", reply.text);
    }
    assert_eq!(acme.api.get(&format!("/connections/{id}")).await.body["settings"], changed.body["settings"]);
}

/// Who may not make a token may not open the door to another credential either.
#[tokio::test]
async fn letting_entra_in_needs_the_scope_that_makes_tokens() {
    let acme = Acme::start().await;
    let change = json!({ "settings": { "entraTenant": "3b9f9c1e-6f0a-4f0e-9a54-3f5c5f5b7a11" } });
    let writer = acme.server.api("acme", &[Scope::Write]).await;
    writer.patch(&acme.below(""), &change).await.expect_problem(403, "insufficient-scope");
    let changed = acme.api.patch(&acme.below(""), &change).await.expect(200);
    assert_eq!(changed.body["settings"]["entraTenant"], "3b9f9c1e-6f0a-4f0e-9a54-3f5c5f5b7a11");
}

/// What listens on the server's own machine is no business of whoever has a key.
#[tokio::test]
async fn an_authority_on_this_machine_is_not_taken_from_outside() {
    let acme = Acme::start().await;
    let change = json!({ "settings": { "entraAuthority": "http://127.0.0.1:9000" } });
    acme.api.patch(&acme.below(""), &change).await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn what_would_be_removed_is_asked_for_first() {
    let acme = Acme::start().await;
    let off = json!({ "settings": { "groups": false } });
    let reply = acme.api.patch(&acme.below(""), &off).await.expect_problem(409, "conflict");
    assert_eq!(
        reply.body["detail"],
        "This would remove what is stored: 1 group with the memberships it gives. Confirm it to go on."
    );
    let confirmed = json!({ "settings": { "groups": false }, "confirmed": true });
    let changed = acme.api.patch(&acme.below(""), &confirmed).await.expect(200);
    assert_eq!(changed.body["settings"]["groups"], false);
}

#[tokio::test]
async fn tokens_are_made_rotated_and_revoked() {
    let acme = Acme::start().await;
    let tokens = acme.below("/tokens");
    let made =
        acme.api.post(&tokens, &json!({ "name": "reader", "days": 0, "readOnly": true })).await.expect(201);
    assert_eq!(made.body["expiresAt"], Value::Null);
    let reader = acme.client.with_token(made.body["token"].as_str());
    reader.get("/Users").await.expect(200);
    reader.send(Method::POST, "/Users", "{}").await.expect(403);

    let path = format!("{tokens}/{}/rotate", made.id());
    acme.api.post(&path, &json!({ "overlapHours": 9000 })).await.expect_problem(422, "invalid");
    let rotated = acme.api.post(&path, &json!({ "overlapHours": 1 })).await.expect(201);
    let newer = acme.client.with_token(rotated.body["token"].as_str());
    for client in [&reader, &newer] {
        client.get("/Users").await.expect(200);
    }
    acme.server.wait(3601);
    reader.get("/Users").await.expect(401);
    newer.get("/Users").await.expect(200);
    let path = format!("{tokens}/{}", rotated.id());
    acme.api.delete(&path).await.expect(204);
    newer.get("/Users").await.expect(401);
    acme.api.delete(&path).await.expect_problem(422, "invalid");

    let listed = acme.api.get(&tokens).await.expect(200);
    let listed = listed.body["items"].as_array().expect("items");
    assert_eq!(texts(listed, "state"), ["active", "expired", "revoked"]);
    assert_eq!(texts(listed, "name"), ["first", "reader", "reader"]);
}
