//! Whatever a provider and an administrator do, in whatever order: what was derived step by step is what deriving
//! everything anew gives, and a preview said beforehand what then happened.

#[expect(dead_code, reason = "each file of stories uses its part")]
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use provisioning::people;
use provisioning::policy::Policy;
use provisioning::{domains, hand, jobs, lock, mappings, organizations, ownership, preview, rules, setup};
use scim::Provider;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::mappings::Mapping;
use store::rules::RuleKind;
use store::{memberships, mirror_groups, mirror_users};
use testkit::{Client, operator};
use world::{World, with};

/// One of several things there are.
#[derive(Clone, Copy, Debug)]
struct Index(u8);

impl Index {
    fn of<T>(self, several: &[T]) -> Option<&T> {
        several.get(usize::from(self.0).checked_rem(several.len())?)
    }
}

#[derive(Clone, Debug)]
enum Step {
    CreateUser {
        department: Index,
    },
    SetActive(Index, bool),
    Move {
        user: Index,
        department: Index,
    },
    DeleteUser(Index),
    CreateGroup {
        name: Index,
        members: Vec<Index>,
    },
    Rename {
        group: Index,
        name: Index,
    },
    Add {
        group: Index,
        member: Index,
    },
    Nest {
        group: Index,
        inner: Index,
    },
    Remove {
        group: Index,
        member: Index,
    },
    DeleteGroup(Index),
    Map {
        group: Index,
        organization: Index,
        role: Index,
        inherit: bool,
        paused: bool,
    },
    MapToNothing(Index),
    Pause(Index, bool),
    Unmap(Index),
    Naming(Index),
    Attribute {
        department: Index,
        organization: Index,
    },
    PauseRule(Index, bool),
    EndRule(Index),
    Default(Index),
    Role(Index),
    Lock(Index, bool),
    /// One step of a job that is under way.
    Work,
    /// From now on the other connection of the tenant does what is done.
    Turn,
    /// Sends somebody who is in the directory, whoever owns the person.
    Send(Index),
    OtherConnections(Index),
    ExistingUsers(bool),
    ByHand,
    GiveToHand(Index),
}

const NAMES: [&str; 8] = [
    "Sales",
    "aiq-Sales-admin",
    "aiq-Sales-member",
    "aiq-Legal-viewer",
    "aiq-Legal-owner",
    "team Legal",
    "Legal",
    "Straße 9",
];
const DEPARTMENTS: [&str; 3] = ["Sales", "Legal", "Ops"];
const ORGANIZATIONS: [&str; 3] = ["acme", "Ops", "Field"];
const ROLES: [&str; 4] = ["Admin", "Manager", "Member", "Viewer"];
const PATTERNS: [&str; 3] =
    ["^aiq-(?<org>.+)-(?<role>[a-z]+)$", "(?i)^team (?<org>.+)$", "^(?<org>Sales|Legal)$"];
const DEFAULTS: [&str; 3] = ["create", "match", "hand"];
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn step() -> impl Strategy<Value = Step> {
    let index = || any::<u8>().prop_map(Index);
    prop_oneof![
        3 => index().prop_map(|department| Step::CreateUser { department }),
        1 => (index(), any::<bool>()).prop_map(|(user, active)| Step::SetActive(user, active)),
        2 => (index(), index()).prop_map(|(user, department)| Step::Move { user, department }),
        1 => index().prop_map(Step::DeleteUser),
        3 => (index(), prop::collection::vec(index(), 0..4)).prop_map(|(name, members)| Step::CreateGroup { name, members }),
        2 => (index(), index()).prop_map(|(group, name)| Step::Rename { group, name }),
        4 => (index(), index()).prop_map(|(group, member)| Step::Add { group, member }),
        2 => (index(), index()).prop_map(|(group, inner)| Step::Nest { group, inner }),
        2 => (index(), index()).prop_map(|(group, member)| Step::Remove { group, member }),
        1 => index().prop_map(Step::DeleteGroup),
        3 => (index(), index(), index(), any::<bool>(), any::<bool>())
            .prop_map(|(group, organization, role, inherit, paused)| Step::Map { group, organization, role, inherit, paused }),
        1 => index().prop_map(Step::MapToNothing),
        2 => (index(), any::<bool>()).prop_map(|(mapping, paused)| Step::Pause(mapping, paused)),
        1 => index().prop_map(Step::Unmap),
        2 => index().prop_map(Step::Naming),
        2 => (index(), index()).prop_map(|(department, organization)| Step::Attribute { department, organization }),
        1 => (index(), any::<bool>()).prop_map(|(rule, paused)| Step::PauseRule(rule, paused)),
        1 => index().prop_map(Step::EndRule),
        2 => index().prop_map(Step::Default),
        1 => index().prop_map(Step::Role),
        1 => (index(), any::<bool>()).prop_map(|(user, locked)| Step::Lock(user, locked)),
        1 => Just(Step::Work),
    ]
}

/// Steps of two connections that send the same people.
fn step_of_two() -> impl Strategy<Value = Step> {
    let index = || any::<u8>().prop_map(Index);
    prop_oneof![
        2 => index().prop_map(|department| Step::CreateUser { department }),
        6 => index().prop_map(Step::Send),
        6 => Just(Step::Turn),
        4 => (index(), any::<bool>()).prop_map(|(user, active)| Step::SetActive(user, active)),
        1 => (index(), index()).prop_map(|(user, department)| Step::Move { user, department }),
        1 => index().prop_map(Step::DeleteUser),
        2 => (index(), prop::collection::vec(index(), 0..4)).prop_map(|(name, members)| Step::CreateGroup { name, members }),
        4 => (index(), index()).prop_map(|(group, member)| Step::Add { group, member }),
        1 => (index(), index()).prop_map(|(group, member)| Step::Remove { group, member }),
        1 => (index(), index()).prop_map(|(department, organization)| Step::Attribute { department, organization }),
        1 => (index(), any::<bool>()).prop_map(|(user, locked)| Step::Lock(user, locked)),
        2 => index().prop_map(Step::OtherConnections),
        1 => any::<bool>().prop_map(Step::ExistingUsers),
        1 => Just(Step::ByHand),
        1 => index().prop_map(Step::GiveToHand),
        1 => Just(Step::Work),
    ]
}

struct History {
    /// With the connection whose turn it is.
    world: World,
    other: Client,
    users: usize,
}

impl History {
    async fn begin(choice: &str) -> Self {
        let world = World::begin().await;
        for name in ["Ops", "Field"] {
            let wanted = organizations::Wanted { name: Some(name.into()), ..Default::default() };
            let (who, tenant) = (operator(), world.tenant());
            let made = organizations::create(world.server.store(), &who, &tenant, wanted);
            made.await.expect("an organization");
        }
        let (store, who, tenant) = (world.server.store(), operator(), world.tenant());
        domains::add(store, &who, &tenant, "example.com").await.expect("a domain");
        domains::attest(store, &who, &tenant, "example.com", "a test").await.expect("an attestation");
        let other = world.server.connect("Acme", Provider::Entra).await;
        let mut history = Self { world, other, users: 0 };
        for _ in 0..2 {
            history.set("other-connections", choice).await;
            history.take(&Step::Turn).await;
        }
        history
    }

    fn user_ids(&self) -> Vec<String> {
        let scope = self.world.idp.connection.scope;
        self.world.server.store().read(|tx| mirror_users::all_ids(tx, scope)).expect("users")
    }

    fn group_ids(&self) -> Vec<String> {
        let scope = self.world.idp.connection.scope;
        self.world.server.store().read(|tx| mirror_groups::all_ids(tx, scope)).expect("groups")
    }

    fn mappings(&self) -> Vec<Mapping> {
        let scope = self.world.idp.connection.scope;
        self.world.server.store().read(|tx| store::mappings::page(tx, scope, "", 1000)).expect("mappings")
    }

    fn rules(&self) -> Vec<String> {
        let scope = self.world.idp.connection.scope;
        let found =
            self.world.server.store().read(|tx| store::rules::of_connection(tx, scope)).expect("rules");
        found.into_iter().map(|rule| rule.id).collect()
    }

    /// What the directory holds: user, organization, role, reason, inherit.
    fn held(&self) -> BTreeSet<String> {
        let (store, tenant) = (self.world.server.store(), self.world.tenant_id());
        let mut held = BTreeSet::new();
        for user in self.world.users() {
            let rows = store.read(|tx| memberships::of_user(tx, tenant, &user.id)).expect("memberships");
            held.extend(rows.into_iter().map(|row| {
                format!("{} {} {} {:?} {}", row.user, row.organization, row.role, row.reason, row.inherit)
            }));
        }
        held
    }

    async fn patch(&self, path: String, operation: Value) {
        self.world.idp.operate(&path, json!([operation])).await;
    }

    async fn take(&mut self, step: &Step) {
        let (users, groups) = (self.user_ids(), self.group_ids());
        match step {
            Step::CreateUser { department } => {
                self.users += 1;
                let department = department.of(&DEPARTMENTS).expect("a department");
                let body =
                    with(&format!("user{}", self.users), json!({ ENTERPRISE: { "department": department } }));
                self.world.idp.post("/Users", &body).await.expect(201);
            }
            Step::SetActive(user, active) => {
                if let Some(user) = user.of(&users) {
                    self.world.set_active(user, *active).await;
                }
            }
            Step::Move { user, department } => {
                if let (Some(user), Some(department)) = (user.of(&users), department.of(&DEPARTMENTS)) {
                    let path = format!("{ENTERPRISE}:department");
                    let operation = json!({ "op": "replace", "path": path, "value": department });
                    self.patch(format!("/Users/{user}"), operation).await;
                }
            }
            Step::DeleteUser(user) => {
                if let Some(user) = user.of(&users) {
                    self.world.idp.delete(&format!("/Users/{user}")).await.expect(204);
                }
            }
            Step::CreateGroup { name, members } => {
                let members: Vec<Value> = members
                    .iter()
                    .filter_map(|member| member.of(&users))
                    .map(|id| json!({ "value": id }))
                    .collect();
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                    "displayName": name.of(&NAMES), "members": members,
                });
                // A name that is taken is refused, and changes nothing.
                self.world.idp.post("/Groups", &body).await;
            }
            Step::Rename { group, name } => {
                if let Some(group) = group.of(&groups) {
                    let operation =
                        json!({ "op": "replace", "path": "displayName", "value": name.of(&NAMES) });
                    self.patch(format!("/Groups/{group}"), operation).await;
                }
            }
            Step::Add { group, member } => self.add(group.of(&groups), member.of(&users)).await,
            Step::Nest { group, inner } => self.add(group.of(&groups), inner.of(&groups)).await,
            Step::Remove { group, member } => {
                if let (Some(group), Some(member)) = (group.of(&groups), member.of(&users)) {
                    let path = format!("members[value eq \"{member}\"]");
                    self.patch(format!("/Groups/{group}"), json!({ "op": "remove", "path": path })).await;
                }
            }
            Step::DeleteGroup(group) => {
                if let Some(group) = group.of(&groups) {
                    self.world.idp.delete(&format!("/Groups/{group}")).await.expect(204);
                }
            }
            Step::Lock(user, locked) => {
                if let Some(user) = user.of(&self.world.users()) {
                    let (store, tenant) = (self.world.server.store(), self.world.tenant());
                    let done = if *locked {
                        lock::lock(store, &operator(), &tenant, &user.id, None).await
                    } else {
                        lock::unlock(store, &operator(), &tenant, &user.id, None).await
                    };
                    done.expect("nobody is an Owner");
                }
            }
            Step::Work => {
                let open = self.world.server.store().read(store::jobs::open).expect("jobs");
                if let Some(job) = open.first() {
                    jobs::step(self.world.server.store(), job.scope.tenant, &job.id).await.expect("a step");
                }
            }
            Step::Turn
            | Step::Send(_)
            | Step::OtherConnections(_)
            | Step::ExistingUsers(_)
            | Step::ByHand
            | Step::GiveToHand(_) => self.meet(step).await,
            _ => self.decide(step, &groups).await,
        }
    }

    /// What concerns whose user somebody is.
    async fn meet(&mut self, step: &Step) {
        match step {
            Step::Turn => std::mem::swap(&mut self.world.idp, &mut self.other),
            Step::Send(user) => {
                if let Some(user) = user.of(&self.world.users()) {
                    let reply = self.world.idp.post("/Users", &with(&user.user_name, json!({}))).await;
                    assert!(matches!(reply.code(), 201 | 409), "{}", reply.text);
                }
            }
            Step::OtherConnections(choice) => {
                let choice = choice.of(&["reject", "take-over", "share"]).expect("a choice");
                self.set("other-connections", choice).await;
            }
            Step::ExistingUsers(link) => {
                self.set("existing-users", if *link { "link" } else { "reject" }).await;
            }
            Step::ByHand => {
                self.users += 1;
                let user_name = Some(format!("user{}", self.users));
                let (who, tenant) = (operator(), self.world.tenant());
                let wanted = hand::Wanted { user_name, ..hand::Wanted::default() };
                hand::create(self.world.server.store(), &who, &tenant, wanted).await.expect("a user");
            }
            Step::GiveToHand(user) => {
                if let Some(user) = user.of(&self.world.users()) {
                    self.give_to_hand(user.id.clone()).await;
                }
            }
            _ => {}
        }
    }

    async fn set(&self, key: &str, value: &str) {
        let wanted = setup::Wanted::of(&[(key.to_owned(), value.to_owned())]);
        let (store, id) = (self.world.server.store(), &self.world.idp.connection.id);
        setup::set(store, &operator(), id, wanted).await.expect("a setting");
    }

    /// Nothing changes for somebody whom the connection gives to people's hands.
    async fn give_to_hand(&self, id: String) {
        let scope = self.world.idp.connection.scope;
        let has = |world: &World| world.effective(&world.user(&id));
        let before = has(&self.world);
        let who = id.clone();
        people::act(self.world.server.store(), &operator(), scope.tenant, move |act| {
            let user = store::users::by_id(act.tx, scope.tenant, &who)?.expect("a user");
            // One who is known from before alone stays that.
            if user.linked {
                let policy = Policy::default();
                ownership::give_to_hand(&mut act.work(scope, &policy), &user)?;
            }
            Ok(())
        })
        .await
        .expect("a user by hand");
        assert_eq!(has(&self.world), before);
    }

    async fn add(&self, group: Option<&String>, member: Option<&String>) {
        if let (Some(group), Some(member)) = (group, member) {
            let operation = json!({ "op": "add", "path": "members", "value": [{ "value": member }] });
            self.patch(format!("/Groups/{group}"), operation).await;
        }
    }

    /// What an administrator decides, and what was foretold of it.
    async fn decide(&self, step: &Step, groups: &[String]) {
        let Some(proposal) = self.proposal(step, groups) else { return };
        let connection = self.world.idp.connection.clone();
        let (store, considered) = (self.world.server.store(), proposal.clone());
        let foretold = store.read_long(move |tx| preview::of(tx, &connection, &considered)).await;
        let before = self.held();
        let done = self.carry_out(proposal).await;
        let after = self.held();
        match (foretold, done) {
            (Ok(foretold), Ok(())) => {
                let gained: BTreeSet<&str> = after.difference(&before).map(|row| user_of(row)).collect();
                let lost: BTreeSet<&str> = before.difference(&after).map(|row| user_of(row)).collect();
                let says = |change: fn(&preview::Person) -> &Vec<preview::Grant>| -> BTreeSet<&str> {
                    let people = foretold.people.iter().filter(|person| !change(person).is_empty());
                    people.map(|person| person.user.as_str()).collect()
                };
                // A role that is passed down from now on, or not any more, is told as gained alone.
                let loses = says(|person| &person.loses);
                assert_eq!(says(|person| &person.gains), gained, "{step:?}: who gains");
                assert!(
                    loses.is_subset(&lost) && lost.is_subset(&loses.union(&gained).copied().collect()),
                    "{step:?}: who loses"
                );
            }
            (Err(foretold), Err(done)) => assert_eq!(foretold.to_string(), done, "{step:?}"),
            // Only saving finds a mapping that is there already.
            (Ok(_), Err(done)) => {
                assert!(done.contains("already"), "{step:?}: {done}");
                assert_eq!(before, after);
            }
            (Err(foretold), Ok(())) => panic!("{step:?}: foretold {foretold}, and it was done"),
        }
    }

    fn proposal(&self, step: &Step, groups: &[String]) -> Option<preview::Proposal> {
        use preview::Proposal as P;
        Some(match step {
            Step::Map { group, organization, role, inherit, paused } => P::NewMapping(mappings::Wanted {
                group: group.of(groups)?.clone(),
                organization: organization.of(&ORGANIZATIONS).map(|name| (*name).to_owned()),
                role: role.of(&ROLES).map(|name| (*name).to_owned()),
                inherit: *inherit,
                paused: *paused,
            }),
            Step::MapToNothing(group) => P::NewMapping(mappings::Wanted {
                group: group.of(groups)?.clone(),
                ..mappings::Wanted::default()
            }),
            Step::Pause(mapping, paused) => {
                let change = mappings::Change { paused: Some(*paused), ..mappings::Change::default() };
                P::Mapping(mapping.of(&self.mappings())?.id.clone(), change)
            }
            Step::Unmap(mapping) => {
                let mut by_hand = self.mappings();
                by_hand.retain(|mapping| mapping.origin == store::mappings::Origin::Hand);
                P::MappingEnd(mapping.of(&by_hand)?.id.clone())
            }
            Step::Naming(pattern) => {
                let expression = pattern.of(&PATTERNS).map(|pattern| (*pattern).to_owned());
                P::NewRule(RuleKind::Naming, rules::Wanted { expression, ..rules::Wanted::default() })
            }
            Step::Attribute { department, organization } => P::NewRule(
                RuleKind::Attribute,
                rules::Wanted {
                    expression: Some(format!(
                        "{ENTERPRISE}:department eq \"{}\"",
                        department.of(&DEPARTMENTS)?
                    )),
                    organization: organization.of(&ORGANIZATIONS).map(|name| (*name).to_owned()),
                    role: Some("Viewer".into()),
                    ..rules::Wanted::default()
                },
            ),
            Step::PauseRule(rule, paused) => {
                let wanted = rules::Wanted { paused: Some(*paused), ..rules::Wanted::default() };
                P::Rule(rule.of(&self.rules())?.clone(), wanted)
            }
            Step::EndRule(rule) => P::RuleEnd(rule.of(&self.rules())?.clone()),
            Step::Default(choice) => {
                P::Settings(vec![("mapping-default".into(), (*choice.of(&DEFAULTS)?).to_owned())])
            }
            Step::Role(role) => P::Settings(vec![("mapping-role".into(), (*role.of(&ROLES)?).to_owned())]),
            _ => return None,
        })
    }

    async fn carry_out(&self, proposal: preview::Proposal) -> Result<(), String> {
        use preview::Proposal as P;
        let (store, who) = (self.world.server.store(), operator());
        let id = &self.world.idp.connection.id;
        let done = match proposal {
            P::NewMapping(wanted) => mappings::create(store, &who, id, wanted).await.map(|_| ()),
            P::Mapping(mapping, change) => {
                mappings::change(store, &who, id, &mapping, None, change).await.map(|_| ())
            }
            P::MappingEnd(mapping) => mappings::delete(store, &who, id, &mapping, None).await.map(|_| ()),
            P::NewRule(kind, wanted) => rules::create(store, &who, id, kind, wanted).await.map(|_| ()),
            P::Rule(rule, wanted) => rules::change(store, &who, id, &rule, None, wanted).await.map(|_| ()),
            P::RuleEnd(rule) => rules::delete(store, &who, id, &rule, None).await.map(|_| ()),
            P::Settings(changes) => {
                let wanted = setup::Wanted { changes, version: None, confirmed: true };
                setup::set(store, &who, id, wanted).await.map(|_| ())
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// Derives everything anew, and finds nothing to do.
    async fn derive_anew(&self) {
        let store = self.world.server.store();
        let before = (self.held(), self.mappings());
        let last = self.world.tenant().last_event;
        for connection in [&self.world.idp.connection.id, &self.other.connection.id] {
            jobs::rederive(store, &operator(), connection).await.expect("a job");
        }
        jobs::run_open(store, |_| ()).await.expect("all of it");
        assert_eq!((self.held(), self.mappings()), before, "deriving everything anew changed something");
        let (kinds, _) = self.world.events(last);
        assert_eq!(kinds, ["connection.rederived"; 2], "that it was asked for, and nothing that it did");
    }
}

fn user_of(row: &str) -> &str {
    row.split(' ').next().unwrap_or_default()
}

#[test]
fn deriving_step_by_step_and_deriving_everything_anew_give_the_same() {
    hold_over_histories_of(step(), "reject");
}

/// Whoever owns the people, and whatever they follow.
#[test]
fn the_same_holds_of_two_connections_that_send_the_same_people() {
    hold_over_histories_of(step_of_two(), "share");
}

/// Lives random histories, which begin with this choice for people of other connections.
fn hold_over_histories_of(step: impl Strategy<Value = Step>, choice: &str) {
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let histories = prop::collection::vec(step, 20..=60);
    let outcome = runner.run(&histories, |steps| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut history = History::begin(choice).await;
            for step in &steps {
                history.take(step).await;
                history.world.is_sound();
            }
            history.derive_anew().await;
            history.world.is_sound();
        });
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
