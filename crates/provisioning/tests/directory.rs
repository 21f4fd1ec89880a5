//! What a provider's requests do to the directory: users, organizations, memberships, each told as a story.

mod world;

use provisioning::people::{self, Hand};
use scim::Provider;
use serde_json::{Value, json};
use store::mappings::Origin;
use store::users::Status;
use store::{connections, mappings, memberships};
use testkit::{Server, operator, user};
use world::{DEFAULT, World, with};

#[tokio::test]
async fn whoever_is_created_is_a_member_of_the_default_organization() {
    let world = World::begin().await;
    let body = with("ana@acme.example", json!({ "externalId": "00u1", "displayName": "Ana M." }));
    let id = world.idp.post("/Users", &body).await.expect(201).id();
    let person = world.person(&id);
    assert_eq!((person.status, person.linked), (Status::Active, true));
    assert_eq!(person.connection, Some(world.idp.connection.scope.connection));
    let told =
        [&person.external_id, &person.email, &person.given_name, &person.family_name, &person.display_name];
    let told: Vec<&str> = told.into_iter().map(|part| part.as_deref().unwrap_or_default()).collect();
    assert_eq!(told, ["00u1", "ana.acme.example@example.com", "Ana", "Müller", "Ana M."]);
    assert_ne!(person.id, id, "the directory has ids of its own");
    assert_eq!(world.held(&person), [DEFAULT]);
    assert_eq!(world.effective(&person), ["Acme: Member"]);
    world.is_sound();
}

#[tokio::test]
async fn whoever_is_created_inactive_has_no_access_yet() {
    let world = World::begin().await;
    let id = world.idp.post("/Users", &with("ana", json!({ "active": false }))).await.expect(201).id();
    let person = world.person(&id);
    assert_eq!(person.status, Status::Deactivated);
    assert_eq!(world.held(&person), [DEFAULT]);
    assert_eq!(world.effective(&person), Vec::<String>::new());
    world.is_sound();
}

#[tokio::test]
async fn synchronised_attributes_follow_and_what_does_not_change_makes_no_event() {
    let world = World::begin().await;
    let id = world.idp.create_user("ana").await;
    let (_, before) = world.events(0);
    let path = format!("/Users/{id}");
    world
        .idp
        .operate(&path, json!([{ "op": "replace", "path": "name.givenName", "value": "Anna" }]))
        .await
        .expect(200);
    assert_eq!(world.person(&id).given_name.as_deref(), Some("Anna"));
    let (kinds, before) = world.events(before);
    assert_eq!(kinds, ["resource.updated", "user.updated"]);
    // The mirror keeps what the directory has no use for.
    world.idp.operate(&path, json!([{ "op": "add", "path": "title", "value": "Lead" }])).await.expect(200);
    let (kinds, before) = world.events(before);
    assert_eq!(kinds, ["resource.updated"]);
    world.idp.operate(&path, json!([{ "op": "add", "path": "title", "value": "Lead" }])).await.expect(200);
    assert_eq!(world.events(before).0, Vec::<String>::new());
    world.is_sound();
}

#[tokio::test]
async fn deactivation_ends_all_access_and_reactivation_restores_it() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("Sales", &[&ana]).await;
    world.give(&world.person(&ana), "Viewer", Some("Sales")).await;
    let before = world.held_by(&ana);
    assert_eq!(before, [DEFAULT, "Sales: Member (Sales)", "Sales: Viewer (by hand)"]);
    let since = |world: &World| {
        let person = world.person(&ana);
        let held = world.server.store().read(|tx| memberships::of_user(tx, world.tenant_id(), &person.id));
        held.expect("memberships").into_iter().map(|membership| membership.since).collect::<Vec<_>>()
    };
    let began = since(&world);
    world.server.wait(60);
    world.set_active(&ana, false).await.expect(200);
    let person = world.person(&ana);
    assert_eq!(person.status, Status::Deactivated);
    assert_eq!(world.held(&person), before, "memberships stay on record");
    assert_eq!(world.effective(&person), Vec::<String>::new(), "and open nothing");
    world.server.wait(60);
    world.set_active(&ana, true).await.expect(200);
    let again = world.person(&ana);
    assert_eq!((again.status, &again.id), (Status::Active, &person.id));
    assert_eq!(world.held(&again), before);
    assert_eq!(since(&world), began, "they never were interrupted");
    assert_eq!(world.effective(&again), ["Acme: Member", "Sales: Member"]);
    world.is_sound();
}

#[tokio::test]
async fn groups_that_change_while_somebody_is_away_count_on_return() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let sales = world.idp.create_group("Sales", &[&ana]).await;
    let support = world.idp.create_group("Support", &[]).await;
    world.set_active(&ana, false).await.expect(200);
    world.remove(&sales, &ana).await;
    world.add(&support, &[&ana]).await;
    assert_eq!(world.effective(&world.person(&ana)), Vec::<String>::new());
    world.set_active(&ana, true).await.expect(200);
    assert_eq!(world.held_by(&ana), [DEFAULT, "Support: Member (Support)"]);
    world.is_sound();
}

#[tokio::test]
async fn a_rehire_by_external_id_is_the_same_resource_and_the_same_person() {
    let world = World::begin().await;
    let body = |name: &str| with(name, json!({ "externalId": "00u1" }));
    let ana = world.idp.post("/Users", &body("ana")).await.expect(201).id();
    world.idp.create_group("Sales", &[&ana]).await;
    let person = world.person(&ana);
    world.set_active(&ana, false).await.expect(200);
    // Married meanwhile: the username is another, the person is not.
    let again = world.idp.post("/Users", &body("ana.muster")).await.expect(201);
    assert_eq!(again.id(), ana);
    assert_eq!(again.body["userName"], "ana.muster");
    let back = world.person(&ana);
    assert_eq!((&back.id, back.status, back.user_name.as_str()), (&person.id, Status::Active, "ana.muster"));
    assert_eq!(world.held(&back), [DEFAULT, "Sales: Member (Sales)"]);
    assert_eq!(world.users().len(), 1);
    world.is_sound();
}

#[tokio::test]
async fn a_rehire_by_username_is_the_same_resource_unless_the_external_ids_contradict() {
    let world = World::begin().await;
    let body = |external: &str| with("ana", json!({ "externalId": external }));
    let ana = world.idp.post("/Users", &body("00u1")).await.expect(201).id();
    world.set_active(&ana, false).await.expect(200);
    world.idp.post("/Users", &body("00u2")).await.expect_error(409, Some("uniqueness"));
    assert_eq!(world.person(&ana).status, Status::Deactivated);
    let again = world.idp.post("/Users", &user("ANA")).await.expect(201);
    assert_eq!(again.id(), ana);
    assert_eq!(world.person(&ana).status, Status::Active);
    // There and active: a conflict, and nothing happens.
    let (_, before) = world.events(0);
    world.idp.post("/Users", &body("00u1")).await.expect_error(409, Some("uniqueness"));
    assert_eq!(world.events(before).0, Vec::<String>::new());
    world.is_sound();
}

///
///
#[tokio::test]
async fn a_creation_that_auth0_delivers_late_undoes_no_block() {
    let server = Server::start().await;
    let idp = server.connect("Acme", Provider::Auth0).await;
    let world = World { server, idp };
    let body = with("ana", json!({ "externalId": "auth0|1" }));
    let ana = world.idp.post("/Users", &body).await.expect(201).id();
    world
        .idp
        .put(&format!("/Users/{ana}"), &with("ana", json!({ "externalId": "auth0|1", "active": false })))
        .await
        .expect(200);
    let (_, before) = world.events(0);
    world.idp.post("/Users", &body).await.expect_error(409, Some("uniqueness"));
    let renamed = with("ana.muster", json!({ "externalId": "auth0|1" }));
    world.idp.post("/Users", &renamed).await.expect_error(409, Some("uniqueness"));
    assert_eq!(world.events(before).0, Vec::<String>::new());
    assert_eq!(world.person(&ana).status, Status::Deactivated);
    // Unblocked: an update.
    world.idp.put(&format!("/Users/{ana}"), &body).await.expect(200);
    assert_eq!(world.person(&ana).status, Status::Active);
    // Deleted, and signed up anew with another provider's id of the same person.
    world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
    world.idp.post("/Users", &body).await.expect(201);
    assert_eq!(world.users().len(), 1);
    world.is_sound();
}

#[tokio::test]
async fn a_strict_connection_restores_nobody() {
    let server = Server::start().await;
    let idp = server.connect_with("Acme", Provider::Generic, &[("strict", "true")]).await;
    let world = World { server, idp };
    let ana = world.idp.create_user("ana").await;
    world.set_active(&ana, false).await.expect(200);
    world.idp.post("/Users", &user("ana")).await.expect_error(409, Some("uniqueness"));
    assert_eq!(world.person(&ana).status, Status::Deactivated);
    world.is_sound();
}

#[tokio::test]
async fn whoever_is_deleted_leaves_a_person_behind_and_comes_back_as_the_same() {
    let world = World::begin().await;
    let body = with("ana", json!({ "externalId": "00u1" }));
    let ana = world.idp.post("/Users", &body).await.expect(201).id();
    let sales = world.idp.create_group("Sales", &[&ana]).await;
    let person = world.person(&ana);
    world.give(&person, "Viewer", None).await;
    world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
    world.idp.get(&format!("/Users/{ana}")).await.expect_error(404, None);
    assert_eq!(world.idp.members(&sales).await, Vec::<String>::new());
    let gone = world.user(&person.id);
    assert_eq!((gone.status, gone.linked), (Status::Deactivated, false));
    assert_eq!(gone.user_name, "ana", "the history keeps the name");
    assert_eq!(world.held(&gone), [DEFAULT, "Acme: Viewer (by hand)"], "what the group gave has ended");
    assert_eq!(world.effective(&gone), Vec::<String>::new());
    world.is_sound();
    let again = world.idp.post("/Users", &body).await.expect(201).id();
    assert_ne!(again, ana);
    let back = world.person(&again);
    assert_eq!((&back.id, back.status, back.linked), (&person.id, Status::Active, true));
    assert_eq!(world.held(&back), [DEFAULT, "Acme: Viewer (by hand)"]);
    assert_eq!(world.users().len(), 1);
    world.is_sound();
}

#[tokio::test]
async fn a_username_given_on_to_somebody_else_is_a_new_person() {
    let world = World::begin().await;
    let body = |external: &str| with("ana", json!({ "externalId": external }));
    let first = world.idp.post("/Users", &body("00u1")).await.expect(201).id();
    let person = world.person(&first);
    world.idp.delete(&format!("/Users/{first}")).await.expect(204);
    let second = world.idp.post("/Users", &body("00u2")).await.expect(201).id();
    assert_ne!(world.person(&second).id, person.id);
    assert_eq!(world.users().len(), 2);
    // The first comes back under another name, and is known by the provider's own id.
    let third =
        world.idp.post("/Users", &with("ana.b", json!({ "externalId": "00u1" }))).await.expect(201).id();
    assert_eq!(world.person(&third).id, person.id);
    world.is_sound();
}

#[tokio::test]
async fn a_name_alone_is_not_the_same_person_where_an_external_id_could_tell() {
    for (first, second) in
        [(json!({ "externalId": "00u1" }), json!({})), (json!({}), json!({ "externalId": "00u1" }))]
    {
        let world = World::begin().await;
        let ana = world.idp.post("/Users", &with("ana", first)).await.expect(201).id();
        let person = world.person(&ana);
        world.give(&person, "Admin", None).await;
        world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
        let other = world.idp.post("/Users", &with("ana", second)).await.expect(201).id();
        assert_ne!(world.person(&other).id, person.id);
        assert_eq!(world.held_by(&other), [DEFAULT], "nobody inherits what was given by hand");
        world.is_sound();
    }
}

#[tokio::test]
async fn a_group_makes_a_team_below_the_root_and_its_members_belong_to_it() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let group = world.idp.create_group("Sales & Service", &[&ana]).await;
    let made = world.organization("Sales & Service");
    assert_eq!((made.kind.as_str(), made.slug.as_str()), ("team", "sales-service"));
    assert_eq!((made.origin.as_str(), made.parent), ("mapping", Some(world.tenant().root_organization)));
    let scope = world.idp.connection.scope;
    let mapping = world.server.store().read(|tx| mappings::of_group(tx, scope, &group)).expect("mappings");
    assert_eq!(mapping.len(), 1);
    let inherit = mapping[0].target.as_ref().map(|target| target.inherit);
    assert_eq!((&mapping[0].origin, inherit), (&Origin::Made, Some(false)));
    assert_eq!(world.held_by(&ana), [DEFAULT, "Sales & Service: Member (Sales & Service)"]);
    world.is_sound();
}

#[tokio::test]
async fn a_group_finds_an_organization_by_name_or_slug_in_any_letter_case() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("R&D", &[]).await;
    // The root is there from the beginning.
    for (name, organization) in [("ACME", "Acme"), ("r-d", "R&D")] {
        let group = world.idp.create_group(name, &[&ana]).await;
        assert_eq!(world.names(), ["Acme", "R&D"], "{name}");
        let scope = world.idp.connection.scope;
        let mapping =
            world.server.store().read(|tx| mappings::of_group(tx, scope, &group)).expect("mappings");
        assert_eq!(mapping[0].origin, Origin::Matched, "{name}");
        assert!(world.held_by(&ana).contains(&format!("{organization}: Member ({name})")), "{name}");
    }
    world.is_sound();
}

#[tokio::test]
async fn a_name_that_only_leads_to_the_same_slug_is_another_organization() {
    let world = World::begin().await;
    for name in ["C", "C++", "C#"] {
        world.idp.create_group(name, &[]).await;
    }
    assert_eq!(world.names(), ["Acme", "C", "C++", "C#"]);
    let slugs: Vec<String> = world.organizations().into_iter().map(|found| found.slug).collect();
    assert_eq!(slugs, ["acme", "c", "c-2", "c-3"]);
    world.is_sound();
}

#[tokio::test]
async fn names_without_letters_or_digits_never_find_each_other() {
    let world = World::begin().await;
    for name in ["!!!", "???", "Organization"] {
        world.idp.create_group(name, &[]).await;
    }
    let slugs: Vec<String> = world.organizations().into_iter().map(|found| found.slug).collect();
    // "Organization" has a slug of its own, and finds the organization that has it.
    assert_eq!(slugs, ["acme", "organization", "organization-2"]);
    world.is_sound();
}

#[tokio::test]
async fn renaming_a_group_renames_the_organization_that_was_made_for_it() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let group = world.idp.create_group("Sales", &[&ana]).await;
    let made = world.organization("Sales");
    world.rename(&group, "Sales EMEA").await;
    let renamed = world.organization("Sales EMEA");
    assert_eq!((renamed.id, renamed.slug.as_str()), (made.id.clone(), "sales-emea"));
    assert_eq!(world.held_by(&ana), [DEFAULT, "Sales EMEA: Member (Sales EMEA)"]);
    // The old name is free: a later group of that name is another organization.
    world.idp.create_group("Sales", &[]).await;
    assert_ne!(world.organization("Sales").id, made.id);
    world.is_sound();
}

#[tokio::test]
async fn renaming_a_group_leaves_an_organization_that_was_found_alone() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let group = world.idp.create_group("acme", &[&ana]).await;
    world.rename(&group, "Everybody").await;
    assert_eq!(world.names(), ["Acme"]);
    assert_eq!(world.held_by(&ana), ["Acme: Member (Everybody)", DEFAULT]);
    world.is_sound();
}

#[tokio::test]
async fn renaming_a_group_leaves_an_organization_that_another_group_uses() {
    let world = World::begin().await;
    let made = world.idp.create_group("R&D", &[]).await;
    let other = world.idp.create_group("r-d", &[]).await;
    world.rename(&made, "Research").await;
    assert_eq!(world.names(), ["Acme", "R&D"]);
    // Once it is the group's alone, it follows again.
    world.idp.delete(&format!("/Groups/{other}")).await.expect(204);
    world.rename(&made, "Lab").await;
    assert_eq!(world.names(), ["Acme", "Lab"]);
    world.is_sound();
}

#[tokio::test]
async fn deleting_a_group_ends_what_it_gave_and_archives_what_was_made_for_it() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let group = world.idp.create_group("Sales", &[&ana]).await;
    let made = world.organization("Sales");
    world.idp.delete(&format!("/Groups/{group}")).await.expect(204);
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    assert_eq!(world.names(), ["Acme"]);
    assert!(world.organization("Sales").archived_at.is_some());
    // A group of that name that comes later is a new beginning.
    world.idp.create_group("Sales", &[&ana]).await;
    let again =
        world.organizations().into_iter().rfind(|found| found.name == "Sales").expect("an organization");
    assert_ne!(again.id, made.id);
    assert_eq!(again.slug, "sales");
    world.is_sound();
}

#[tokio::test]
async fn deleting_a_group_keeps_an_organization_that_is_in_use_or_was_found() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let used = world.idp.create_group("Sales", &[&ana]).await;
    world.give(&world.person(&ana), "Viewer", Some("Sales")).await;
    let found = world.idp.create_group("ACME", &[&ana]).await;
    for group in [&used, &found] {
        world.idp.delete(&format!("/Groups/{group}")).await.expect(204);
    }
    assert_eq!(world.names(), ["Acme", "Sales"]);
    assert_eq!(world.held_by(&ana), [DEFAULT, "Sales: Viewer (by hand)"]);
    world.is_sound();
}

#[tokio::test]
async fn leaving_one_group_keeps_what_another_gives() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let bo = world.idp.create_user("bo").await;
    // Both find one organization: one by its name, one by its slug.
    let one = world.idp.create_group("R&D", &[&ana, &bo]).await;
    let other = world.idp.create_group("r-d", &[&ana]).await;
    assert_eq!(world.names(), ["Acme", "R&D"]);
    assert_eq!(world.held_by(&ana), [DEFAULT, "R&D: Member (R&D)", "R&D: Member (r-d)"]);
    world.remove(&one, &ana).await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "R&D: Member (r-d)"]);
    assert_eq!(world.held_by(&bo), [DEFAULT, "R&D: Member (R&D)"], "nobody else left");
    // The group that the organization was made for goes; the other one still uses it.
    world.idp.delete(&format!("/Groups/{one}")).await.expect(204);
    assert_eq!(world.names(), ["Acme", "R&D"]);
    assert_eq!(world.held_by(&bo), [DEFAULT]);
    assert_eq!(world.effective(&world.person(&ana)), ["Acme: Member", "R&D: Member"]);
    world.remove(&other, &ana).await;
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    // It was found and not made for the other group, but it was made for a group, and now none is left.
    world.idp.delete(&format!("/Groups/{other}")).await.expect(204);
    assert_eq!(world.names(), ["Acme"]);
    world.is_sound();
}

#[tokio::test]
async fn either_wire_shape_removes_exactly_one_member() {
    let world = World::begin().await;
    let (ana, bo, cleo) = (
        world.idp.create_user("ana").await,
        world.idp.create_user("bo").await,
        world.idp.create_user("cleo").await,
    );
    let group = world.idp.create_group("Sales", &[&ana, &bo, &cleo]).await;
    world.remove(&group, &ana).await;
    let listed = json!([{ "op": "remove", "path": "members", "value": [{ "value": bo }] }]);
    world.idp.operate(&format!("/Groups/{group}"), listed).await.expect(204);
    assert_eq!(world.idp.members(&group).await, std::slice::from_ref(&cleo));
    for gone in [&ana, &bo] {
        assert_eq!(world.held_by(gone), [DEFAULT]);
    }
    assert_eq!(world.held_by(&cleo), [DEFAULT, "Sales: Member (Sales)"]);
    world.is_sound();
}

#[tokio::test]
async fn groups_within_groups_count_and_cycles_do_no_harm() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let team = world.idp.create_group("Team", &[&ana]).await;
    let unit = world.idp.create_group("Unit", &[&team]).await;
    let house = world.idp.create_group("House", &[&unit]).await;
    let all = [DEFAULT, "House: Member (House)", "Team: Member (Team)", "Unit: Member (Unit)"];
    assert_eq!(world.held_by(&ana), all);
    // The circle closes, and one group holds itself.
    world.add(&team, &[&house]).await;
    world.add(&unit, &[&unit]).await;
    assert_eq!(world.held_by(&ana), all);
    world.is_sound();
    // Whoever joins anywhere in the circle is in all of it.
    let bo = world.idp.create_user("bo").await;
    world.add(&house, &[&bo]).await;
    assert_eq!(world.held_by(&bo), all);
    // The circle opens: what came through it ends.
    world.remove(&unit, &team).await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "Team: Member (Team)"]);
    assert_eq!(world.held_by(&bo), [DEFAULT, "House: Member (House)", "Team: Member (Team)"]);
    world.is_sound();
    // A group in the middle goes.
    world.idp.delete(&format!("/Groups/{house}")).await.expect(204);
    assert_eq!(world.held_by(&bo), [DEFAULT]);
    assert_eq!(world.names(), ["Acme", "Team", "Unit"]);
    world.is_sound();
}

#[tokio::test]
async fn roles_by_hand_survive_whatever_a_provider_does() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let person = world.person(&ana);
    let group = world.idp.create_group("Sales", &[&ana]).await;
    world.give(&person, "Admin", None).await;
    // The same role at the same place as the group gives: two rows, two reasons.
    world.give(&person, "Member", Some("Sales")).await;
    let by_hand = ["Acme: Admin (by hand)", DEFAULT, "Sales: Member (by hand)"];
    world.remove(&group, &ana).await;
    assert_eq!(world.held(&person), by_hand);
    world.idp.put(&format!("/Users/{ana}"), &with("ana", json!({ "title": "Lead" }))).await.expect(200);
    world.set_active(&ana, false).await.expect(200);
    world.set_active(&ana, true).await.expect(200);
    world.idp.delete(&format!("/Groups/{group}")).await.expect(204);
    assert_eq!(world.held(&person), by_hand);
    world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
    assert_eq!(world.held(&person), by_hand);
    let again = world.idp.create_user("ana").await;
    assert_eq!(world.person(&again).id, person.id);
    assert_eq!(world.effective(&world.person(&again)), ["Acme: Admin", "Sales: Member"]);
    world.is_sound();
}

#[tokio::test]
async fn a_role_given_twice_by_hand_is_told_once() {
    let world = World::begin().await;
    let ana = world.person(&world.idp.create_user("ana").await);
    world.give(&ana, "Admin", None).await;
    let (_, before) = world.events(0);
    let again = world.hand(true, &ana, "Admin", None).await.expect("no fault");
    assert!(again.ends_with("by hand already"), "{again}");
    assert_eq!(world.events(before).0, Vec::<String>::new());
    world.is_sound();
}

#[tokio::test]
async fn the_last_owner_is_not_locked_out_over_scim() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("Sales", &[&ana]).await;
    world.give(&world.person(&ana), "Owner", None).await;
    let (_, before) = world.events(0);
    let path = format!("/Users/{ana}");
    let refusals = [
        world.set_active(&ana, false).await,
        world
            .idp
            .operate(&path, json!([{ "op": "replace", "value": { "active": false, "title": "x" } }]))
            .await,
        world.idp.put(&path, &with("ana", json!({ "active": false }))).await,
        world.idp.delete(&path).await,
    ];
    for refusal in refusals {
        let refusal = refusal.expect_error(403, None);
        assert!(refusal.text.contains("last active Owner"), "{}", refusal.text);
    }
    assert_eq!(world.events(before).0, Vec::<String>::new(), "nothing of them happened");
    let shown = world.idp.get(&path).await.expect(200);
    assert_eq!((&shown.body["active"], &shown.body["title"]), (&json!(true), &Value::Null));
    assert_eq!(shown.body["groups"].as_array().map(Vec::len), Some(1));
    // What does not concern access is done.
    world.idp.operate(&path, json!([{ "op": "add", "path": "title", "value": "Founder" }])).await.expect(200);
    world.is_sound();
}

#[tokio::test]
async fn the_last_owner_is_not_demoted_by_hand_either() {
    let world = World::begin().await;
    let (ana, bo) = (world.idp.create_user("ana").await, world.idp.create_user("bo").await);
    let (ana, bo) = (world.person(&ana), world.person(&bo));
    world.give(&ana, "Owner", None).await;
    let refusal = world.hand(false, &ana, "Owner", None).await.expect_err("the last Owner");
    assert!(refusal.contains("is the last active Owner"), "{refusal}");
    let unfounded = world.hand(false, &bo, "Owner", None).await.expect_err("never an Owner");
    assert!(unfounded.contains("was not made Owner"), "{unfounded}");
    world.give(&bo, "Owner", None).await;
    world.hand(false, &ana, "Owner", None).await.expect("bo is left");
    assert_eq!(world.held(&ana), [DEFAULT]);
    world.is_sound();
}

#[tokio::test]
async fn with_a_second_active_owner_the_first_may_go() {
    let world = World::begin().await;
    let (ana, bo) = (world.idp.create_user("ana").await, world.idp.create_user("bo").await);
    for id in [&ana, &bo] {
        world.give(&world.person(id), "Owner", None).await;
    }
    world.set_active(&ana, false).await.expect(200);
    // Now the second is the last: whoever is deactivated opens no door.
    world.set_active(&bo, false).await.expect_error(403, None);
    world.idp.delete(&format!("/Users/{bo}")).await.expect_error(403, None);
    // One who has no access any more can lose the role and the resource.
    let gone = world.person(&ana);
    world.hand(false, &gone, "Owner", None).await.expect("nobody is locked out by it");
    world.give(&gone, "Owner", None).await;
    world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
    world.set_active(&bo, false).await.expect_error(403, None);
    world.is_sound();
}

#[tokio::test]
async fn an_owner_of_a_team_is_no_owner_of_the_tenant() {
    let world = World::begin().await;
    let (ana, bo) = (world.idp.create_user("ana").await, world.idp.create_user("bo").await);
    world.idp.create_group("Sales", &[&ana, &bo]).await;
    let (owner, other) = (world.person(&ana), world.person(&bo));
    world.give(&owner, "Owner", None).await;
    world.give(&other, "Owner", Some("Sales")).await;
    // The tenant would be left without an Owner: one of a team does not count.
    world.set_active(&ana, false).await.expect_error(403, None);
    world.hand(false, &owner, "Owner", None).await.expect_err("the last Owner of the tenant");
    // And one of a team is protected by nothing.
    world.set_active(&bo, false).await.expect(200);
    // The sole Owner of the tenant may give up what they have further down.
    world.give(&owner, "Owner", Some("Sales")).await;
    world.hand(false, &owner, "Owner", Some("Sales")).await.expect("the tenant keeps its Owner");
    world.is_sound();
}

#[tokio::test]
async fn a_directory_makes_nobody_an_owner() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("Owner", &[&ana]).await;
    let body = with("bo", json!({ "roles": [{ "value": "Owner", "primary": true }] }));
    let bo = world.idp.post("/Users", &body).await.expect(201).id();
    assert_eq!(world.held_by(&ana), [DEFAULT, "Owner: Member (Owner)"]);
    assert_eq!(world.held_by(&bo), [DEFAULT]);
    world.is_sound();
}

#[tokio::test]
async fn two_tenants_never_meet() {
    let world = World::begin().await;
    let globex = world.server.connect("Globex", Provider::Okta).await;
    let body = with("ana", json!({ "externalId": "00u1" }));
    let ana = world.idp.post("/Users", &body).await.expect(201).id();
    let sales = world.idp.create_group("Sales", &[&ana]).await;
    world.give(&world.person(&ana), "Owner", None).await;
    let (_, before) = world.events(0);
    // The same people and names over there, and all that could go wrong.
    let other = globex.post("/Users", &body).await.expect(201).id();
    let others = globex.create_group("Sales", &[&other, &ana]).await;
    assert_eq!(globex.members(&others).await, std::slice::from_ref(&other));
    globex
        .operate(&format!("/Users/{other}"), json!([{ "op": "replace", "path": "active", "value": false }]))
        .await
        .expect(200);
    assert_eq!(globex.post("/Users", &body).await.expect(201).id(), other);
    globex.delete(&format!("/Users/{other}")).await.expect(204);
    globex.delete(&format!("/Groups/{others}")).await.expect(204);
    for path in [format!("/Users/{ana}"), format!("/Groups/{sales}")] {
        globex.get(&path).await.expect_error(404, None);
        globex.delete(&path).await.expect_error(404, None);
    }
    assert_eq!(globex.get("/Users").await.expect(200).body["totalResults"], 0);
    // Nothing of it was heard here: Owner, organization, events.
    assert_eq!(world.events(before).0, Vec::<String>::new());
    assert_eq!(
        world.held_by(&ana),
        ["Acme: Member (default)", "Acme: Owner (by hand)", "Sales: Member (Sales)"]
    );
    assert_eq!(world.names(), ["Acme", "Sales"]);
    let scope = globex.connection.scope;
    let foreign =
        world.server.store().read(|tx| store::organizations::all(tx, scope.tenant)).expect("organizations");
    let root = foreign.iter().find(|found| found.parent.is_none()).expect("a root");
    assert!(foreign.iter().all(|found| found.id == root.id || found.parent.as_ref() == Some(&root.id)));
    world.is_sound();
}

#[tokio::test]
async fn an_operator_of_one_tenant_finds_nobody_of_another() {
    let world = World::begin().await;
    let globex = world.server.connect("Globex", Provider::Okta).await;
    globex.create_user("eve").await;
    let scope = globex.connection.scope;
    let eve = world.server.store().read(|tx| store::users::linked_by_user_name(tx, scope.tenant, "eve"));
    let eve = eve.expect("a readable database").expect("eve");
    for who in [eve.id.as_str(), "eve"] {
        let hand = Hand { user: who.into(), role: "Owner".into(), organization: None, inherit: false };
        let refused = people::by_hand(world.server.store(), &operator(), &world.tenant(), hand, true).await;
        assert!(refused.expect_err("a stranger").to_string().contains("There is no user"));
    }
    world.is_sound();
}

#[tokio::test]
async fn a_person_of_another_connection_of_the_tenant_is_a_conflict() {
    let world = World::begin().await;
    let entra = world.server.connect("Acme", Provider::Entra).await;
    let ana = world.idp.create_user("ana").await;
    entra.post("/Users", &user("ANA")).await.expect_error(409, Some("uniqueness"));
    assert_eq!(world.users().len(), 1);
    assert_eq!(entra.get("/Users").await.expect(200).body["totalResults"], 0);
    // Neither can she be renamed into.
    let bo = entra.create_user("bo").await;
    let rename = json!([{ "op": "replace", "path": "userName", "value": "ana" }]);
    entra.operate(&format!("/Users/{bo}"), rename).await.expect_error(409, Some("uniqueness"));
    assert_eq!(entra.get(&format!("/Users/{bo}")).await.expect(200).body["userName"], "bo");
    // Once she is deleted there, the name is free, and its next holder is somebody else.
    let first = world.person(&ana);
    world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
    entra.post("/Users", &user("ana")).await.expect(201);
    assert_eq!(world.users().len(), 3);
    assert_eq!(world.user(&first.id).status, Status::Deactivated);
    // And now the first connection meets the conflict.
    world.idp.post("/Users", &user("ana")).await.expect_error(409, Some("uniqueness"));
    world.is_sound();
}

#[tokio::test]
async fn two_connections_share_an_organization_and_each_keeps_its_own_reasons() {
    let world = World::begin().await;
    let entra = world.server.connect("Acme", Provider::Entra).await;
    let ana = world.idp.create_user("ana").await;
    let bo = entra.create_user("bo").await;
    let made = world.idp.create_group("Sales", &[&ana]).await;
    let found = entra.create_group("SALES", &[&bo]).await;
    assert_eq!(world.names(), ["Acme", "Sales"]);
    // Foreign ids are no members.
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ana }] }]);
    entra.operate(&format!("/Groups/{found}"), add).await.expect(204);
    assert_eq!(entra.members(&found).await, [bo]);
    world.idp.delete(&format!("/Groups/{made}")).await.expect(204);
    assert_eq!(world.names(), ["Acme", "Sales"], "the other connection still uses it");
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    let sales = world.organization("Sales").id;
    let members = world
        .server
        .store()
        .read(|tx| memberships::users_of_organization(tx, world.tenant_id(), &sales, "", false, 100));
    assert_eq!(members.expect("memberships").len(), 1);
    world.is_sound();
}

#[tokio::test]
async fn events_are_numbered_without_gaps_whatever_is_refused_between() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.post("/Users", &user("ana")).await.expect(409);
    world.idp.post("/Users", &json!({ "userName": "x" })).await.expect(400);
    world.set_active(&ana, false).await.expect(200);
    world.idp.delete("/Users/none").await.expect(404);
    world.set_active(&ana, true).await.expect(200);
    let events =
        world.server.store().read(|tx| store::events::after(tx, world.tenant_id(), 0, 1000)).expect("events");
    let numbers: Vec<i64> = events.iter().map(|event| event.number).collect();
    let last = i64::try_from(numbers.len()).expect("a few");
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    assert_eq!(world.tenant().last_event, last);
    let connections = world.server.store().read(|tx| connections::of_tenant(tx, world.tenant_id()));
    assert_eq!(connections.expect("connections").len(), 1);
    world.is_sound();
}

/// A role by hand that is given again, passed down this time: the event tells of both states, and doctor follows it.
#[tokio::test]
async fn a_role_given_again_with_another_reach_is_told_as_a_change() {
    let world = World::begin().await;
    let person = world.person(&world.idp.create_user("ana").await);
    let (_, begin) = world.events(0);
    for inherit in [false, true, true, false] {
        let hand = Hand { user: person.id.clone(), role: "Admin".into(), organization: None, inherit };
        people::by_hand(world.server.store(), &operator(), &world.tenant(), hand, true)
            .await
            .expect("a role");
        world.is_sound();
    }
    let (kinds, _) = world.events(begin);
    assert_eq!(kinds, ["membership.started", "membership.changed", "membership.changed"]);
    let tenant = world.tenant().tenant;
    let events = world.server.store().read(|tx| store::events::newest(tx, tenant, 2)).expect("events");
    let inherit = |told: &Option<Value>| told.as_ref().map(|told| told["inherit"].clone());
    let told: Vec<_> = events.iter().map(|event| (inherit(&event.before), inherit(&event.after))).collect();
    assert_eq!(told, [(Some(json!(true)), Some(json!(false))), (Some(json!(false)), Some(json!(true)))]);
    assert!(events[0].summary.ends_with("is no longer Admin below Acme by hand"), "{}", events[0].summary);
}

#[tokio::test]
async fn doctor_finds_what_is_counted_wrong() {
    // On a file that the test may look into.
    let server = Server::start_on_sqlite().await;
    let idp = server.connect("Acme", Provider::Okta).await;
    let ana = idp.create_user("ana@acme.example").await;
    idp.create_user("bea@acme.example").await;
    idp.create_group("Staff", &[&ana]).await;
    idp.delete(&format!("/Users/{ana}")).await.expect(204);
    assert_eq!(server.faults(), Vec::<String>::new());
    let file = rusqlite::Connection::open(server.store().path().expect("a file")).expect("a database");
    file.execute("update mirror_counts set total = 7 where kind = 'user'", []).expect("a fault");
    drop(file);
    assert_eq!(
        idp.get("/Users?count=0").await.expect(200).body["totalResults"],
        7,
        "the count is what lists say"
    );
    let faults = server.faults();
    assert!(faults.iter().any(|fault| fault.contains("1 users are counted as 7")), "{faults:?}");
}
