//! Users: found, explained, locked out and given roles by hand.

use super::{Acme, address, unescaped};
use provisioning::administrators::Role;
use scim::Provider;
use serde_json::json;

#[tokio::test]
async fn people_are_found_by_words_by_filter_and_by_status() {
    let acme = Acme::start().await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "bo@acme.example", "displayName": "Bo the Builder",
        "name": { "givenName": "Bo", "familyName": "Ødegård" }, "active": false,
        "emails": [{ "value": "b.odegard@acme.example" }],
    });
    acme.client.post("/Users", &body).await.expect(201);
    acme.get("/users").await.is(200).says("Ana Müller").says("Bo the Builder").says("2 people").says("All 2");
    for (query, finds_bo) in [
        ("builder+bo", true),
        ("ØDEGÅRD", true),
        ("odegard", true),
        ("m%C3%BCller", false),
        ("userName+sw+%22bo%22", true),
        ("userName+sw+%22bo%22+and+active+eq+true", false),
    ] {
        let shown =
            acme.get(&format!("/users?q={}", query.replace('Ø', "%C3%98").replace('Å', "%C3%85"))).await;
        assert_eq!(shown.is(200).text.contains("Bo the Builder"), finds_bo, "{query}");
    }
    acme.get("/users?status=deactivated").await.says("Bo the Builder").says_not("ana@acme").says("1 person");
    acme.get("/users?status=locked").await.says("Nobody is like that");
    acme.get("/users?q=nobody").await.is(200).says("Nobody is like that").says(r#"value="nobody""#);
    let wrong = acme.get("/users?q=userName+is+ana").await;
    wrong.is(422).says(r#"role="alert""#).says(r#"value="userName is ana""#);
    acme.get("/users?q=shoeSize+eq+%22x%22").await.is(200).says("Nobody is like that");
    acme.get("/users?status=happy").await.is(422).says("status is one of");
}

#[tokio::test]
async fn a_list_goes_on_where_the_page_before_ended() {
    let acme = Acme::start().await;
    for number in 0..70 {
        acme.client.create_user(&format!("user{number:02}@acme.example")).await;
    }
    let first = acme.get("/users?status=active").await;
    first.says("71 people").says("user00@").says("user48@").says_not("user49@").says_not("First page");
    let next = unescaped(address(&first, "/t/acme/users?status=active&#38;after="));
    let second = acme.browser.get(&next).await;
    second.is(200).says("user49@").says("user69@").says_not("user48@").says("71 people").says("First page");
    second.says_not("Next page");
}

#[tokio::test]
async fn a_person_is_explained_with_every_link_of_the_chain() {
    let acme = Acme::start().await;
    let page = acme.get(&format!("/users/{}", acme.user("ana@acme.example"))).await;
    let connection = &acme.client.connection.id;
    let below = |rest: &str| format!("\"/t/acme/provisioning/{connection}{rest}\"");
    page.is(200)
        .says("given to every user")
        .says("the organization made for it")
        .says("token")
        .says("“first”");
    page.says(&below(&format!("/groups/{}", acme.group))).says(&below("/mappings")).says(&below("/tokens"));
    page.says(&below(&format!("/users/{}", acme.ana))).says("Ana Müller became Member of Sales");
    page.says(&format!("/t/acme/organizations/{}", acme.organization("Sales")));
    let request = address(&page, &format!("/t/acme/provisioning/{connection}/activity/"));
    let id = request.rsplit('/').next().unwrap();
    let scope = acme.client.connection.scope;
    let record = acme.server.store().read(|tx| store::requests::by_id(tx, scope, id)).unwrap().unwrap();
    assert_eq!((record.method.as_str(), record.path.as_str()), ("POST", "/Groups"));
}

#[tokio::test]
async fn a_role_that_is_passed_down_says_where_and_a_weaker_one_that_it_does_not_count() {
    let acme = Acme::start().await;
    acme.make("EMEA", "acme").await;
    acme.make("Iberia", "emea").await;
    acme.give("ana@acme.example", "Manager", "emea", true).await;
    acme.give("ana@acme.example", "Viewer", "emea", false).await;
    let page = acme.get(&format!("/users/{}", acme.user("ana@acme.example"))).await;
    page.says("passed down to 1 organization below")
        .says("Iberia")
        .says("outranked")
        .says("given by hand by");
}

#[tokio::test]
async fn somebody_is_locked_out_once_the_username_is_typed_and_let_in_again() {
    let acme = Acme::start().await;
    let path = format!("/users/{}", acme.user("ana@acme.example"));
    acme.get(&path).await.says("This concerns 1 person").says("Deactivate");
    let refused = acme.post(&format!("{path}/lock"), &[("confirm", "ana")]).await;
    refused.is(422).says("Type the username, ana@acme.example").says("Active");
    acme.post(&format!("{path}/lock"), &[("confirm", "ana@acme.example"), ("version", "99")]).await.is(409);
    let done = acme.post(&format!("{path}/lock"), &[("confirm", " ANA@acme.example ")]).await;
    assert_eq!(done.is(303).location(), format!("/t/acme{path}"));
    acme.get(&path).await.says("is locked out: all access has ended").says("Locked by hand").says("Unlock");
    let told = acme.newest();
    assert_eq!((told.kind.as_str(), told.actor.0.as_str()), ("user.locked", "administrator"));
    let put = json!([{ "op": "replace", "path": "active", "value": true }]);
    acme.client.operate(&format!("/Users/{}", acme.ana), put).await;
    acme.get(&path).await.says("Locked by hand");
    acme.post(&format!("{path}/unlock"), &[]).await.is(303);
    acme.get(&path).await.says("is unlocked and has access again").says_not("Locked by hand");
}

#[tokio::test]
async fn roles_are_given_and_taken_by_hand_and_the_last_owner_stays() {
    let acme = Acme::start().await;
    let (ana, owner) = (acme.user("ana@acme.example"), acme.role("Owner"));
    let (path, root) = (format!("/users/{ana}"), acme.organization("acme"));
    acme.post(&format!("{path}/roles"), &[("role", &owner)]).await.is(303);
    acme.get(&path).await.says("Ana Müller became Owner of acme by hand.").says("Take away");
    let taken = acme.post(&format!("{path}/roles/take"), &[("role", &owner), ("organization", &root)]).await;
    taken.is(422).says("Ana Müller is the last active Owner. Make someone else an Owner first.");
    let locked = acme.post(&format!("{path}/lock"), &[("confirm", "ana@acme.example")]).await;
    locked.is(409).says("is the last active Owner");
    let lost = acme.post(&format!("{path}/roles"), &[("role", &owner), ("organization", "nowhere")]).await;
    lost.is(422).says("There is no organization &#34;nowhere&#34;.").says(r#"value="nowhere""#);
    acme.client.create_user("bo@acme.example").await;
    acme.give("bo@acme.example", "Owner", "", false).await;
    acme.post(&format!("{path}/roles/take"), &[("role", &owner), ("organization", &root)]).await.is(303);
    acme.get(&path).await.says("is no longer Owner of acme by hand.").says_not("Take away");
    assert_eq!(acme.server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_another_tenants_is_not_there_and_an_auditor_changes_nothing() {
    let acme = Acme::start().await;
    let globex = acme.server.connect("globex", Provider::Okta).await;
    globex.create_user("eve@globex.example").await;
    let foreign = acme.server.store().read(|tx| {
        store::users::linked_by_user_name(tx, globex.connection.scope.tenant, "eve@globex.example")
    });
    let foreign = foreign.unwrap().unwrap().id;
    acme.get(&format!("/users/{foreign}")).await.is(404).says_not("eve@");
    acme.get("/users?q=eve").await.is(200).says("Nobody is like that");
    for act in ["lock", "unlock", "roles", "roles/take"] {
        let fields = [("confirm", "eve@globex.example"), ("role", "Owner")];
        acme.post(&format!("/users/{foreign}/{act}"), &fields).await.is(404);
    }
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    let path = format!("/t/acme/users/{}", acme.user("ana@acme.example"));
    let page = auditor.get(&path).await;
    page.is(200).says("given to every user").says_not("Deactivate").says_not("Give a role");
    for act in ["lock", "unlock", "roles", "roles/take"] {
        auditor.post(&format!("{path}/{act}"), &[("confirm", "ana@acme.example")]).await.is(403);
    }
}
