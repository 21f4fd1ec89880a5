//! Erasing a person: what goes, what stands in the way, and what is left.

use super::Acme;
use provisioning::administrators::Role;
use provisioning::rules::Wanted;
use scim::Provider;
use store::rules::RuleKind;
use testkit::operator;

#[tokio::test]
async fn a_person_is_erased_after_one_saw_what_goes_and_typed_the_username() {
    let acme = Acme::start().await;
    let id = acme.user("ana@acme.example");
    let path = format!("/users/{id}/erase");
    acme.get(&format!("/users/{id}")).await.says(&format!("/t/acme{path}"));
    let shown = acme.get(&path).await;
    shown.is(200).says("1 resource, 2 memberships").says("Erase 1 person for good").says("Ana Müller");
    let reason = "request 17 under the law";
    let kept = acme.post(&path, &[("reason", reason), ("confirm", "ana")]).await;
    kept.is(422).says("type the username").says(&format!("value=\"{reason}\"")).says("value=\"ana\"");
    let confirm = ("confirm", "ana@acme.example");
    acme.post(&path, &[("reason", " "), confirm]).await.is(422).says("Say why");
    let naming = acme.post(&path, &[("reason", "Ana Müller asked"), confirm]).await;
    naming.is(422).says("names the person").says("value=\"Ana Müller asked\"");
    acme.post(&path, &[("reason", reason), confirm, ("version", "999")]).await.is(409);
    acme.get(&format!("/users/{id}")).await.says("Ana Müller");
    let done = acme.post(&path, &[("reason", reason), confirm]).await;
    assert_eq!(done.is(303).location(), format!("/t/acme/users/{id}"));
    for _ in 0..2 {
        let left = acme.get(&format!("/users/{id}")).await;
        left.is(200).says("Somebody who was erased").says(reason).says("Taking the person out of events");
        left.says("hx-trigger=\"every 2s\"");
    }
    provisioning::jobs::run_open(acme.server.store(), |_| ()).await.expect("jobs");
    let left = acme.get(&format!("/users/{id}")).await;
    left.is(200).says(&id).says_not("Taking the person").says_not("Müller").says_not("ana@acme");
    acme.get("/users").await.says("Erased").says_not("ana@acme");
    for act in ["lock", "unlock", "roles", "roles/take"] {
        let fields = [("confirm", id.as_str()), ("role", "Member"), ("organization", "acme")];
        let answer = acme.post(&format!("/users/{id}/{act}"), &fields).await;
        answer.is(409).says("was erased");
    }
    assert_eq!(acme.get(&path).await.is(303).location(), format!("/t/acme/users/{id}"));
    acme.post(&path, &[("reason", reason), confirm]).await.is(303);
}

#[tokio::test]
async fn rules_that_name_the_person_and_the_last_owner_stand_in_the_way() {
    let acme = Acme::start().await;
    let wanted = Wanted {
        name: Some("<b>Only her</b>".into()),
        expression: Some("userName eq \"ana@acme.example\"".into()),
        organization: Some("acme".into()),
        role: Some("Member".into()),
        ..Wanted::default()
    };
    let (store, connection) = (acme.server.store(), &acme.client.connection.id);
    provisioning::rules::create(store, &operator(), connection, RuleKind::Attribute, wanted)
        .await
        .expect("a rule");
    let path = format!("/users/{}/erase", acme.user("ana@acme.example"));
    acme.get(&path).await.is(200).says("A rule names").says("&#60;b&#62;Only her").says_not("Erase 1 person");
    let fields = [("reason", "the law"), ("confirm", "ana@acme.example")];
    acme.post(&path, &fields).await.is(409).says("names the person");
    acme.client.create_user("bo@acme.example").await;
    acme.give("bo@acme.example", "Owner", "", false).await;
    let owner = format!("/users/{}/erase", acme.user("bo@acme.example"));
    acme.get(&owner).await.is(409).says("last active Owner").says_not("Erase 1 person");
}

#[tokio::test]
async fn nobody_else_erases() {
    let acme = Acme::start().await;
    let path = format!("/t/acme/users/{}/erase", acme.user("ana@acme.example"));
    let fields = [("reason", "the law"), ("confirm", "ana@acme.example")];
    let auditor = acme.server.signed_in(Some("acme"), Role::Auditor).await;
    auditor.get(&path).await.is(200).says("may erase").says_not("<button class=\"danger\"");
    auditor.post(&path, &fields).await.is(403);
    acme.server.connect("globex", Provider::Okta).await;
    let stranger = acme.server.signed_in(Some("globex"), Role::Administrator).await;
    let foreign = path.replace("/acme/", "/globex/");
    for path in [path.as_str(), foreign.as_str()] {
        stranger.get(path).await.is(404);
        stranger.post(path, &fields).await.is(404);
    }
    acme.get(&format!("/users/{}", acme.user("ana@acme.example"))).await.says("Ana Müller");
}
