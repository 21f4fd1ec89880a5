//! Whose user it is: what becomes of a creation that meets somebody who is there, by hand or fed by another connection.

#[expect(dead_code, reason = "each file of stories uses its part")]
mod world;

use provisioning::people::Operator;
use provisioning::{
    doctor, domains, hand, jobs, links, lock, organizations, ownership, retention, setup, tenants,
};
use scim::Provider;
use serde_json::{Value, json};
use store::links::{Link, LinkState};
use store::users::{Status, User};
use store::{Scope, mirror_users};
use testkit::{Client, NEW_YEAR, Server, operator, user};
use world::{DEFAULT, World, with};

const DAY: i64 = 24 * 3_600;

impl World {
    /// A user by hand.
    async fn by_hand(&self, user_name: &str) -> User {
        let wanted = hand::Wanted { user_name: Some(user_name.into()), ..hand::Wanted::default() };
        let made = hand::create(self.server.store(), &operator(), &self.tenant(), wanted).await;
        made.expect("a user by hand")
    }

    async fn change(&self, who: &User, wanted: hand::Wanted) -> Result<User, String> {
        let (store, tenant) = (self.server.store(), self.tenant());
        let changed = hand::change(store, &operator(), &tenant, &who.id, None, wanted).await;
        changed.map_err(|error| error.to_string())
    }

    async fn attest(&self, domain: &str) {
        let (store, tenant) = (self.server.store(), self.tenant());
        domains::add(store, &operator(), &tenant, domain).await.expect("a domain");
        domains::attest(store, &operator(), &tenant, domain, "a test").await.expect("an attestation");
    }

    /// Another connection of the tenant.
    async fn other(&self, settings: &[(&str, &str)]) -> Client {
        self.server.connect_with("Acme", Provider::Entra, settings).await
    }

    async fn set(&self, client: &Client, key: &str, value: &str) {
        let wanted = setup::Wanted::of(&[(key.to_owned(), value.to_owned())]);
        setup::set(self.server.store(), &operator(), &client.connection.id, wanted).await.expect("a setting");
    }

    fn links(&self) -> Vec<Link> {
        let tenant = self.tenant_id();
        self.server.store().read(|tx| store::links::page(tx, tenant, "", 100)).expect("links")
    }

    async fn decide(&self, approve: bool) {
        let link = self.links().pop().expect("a link");
        let (store, tenant) = (self.server.store(), self.tenant());
        links::decide(store, &operator(), &tenant, &link.id, None, approve).await.expect("a decision");
    }

    /// What a user has of any connection, as `Organization: Role`.
    fn roles(&self, user: &User) -> Vec<String> {
        let access = self.server.store().read(|tx| {
            let user = provisioning::access::find_user(tx, self.tenant_id(), &user.id)?;
            provisioning::access::of_user(tx, self.tenant_id(), &user)
        });
        let entries = access.expect("access").entries;
        entries.into_iter().map(|entry| format!("{}: {}", entry.organization.name, entry.role.name)).collect()
    }

    fn person_of(&self, client: &Client, scim_id: &str) -> User {
        let scope = client.connection.scope;
        let found = self.server.store().read(|tx| mirror_users::by_id(tx, scope, scim_id));
        self.user(&found.expect("a readable database").expect("a resource").user_id)
    }
}

/// A body whose addresses all lie in one domain.
fn person(user_name: &str, external_id: &str) -> Value {
    with(
        user_name,
        json!({
            "externalId": external_id,
            "emails": [{ "value": "ana@acme.example", "type": "work", "primary": true }],
        }),
    )
}

async fn set_active(client: &Client, scim_id: &str, active: bool) {
    let operation = json!([{ "op": "replace", "path": "active", "value": active }]);
    client.operate(&format!("/Users/{scim_id}"), operation).await.expect(200);
}

fn detail(reply: &testkit::Reply) -> String {
    reply.body["detail"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_user_by_hand_has_what_everybody_has_and_every_change_has_its_event() {
    let world = World::begin().await;
    let eve = world.by_hand("eve@partner.example").await;
    assert_eq!((eve.status, eve.linked, eve.connection), (Status::Active, true, None));
    assert_eq!(eve.email.as_deref(), Some("eve@partner.example"));
    assert_eq!(world.held(&eve), [DEFAULT]);
    assert_eq!(world.effective(&eve), ["Acme: Member"]);
    world.is_sound();
    let (_, last) = world.events(0);
    let renamed = hand::Wanted {
        user_name: Some("eve".into()),
        email: Some(String::new()),
        display_name: Some(" Eve M. ".into()),
        ..hand::Wanted::default()
    };
    let eve = world.change(&eve, renamed.clone()).await.expect("a change");
    assert_eq!((eve.user_name.as_str(), &eve.email, eve.version), ("eve", &None, 2));
    assert_eq!(eve.display_name.as_deref(), Some("Eve M."));
    assert_eq!(world.change(&eve, renamed).await.expect("no change").version, 2);
    let active = |active| hand::Wanted { active: Some(active), ..hand::Wanted::default() };
    let eve = world.change(&eve, active(false)).await.expect("a change");
    assert_eq!(eve.status, Status::Deactivated);
    assert_eq!(world.held(&eve), [DEFAULT], "memberships stay on record");
    assert_eq!(world.effective(&eve), Vec::<String>::new());
    let eve = world.change(&eve, active(true)).await.expect("a change");
    assert_eq!(eve.status, Status::Active);
    assert_eq!(world.events(last).0, ["user.updated", "user.locked", "user.unlocked"]);
    world.is_sound();
}

#[tokio::test]
async fn what_cannot_be_of_a_user_by_hand_is_refused_and_changes_nothing() {
    let world = World::begin().await;
    let eve = world.by_hand("eve").await;
    let ana = world.person(&world.idp.create_user("ana").await);
    let (_, last) = world.events(0);
    let store = world.server.store();
    let named = |name: &str| hand::Wanted { user_name: Some(name.into()), ..hand::Wanted::default() };
    for (wanted, why) in [
        (named(""), "1 to 200 characters"),
        (named(&"x".repeat(201)), "1 to 200 characters"),
        (named("EVE"), "There is a user \"eve\" already"),
        (named("Ana"), "There is a user \"ana\" already"),
        (hand::Wanted { email: Some("nowhere".into()), ..named("bo") }, "no e-mail address"),
        (hand::Wanted { given_name: Some("a\u{7}".into()), ..named("bo") }, "no control characters"),
    ] {
        let refused = hand::create(store, &operator(), &world.tenant(), wanted).await.expect_err(why);
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let refused = world.change(&eve, named("ana")).await.expect_err("a name that is taken");
    assert!(refused.contains("There is a user \"ana\" already"), "{refused}");
    let refused = world.change(&ana, named("anna")).await.expect_err("a connection's user");
    assert!(refused.contains("those of the connection \"Okta\""), "{refused}");
    let stale = hand::change(store, &operator(), &world.tenant(), &eve.id, Some(7), named("eva")).await;
    assert!(stale.expect_err("another version").to_string().contains("is at version 1"));
    world.give(&eve, "Owner", None).await;
    let (_, last) = (last, world.events(last).1);
    let out = hand::Wanted { active: Some(false), ..hand::Wanted::default() };
    let refused = world.change(&eve, out).await.expect_err("the last Owner");
    assert!(refused.contains("last active Owner"), "{refused}");
    assert_eq!(world.events(last).0, Vec::<String>::new());
    world.is_sound();
}

async fn set_default(
    world: &World,
    organization: &str,
    role: &str,
) -> Result<Vec<store::jobs::Job>, provisioning::Error> {
    let wanted = tenants::Wanted {
        organization: Some(organization.into()),
        role: Some(role.into()),
        kept: retention::Wanted::default(),
    };
    tenants::set_up(world.server.store(), &operator(), &world.tenant(), wanted).await
}

/// At once where few are concerned, by a job where many.
#[tokio::test]
async fn users_by_hand_follow_what_everybody_gets() {
    let world = World::begin().await;
    let store = world.server.store();
    let staff = organizations::Wanted { name: Some("Staff".into()), ..Default::default() };
    organizations::create(store, &operator(), &world.tenant(), staff).await.expect("an organization");
    let eve = world.by_hand("eve").await;
    let jobs = set_default(&world, "Staff", "Viewer").await;
    assert_eq!(jobs.expect("a default").len(), 0);
    assert_eq!(world.held(&eve), ["Staff: Viewer (default)"]);
    for number in 0..200 {
        world.by_hand(&format!("user{number}")).await;
    }
    let made = set_default(&world, "Acme", "Member").await;
    assert_eq!(made.expect("a default").len(), 1);
    world.is_sound();
    jobs::run_open(store, |_| ()).await.expect("the job");
    assert_eq!(world.held(&eve), [DEFAULT]);
    world.is_sound();
}

/// Every combination of what decides whether a creation links to a user by hand.
#[tokio::test]
async fn a_user_by_hand_is_linked_only_if_setting_domain_and_role_allow_it() {
    for setting in ["reject", "link"] {
        for domain in ["none", "unverified", "verified"] {
            for role in ["Member", "Manager", "Admin", "Owner"] {
                let world = World::begin().await;
                world.set(&world.idp, "existing-users", setting).await;
                match domain {
                    "unverified" => {
                        let (store, tenant) = (world.server.store(), world.tenant());
                        let added = domains::add(store, &operator(), &tenant, "acme.example").await;
                        added.expect("a domain");
                    }
                    "verified" => world.attest("acme.example").await,
                    _ => {}
                }
                let ana = world.by_hand("ana@acme.example").await;
                world.give(&ana, role, None).await;
                let held = world.held(&ana);
                let (_, last) = world.events(0);
                let reply = world.idp.post("/Users", &person("ANA@acme.example", "00u1")).await;
                let case = format!("{setting} {domain} {role}: {}", reply.text);
                let strong = ["Admin", "Owner"].contains(&role);
                let kinds = world.events(last).0;
                if setting == "link" && domain == "verified" && !strong {
                    let id = reply.expect(201).id();
                    let linked = world.person(&id);
                    assert_eq!(linked.id, ana.id, "{case}");
                    assert_eq!(linked.connection, Some(world.idp.connection.scope.connection), "{case}");
                    assert_eq!(
                        linked.user_name, "ANA@acme.example",
                        "the provider's attributes are followed"
                    );
                    assert_eq!(world.held(&linked), held, "what was given by hand stays");
                    assert_eq!(kinds, ["resource.created", "user.linked", "user.updated"], "{case}");
                } else {
                    let said = detail(&reply.expect_error(409, Some("uniqueness")));
                    assert!(said.contains("was made by hand"), "{case}");
                    let because = match (setting, domain) {
                        ("reject", _) => "set existing-users to link",
                        (_, "verified") => "An Owner must approve",
                        _ => "\"acme.example\" is none",
                    };
                    assert!(said.contains(because), "{case}");
                    let asked = setting == "link" && domain == "verified";
                    assert_eq!(kinds, if asked { vec!["link.asked"] } else { Vec::new() }, "{case}");
                    assert_eq!(world.links().len(), usize::from(asked), "{case}");
                    assert_eq!(world.user(&ana.id), ana, "{case}");
                    assert_eq!(world.idp.get("/Users").await.body["totalResults"], 0, "{case}");
                }
                assert_eq!(world.users().len(), 1, "{case}");
                world.is_sound();
            }
        }
    }
}

#[tokio::test]
async fn every_address_of_both_must_lie_in_a_verified_domain() {
    let world = World::begin().await;
    world.set(&world.idp, "existing-users", "link").await;
    world.attest("acme.example").await;
    world.attest("bücher.example").await;
    let ana = world.by_hand("ana").await;
    let with_email = |email: Value| {
        let mut body = user("ana");
        body["emails"] = json!([{ "value": email }]);
        body
    };
    for email in ["ana@evil.example", "ana@sub.acme.example", "ana@acme.example.evil.example"] {
        let reply = world.idp.post("/Users", &with_email(email.into())).await;
        assert!(detail(&reply.expect_error(409, Some("uniqueness"))).contains("is none. Verify it"));
    }
    // Whoever has no address of this tenant is not taken for somebody who has.
    let other = hand::Wanted { email: Some("ana@partner.example".into()), ..hand::Wanted::default() };
    world.change(&ana, other).await.expect("a change");
    let reply = world.idp.post("/Users", &with_email("ana@acme.example".into())).await;
    assert!(detail(&reply.expect_error(409, Some("uniqueness"))).contains("\"partner.example\" is none"));
    let none = hand::Wanted { email: Some(String::new()), ..hand::Wanted::default() };
    world.change(&ana, none).await.expect("a change");
    // Without any address nothing is shown.
    world.set(&world.idp, "required", "userName").await;
    let bare = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ana" });
    let reply = world.idp.post("/Users", &bare).await.expect_error(409, Some("uniqueness"));
    assert!(detail(&reply).contains("none was sent"));
    // Letter case and the two forms of a name make no difference.
    let linked = world.idp.post("/Users", &with_email("ana@XN--bcher-kva.Example".into())).await.expect(201);
    assert_eq!(world.person(&linked.id()).id, ana.id);
    world.is_sound();
}

#[tokio::test]
async fn nobody_is_linked_by_a_bare_address() {
    let world = World::begin().await;
    world.set(&world.idp, "existing-users", "link").await;
    world.attest("acme.example").await;
    let ana = world.by_hand("ana@acme.example").await;
    let id = world.idp.post("/Users", &person("somebody", "00u1")).await.expect(201).id();
    let somebody = world.person(&id);
    assert_eq!(somebody.email, ana.email);
    assert_ne!(somebody.id, ana.id);
    world.is_sound();
}

async fn admin_by_hand() -> (World, User) {
    let world = World::begin().await;
    world.set(&world.idp, "existing-users", "link").await;
    world.attest("acme.example").await;
    let ana = world.by_hand("ana@acme.example").await;
    world.give(&ana, "Admin", None).await;
    (world, ana)
}

#[tokio::test]
async fn a_link_to_an_admin_waits_for_a_person_and_is_carried_out_by_the_next_attempt() {
    let (world, ana) = admin_by_hand().await;
    let body = person("ana@acme.example", "00u1");
    let (_, last) = world.events(0);
    for _ in 0..3 {
        let reply = world.idp.post("/Users", &body).await.expect_error(409, Some("uniqueness"));
        assert!(detail(&reply).contains("An Owner must approve the link"), "{}", reply.text);
    }
    let (kinds, last) = world.events(last);
    assert_eq!(kinds, ["link.asked"], "asking again is not told again");
    let [link] = world.links().try_into().expect("one link");
    assert_eq!((link.user.as_str(), link.state), (ana.id.as_str(), LinkState::Pending));
    assert_eq!(link.external_id.as_deref(), Some("00u1"));
    world.decide(true).await;
    world.idp.post("/Users", &body).await.expect(201);
    assert_eq!(world.links(), Vec::new());
    let (kinds, _) = world.events(last);
    let expected = ["link.approved", "resource.created", "link.carried_out", "user.linked", "user.updated"];
    assert_eq!(kinds, expected);
    let linked = world.user(&ana.id);
    assert_eq!(linked.connection, Some(world.idp.connection.scope.connection));
    assert_eq!(world.held(&linked), ["Acme: Admin (by hand)", DEFAULT]);
    world.is_sound();
}

#[tokio::test]
async fn an_approval_is_for_the_person_who_was_shown_and_does_not_last() {
    let (world, _) = admin_by_hand().await;
    world.idp.post("/Users", &person("ana@acme.example", "00u1")).await.expect(409);
    world.decide(true).await;
    // Somebody else by the same name.
    world.idp.post("/Users", &person("ana@acme.example", "00u2")).await.expect(409);
    assert_eq!(world.links()[0].state, LinkState::Pending);
    world.decide(true).await;
    world.server.wait(31 * DAY);
    world.idp.post("/Users", &person("ana@acme.example", "00u2")).await.expect(409);
    assert_eq!(world.links()[0].state, LinkState::Pending, "it has to be approved anew");
    world.decide(true).await;
    world.server.wait(29 * DAY);
    world.idp.post("/Users", &person("ana@acme.example", "00u2")).await.expect(201);
    world.is_sound();
}

#[tokio::test]
async fn what_was_approved_holds_only_while_the_rest_does() {
    let (world, ana) = admin_by_hand().await;
    let body = person("ana@acme.example", "00u1");
    world.idp.post("/Users", &body).await.expect(409);
    world.decide(true).await;
    let (store, tenant) = (world.server.store(), world.tenant());
    domains::remove(store, &operator(), &tenant, "Acme.Example", None).await.expect("a domain");
    assert!(detail(&world.idp.post("/Users", &body).await.expect(409)).contains("verified domains"));
    world.attest("acme.example").await;
    world.set(&world.idp, "existing-users", "reject").await;
    assert!(detail(&world.idp.post("/Users", &body).await.expect(409)).contains("links to nobody"));
    world.set(&world.idp, "existing-users", "link").await;
    world.idp.post("/Users", &body).await.expect(201);
    assert_ne!(world.user(&ana.id).connection, None);
    world.is_sound();
}

#[tokio::test]
async fn a_rejected_link_stays_rejected_until_a_person_decides_otherwise() {
    let (world, ana) = admin_by_hand().await;
    let body = person("ana@acme.example", "00u1");
    world.idp.post("/Users", &body).await.expect(409);
    world.decide(false).await;
    let (_, last) = world.events(0);
    let reply = world.idp.post("/Users", &body).await.expect_error(409, Some("uniqueness"));
    assert!(detail(&reply).contains("was rejected"), "{}", reply.text);
    assert_eq!(world.events(last).0, Vec::<String>::new());
    assert_eq!(world.user(&ana.id), ana);
    world.decide(true).await;
    world.idp.post("/Users", &body).await.expect(201);
    world.is_sound();
}

/// Who has lost the role needs no approval, and what waits is settled with the link.
#[tokio::test]
async fn a_link_that_needs_no_approval_any_more_is_carried_out() {
    let (world, ana) = admin_by_hand().await;
    let body = person("ana@acme.example", "00u1");
    world.idp.post("/Users", &body).await.expect(409);
    let link = world.links().pop().expect("a link");
    world.hand(false, &ana, "Admin", None).await.expect("a role");
    world.idp.post("/Users", &body).await.expect(201);
    assert_eq!(world.links(), Vec::new());
    let (store, tenant) = (world.server.store(), world.tenant());
    let gone = links::decide(store, &operator(), &tenant, &link.id, None, true).await;
    assert!(gone.expect_err("no link").to_string().contains("may have been carried out"));
    world.is_sound();
}

#[tokio::test]
async fn only_who_acts_for_the_tenant_decides_on_a_link() {
    let (world, _) = admin_by_hand().await;
    world.idp.post("/Users", &person("ana@acme.example", "00u1")).await.expect(409);
    let link = world.links().pop().expect("a link");
    let machine = Operator { kind: "system", name: "worker".into(), call: None };
    let (store, tenant) = (world.server.store(), world.tenant());
    let refused = links::decide(store, &machine, &tenant, &link.id, None, true).await.expect_err("nobody");
    assert!(refused.to_string().contains("an administrator who acts for the tenant"), "{refused}");
    assert_eq!(world.links()[0].state, LinkState::Pending);
}

#[tokio::test]
async fn who_was_locked_out_by_hand_stays_out_when_linked() {
    let world = World::begin().await;
    world.set(&world.idp, "existing-users", "link").await;
    world.attest("acme.example").await;
    let ana = world.by_hand("ana@acme.example").await;
    let (store, tenant) = (world.server.store(), world.tenant());
    lock::lock(store, &operator(), &tenant, &ana.id, None).await.expect("a lock");
    let id = world.idp.post("/Users", &person("ana@acme.example", "00u1")).await.expect(201).id();
    assert_eq!(world.person(&id).status, Status::Deactivated);
    world.is_sound();
    lock::unlock(store, &operator(), &tenant, &ana.id, None).await.expect("no lock");
    assert_eq!(world.person(&id).status, Status::Active);
    world.is_sound();
}

/// Ana of Okta, a member of Sales, with a role by hand, and another connection with this setting.
async fn owned_elsewhere(setting: &str) -> (World, Client, String, User) {
    let world = World::begin().await;
    let ana = world.idp.post("/Users", &person("ana", "00u1")).await.expect(201).id();
    world.idp.create_group("Sales", &[&ana]).await;
    let user = world.person(&ana);
    world.give(&user, "Viewer", None).await;
    let other = world.other(&[("other-connections", setting)]).await;
    (world, other, ana, user)
}

#[tokio::test]
async fn a_user_of_another_connection_is_refused_by_the_name_of_that_connection() {
    let (world, other, _, ana) = owned_elsewhere("reject").await;
    let (_, last) = world.events(0);
    let reply = other.post("/Users", &person("Ana", "e1")).await.expect_error(409, Some("uniqueness"));
    assert!(detail(&reply).contains("belongs to the connection \"Okta\""), "{}", reply.text);
    assert!(detail(&reply).contains("set other-connections to take-over or share"), "{}", reply.text);
    assert_eq!(world.events(last).0, Vec::<String>::new());
    assert_eq!(world.user(&ana.id), ana);
    // Another tenant knows nothing of it.
    let stranger = world.server.connect("Globex", Provider::Okta).await;
    stranger.post("/Users", &person("ana", "00u1")).await.expect(201);
    world.is_sound();
}

#[tokio::test]
async fn a_user_who_was_taken_over_follows_the_new_connection_and_the_old_no_longer() {
    let (world, entra, old, ana) = owned_elsewhere("take-over").await;
    assert_eq!(world.roles(&ana), ["Acme: Member", "Acme: Viewer", "Sales: Member"]);
    let (_, last) = world.events(0);
    let body = with("Ana", json!({ "externalId": "e1", "displayName": "Ana of Entra" }));
    let id = entra.post("/Users", &body).await.expect(201).id();
    let taken = world.person_of(&entra, &id);
    assert_eq!(taken.id, ana.id);
    assert_eq!(taken.connection, Some(entra.connection.scope.connection));
    assert_eq!(
        (taken.display_name.as_deref(), taken.external_id.as_deref()),
        (Some("Ana of Entra"), Some("e1"))
    );
    assert_eq!(world.roles(&taken), ["Acme: Member", "Acme: Viewer"], "what the old one gave ended");
    let (kinds, _) = world.events(last);
    let expected =
        ["resource.created", "user.detached", "membership.ended", "user.taken_over", "user.updated"];
    assert_eq!(kinds, expected);
    world.is_sound();
    // The old connection keeps its resource, and nobody follows it.
    let path = format!("/Users/{old}");
    assert_eq!(world.idp.get(&path).await.expect(200).body["userName"], "ana");
    let before = world.user(&ana.id);
    world.set_active(&old, false).await.expect(200);
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Nobody" }]);
    world.idp.operate(&path, rename).await.expect(200);
    let legal = world.idp.create_group("Legal", &[&old]).await;
    world.remove(&legal, &old).await;
    world.add(&legal, &[&old]).await;
    world.idp.put(&path, &person("ana.old", "00u1")).await.expect(200);
    assert_eq!(world.idp.get(&path).await.expect(200).body["userName"], "ana.old");
    assert_eq!(world.user(&ana.id), before);
    world.is_sound();
    jobs::rederive(world.server.store(), &operator(), &world.idp.connection.id).await.expect("a job");
    jobs::run_open(world.server.store(), |_| ()).await.expect("the job");
    world.idp.delete(&path).await.expect(204);
    assert_eq!(world.user(&ana.id), before);
    // Each of these requests says on its record that the user does not follow.
    world.server.flush().await;
    let scope = world.idp.connection.scope;
    let records = world.server.store().read(|tx| store::requests::newest(tx, scope, 100)).expect("records");
    let told = |record: &&store::requests::Record| {
        record.notes.as_ref().is_some_and(|notes| notes.to_string().contains("taken-over"))
    };
    let told: Vec<&str> = records.iter().filter(told).map(|record| record.method.as_str()).collect();
    assert_eq!(told, ["DELETE", "PUT", "PATCH", "PATCH", "POST", "PATCH", "PATCH"]);
    // The old connection that sends the person anew is asked as any other.
    let reply = world.idp.post("/Users", &person("ana", "00u1")).await.expect_error(409, Some("uniqueness"));
    assert!(detail(&reply).contains("belongs to the connection \"Microsoft Entra ID\""), "{}", reply.text);
    world.is_sound();
    // The new one owns the person.
    set_active(&entra, &id, false).await;
    assert_eq!(world.user(&ana.id).status, Status::Deactivated);
    world.is_sound();
}

#[tokio::test]
async fn a_user_who_was_taken_over_can_be_taken_back() {
    let (world, entra, old, ana) = owned_elsewhere("take-over").await;
    let id = entra.post("/Users", &person("ana", "e1")).await.expect(201).id();
    // An inactive resource that nobody follows is not restored behind the new owner's back.
    world.set_active(&old, false).await.expect(200);
    let refused = world.idp.post("/Users", &person("ana", "00u1")).await;
    assert!(detail(&refused.expect_error(409, Some("uniqueness"))).contains("belongs to the connection"));
    world.set(&world.idp, "other-connections", "take-over").await;
    let again = world.idp.post("/Users", &person("ana", "00u1")).await.expect(201);
    assert_eq!(again.id(), old);
    let back = world.user(&ana.id);
    assert_eq!(back.connection, Some(world.idp.connection.scope.connection));
    assert_eq!(world.roles(&back), ["Acme: Member", "Acme: Viewer", "Sales: Member"]);
    world.is_sound();
    set_active(&entra, &id, false).await;
    assert_eq!(world.user(&ana.id).status, Status::Active);
    world.is_sound();
    // Once the owner lets the person go, the one who knew her has her back.
    set_active(&entra, &id, true).await;
    world.set(&entra, "other-connections", "share").await;
    set_active(&entra, &id, false).await;
    entra.post("/Users", &person("ana", "e1")).await.expect(201);
    world.idp.delete(&format!("/Users/{old}")).await.expect(204);
    assert_eq!(world.user(&ana.id).status, Status::Active, "Entra ID says so");
    world.is_sound();
}

#[tokio::test]
async fn somebody_whom_nobody_owns_any_more_comes_back_by_the_connection_that_knew_them() {
    let (world, entra, old, ana) = owned_elsewhere("take-over").await;
    let id = entra.post("/Users", &person("ana", "e1")).await.expect(201).id();
    world.set_active(&old, false).await.expect(200);
    entra.delete(&format!("/Users/{id}")).await.expect(204);
    assert_eq!(world.user(&ana.id).status, Status::Deactivated);
    assert_eq!(world.idp.post("/Users", &person("ana", "00u1")).await.expect(201).id(), old);
    let back = world.user(&ana.id);
    assert_eq!((back.status, back.connection), (Status::Active, ana.connection));
    world.is_sound();
}

#[tokio::test]
async fn a_shared_user_is_active_while_any_connection_says_so_and_has_what_each_gives() {
    let (world, entra, first, ana) = owned_elsewhere("share").await;
    let body = with("ANA", json!({ "externalId": "e1", "displayName": "Ana of Entra" }));
    let second = entra.post("/Users", &body).await.expect(201).id();
    entra.create_group("Legal", &[&second]).await;
    let shared = world.user(&ana.id);
    assert_eq!(
        (shared.connection, &shared.display_name),
        (ana.connection, &None),
        "attributes are the first's"
    );
    let all = ["Acme: Member", "Acme: Viewer", "Legal: Member", "Sales: Member"];
    assert_eq!(world.roles(&ana), all);
    world.is_sound();
    let status = |world: &World| world.user(&ana.id).status;
    world.set_active(&first, false).await.expect(200);
    assert_eq!(status(&world), Status::Active);
    world.is_sound();
    set_active(&entra, &second, false).await;
    assert_eq!(status(&world), Status::Deactivated);
    assert_eq!(world.roles(&ana), all, "memberships stay on record");
    world.is_sound();
    set_active(&entra, &second, true).await;
    assert_eq!(status(&world), Status::Active);
    // A name of its own in the second connection is nobody else's affair.
    let rename = json!([{ "op": "replace", "path": "userName", "value": "ana.m" }]);
    entra.operate(&format!("/Users/{second}"), rename).await.expect(200);
    assert_eq!(world.user(&ana.id).user_name, "ana");
    let reply = entra.post("/Users", &person("ana", "e2")).await.expect_error(409, Some("uniqueness"));
    assert!(detail(&reply).contains(&format!("Update that user (id {second})")), "{}", reply.text);
    world.is_sound();
}

#[tokio::test]
async fn a_shared_user_outlives_the_first_resource_and_is_the_first_connections_again_on_return() {
    let (world, entra, first, ana) = owned_elsewhere("share").await;
    let second = entra.post("/Users", &person("ana", "e1")).await.expect(201).id();
    entra.create_group("Legal", &[&second]).await;
    world.idp.delete(&format!("/Users/{first}")).await.expect(204);
    let kept = world.user(&ana.id);
    assert_eq!((kept.status, kept.linked, kept.connection), (Status::Active, true, ana.connection));
    assert_eq!(world.roles(&ana), ["Acme: Member", "Acme: Viewer", "Legal: Member"]);
    world.is_sound();
    // Another person of the first connection is not her.
    world.idp.post("/Users", &person("ana", "00u9")).await.expect_error(409, Some("uniqueness"));
    // She is, also under another name.
    let again = world.idp.post("/Users", &person("ana.muster", "00u1")).await.expect(201).id();
    assert_eq!(world.person(&again).id, ana.id);
    assert_eq!(world.user(&ana.id).user_name, "ana.muster");
    world.is_sound();
    for (client, id) in [(&world.idp, &again), (&entra, &second)] {
        client.delete(&format!("/Users/{id}")).await.expect(204);
        world.is_sound();
    }
    let gone = world.user(&ana.id);
    assert_eq!((gone.status, gone.linked), (Status::Deactivated, false));
    assert_eq!(world.roles(&ana), ["Acme: Member", "Acme: Viewer"]);
}

#[tokio::test]
async fn a_third_connection_takes_over_from_the_owner_and_leaves_the_others() {
    let (world, entra, _, ana) = owned_elsewhere("share").await;
    let second = entra.post("/Users", &person("ana", "e1")).await.expect(201).id();
    entra.create_group("Legal", &[&second]).await;
    let third = world.other(&[("other-connections", "take-over")]).await;
    let id = third.post("/Users", &person("ana", "t1")).await.expect(201).id();
    assert_eq!(world.roles(&ana), ["Acme: Member", "Acme: Viewer", "Legal: Member"]);
    set_active(&third, &id, false).await;
    assert_eq!(world.user(&ana.id).status, Status::Active, "the second goes on saying so");
    world.is_sound();
}

#[tokio::test]
async fn the_last_owner_is_not_deactivated_by_a_take_over() {
    let (world, entra, _, ana) = owned_elsewhere("take-over").await;
    world.give(&ana, "Owner", None).await;
    let mut body = person("ana", "e1");
    body["active"] = false.into();
    entra.post("/Users", &body).await.expect_error(403, None);
    assert_eq!(world.user(&ana.id).connection, ana.connection);
    world.is_sound();
    entra.post("/Users", &person("ana", "e1")).await.expect(201);
    assert_eq!(world.user(&ana.id).status, Status::Active);
    world.is_sound();
}

/// Whoever is first owns the person; what the other does follows its setting, whatever the order.
#[tokio::test(flavor = "multi_thread")]
async fn two_connections_that_create_the_same_person_at_once_agree_on_one() {
    for setting in ["reject", "take-over", "share"] {
        let world = World::begin().await;
        world.set(&world.idp, "other-connections", setting).await;
        let entra = world.other(&[("other-connections", setting)]).await;
        for round in 0..8 {
            let name = format!("user{round}");
            let (body, okta, entra) = (user(&name), world.idp.clone(), entra.clone());
            let twin = body.clone();
            let one = tokio::spawn(async move { okta.post("/Users", &body).await.code() });
            let other = tokio::spawn(async move { entra.post("/Users", &twin).await.code() });
            let mut codes = [one.await.expect("an answer"), other.await.expect("an answer")];
            codes.sort_unstable();
            assert_eq!(codes, if setting == "reject" { [201, 409] } else { [201, 201] }, "{setting}");
        }
        assert_eq!(world.users().len(), 8, "{setting}");
        world.is_sound();
    }
}

#[tokio::test]
async fn who_is_given_to_hand_keeps_everything() {
    let (world, entra, first, ana) = owned_elsewhere("share").await;
    world.give(&ana, "Member", Some("Sales")).await;
    let second = entra.post("/Users", &person("ana", "e1")).await.expect(201).id();
    entra.create_group("Legal", &[&second]).await;
    let bo = world.idp.create_user("bo").await;
    set_active(&world.idp, &bo, false).await;
    let effective = world.roles(&ana);
    for client in [&entra, &world.idp] {
        let (scope, tenant) = (client.connection.scope, world.tenant_id());
        for id in [ana.id.clone(), world.person(&bo).id] {
            provisioning::people::act(world.server.store(), &operator(), tenant, move |act| {
                let user = store::users::by_id(act.tx, tenant, &id)?.expect("a user");
                let policy = provisioning::policy::Policy::default();
                ownership::give_to_hand(&mut act.work(scope, &policy), &user).map(drop)
            })
            .await
            .expect("a user by hand");
        }
        world.is_sound();
        let mut roles = world.roles(&ana);
        roles.dedup();
        assert_eq!(
            roles,
            effective.iter().fold(Vec::new(), |mut roles: Vec<String>, role| {
                if roles.last() != Some(role) {
                    roles.push(role.clone());
                }
                roles
            })
        );
    }
    let kept = world.user(&ana.id);
    assert_eq!((kept.status, kept.connection, kept.linked), (Status::Active, None, true));
    let bo = world.person(&bo);
    assert_eq!((bo.status, bo.connection), (Status::Deactivated, None));
    // Neither of the two connections moves them any more, and a person does.
    set_active(&world.idp, &first, false).await;
    assert_eq!(world.user(&ana.id), kept);
    let active = hand::Wanted { active: Some(true), ..hand::Wanted::default() };
    assert_eq!(world.change(&bo, active).await.expect("a change").status, Status::Active);
    world.is_sound();
}

#[tokio::test]
async fn domains_are_verified_by_what_the_dns_says_or_attested_by_an_operator() {
    let world = World::begin().await;
    let (store, tenant) = (world.server.store(), world.tenant());
    for name in ["", "acme", "ana@acme.example", "acme..example", "-x.example", "10.0.0.1", "a b.example"] {
        let refused = domains::add(store, &operator(), &tenant, name).await.expect_err(name);
        assert!(refused.to_string().contains("is no domain of e-mail addresses"), "{name}: {refused}");
    }
    let added = domains::add(store, &operator(), &tenant, "Acme.Example.").await.expect("a domain");
    assert_eq!((added.name.as_str(), &added.verified), ("acme.example", &None));
    assert!(added.challenge.starts_with("accessiq-verification="));
    assert_eq!(domains::place(&added), "_accessiq-challenge.acme.example");
    let twice = domains::add(store, &operator(), &tenant, "acme.example").await.expect_err("twice");
    assert!(twice.to_string().contains("is there already"), "{twice}");
    for texts in
        [vec![], vec!["v=spf1 -all".to_owned()], vec![format!("{} ", added.challenge), String::new()]]
    {
        let refused = domains::verify(store, &operator(), &tenant, "acme.example", texts).await;
        assert!(refused.expect_err("no proof").to_string().contains(&added.challenge));
    }
    let texts = vec!["v=spf1 -all".to_owned(), added.challenge.clone()];
    let verified = domains::verify(store, &operator(), &tenant, "acme.example", texts).await.expect("proof");
    assert_eq!(verified.verified.map(|verified| (verified.at, verified.reason)), Some((NEW_YEAR, None)));
    let other = domains::add(store, &operator(), &tenant, "corp.example").await.expect("a domain");
    assert_ne!(other.challenge, added.challenge);
    let refused =
        domains::attest(store, &operator(), &tenant, "corp.example", " ").await.expect_err("no reason");
    assert!(refused.to_string().contains("needs a reason"), "{refused}");
    let attested =
        domains::attest(store, &operator(), &tenant, "corp.example", "ours").await.expect("a word");
    assert_eq!(attested.verified.and_then(|verified| verified.reason).as_deref(), Some("ours"));
    domains::remove(store, &operator(), &tenant, "corp.example", None).await.expect("a domain");
    let gone = domains::remove(store, &operator(), &tenant, "corp.example", None).await.expect_err("gone");
    assert!(gone.to_string().contains("There is no domain"), "{gone}");
    let kinds: Vec<String> =
        world.events(0).0.into_iter().filter(|kind| kind.starts_with("domain.")).collect();
    let expected = ["domain.added", "domain.verified", "domain.added", "domain.attested", "domain.removed"];
    assert_eq!(kinds, expected);
}

/// Plants a fault in the archive, past the rules, and says what `doctor` finds.
async fn planted(
    server: &Server,
    plant: impl Fn(&mut store::Tx<'_>) -> Result<(), store::StoreError> + Send + 'static,
) -> String {
    server.store().write(plant).await.expect("a fault");
    let findings = server.store().read(doctor::examine).expect("a readable database").findings;
    assert!(!findings.is_empty(), "nothing was found");
    findings.join("; ")
}

#[tokio::test]
async fn doctor_finds_whose_user_it_is_told_wrong() {
    // Nobody owns a user who follows a resource.
    let (world, ..) = owned_elsewhere("reject").await;
    let (tenant, ana) = (world.tenant_id(), world.users().remove(0));
    let nobodys = User { connection: None, ..ana.clone() };
    let found = planted(&world.server, move |tx| store::users::update(tx, tenant, &nobodys).map(drop)).await;
    assert!(found.contains("is by hand and follows a resource"), "{found}");
    assert!(found.contains("belongs to somebody else than the events tell"), "{found}");
    // Another connection owns the user than should.
    let (world, other, ..) = owned_elsewhere("reject").await;
    let (tenant, ana) = (world.tenant_id(), world.users().remove(0));
    let foreign = User { connection: Some(other.connection.scope.connection), ..ana };
    let found = planted(&world.server, move |tx| store::users::update(tx, tenant, &foreign).map(drop)).await;
    assert!(found.contains("belongs to somebody else than the events tell"), "{found}");
    // A user follows a resource no longer, and nothing tells of it.
    let (world, _, ana, _) = owned_elsewhere("reject").await;
    let scope = world.idp.connection.scope;
    let found =
        planted(&world.server, move |tx| mirror_users::set_feeds(tx, scope, &ana, false).map(drop)).await;
    assert!(found.contains("does not follow resource"), "{found}");
    assert!(found.contains("is active, should be deactivated"), "{found}");
    assert!(found.contains("of a connection that the user does not follow"), "{found}");
    // A user follows a resource that was taken over.
    let (world, entra, old, _) = owned_elsewhere("take-over").await;
    entra.post("/Users", &person("ana", "e1")).await.expect(201);
    let scope = world.idp.connection.scope;
    let found =
        planted(&world.server, move |tx| mirror_users::set_feeds(tx, scope, &old, true).map(drop)).await;
    assert!(found.contains("follows resource"), "{found}");
    assert!(found.contains("lacks a membership"), "{found}");
    // A shared user is out although one says otherwise.
    let (world, entra, old, ana) = owned_elsewhere("share").await;
    entra.post("/Users", &person("ana", "e1")).await.expect(201);
    world.set_active(&old, false).await.expect(200);
    let out = User { status: Status::Deactivated, ..world.user(&ana.id) };
    let tenant = world.tenant_id();
    let found = planted(&world.server, move |tx| store::users::update(tx, tenant, &out).map(drop)).await;
    assert!(found.contains("is deactivated, should be active"), "{found}");
    // A user by hand has not what everybody has, and something that no connection gives.
    let world = World::begin().await;
    let eve = world.by_hand("eve").await;
    let tenant = world.tenant_id();
    let held =
        world.server.store().read(|tx| store::memberships::of_user(tx, tenant, &eve.id)).expect("held");
    let given = store::memberships::Membership {
        reason: store::memberships::Reason::Group { connection: 1, group: "g".into() },
        ..held[0].clone()
    };
    let default = held[0].clone();
    let found = planted(&world.server, move |tx| {
        store::memberships::delete(tx, tenant, &default).map(drop)?;
        store::memberships::insert(tx, tenant, &given).map(drop)
    })
    .await;
    assert!(found.contains("lacks a membership"), "{found}");
    assert!(found.contains("of a connection that the user does not follow"), "{found}");
}

/// Users by hand have a place of their own beside the connections.
#[test]
fn no_connection_has_the_place_of_users_by_hand() {
    let scope = Scope::by_hand(store::TenantId(7));
    assert!(!scope.is_of_connection());
    assert!(Scope { connection: 1, ..scope }.is_of_connection());
}
