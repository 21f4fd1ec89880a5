//! Hostile names: what an identity provider or a person can call something is text on every page, and takes no page down.

use super::{Acme, LARGEST};
use serde_json::json;

const SCRIPT: &str = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>";

#[tokio::test]
async fn markup_in_names_is_text_on_every_page() {
    let acme = Acme::start().await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{SCRIPT}@x"), "displayName": SCRIPT, "externalId": SCRIPT,
        "name": { "givenName": SCRIPT, "familyName": SCRIPT },
        "emails": [{ "value": format!("{SCRIPT}@example.com") }],
    });
    let id = acme.client.post("/Users", &body).await.expect(201).id();
    let group = acme.client.create_group(SCRIPT, &[&id]).await;
    let role = [("name", SCRIPT), ("priority", "5"), ("permissions", "<b>\"'")];
    acme.post("/roles/new", &role).await.is(303);
    let organization = acme.organization(SCRIPT);
    let (user, role) = (acme.user(&format!("{SCRIPT}@x")), acme.role(SCRIPT));
    acme.give(&format!("{SCRIPT}@x"), SCRIPT, &organization, true).await;
    acme.make(&format!("{SCRIPT} below"), &organization).await;
    let number = acme.newest().number;
    let encoded: String = form_encoded(SCRIPT);
    for path in [
        "/users".to_owned(),
        format!("/users?q={encoded}"),
        format!("/users?status={encoded}"),
        format!("/users/{user}"),
        "/organizations".to_owned(),
        format!("/organizations?q={encoded}"),
        format!("/organizations/{organization}"),
        format!("/organizations/{organization}/move?to=sales"),
        format!("/organizations/{organization}/move?to={encoded}"),
        format!("/organizations/new?parent={organization}"),
        "/roles".to_owned(),
        format!("/roles/{role}"),
        "/events".to_owned(),
        format!("/events?q={encoded}&actor={encoded}&kind={encoded}.&subject={encoded}&from={encoded}"),
        format!("/events/{number}"),
        format!("/find?q={encoded}"),
        "/find?q=%3Cscript".to_owned(),
        format!("/find?q={group}"),
    ] {
        let shown = acme.get(&path).await;
        assert!(
            shown.status.is_success() || shown.status.as_u16() == 422 || shown.status.as_u16() == 303,
            "{path}"
        );
        let text = shown.text.to_lowercase();
        assert!(
            !text.contains("<script>alert") && !text.contains("<img src=x") && !text.contains("<b>\""),
            "{path}"
        );
        assert!(!text.contains("javascript:"), "{path}");
    }
    for (path, fields) in [
        (format!("/users/{user}/roles"), vec![("role", SCRIPT), ("organization", "<script>alert(2)")]),
        (format!("/users/{user}/lock"), vec![("confirm", SCRIPT)]),
        ("/organizations/new".to_owned(), vec![("name", SCRIPT), ("type", SCRIPT), ("parent", SCRIPT)]),
        (format!("/organizations/{organization}/archive"), vec![("confirm", "<script>alert(2)")]),
        ("/roles/new".to_owned(), vec![("name", SCRIPT), ("priority", SCRIPT), ("permissions", SCRIPT)]),
    ] {
        let shown = acme.post(&path, &fields).await;
        assert!(shown.status.is_client_error(), "{path}: {}", shown.status);
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("<img src=x"), "{path}");
    }
}

#[tokio::test]
async fn huge_right_to_left_and_colourful_names_take_no_page_down() {
    let acme = Acme::start().await;
    let long = "Ünïcödé-".repeat(25);
    let mut ids = Vec::new();
    for number in 0..60 {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{number}-{}", "u".repeat(1000)),
            "displayName": format!("{number} \u{202e}مرحبا 👩🏽‍🚀 {long}"),
            "name": { "givenName": "x".repeat(5000), "familyName": "y".repeat(5000) },
            "emails": [{ "value": format!("{number}@example.com") }],
        });
        ids.push(acme.client.post("/Users", &body).await.expect(201).id());
    }
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    acme.client
        .create_group(&format!("\u{202e}{}", long.chars().take(190).collect::<String>()), &members)
        .await;
    let organization = {
        let tenant = acme.client.connection.scope.tenant;
        let all = acme.server.store().read(|tx| store::organizations::all(tx, tenant)).unwrap();
        all.into_iter().find(|found| found.name.contains("nïc")).unwrap().id
    };
    for path in [
        "/users",
        "/organizations",
        &format!("/organizations/{organization}"),
        "/roles",
        &format!("/roles/{}", acme.role("Member")),
        "/events",
        "/find?q=mar",
    ] {
        let shown = acme.get(path).await;
        assert!(shown.is(200).text.len() < LARGEST);
    }
    let user = acme.user(&format!("7-{}", "u".repeat(1000)));
    acme.get(&format!("/users/{user}")).await.is(200).says("👩🏽‍🚀");
    let query = "a+".repeat(900);
    acme.get(&format!("/users?q={query}")).await.is(200);
    acme.get(&format!("/users?q={}", "%28".repeat(3000))).await;
    acme.get(&format!("/find?q={query}")).await.is(200);
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
