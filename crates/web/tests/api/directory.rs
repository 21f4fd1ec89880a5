//! Organizations, roles, users.

use crate::support::{Acme, texts};
use serde_json::{Value, json};

#[tokio::test]
async fn organizations_are_made_moved_renamed_and_archived() {
    let acme = Acme::start().await;
    let emea = json!({ "name": "EMEA", "type": "division" });
    let emea = acme.api.post("/organizations", &emea).await.expect(201);
    assert_eq!(
        (&emea.body["slug"], &emea.body["type"], &emea.body["origin"]),
        (&json!("emea"), &json!("division"), &json!("hand"))
    );
    let iberia = json!({ "name": "Iberia", "parent": "emea", "slug": "es-pt" });
    let iberia = acme.api.post("/organizations", &iberia).await.expect(201);
    assert_eq!(iberia.body["parent"], emea.body["id"]);
    for who in [iberia.id(), "es-pt".into(), "Iberia".into()] {
        assert_eq!(acme.api.get(&format!("/organizations/{who}")).await.expect(200).body, iberia.body);
    }
    acme.api.patch("/organizations/emea", &json!({ "parent": "es-pt" })).await.expect_problem(422, "invalid");
    acme.api.ask("/organizations/emea/archive").await.expect_problem(409, "conflict");
    let renamed =
        acme.api.patch("/organizations/es-pt", &json!({ "name": "Spain and Portugal" })).await.expect(200);
    assert_eq!((&renamed.body["slug"], &renamed.body["version"]), (&json!("es-pt"), &json!(2)));
    let archived = acme.api.ask("/organizations/es-pt/archive").await.expect(200);
    assert!(archived.body["archivedAt"].is_string());
    acme.api.get("/organizations/es-pt").await.expect(404);
    assert_eq!(
        acme.api.get(&format!("/organizations/{}", iberia.id())).await.expect(200).body,
        archived.body
    );
    acme.api.ask("/organizations/emea/archive").await.expect(200);
}

#[tokio::test]
async fn roles_are_made_changed_and_deleted() {
    let acme = Acme::start().await;
    let wanted = json!({ "name": "Auditor", "priority": 30, "permissions": ["invoices.read"] });
    let made = acme.api.post("/roles", &wanted).await.expect(201);
    acme.api.post("/roles", &wanted).await.expect_problem(409, "conflict");
    assert_eq!(acme.api.get("/roles/auditor").await.expect(200).body, made.body);
    let changed = acme.api.patch("/roles/Auditor", &json!({ "permissions": [] })).await.expect(200);
    assert_eq!((&changed.body["permissions"], &changed.body["priority"]), (&json!([]), &json!(30)));
    let listed = acme.api.get("/roles").await.expect(200);
    let listed = listed.body["items"].as_array().expect("items");
    assert_eq!(texts(listed, "name"), ["Owner", "Admin", "Manager", "Member", "Viewer", "Auditor"]);
    acme.api.post("/users/ana@acme.example/memberships", &json!({ "role": "Auditor" })).await.expect(200);
    acme.api.delete("/roles/Auditor").await.expect_problem(409, "conflict");
    acme.api.delete("/users/ana@acme.example/memberships?role=Auditor").await.expect(200);
    acme.api.delete("/roles/Auditor").await.expect(204);
}

#[tokio::test]
async fn users_are_found_by_what_they_are() {
    let acme = Acme::start().await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "Bo@acme.example", "externalId": "00u-bo", "displayName": "Bo the Builder",
        "name": { "givenName": "Bo", "familyName": "Ødegård" }, "active": false,
        "emails": [{ "value": "B.Odegard@acme.example" }],
    });
    acme.client.post("/Users", &body).await.expect(201);
    let ana = ["ana@acme.example"].as_slice();
    let bo = ["Bo@acme.example"].as_slice();
    for (filter, found) in [
        ("userName eq \"ANA@acme.example\"", ana),
        ("userName sw \"bo\"", bo),
        ("externalId eq \"00u-bo\"", bo),
        ("emails eq \"b.odegard@ACME.example\"", bo),
        ("emails[value eq \"b.odegard@acme.example\"]", bo),
        ("emails co \"odegard\"", bo),
        ("name.familyName eq \"ØDEGÅRD\"", bo),
        ("name.givenName eq \"Ana\" and active eq true", ana),
        ("displayName pr", bo),
        ("not (displayName pr)", ana),
        ("active eq true", ana),
        ("active ne true", bo),
        ("status eq \"deactivated\"", bo),
        ("locked eq true", &[]),
        ("externalId eq \"00u-bo\" or userName sw \"ana\"", &["ana@acme.example", "Bo@acme.example"]),
        ("meta.created lt \"2020-01-01T00:00:00Z\"", &[]),
    ] {
        let query = filter.replace(' ', "%20").replace('"', "%22").replace('[', "%5B").replace(']', "%5D");
        let reply = acme.api.get(&format!("/users?filter={query}")).await.expect(200);
        assert_eq!(texts(reply.body["items"].as_array().expect("items"), "userName"), found, "{filter}");
    }
}

#[tokio::test]
async fn a_user_is_locked_out_and_no_provider_lets_the_user_in() {
    let acme = Acme::start().await;
    let user = acme.api.get("/users/ana@acme.example").await.expect(200);
    assert_eq!(user.body["connection"], acme.client.connection.id);
    assert_eq!(acme.api.get(&format!("/users/{}", user.id())).await.expect(200).body, user.body);
    let locked = acme.api.ask("/users/ana@acme.example/lock").await.expect(200);
    assert_eq!(locked.body["status"], "deactivated");
    assert!(locked.body["lockedAt"].is_string());
    let path = format!("/Users/{}", acme.ana);
    acme.client.operate(&path, json!([{ "op": "replace", "path": "active", "value": true }])).await;
    assert_eq!(acme.api.get("/users/ana@acme.example").await.expect(200).body["status"], "deactivated");
    let found = acme.api.get("/users?filter=locked%20eq%20true").await.expect(200);
    assert_eq!(found.body["items"].as_array().map(Vec::len), Some(1));
    let unlocked = acme.api.ask("/users/ana@acme.example/unlock").await.expect(200);
    assert_eq!((&unlocked.body["status"], &unlocked.body["lockedAt"]), (&json!("active"), &Value::Null));
}

#[tokio::test]
async fn the_last_owner_is_neither_locked_out_nor_demoted() {
    let acme = Acme::start().await;
    let owner =
        acme.api.post("/users/ana@acme.example/memberships", &json!({ "role": "Owner" })).await.expect(200);
    assert_eq!(owner.body["summary"], "Ana Müller became Owner of acme by hand");
    acme.api.ask("/users/ana@acme.example/lock").await.expect_problem(409, "conflict");
    acme.api.delete("/users/ana@acme.example/memberships?role=Owner").await.expect_problem(422, "invalid");
    acme.api.delete("/users/ana@acme.example/memberships").await.expect_problem(400, "malformed");
    acme.api.delete("/users/ana@acme.example/memberships?role=Admin").await.expect_problem(404, "not-found");
}
