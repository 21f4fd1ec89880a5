//! The end of a connection: seen first, its name typed, carried out, and nothing to change afterwards.

use super::{Acme, HOSTILE, named};
use provisioning::administrators::Role;
use scim::Provider;
use serde_json::json;

#[tokio::test]
async fn people_keep_what_it_gave_after_one_saw_whom_that_concerns() {
    let acme = Acme::start().await;
    acme.open("/settings").await.is(200).says(&format!("href=\"{}\"", acme.path("/end")));
    acme.open("/end").await.is(200).says("People keep it").says("It ends").says("2 people by hand");
    let shown = acme.open("/end?way=finalise").await;
    shown
        .is(200)
        .says("2 users and 1 membership become by hand")
        .says("nobody gains or loses anything")
        .says("Member of Sales")
        .says("ana@acme.example")
        .says("End the connection: 2 people by hand from now on");
    let before = acme.roles("ana@acme.example").await;
    let ended = acme.send(&shown, &[("confirm", &acme.okta.connection.name)]).await;
    assert_eq!(ended.is(303).location(), acme.path("/end"));
    acme.okta.get("/Users").await.expect(401);
    // It is under way, and still when the page is loaded anew.
    for _ in 0..2 {
        acme.open("/end").await.is(200).says("Letting people go").says("of 3 done").says("was ended");
    }
    acme.open("").await.is(200).says("Its end is being carried out").says("Ended");
    acme.work().await;
    acme.open("/end").await.says("Everybody it fed was let go").says_not("Letting people go");
    assert_eq!(acme.roles("ana@acme.example").await, before);
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn people_lose_access_after_one_typed_the_name() {
    let acme = Acme::start().await;
    let other = acme.server.connect("acme", Provider::Entra).await;
    other.create_user("eve@acme.example").await;
    let shown = acme.open("/end?way=terminate").await;
    shown.is(200).says("End the connection: 2 people lose access").says("2 active users are deactivated");
    acme.send(&shown, &[]).await.is(422).says("is not the connection");
    let kept = acme.send(&shown, &[("confirm", "okta!")]).await;
    kept.is(422).says("value=\"okta!\"").says("2 people lose access");
    acme.okta.create_user("lou@acme.example").await;
    let name = [("confirm", acme.okta.connection.name.as_str())];
    let changed = acme.send(&shown, &name).await;
    changed.is(409).says("another thing by now").says("3 people lose access");
    acme.send(&shown, &[("way", "neither")]).await.is(422).says("Choose first");
    acme.okta.get("/Users").await.expect(200);
    let again = acme.open("/end?way=terminate").await;
    acme.send(&again, &name).await.is(303);
    acme.work().await;
    acme.browser.get("/t/acme/users?status=deactivated").await.says("3 people");
    acme.browser.get("/t/acme/users?status=active").await.says("eve@acme.example");
}

#[tokio::test]
async fn the_last_owner_is_not_ended_with_it() {
    let acme = Acme::start().await;
    let ana = acme.open("/end?way=finalise").await;
    let path = ana.text.split_once("href=\"/t/acme/users/").expect("a person").1;
    let path = format!("/t/acme/users/{}", path.split_once('"').expect("an end").0);
    acme.browser.post(&format!("{path}/roles"), &[("role", "Owner"), ("organization", "")]).await.is(303);
    acme.open("/end?way=terminate").await.is(409).says("last active Owner").says_not("Type the name");
}

#[tokio::test]
async fn an_ended_connection_says_so_and_takes_no_change() {
    let acme = Acme::start().await;
    let shown = acme.open("/end?way=finalise").await;
    acme.send(&shown, &[("confirm", &acme.okta.connection.name)]).await.is(303);
    acme.work().await;
    let pages = ["", "/activity", "/attributes", "/mappings", "/users", "/groups", "/tokens", "/settings"];
    for page in pages {
        let shown = acme.open(page).await;
        shown.is(200).says("This connection was ended").says("Ended");
        let main = shown.text.split_once("<main").expect("a page").1;
        for change in ["class=\"danger\"", "small danger", "Save</button>", "change</button>", "Make the "] {
            assert!(!main.contains(change), "{page} offers {change}");
        }
    }
    let version = acme.server.store().read(|tx| store::connections::by_id(tx, &acme.okta.connection.id));
    let version = version.expect("readable").expect("a connection").version.to_string();
    let name = acme.okta.connection.name.as_str();
    for (page, fields) in [
        ("/settings", vec![("name", "Another"), ("version", version.as_str()), ("strict", "true")]),
        ("/tokens", vec![("name", "new"), ("days", "90")]),
        ("/tokens/clients/new", vec![("name", "new")]),
        ("/rederive", vec![]),
        ("/what-if", vec![("act", "settings"), ("mapping-default", "hand"), ("people", "0")]),
        ("/end", vec![("way", "finalise"), ("people", "0"), ("confirm", name)]),
        ("/setup/token", vec![("name", "new")]),
        ("/setup/self-test", vec![]),
    ] {
        let answer = acme.browser.post(&acme.path(page), &fields).await;
        assert!([404, 409, 422].contains(&answer.status.as_u16()), "{page}: {}", answer.status);
    }
    let tokens = acme.server.store().read(|tx| store::tokens::of_connection(tx, acme.okta.connection.scope));
    assert!(tokens.expect("tokens").iter().all(|token| token.revoked_at.is_some()));
    acme.browser.get("/t/acme/provisioning").await.is(200).says("Ended");
    acme.browser.get("/t/acme").await.is(200).says_not("No token opens it");
}

#[tokio::test]
async fn who_may_not_change_sees_what_it_would_mean() {
    let acme = Acme::start().await;
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    let shown = auditor.get(&acme.path("/end?way=terminate")).await;
    shown.is(200).says("2 active users").says("an administrator may end it").says_not("Type the name");
    let fields = [("way", "terminate"), ("people", "2"), ("confirm", acme.okta.connection.name.as_str())];
    auditor.post(&acme.path("/end"), &fields).await.is(403);
    let globex = acme.server.connect("globex", Provider::Okta).await;
    let foreign = format!("/t/acme/provisioning/{}/end", globex.connection.id);
    acme.browser.get(&foreign).await.is(404);
    acme.browser.post(&foreign, &fields).await.is(404);
    globex.get("/Users").await.expect(200);
}

#[tokio::test]
async fn many_people_and_hostile_names_go_over_pages() {
    let acme = Acme::start().await;
    named(&acme.okta, "evil@acme.example", HOSTILE).await;
    let long = json!({ "userName": "long@acme.example", "displayName": "x".repeat(200),
        "name": { "givenName": "L", "familyName": "M" }, "active": true,
        "emails": [{ "value": "long@acme.example" }],
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"] });
    acme.okta.post("/Users", &long).await.expect(201);
    for number in 0..110 {
        acme.okta.create_user(&format!("user{number:03}@acme.example")).await;
    }
    let first = acme.open("/end?way=terminate").await;
    first.is(200).says("People 1 to 100 of 114").says_not("<script>alert").says(&"x".repeat(200));
    assert!(first.text.len() < 150_000, "{} bytes", first.text.len());
    let next = acme.open("/end?way=terminate&from=100").await;
    next.is(200).says("People 101 to 114 of 114").says("user109@").says("114 people lose access");
}
