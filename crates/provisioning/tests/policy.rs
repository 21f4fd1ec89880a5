//! What administrators choose, and what it does to the people there are: mappings, rules, roles, organizations, locks.

#[expect(dead_code, reason = "each file of stories uses its part")]
mod world;

use provisioning::{
    Error, access, jobs, lock, mappings, organizations, people, preview, roles, rules, setup, tenants,
};
use scim::Provider;
use serde_json::json;
use store::jobs::{Job, JobState};
use store::rules::RuleKind;
use store::users::{Status, User};
use testkit::{Client, operator};
use world::{DEFAULT, World, with};

impl World {
    fn id(&self) -> &str {
        &self.idp.connection.id
    }

    async fn map(&self, group: &str, organization: &str, role: &str, inherit: bool) -> mappings::Made {
        let wanted = mappings::Wanted {
            group: group.into(),
            organization: Some(organization.into()),
            role: Some(role.into()),
            inherit,
            paused: false,
        };
        mappings::create(self.server.store(), &operator(), self.id(), wanted).await.expect("a mapping")
    }

    async fn refuse_map(&self, group: &str, organization: Option<&str>, role: Option<&str>) -> String {
        let wanted = mappings::Wanted {
            group: group.into(),
            organization: organization.map(str::to_owned),
            role: role.map(str::to_owned),
            ..mappings::Wanted::default()
        };
        let made = mappings::create(self.server.store(), &operator(), self.id(), wanted).await;
        made.expect_err("a refusal").to_string()
    }

    async fn rule(&self, kind: RuleKind, wanted: rules::Wanted) -> Result<(String, Option<Job>), String> {
        let made = rules::create(self.server.store(), &operator(), self.id(), kind, wanted).await;
        made.map(|(rule, job)| (rule.id, job)).map_err(|error| error.to_string())
    }

    async fn naming(&self, expression: &str) -> Result<String, String> {
        let wanted = rules::Wanted { expression: Some(expression.into()), ..rules::Wanted::default() };
        self.rule(RuleKind::Naming, wanted).await.map(|(id, _)| id)
    }

    async fn attribute(&self, filter: &str, organization: &str, role: &str) -> Result<String, String> {
        let wanted = rules::Wanted {
            name: Some(filter.into()),
            expression: Some(filter.into()),
            organization: Some(organization.into()),
            role: Some(role.into()),
            ..rules::Wanted::default()
        };
        self.rule(RuleKind::Attribute, wanted).await.map(|(id, _)| id)
    }

    async fn set(&self, key: &str, value: &str) -> Result<Option<Job>, String> {
        self.set_up(key, value, false).await
    }

    async fn set_up(&self, key: &str, value: &str, confirmed: bool) -> Result<Option<Job>, String> {
        let changes = vec![(key.to_owned(), value.to_owned())];
        let wanted = setup::Wanted { changes, version: None, confirmed };
        let set = setup::set(self.server.store(), &operator(), self.id(), wanted).await;
        set.map(|(_, job)| job).map_err(|error| error.to_string())
    }

    async fn make(&self, name: &str, parent: Option<&str>) -> String {
        let wanted = organizations::Wanted {
            name: Some(name.into()),
            parent: parent.map(str::to_owned),
            ..organizations::Wanted::default()
        };
        let made = organizations::create(self.server.store(), &operator(), &self.tenant(), wanted).await;
        made.expect("an organization").id
    }

    async fn lock(&self, user: &User) -> Result<User, Error> {
        lock::lock(self.server.store(), &operator(), &self.tenant(), &user.id, None).await
    }
}

#[tokio::test]
async fn one_group_stands_for_several_organizations_and_roles() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.make("Engineering", None).await;
    world.make("Platform", Some("Engineering")).await;
    let group = world.idp.create_group("eng-admins", &[&ana]).await;
    world.map("eng-admins", "Engineering", "Admin", true).await;
    // What followed from the name is gone, and so is the organization that was made for it.
    assert_eq!(world.held_by(&ana), [DEFAULT, "Engineering: Admin (eng-admins)"]);
    assert_eq!(world.names(), ["Acme", "Engineering", "Platform"]);
    world.map(&group, "acme", "Viewer", false).await;
    assert_eq!(
        world.held_by(&ana),
        ["Acme: Member (default)", "Acme: Viewer (eng-admins)", "Engineering: Admin (eng-admins)"]
    );
    assert_eq!(
        world.effective(&world.person(&ana)),
        ["Acme: Member", "Engineering: Admin", "Platform: Admin"]
    );
    let refusal = world.refuse_map("eng-admins", Some("Engineering"), Some("Admin")).await;
    assert_eq!(refusal, "The group stands for this role at this organization already.");
    world.is_sound();
}

#[tokio::test]
async fn a_mapping_is_paused_and_goes_on_and_its_end_gives_the_group_back_to_its_name() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.make("Engineering", None).await;
    world.idp.create_group("Developers", &[&ana]).await;
    let (mapping, _) = world.map("Developers", "Engineering", "Manager", false).await;
    let (store, id) = (world.server.store(), world.id());
    let pause = |paused| mappings::Change { paused: Some(paused), ..mappings::Change::default() };
    let (mapping, _) =
        mappings::change(store, &operator(), id, &mapping.id, Some(1), pause(true)).await.expect("a pause");
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    world.is_sound();
    let stale = mappings::change(store, &operator(), id, &mapping.id, Some(1), pause(false)).await;
    assert!(matches!(stale, Err(Error::VersionMismatch { current: 2 })), "{stale:?}");
    mappings::change(store, &operator(), id, &mapping.id, Some(2), pause(false)).await.expect("an end of it");
    assert_eq!(world.held_by(&ana), [DEFAULT, "Engineering: Manager (Developers)"]);
    mappings::delete(store, &operator(), id, &mapping.id, None).await.expect("an end");
    assert_eq!(world.held_by(&ana), [DEFAULT, "Developers: Member (Developers)"]);
    world.is_sound();
}

#[tokio::test]
async fn a_group_may_stand_for_nothing() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("Everyone in the building", &[&ana]).await;
    let nothing =
        mappings::Wanted { group: "Everyone in the building".into(), ..mappings::Wanted::default() };
    mappings::create(world.server.store(), &operator(), world.id(), nothing).await.expect("a mapping");
    assert_eq!((world.held_by(&ana), world.names()), (vec![DEFAULT.to_owned()], vec!["Acme".to_owned()]));
    let bo = world.idp.create_user("bo").await;
    let group =
        world.idp.get("/Groups?filter=displayName%20sw%20%22Every%22").await.body["Resources"][0]["id"]
            .as_str()
            .map(str::to_owned)
            .expect("the group");
    world.add(&group, &[&bo]).await;
    assert_eq!(world.held_by(&bo), [DEFAULT]);
    // A role with nothing to hold it at is no mapping.
    let refusal = world.refuse_map(&group, None, Some("Viewer")).await;
    assert!(refusal.starts_with("A group that stands for nothing gives no role."), "{refusal}");
    world.is_sound();
}

#[tokio::test]
async fn mappings_and_rules_give_no_role_above_the_ceiling() {
    let world = World::begin().await;
    world.idp.create_group("Bosses", &[]).await;
    let above = "Role \"Owner\" is above what this connection may give, which is Admin at most. Give it by hand to a person, or raise role-ceiling.";
    assert_eq!(world.refuse_map("Bosses", Some("Acme"), Some("Owner")).await, above);
    assert_eq!(world.attribute("title eq \"Boss\"", "Acme", "Owner").await.unwrap_err(), above);
    world.map("Bosses", "Acme", "Admin", true).await;
    let refusal = world.set("role-ceiling", "Manager").await.unwrap_err();
    assert_eq!(
        refusal,
        "role-ceiling=Manager is below \"Admin\", which a mapping, a rule or mapping-role of the connection gives. Change that first."
    );
    let refusal = world.set("role-ceiling", "Owner").await.unwrap_err();
    assert_eq!(refusal, "Owner is given by hand alone. Choose a weaker role as role-ceiling.");
    // The name of a group is anybody's choice at the provider.
    world.naming("^aiq-(?<org>.+)-(?<role>[a-z]+)$").await.expect("a rule");
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("aiq-Sales-owner", &[&ana]).await;
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    world.is_sound();
}

#[tokio::test]
async fn a_naming_rule_reads_organization_and_role_and_follows_a_rename() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let before = world.idp.create_group("aiq-Sales-admin", &[&ana]).await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "aiq-Sales-admin: Member (aiq-Sales-admin)"]);
    let rule = world.naming("^aiq-(?<org>.+)-(?<role>admin|member)$").await.expect("a rule");
    assert_eq!(world.held_by(&ana), [DEFAULT, "Sales: Admin (aiq-Sales-admin)"]);
    assert_eq!(world.names(), ["Acme", "Sales"]);
    world.is_sound();
    world.rename(&before, "aiq-Sales-member").await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "Sales: Member (aiq-Sales-member)"]);
    world.rename(&before, "aiq-Support-admin").await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "Support: Admin (aiq-Support-admin)"]);
    assert_eq!(world.names(), ["Acme", "Support"]);
    world.rename(&before, "Drivers").await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "Drivers: Member (Drivers)"]);
    world.rename(&before, "aiq-Sales-admin").await;
    let wanted = rules::Wanted { paused: Some(true), ..rules::Wanted::default() };
    rules::change(world.server.store(), &operator(), world.id(), &rule, None, wanted).await.expect("a pause");
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    rules::delete(world.server.store(), &operator(), world.id(), &rule, None).await.expect("an end");
    assert_eq!(world.held_by(&ana), [DEFAULT, "aiq-Sales-admin: Member (aiq-Sales-admin)"]);
    world.is_sound();
}

/// The name of a group that is read by its externalId may change as it likes.
#[tokio::test]
async fn a_naming_rule_may_read_the_external_id() {
    let world = World::begin().await;
    world.make("Operations", None).await;
    let wanted = rules::Wanted {
        subject: Some("externalId".into()),
        expression: Some("^OU=Ops,".into()),
        organization: Some("operations".into()),
        role: Some("Manager".into()),
        ..rules::Wanted::default()
    };
    world.rule(RuleKind::Naming, wanted).await.expect("a rule");
    let ana = world.idp.create_user("ana").await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Night shift", "externalId": "OU=Ops,DC=acme", "members": [{ "value": ana }],
    });
    let group = world.idp.post("/Groups", &body).await.expect(201).id();
    assert_eq!(world.held_by(&ana), [DEFAULT, "Operations: Manager (Night shift)"]);
    world.rename(&group, "Late shift").await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "Operations: Manager (Late shift)"]);
    world.is_sound();
}

/// E-21
///
#[tokio::test]
async fn a_rule_over_attributes_gives_and_takes_with_the_attribute() {
    let world = World::begin().await;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    world.make("Sales", None).await;
    let body = with(
        "ana",
        json!({ enterprise: { "department": "sales" }, "roles": [{ "value": "{\"id\":\"18d1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}" }] }),
    );
    let ana = world.idp.post("/Users", &body).await.expect(201).id();
    let rule = world.attribute(&format!("{enterprise}:department eq \"Sales\""), "Sales", "Member").await;
    let rule = rule.expect("a rule");
    world.attribute("roles[value eq \"Admin\"]", "Acme", "Admin").await.expect("a rule");
    let sales = format!("Sales: Member ({enterprise}:department eq \"Sales\")");
    let admin = "Acme: Admin (roles[value eq \"Admin\"])".to_owned();
    assert_eq!(world.held_by(&ana), [admin.clone(), DEFAULT.into(), sales]);
    let moved = json!([{ "op": "replace", "path": format!("{enterprise}:department"), "value": "Legal" }]);
    world.idp.operate(&format!("/Users/{ana}"), moved).await;
    assert_eq!(world.held_by(&ana), [admin, DEFAULT.into()]);
    world.idp.operate(&format!("/Users/{ana}"), json!([{ "op": "remove", "path": "roles" }])).await;
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    let given = json!({ "value": "{\"id\":\"18d1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}" });
    let added = json!([{ "op": "Add", "path": "roles", "value": [given] }]);
    world.idp.operate(&format!("/Users/{ana}"), added).await.expect(200);
    assert_eq!(world.held_by(&ana), ["Acme: Admin (roles[value eq \"Admin\"])", DEFAULT]);
    rules::delete(world.server.store(), &operator(), world.id(), &rule, None).await.expect("an end");
    world.is_sound();
}

#[tokio::test]
async fn what_cannot_be_a_rule_is_refused_and_changes_nothing() {
    let world = World::begin().await;
    let last = world.tenant().last_event;
    for (expression, refusal) in [
        ("(", "The regular expression cannot be used: regex parse error"),
        ("", "A regular expression has 1 to 1000 bytes."),
        ("^a", "The rule leads to no organization."),
        ("^(?<org>.+)-(?<team>.+)$", "The capture \"team\" means nothing."),
        (
            "(?<org>(a{1000}){1000})",
            "The regular expression cannot be used: Compiled regex exceeds size limit",
        ),
    ] {
        let said = world.naming(expression).await.unwrap_err();
        assert!(said.starts_with(refusal), "{expression}: {said}");
    }
    for (filter, refusal) in [
        ("shoeSize eq 44", "The filter cannot be used: "),
        ("userName eq", "The filter cannot be used: "),
        ("groups.value eq \"x\"", "A rule cannot speak of \"groups\"."),
        ("meta.created pr", "A rule cannot speak of \"meta\"."),
    ] {
        let said = world.attribute(filter, "Acme", "Viewer").await.unwrap_err();
        assert!(said.starts_with(refusal), "{filter}: {said}");
    }
    assert_eq!(
        world.attribute("title pr", "Nowhere", "Viewer").await.unwrap_err(),
        "There is no organization \"Nowhere\"."
    );
    assert_eq!(world.attribute("title pr", "Acme", "King").await.unwrap_err(), "There is no role \"King\".");
    assert_eq!(world.tenant().last_event, last);
}

#[tokio::test]
async fn groups_wait_for_a_person_or_find_what_there_is_as_the_connection_says() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("Sales", &[&ana]).await;
    world.make("Legal", None).await;
    world.set("mapping-default", "match").await.expect("a setting");
    // What was made stays what the group stands for.
    assert_eq!(world.held_by(&ana), [DEFAULT, "Sales: Member (Sales)"]);
    world.idp.create_group("legal", &[&ana]).await;
    world.idp.create_group("Astronauts", &[&ana]).await;
    assert_eq!(world.held_by(&ana), [DEFAULT, "Legal: Member (legal)", "Sales: Member (Sales)"]);
    world.set("mapping-role", "Viewer").await.expect("a setting");
    assert_eq!(world.held_by(&ana), [DEFAULT, "Legal: Viewer (legal)", "Sales: Viewer (Sales)"]);
    world.set("mapping-default", "hand").await.expect("a setting");
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    assert_eq!(world.names(), ["Acme", "Legal"]);
    assert_eq!(world.set("mapping-role", "King").await.unwrap_err(), "There is no role \"King\".");
    world.is_sound();
}

#[tokio::test]
async fn many_people_follow_in_the_background_while_requests_are_carried_out_under_the_new_policy() {
    let world = World::begin().await;
    world.make("Engineering", None).await;
    let mut people = Vec::new();
    for number in 0..260 {
        people.push(world.idp.create_user(&format!("user{number}")).await);
    }
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    let inner = world.idp.create_group("Inner", &ids[..130]).await;
    world.idp.create_group("Outer", &[&ids[130..], &[&inner]].concat()).await;
    let (_, job) = world.map("Outer", "Engineering", "Manager", false).await;
    let job = job.expect("a job: 260 people are more than are done at once");
    assert_eq!((job.total, job.state), (261, JobState::Waiting));
    let (store, tenant) = (world.server.store(), world.tenant_id());
    let job = jobs::step(store, tenant, &job.id).await.expect("a step");
    assert_eq!((job.state, job.done), (JobState::Waiting, 64));
    // Not yet come to, but sent by the provider meanwhile: at once under the new policy.
    let last = ids[129];
    assert!(!world.held_by(last).contains(&"Engineering: Manager (Outer)".to_owned()));
    let operation = json!([{ "op": "replace", "path": "title", "value": "Lead" }]);
    world.idp.operate(&format!("/Users/{last}"), operation).await;
    assert!(world.held_by(last).contains(&"Engineering: Manager (Outer)".to_owned()));
    world.is_sound();
    let mut heard = Vec::new();
    jobs::run_open(store, |job| heard.push(job.done)).await.expect("the rest");
    assert!(heard.is_sorted() && heard.len() > 4, "{heard:?}");
    let job = store.read(|tx| store::jobs::by_id(tx, tenant, &job.id)).expect("a job").expect("the job");
    assert_eq!((job.state, job.done, job.total), (JobState::Done, 261, 261));
    for id in &ids {
        assert!(world.held_by(id).contains(&"Engineering: Manager (Outer)".to_owned()), "{id}");
    }
    world.is_sound();
    // A rule concerns everybody; asked for twice before it began, it is done once.
    world.naming("^(?<org>Outer)$").await.expect("a rule");
    world.set("mapping-role", "Viewer").await.expect("a setting");
    assert_eq!(store.read(store::jobs::open).expect("jobs").len(), 1);
    jobs::run_open(store, |_| ()).await.expect("all of it");
    assert_eq!(world.held_by(ids[0]), [DEFAULT, "Engineering: Manager (Outer)", "Inner: Viewer (Inner)"]);
    world.is_sound();
}

#[tokio::test]
async fn who_is_locked_out_by_hand_stays_out_whatever_the_provider_says() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let locked = world.lock(&world.person(&ana)).await.expect("a lock");
    assert_eq!(locked.status, Status::Deactivated);
    world.set_active(&ana, false).await;
    world.set_active(&ana, true).await;
    world.idp.delete(&format!("/Users/{ana}")).await.expect(204);
    let again = world.idp.create_user("ana").await;
    let person = world.person(&again);
    assert_eq!((person.id.clone(), person.status), (locked.id, Status::Deactivated));
    assert_eq!(world.effective(&person), Vec::<String>::new());
    world.server.flush().await;
    let scope = world.idp.connection.scope;
    let record =
        world.server.store().read(|tx| store::requests::newest(tx, scope, 1)).expect("records").remove(0);
    let notes = record.notes.expect("a note").to_string();
    assert!(notes.contains("locked out by hand"), "{notes}");
    world.is_sound();
    let store = world.server.store();
    let back = lock::unlock(store, &operator(), &world.tenant(), "ana", None).await.expect("an end");
    assert_eq!(back.status, Status::Active);
    world.set_active(&again, false).await;
    world.lock(&back).await.expect("a lock");
    let still = lock::unlock(store, &operator(), &world.tenant(), "ana", None).await.expect("an end");
    assert_eq!(still.status, Status::Deactivated, "the provider has them deactivated");
    world.is_sound();
}

#[tokio::test]
async fn the_last_owner_is_not_locked_out() {
    let world = World::begin().await;
    let ana = world.person(&world.idp.create_user("ana").await);
    world.give(&ana, "Owner", None).await;
    let refusal = world.lock(&ana).await.unwrap_err();
    assert!(matches!(refusal, Error::Conflict(_)), "{refusal}");
    let bo = world.person(&world.idp.create_user("bo").await);
    world.give(&bo, "Owner", None).await;
    world.lock(&ana).await.expect("a lock");
    assert!(world.lock(&bo).await.is_err(), "ana is locked out, bo is the last");
    world.is_sound();
}

#[tokio::test]
async fn organizations_are_made_moved_and_archived_and_never_stand_below_themselves() {
    let world = World::begin().await;
    let (store, tenant) = (world.server.store(), world.tenant());
    world.make("Engineering", None).await;
    world.make("Platform", Some("Engineering")).await;
    world.make("Kernel", Some("Platform")).await;
    let ana = world.person(&world.idp.create_user("ana").await);
    let hand = people::Hand {
        user: ana.id.clone(),
        role: "Manager".into(),
        organization: Some("Engineering".into()),
        inherit: true,
    };
    people::by_hand(store, &operator(), &tenant, hand, true).await.expect("a role");
    assert_eq!(
        world.effective(&ana),
        ["Acme: Member", "Engineering: Manager", "Kernel: Manager", "Platform: Manager"]
    );
    let change = |who: &'static str, wanted| {
        let tenant = world.tenant();
        async move { organizations::change(store, &operator(), &tenant, who, None, wanted).await }
    };
    let below = |parent: &str| organizations::Wanted {
        parent: Some(parent.into()),
        ..organizations::Wanted::default()
    };
    for (who, parent) in [("Engineering", "Kernel"), ("Engineering", "Engineering"), ("acme", "Kernel")] {
        let refusal = change(who, below(parent)).await.expect_err("a refusal");
        assert!(matches!(refusal, Error::Invalid(_)), "{who} below {parent}: {refusal}");
    }
    change("Platform", below("acme")).await.expect("a move");
    assert_eq!(world.effective(&ana), ["Acme: Member", "Engineering: Manager"]);
    let archive = |who: &'static str| {
        let tenant = world.tenant();
        async move { organizations::archive(store, &operator(), &tenant, who, None).await }
    };
    for (who, reason) in [
        ("acme", "it is the tenant's root"),
        ("Platform", "organizations stand below it"),
        ("Engineering", "it has members"),
    ] {
        let refusal = archive(who).await.expect_err("a refusal").to_string();
        assert!(refusal.contains(reason), "{refusal}");
    }
    archive("Kernel").await.expect("an end");
    assert_eq!(world.names(), ["Acme", "Engineering", "Platform"]);
    let taken =
        organizations::Wanted { name: Some("engineering".into()), ..organizations::Wanted::default() };
    let refusal =
        organizations::create(store, &operator(), &tenant, taken).await.expect_err("a slug that is taken");
    assert!(matches!(refusal, Error::Conflict(_)), "{refusal}");
    world.is_sound();
}

#[tokio::test]
async fn roles_of_a_tenants_own_stay_below_the_ceiling_and_are_kept_while_in_use() {
    let world = World::begin().await;
    let (store, tenant) = (world.server.store(), world.tenant());
    let auditor = roles::Wanted {
        name: Some("Auditor".into()),
        priority: Some(30),
        permissions: Some(vec!["events.read".into()]),
    };
    roles::create(store, &operator(), &tenant, auditor.clone()).await.expect("a role");
    let taken = roles::create(store, &operator(), &tenant, auditor).await.expect_err("a name that is taken");
    assert!(matches!(taken, Error::Conflict(_)), "{taken}");
    let ana = world.idp.create_user("ana").await;
    world.idp.create_group("Audit", &[&ana]).await;
    let (mapping, _) = world.map("Audit", "acme", "auditor", true).await;
    assert_eq!(world.held_by(&ana), ["Acme: Auditor (Audit)", DEFAULT]);
    let stronger = roles::Wanted { priority: Some(90), ..roles::Wanted::default() };
    let refusal =
        roles::change(store, &operator(), &tenant, "Auditor", None, stronger).await.expect_err("a refusal");
    assert!(refusal.to_string().contains("is above what connection \"Okta\" may give (Admin)"), "{refusal}");
    for (who, refusal) in [("Owner", "is built in"), ("Auditor", "groups are mapped to it")] {
        let said =
            roles::delete(store, &operator(), &tenant, who, None).await.expect_err("a refusal").to_string();
        assert!(said.contains(refusal), "{said}");
    }
    mappings::delete(store, &operator(), world.id(), &mapping.id, None).await.expect("an end");
    roles::delete(store, &operator(), &tenant, "Auditor", None).await.expect("an end");
    world.is_sound();
}

#[tokio::test]
async fn what_everybody_gets_may_be_another_organization_and_role() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let bo = world.idp.create_user("bo").await;
    world.idp.delete(&format!("/Users/{bo}")).await.expect(204);
    world.make("Staff", None).await;
    world.idp.create_group("Sales", &[&ana]).await;
    let (store, tenant) = (world.server.store(), world.tenant());
    let refusal = tenants::set_up(store, &operator(), &tenant, everybody("Owner")).await.unwrap_err();
    assert_eq!(refusal.to_string(), "Owner is given by hand alone. Choose a weaker role for everybody.");
    tenants::set_up(store, &operator(), &tenant, everybody("Viewer")).await.expect("another default");
    // A group that nothing else speaks of gives the tenant's default role too.
    assert_eq!(world.held_by(&ana), ["Sales: Viewer (Sales)", "Staff: Viewer (default)"]);
    world.is_sound();
}

/// Two connections of one tenant: what one gives, the other's policy does not take.
#[tokio::test]
async fn a_policy_is_its_connections_own() {
    let world = World::begin().await;
    let other: Client = world.server.connect("Acme", Provider::Entra).await;
    let ana = world.idp.create_user("ana").await;
    let bo = other.create_user("bo").await;
    world.idp.create_group("Sales", &[&ana]).await;
    other.create_group("Sales", &[&bo]).await;
    world.set("mapping-default", "hand").await.expect("a setting");
    assert_eq!(world.held_by(&ana), [DEFAULT]);
    let scope = other.connection.scope;
    let resource = world.server.store().read(|tx| store::mirror_users::by_id(tx, scope, &bo));
    let user = world.user(&resource.expect("a readable database").expect("a resource").user_id);
    assert_eq!(world.effective(&user), ["Acme: Member", "Sales: Member"]);
    world.is_sound();
}

#[tokio::test]
async fn what_is_switched_off_is_removed_once_somebody_confirmed_it() {
    let world = World::begin().await;
    let mut ids = Vec::new();
    for (name, title) in [("ana", json!("Lead")), ("bo", json!(null)), ("cy", json!("Driver"))] {
        let body = with(name, json!({ "title": title, "nickName": "x" }));
        ids.push(world.idp.post("/Users", &body).await.expect(201).id());
    }
    let refusal = world.set("off", "title").await.unwrap_err();
    assert_eq!(refusal, "This would remove what is stored: title of 2 users. Confirm it to go on.");
    assert_eq!(world.idp.get(&format!("/Users/{}", ids[0])).await.body["title"], "Lead");
    let before = world.idp.get(&format!("/Users/{}", ids[1])).await.body["meta"]["version"].clone();
    world.set_up("off", "title", true).await.expect("a setting");
    let shown = world.idp.get(&format!("/Users/{}", ids[0])).await.body;
    assert_eq!((shown.get("title"), &shown["nickName"]), (None, &json!("x")));
    assert_eq!(world.idp.get(&format!("/Users/{}", ids[1])).await.body["meta"]["version"], before);
    world.is_sound();
    // Nothing of it comes back with the attribute.
    world.set("off", "").await.expect("a setting");
    assert_eq!(world.idp.get(&format!("/Users/{}", ids[0])).await.body.get("title"), None);
    world.is_sound();
}

#[tokio::test]
async fn with_groups_off_what_they_gave_ends() {
    let world = World::begin().await;
    let ana = world.idp.create_user("ana").await;
    let inner = world.idp.create_group("Inner", &[&ana]).await;
    world.idp.create_group("Outer", &[&inner]).await;
    let refusal = world.set("groups", "false").await.unwrap_err();
    assert!(refusal.contains("2 groups with the memberships they give"), "{refusal}");
    world.set_up("groups", "false", true).await.expect("a setting");
    assert_eq!((world.held_by(&ana), world.names()), (vec![DEFAULT.to_owned()], vec!["Acme".to_owned()]));
    world.is_sound();
    world.set("groups", "true").await.expect("a setting");
    assert_eq!(world.idp.get("/Groups").await.body["totalResults"], 0);
    world.is_sound();
}

/// What a preview says is what happens, whatever is proposed.
#[tokio::test]
async fn a_preview_says_what_then_happens() {
    let world = World::begin().await;
    world.make("Engineering", None).await;
    let (ana, bo) = (world.idp.create_user("ana").await, world.idp.create_user("bo").await);
    world.idp.create_user("cy").await;
    world.idp.create_group("aiq-Sales-admin", &[&ana, &bo]).await;
    world.idp.create_group("Developers", &[&bo]).await;
    let proposal = preview::Proposal::NewMapping(mappings::Wanted {
        group: "Developers".into(),
        organization: Some("Engineering".into()),
        role: Some("Manager".into()),
        ..mappings::Wanted::default()
    });
    let last = world.tenant().last_event;
    let said = world.preview(proposal).await;
    assert_eq!(said.summary, "1 person gains, 1 loses, 0 unchanged");
    assert_eq!(
        said.told(),
        ["bo.acme: + Manager of Engineering", "bo.acme: - Member of Developers"]
            .map(|line| line.replace(".acme", ""))
    );
    assert_eq!(world.tenant().last_event, last, "a preview changes nothing");
    world.map("Developers", "Engineering", "Manager", false).await;
    assert_eq!(
        world.held_by(&bo),
        [DEFAULT, "Engineering: Manager (Developers)", "aiq-Sales-admin: Member (aiq-Sales-admin)"]
    );

    let expression = Some("^aiq-(?<org>.+)-(?<role>admin|member)$".to_owned());
    let wanted = rules::Wanted { expression, ..rules::Wanted::default() };
    let said = world.preview(preview::Proposal::NewRule(RuleKind::Naming, wanted)).await;
    assert_eq!(said.summary, "2 people gain, 2 lose, 1 unchanged");
    assert_eq!(said.organizations.into_iter().collect::<Vec<_>>(), ["Sales"]);
    let changes = vec![("mapping-default".to_owned(), "hand".to_owned())];
    let said = world.preview(preview::Proposal::Settings(changes)).await;
    assert_eq!(said.summary, "0 people gain, 2 lose, 1 unchanged");
}

impl World {
    async fn preview(&self, proposal: preview::Proposal) -> preview::Preview {
        let connection = self.idp.connection.clone();
        let made = self.server.store().read_long(move |tx| preview::of(tx, &connection, &proposal)).await;
        made.expect("a preview")
    }
}

trait Told {
    fn told(&self) -> Vec<String>;
}

impl Told for preview::Preview {
    fn told(&self) -> Vec<String> {
        let line = |person: &preview::Person, sign: char, grant: &preview::Grant| {
            format!("{}: {sign} {} of {}", person.user_name, grant.role.name, grant.organization.name)
        };
        let of = |person: &preview::Person| {
            let gains = person.gains.iter().map(|grant| line(person, '+', grant)).collect::<Vec<_>>();
            gains
                .into_iter()
                .chain(person.loses.iter().map(|grant| line(person, '-', grant)))
                .collect::<Vec<_>>()
        };
        self.people.iter().flat_map(of).collect()
    }
}

/// Direct members, those of an organization above that passes its role down, and nobody else; page by page.
#[tokio::test]
async fn who_has_access_to_an_organization_is_told_with_the_reasons() {
    let world = World::begin().await;
    world.make("Engineering", None).await;
    world.make("Platform", Some("Engineering")).await;
    let ids = [
        world.idp.create_user("ana").await,
        world.idp.create_user("bo").await,
        world.idp.create_user("cy").await,
    ];
    world.idp.create_group("Everybody", &[&ids[2]]).await;
    world.idp.create_group("eng-admins", &[&ids[0], &ids[1]]).await;
    world.map("eng-admins", "Engineering", "Admin", true).await;
    world.idp.create_group("platform", &[&ids[1]]).await;
    let ana = world.person(&ids[0]);
    world.give(&ana, "Viewer", Some("Engineering")).await;
    let tenant = world.tenant_id();
    let platform = world.organization("Platform");
    let page = |after: &str, limit| {
        let found =
            world.server.store().read(|tx| access::of_organization(tx, tenant, &platform, after, limit));
        found.expect("access")
    };
    let told = |found: &access::OrganizationAccess| -> Vec<String> {
        let line = |holder: &access::Holder| {
            let roles = holder.entries.iter().map(|entry| {
                let from = entry.inherited_from.as_ref().map_or("here", |above| above.name.as_str());
                format!(
                    "{} ({from}, {})",
                    entry.role.name,
                    if entry.effective { "effective" } else { "weaker" }
                )
            });
            format!("{}: {}", holder.user_name, roles.collect::<Vec<_>>().join(", "))
        };
        found.people.iter().map(line).collect()
    };
    let all = page("", 10);
    assert_eq!(
        told(&all),
        ["ana: Admin (Engineering, effective)", "bo: Admin (Engineering, effective), Member (here, weaker)"]
    );
    assert_eq!(all.next, None);
    let because: Vec<String> =
        all.people[0].entries[0].because.iter().map(access::Because::sentence).collect();
    assert!(because[0].starts_with("group \"eng-admins\" of Okta (mapped by hand), since "), "{because:?}");
    assert!(
        because[1].starts_with("by request ") && because[1].ends_with(", token \"first\""),
        "{because:?}"
    );
    let first = page("", 1);
    assert_eq!(told(&first), ["ana: Admin (Engineering, effective)"]);
    let second = page(&first.next.expect("another page"), 1);
    assert_eq!((told(&second).len(), second.next), (1, None));
}

#[tokio::test]
async fn access_says_who_gave_a_role_and_which_request_sent_what_a_rule_speaks_of() {
    let world = World::begin().await;
    world.attribute("title eq \"Lead\"", "Acme", "Manager").await.expect("a rule");
    let id = world.idp.post("/Users", &with("ana", json!({ "title": "Lead" }))).await.expect(201).id();
    let ana = world.person(&id);
    world.give(&ana, "Viewer", None).await;
    let shown = world.server.store().read(|tx| access::of_user(tx, world.tenant_id(), &ana)).expect("access");
    let told = |role: &str| -> Vec<String> {
        let entry = shown.entries.iter().find(|entry| entry.role.name == role).expect("an entry");
        entry.because.iter().map(access::Because::sentence).collect()
    };
    assert!(told("Viewer")[0].starts_with("given by hand by test, since "), "{:?}", told("Viewer"));
    let rule = told("Manager");
    assert!(rule[0].starts_with("rule \"title eq \"Lead\"\" of Okta over attributes, since "), "{rule:?}");
    assert!(rule[1].starts_with("by request ") && rule[1].ends_with(", token \"first\""), "{rule:?}");
}

/// Everybody gets this role at Staff.
fn everybody(role: &str) -> tenants::Wanted {
    tenants::Wanted { organization: Some("Staff".into()), role: Some(role.into()), ..Default::default() }
}
