//! Any sequence of operations against a plain model of what each operation does: the same statuses, the same mirror,
//! the same organizations and memberships after every step, and nothing for `doctor` to find.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use provisioning::people::{self, Hand};
use scim::Provider;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::memberships::{self, Reason};
use store::users::Status;
use store::{TenantId, mirror_users, organizations, roles, users};
use testkit::{Client, Reply, Server, operator, user};

const TENANT: &str = "Acme";
const USER_NAMES: &[&str] = &["ana", "Ana", "bo@example.com", "cleo", "ÄNNE", "änne"];
const EXTERNAL_IDS: &[Option<&str>] = &[None, None, Some("e1"), Some("e2")];
/// Names that meet: by letter case, by slug, by the name of the tenant's root, and without any letter for a slug.
const GROUP_NAMES: &[&str] = &["Sales", "SALES", "R&D", "R-D", "r d", "acme", "!!!", "???", "organization"];
const ROLES: &[&str] = &["Owner", "Owner", "Viewer"];

/// Which of several; counted round and round.
#[derive(Clone, Copy, Debug)]
struct Index(u8);

impl Index {
    fn get<T>(self, several: &[T]) -> &T {
        &several[usize::from(self.0) % several.len()]
    }
}

/// One step. An [`Index`] chooses among all the ids there ever were, those that are gone included.
#[derive(Clone, Debug)]
enum Step {
    CreateUser { name: &'static str, external: Option<&'static str>, active: Option<bool> },
    PutUser { who: Index, name: &'static str, external: Option<&'static str>, active: Option<bool> },
    Activate { who: Index, active: bool },
    DeleteUser { who: Index },
    CreateGroup { name: &'static str, members: Vec<Index> },
    PutGroup { which: Index, name: &'static str, members: Vec<Index> },
    Rename { which: Index, name: &'static str },
    Add { which: Index, members: Vec<Index> },
    Remove { which: Index, member: Index, by_path: bool },
    Clear { which: Index },
    DeleteGroup { which: Index },
    Give { who: Index, role: &'static str, at: Index },
    Take { who: Index, role: &'static str, at: Index },
}

fn step() -> impl Strategy<Value = Step> {
    let name = || select(USER_NAMES);
    let external = || select(EXTERNAL_IDS);
    let active = || select(&[None, Some(true), Some(true), Some(false)][..]);
    let group = || select(GROUP_NAMES);
    let one = || (0_u8..60).prop_map(Index);
    let several = || proptest::collection::vec(one(), 0..4);
    let role = || select(ROLES);
    prop_oneof![
        8 => (name(), external(), active()).prop_map(|(name, external, active)| Step::CreateUser { name, external, active }),
        3 => (one(), name(), external(), active())
            .prop_map(|(who, name, external, active)| Step::PutUser { who, name, external, active }),
        6 => (one(), any::<bool>()).prop_map(|(who, active)| Step::Activate { who, active }),
        3 => one().prop_map(|who| Step::DeleteUser { who }),
        5 => (group(), several()).prop_map(|(name, members)| Step::CreateGroup { name, members }),
        2 => (one(), group(), several()).prop_map(|(which, name, members)| Step::PutGroup { which, name, members }),
        3 => (one(), group()).prop_map(|(which, name)| Step::Rename { which, name }),
        6 => (one(), several()).prop_map(|(which, members)| Step::Add { which, members }),
        4 => (one(), one(), any::<bool>()).prop_map(|(which, member, by_path)| Step::Remove { which, member, by_path }),
        1 => one().prop_map(|which| Step::Clear { which }),
        3 => one().prop_map(|which| Step::DeleteGroup { which }),
        4 => (one(), role(), one()).prop_map(|(who, role, at)| Step::Give { who, role, at }),
        2 => (one(), role(), one()).prop_map(|(who, role, at)| Step::Take { who, role, at }),
    ]
}

/// A SCIM User as its provider knows it.
#[derive(Clone, Debug)]
struct Resource {
    person: String,
    name: String,
    external: Option<String>,
    active: bool,
    changed: usize,
}

/// A user of the directory.
#[derive(Clone, Debug, Default)]
struct Person {
    /// Name and externalId at the time the resource went, and when; `None` while there is a resource.
    former: Option<(String, Option<String>, usize)>,
    /// Role and organization.
    by_hand: BTreeSet<(String, String)>,
}

#[derive(Clone, Debug)]
struct Group {
    name: String,
    members: BTreeSet<String>,
    organization: String,
    made: bool,
}

#[derive(Clone, Debug)]
struct Organization {
    id: String,
    name: String,
    slug: String,
    archived: bool,
}

/// What the service should hold. Ids are those the service gave.
#[derive(Clone, Debug, Default)]
struct Model {
    now: usize,
    resources: BTreeMap<String, Resource>,
    persons: BTreeMap<String, Person>,
    groups: BTreeMap<String, Group>,
    /// The root first, then in the order of their making.
    organizations: Vec<Organization>,
    /// Every id there ever was.
    user_ids: Vec<String>,
    group_ids: Vec<String>,
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn slug(name: &str) -> String {
    let name = folded(name);
    let words: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "organization".to_owned() } else { words.join("-") }
}

impl Model {
    fn holder(&self, name: &str) -> Option<String> {
        let same = |(_, resource): &(&String, &Resource)| folded(&resource.name) == folded(name);
        self.resources.iter().find(same).map(|(id, _)| id.clone())
    }

    /// The inactive resource that a create brings back, or the conflict.
    fn known(&self, name: &str, external: Option<&str>) -> Result<Option<String>, u16> {
        if let Some(id) = self.holder(name) {
            let there = &self.resources[&id];
            let contradicts = matches!((&there.external, external), (Some(old), Some(new)) if old != new);
            return if there.active || contradicts { Err(409) } else { Ok(Some(id)) };
        }
        let carriers = self.carriers(external);
        Ok(carriers
            .first()
            .filter(|(_, there)| carriers.len() == 1 && !there.active)
            .map(|(id, _)| (*id).clone()))
    }

    /// The resources of an externalId.
    fn carriers(&self, external: Option<&str>) -> Vec<(&String, &Resource)> {
        let same =
            |(_, there): &(&String, &Resource)| external.is_some() && there.external.as_deref() == external;
        self.resources.iter().filter(same).collect()
    }

    /// The person of a deleted resource whom a create means.
    fn former(&self, name: &str, external: Option<&str>) -> Option<String> {
        let former = || self.persons.iter().filter_map(|(id, person)| Some((id, person.former.as_ref()?)));
        let by_external: Vec<_> = former()
            .filter(|(_, (_, theirs, _))| external.is_some() && theirs.as_deref() == external)
            .collect();
        // What several carry, or carried, tells of nobody.
        if let ([(id, _)], []) = (&by_external[..], &self.carriers(external)[..]) {
            return Some((*id).clone());
        }
        let by_name = former()
            .filter(|(_, (theirs, id, _))| folded(theirs) == folded(name) && id.as_deref() == external);
        by_name.max_by_key(|(_, former)| former.2).map(|(id, _)| id.clone())
    }

    fn is_active(&self, person: &str) -> bool {
        self.resources.values().any(|resource| resource.person == person && resource.active)
    }

    /// Whether a person is an Owner of the tenant: of its root, by hand.
    fn is_owner(&self, person: &str) -> bool {
        let root = &self.organizations[0].id;
        self.persons[person].by_hand.iter().any(|(role, at)| role == "Owner" && at == root)
    }

    fn is_last_owner(&self, person: &str) -> bool {
        let other = |id: &&String| *id != person && self.is_owner(id) && self.is_active(id);
        self.is_active(person) && self.is_owner(person) && self.persons.keys().find(other).is_none()
    }

    fn change(&mut self, id: &str, name: &str, external: Option<&str>, active: bool) -> Result<(), u16> {
        let before = self.resources[id].clone();
        let after = Resource {
            person: before.person.clone(),
            name: name.to_owned(),
            external: external.map(str::to_owned),
            active,
            changed: before.changed,
        };
        if self.holder(name).is_some_and(|holder| holder != id) {
            return Err(409);
        }
        if before.active && !active && self.is_last_owner(&before.person) {
            return Err(403);
        }
        let same =
            (&before.name, &before.external, before.active) == (&after.name, &after.external, after.active);
        let changed = if same { before.changed } else { self.now };
        self.resources.insert(id.to_owned(), Resource { changed, ..after });
        Ok(())
    }

    /// Every group that holds a resource, through groups within groups.
    fn holding(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        loop {
            let more: Vec<String> = self
                .groups
                .iter()
                .filter(|(_, group)| group.members.contains(id) || !group.members.is_disjoint(&found))
                .map(|(id, _)| id.clone())
                .filter(|id| !found.contains(id))
                .collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }

    /// Memberships as (organization, role, reason).
    fn memberships(&self, person: &str) -> BTreeSet<(String, String, String)> {
        let root = self.organizations[0].id.clone();
        let mut found = BTreeSet::from([(root, "Member".to_owned(), "default".to_owned())]);
        for (role, organization) in &self.persons[person].by_hand {
            found.insert((organization.clone(), role.clone(), "hand".to_owned()));
        }
        for (id, _) in self.resources.iter().filter(|(_, resource)| resource.person == person) {
            for group in self.holding(id) {
                let organization = self.groups[&group].organization.clone();
                found.insert((organization, "Member".to_owned(), format!("group {group}")));
            }
        }
        found
    }

    fn name_is_taken(&self, name: &str, but: Option<&str>) -> bool {
        self.groups.iter().any(|(id, group)| Some(id.as_str()) != but && folded(&group.name) == folded(name))
    }

    fn living(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.iter().filter(|organization| !organization.archived)
    }

    fn found(&self, name: &str) -> Option<String> {
        let by_name = self.living().find(|organization| folded(&organization.name) == folded(name));
        let by_slug = || self.living().find(|organization| organization.slug == folded(name));
        by_name.or_else(by_slug).map(|organization| organization.id.clone())
    }

    fn free_slug(&self, name: &str, own: Option<&str>) -> String {
        let is_free = |candidate: &String| {
            self.living().all(|holder| holder.slug != *candidate || Some(holder.id.as_str()) == own)
        };
        let numbered = (2..).map(|number| format!("{}-{number}", slug(name)));
        std::iter::once(slug(name)).chain(numbered).find(is_free).expect("numbers do not end")
    }

    fn rename(&mut self, id: &str, name: &str) {
        let group = self.groups.get_mut(id).expect("a group");
        name.clone_into(&mut group.name);
        let (made, organization) = (group.made, group.organization.clone());
        let shared =
            self.groups.iter().any(|(other, group)| other != id && group.organization == organization);
        let found = self.organizations.iter().position(|found| found.id == organization);
        let place = found.expect("an organization");
        if made && !shared && self.organizations[place].name != name {
            let slug = self.free_slug(name, Some(&organization));
            self.organizations[place].slug = slug;
            name.clone_into(&mut self.organizations[place].name);
        }
    }

    fn delete_group(&mut self, id: &str) {
        let gone = self.groups.remove(id).expect("a group");
        for group in self.groups.values_mut() {
            group.members.remove(id);
        }
        let mapped = self.groups.values().any(|group| group.organization == gone.organization);
        let people: Vec<String> = self.persons.keys().cloned().collect();
        let held = people
            .iter()
            .any(|person| self.memberships(person).iter().any(|(at, _, _)| *at == gone.organization));
        // The root was made with the tenant; every other one was made for a group.
        if gone.organization != self.organizations[0].id && !mapped && !held {
            let unused = self.organizations.iter_mut().find(|found| found.id == gone.organization);
            unused.expect("an organization").archived = true;
        }
    }

    fn is_there(&self, id: &str) -> bool {
        self.resources.contains_key(id) || self.groups.contains_key(id)
    }
}

/// The service and what it should be.
struct Story {
    server: Server,
    client: Client,
    tenant: TenantId,
    model: Model,
}

impl Story {
    async fn begin() -> Self {
        let server = Server::start().await;
        let client = server.connect(TENANT, Provider::Okta).await;
        let tenant = client.connection.scope.tenant;
        let root = server.store().read(|tx| organizations::all(tx, tenant)).expect("organizations").remove(0);
        let root = Organization { id: root.id, name: TENANT.into(), slug: slug(TENANT), archived: false };
        let model = Model { organizations: vec![root], ..Model::default() };
        Self { server, client, tenant, model }
    }

    fn person_of(&self, id: &str) -> String {
        let scope = self.client.connection.scope;
        let found =
            self.server.store().read(|tx| mirror_users::by_id(tx, scope, id)).expect("a readable database");
        found.unwrap_or_else(|| panic!("no resource {id}")).user_id
    }

    fn user_id(&self, which: Index) -> Option<String> {
        let ids = &self.model.user_ids;
        (!ids.is_empty()).then(|| which.get(ids).clone())
    }

    fn group_id(&self, which: Index) -> Option<String> {
        let ids = &self.model.group_ids;
        (!ids.is_empty()).then(|| which.get(ids).clone())
    }

    fn member_ids(&self, which: &[Index]) -> Vec<String> {
        let ids: Vec<&String> = self.model.user_ids.iter().chain(&self.model.group_ids).collect();
        if ids.is_empty() {
            Vec::new()
        } else {
            which.iter().map(|index| (*index.get(&ids)).clone()).collect()
        }
    }

    async fn take(&mut self, step: &Step) {
        // Each step has its own moment.
        self.server.wait(1);
        self.model.now += 1;
        match step {
            Step::CreateUser { name, external, active } => self.create_user(name, *external, *active).await,
            Step::PutUser { who, name, external, active } => {
                if let Some(id) = self.user_id(*who) {
                    let reply =
                        self.client.put(&format!("/Users/{id}"), &body(name, *external, *active)).await;
                    self.changed(reply, &id, |resource| {
                        ((*name).to_owned(), external.map(str::to_owned), active.unwrap_or(resource.active))
                    });
                }
            }
            Step::Activate { who, active } => {
                if let Some(id) = self.user_id(*who) {
                    let operation = json!([{ "op": "replace", "path": "active", "value": active }]);
                    let reply = self.client.operate(&format!("/Users/{id}"), operation).await;
                    self.changed(reply, &id, |resource| {
                        (resource.name.clone(), resource.external.clone(), *active)
                    });
                }
            }
            Step::DeleteUser { who } => {
                if let Some(id) = self.user_id(*who) {
                    self.delete_user(&id).await;
                }
            }
            Step::Give { who, role, at } => self.by_hand(*who, role, *at, true).await,
            Step::Take { who, role, at } => self.by_hand(*who, role, *at, false).await,
            group => self.take_group(group).await,
        }
    }

    async fn create_user(&mut self, name: &str, external: Option<&str>, active: Option<bool>) {
        let reply = self.client.post("/Users", &body(name, external, active)).await;
        let wanted = active.unwrap_or(true);
        match self.model.known(name, external) {
            Err(status) => drop(reply.expect_error(status, Some("uniqueness"))),
            Ok(Some(id)) => {
                assert_eq!(reply.expect(201).id(), id, "the resource keeps its id");
                self.model.change(&id, name, external, wanted).expect("an inactive user may be restored");
            }
            Ok(None) => {
                let id = reply.expect(201).id();
                assert!(!self.model.user_ids.contains(&id), "an id is never given twice");
                let person = self.person_of(&id);
                match self.model.former(name, external) {
                    Some(former) => assert_eq!(person, former, "the same person came back"),
                    None => assert!(
                        !self.model.persons.contains_key(&person),
                        "a stranger was taken for somebody"
                    ),
                }
                self.model.persons.entry(person.clone()).or_default().former = None;
                let resource = Resource {
                    person,
                    name: name.to_owned(),
                    external: external.map(str::to_owned),
                    active: wanted,
                    changed: self.model.now,
                };
                self.model.resources.insert(id.clone(), resource);
                self.model.user_ids.push(id);
            }
        }
    }

    /// A user was changed, by PUT or PATCH.
    fn changed(
        &mut self,
        reply: Reply,
        id: &str,
        after: impl Fn(&Resource) -> (String, Option<String>, bool),
    ) {
        let Some(before) = self.model.resources.get(id) else { return drop(reply.expect_error(404, None)) };
        let (name, external, active) = after(before);
        match self.model.change(id, &name, external.as_deref(), active) {
            Ok(()) => drop(reply.expect(200)),
            Err(409) => drop(reply.expect_error(409, Some("uniqueness"))),
            Err(status) => drop(reply.expect_error(status, None)),
        }
    }

    async fn delete_user(&mut self, id: &str) {
        let reply = self.client.delete(&format!("/Users/{id}")).await;
        let Some(resource) = self.model.resources.get(id).cloned() else {
            return drop(reply.expect_error(404, None));
        };
        if self.model.is_last_owner(&resource.person) {
            return drop(reply.expect_error(403, None));
        }
        reply.expect(204);
        self.model.resources.remove(id);
        for group in self.model.groups.values_mut() {
            group.members.remove(id);
        }
        let person = self.model.persons.get_mut(&resource.person).expect("a person");
        person.former = Some((resource.name, resource.external, self.model.now));
    }

    async fn by_hand(&mut self, who: Index, role: &str, at: Index, give: bool) {
        let people: Vec<String> = self.model.persons.keys().cloned().collect();
        if people.is_empty() {
            return;
        }
        let person = who.get(&people).clone();
        let living: Vec<Organization> = self.model.living().cloned().collect();
        // By its id: several may have the name.
        let organization = at.get(&living).id.clone();
        let hand = Hand {
            user: person.clone(),
            role: role.into(),
            organization: Some(organization.clone()),
            inherit: false,
        };
        let store = self.server.store();
        let tenant =
            store.read(|tx| store::tenants::by_id(tx, self.tenant)).expect("a database").expect("a tenant");
        let result = people::by_hand(store, &operator(), &tenant, hand, give).await;
        let grant = (role.to_owned(), organization);
        let held = &self.model.persons[&person].by_hand;
        let of_tenant = role == "Owner" && grant.1 == self.model.organizations[0].id;
        let refused = !give && (!held.contains(&grant) || (of_tenant && self.model.is_last_owner(&person)));
        assert_eq!(result.is_err(), refused, "{result:?}");
        let held = &mut self.model.persons.get_mut(&person).expect("a person").by_hand;
        if give {
            held.insert(grant);
        } else if !refused {
            held.remove(&grant);
        }
    }

    async fn take_group(&mut self, step: &Step) {
        match step {
            Step::CreateGroup { name, members } => self.create_group(name, members).await,
            Step::PutGroup { which, name, members } => {
                if let Some(id) = self.group_id(*which) {
                    let members = self.member_ids(members);
                    let reply = self.client.put(&format!("/Groups/{id}"), &group_body(name, &members)).await;
                    if self.group_changed(reply, &id, Some(name), 200) {
                        let there = members.into_iter().filter(|id| self.model.is_there(id)).collect();
                        self.model.groups.get_mut(&id).expect("a group").members = there;
                    }
                }
            }
            Step::Rename { which, name } => {
                let operation = json!([{ "op": "replace", "path": "displayName", "value": name }]);
                if let Some((id, reply)) = self.operate(*which, operation).await {
                    self.group_changed(reply, &id, Some(name), 204);
                }
            }
            Step::Add { which, members } => {
                let members = self.member_ids(members);
                if members.is_empty() {
                    return;
                }
                let values: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
                let operation = json!([{ "op": "add", "path": "members", "value": values }]);
                if let Some((id, reply)) = self.operate(*which, operation).await
                    && self.group_changed(reply, &id, None, 204)
                {
                    let there: Vec<String> =
                        members.into_iter().filter(|id| self.model.is_there(id)).collect();
                    self.model.groups.get_mut(&id).expect("a group").members.extend(there);
                }
            }
            Step::Remove { which, member, by_path } => {
                let Some(member) = self.member_ids(&[*member]).pop() else { return };
                let operation = if *by_path {
                    json!([{ "op": "remove", "path": format!("members[value eq \"{member}\"]") }])
                } else {
                    json!([{ "op": "remove", "path": "members", "value": [{ "value": member }] }])
                };
                if let Some((id, reply)) = self.operate(*which, operation).await
                    && self.group_changed(reply, &id, None, 204)
                {
                    self.model.groups.get_mut(&id).expect("a group").members.remove(&member);
                }
            }
            Step::Clear { which } => {
                let operation = json!([{ "op": "remove", "path": "members" }]);
                if let Some((id, reply)) = self.operate(*which, operation).await
                    && self.group_changed(reply, &id, None, 204)
                {
                    self.model.groups.get_mut(&id).expect("a group").members.clear();
                }
            }
            Step::DeleteGroup { which } => {
                let Some(id) = self.group_id(*which) else { return };
                let reply = self.client.delete(&format!("/Groups/{id}")).await;
                if self.group_changed(reply, &id, None, 204) {
                    self.model.delete_group(&id);
                }
            }
            user => unreachable!("{user:?} is no step of a group"),
        }
    }

    async fn operate(&self, which: Index, operations: Value) -> Option<(String, Reply)> {
        let id = self.group_id(which)?;
        let reply = self.client.operate(&format!("/Groups/{id}"), operations).await;
        Some((id, reply))
    }

    /// A group was asked to change, perhaps its name; whether it did.
    fn group_changed(&mut self, reply: Reply, id: &str, name: Option<&str>, status: u16) -> bool {
        let Some(group) = self.model.groups.get(id) else {
            reply.expect_error(404, None);
            return false;
        };
        if let Some(name) = name {
            if group.name != name && self.model.name_is_taken(name, Some(id)) {
                reply.expect_error(409, Some("uniqueness"));
                return false;
            }
            self.model.rename(id, name);
        }
        reply.expect(status);
        true
    }

    async fn create_group(&mut self, name: &str, members: &[Index]) {
        let members = self.member_ids(members);
        let reply = self.client.post("/Groups", &group_body(name, &members)).await;
        if self.model.name_is_taken(name, None) {
            return drop(reply.expect_error(409, Some("uniqueness")));
        }
        let id = reply.expect(201).id();
        let (organization, made) = match self.model.found(name) {
            Some(found) => (found, false),
            None => (self.new_organization(name), true),
        };
        let members = members.into_iter().filter(|id| self.model.is_there(id)).collect();
        self.model.groups.insert(id.clone(), Group { name: name.to_owned(), members, organization, made });
        self.model.group_ids.push(id);
    }

    /// The one organization that the model does not know yet.
    fn new_organization(&mut self, name: &str) -> String {
        let all = self.server.store().read(|tx| organizations::all(tx, self.tenant)).expect("organizations");
        let known = |id: &String| self.model.organizations.iter().any(|known| known.id == *id);
        let mut fresh: Vec<String> = all.into_iter().map(|found| found.id).filter(|id| !known(id)).collect();
        assert_eq!(fresh.len(), 1, "one organization is made for a group");
        let id = fresh.remove(0);
        let slug = self.model.free_slug(name, None);
        let made = Organization { id: id.clone(), name: name.to_owned(), slug, archived: false };
        self.model.organizations.push(made);
        id
    }

    async fn check(&self) {
        self.check_users().await;
        self.check_groups().await;
        self.check_directory();
        assert_eq!(self.server.faults(), Vec::<String>::new());
    }

    async fn check_users(&self) {
        let page = self.client.get("/Users?count=1000").await.expect(200);
        let shown: BTreeMap<String, Value> = resources(&page)
            .map(|resource| {
                let groups: BTreeSet<(String, String)> = list(&resource["groups"])
                    .map(|group| (text(&group["value"]), text(&group["type"])))
                    .collect();
                let told = json!([resource["userName"], resource["externalId"], resource["active"], groups]);
                (text(&resource["id"]), told)
            })
            .collect();
        let known: BTreeMap<String, Value> = self
            .model
            .resources
            .iter()
            .map(|(id, resource)| {
                let kind = |group: &String| {
                    if self.model.groups[group].members.contains(id) { "direct" } else { "indirect" }
                };
                let groups: BTreeSet<(String, String)> = self
                    .model
                    .holding(id)
                    .into_iter()
                    .map(|group| (group.clone(), kind(&group).to_owned()))
                    .collect();
                (id.clone(), json!([resource.name, resource.external, resource.active, groups]))
            })
            .collect();
        assert_eq!(shown, known, "users as SCIM shows them");
    }

    async fn check_groups(&self) {
        let page = self.client.get("/Groups?count=1000").await.expect(200);
        let shown: BTreeMap<String, (String, BTreeSet<String>)> = resources(&page)
            .map(|resource| {
                let members = list(&resource["members"]).map(|member| text(&member["value"])).collect();
                (text(&resource["id"]), (text(&resource["displayName"]), members))
            })
            .collect();
        let known: BTreeMap<String, (String, BTreeSet<String>)> = self
            .model
            .groups
            .iter()
            .map(|(id, group)| (id.clone(), (group.name.clone(), group.members.clone())))
            .collect();
        assert_eq!(shown, known, "groups as SCIM shows them");
    }

    fn check_directory(&self) {
        let (store, tenant) = (self.server.store(), self.tenant);
        let shown = store.read(|tx| organizations::all(tx, tenant)).expect("organizations");
        let shown: Vec<_> = shown
            .into_iter()
            .map(|found| (found.id, found.name, found.slug, found.archived_at.is_some()))
            .collect();
        let known: Vec<_> = self
            .model
            .organizations
            .iter()
            .map(|known| (known.id.clone(), known.name.clone(), known.slug.clone(), known.archived))
            .collect();
        assert_eq!(shown, known, "organizations");
        let people = store.read(|tx| users::page(tx, tenant, "", 1000)).expect("users");
        let ids: BTreeSet<&String> = people.iter().map(|person| &person.id).collect();
        assert_eq!(ids, self.model.persons.keys().collect(), "users are never deleted");
        for person in &people {
            let active = self.model.is_active(&person.id);
            let status = if active { Status::Active } else { Status::Deactivated };
            assert_eq!(person.status, status, "{}", person.user_name);
            assert_eq!(
                person.linked,
                self.model.persons[&person.id].former.is_none(),
                "{}",
                person.user_name
            );
            assert_eq!(
                self.memberships(&person.id),
                self.model.memberships(&person.id),
                "{}",
                person.user_name
            );
        }
    }

    fn memberships(&self, person: &str) -> BTreeSet<(String, String, String)> {
        let (store, tenant) = (self.server.store(), self.tenant);
        let roles = store.read(|tx| roles::all(tx, tenant)).expect("roles");
        let held = store.read(|tx| memberships::of_user(tx, tenant, person)).expect("memberships");
        held.into_iter()
            .map(|membership| {
                let role = roles.iter().find(|role| role.id == membership.role).expect("a role");
                let reason = match membership.reason {
                    Reason::Default => "default".to_owned(),
                    Reason::Hand => "hand".to_owned(),
                    Reason::Group { group, .. } => format!("group {group}"),
                    Reason::Rule { rule, .. } => format!("rule {rule}"),
                };
                (membership.organization, role.name.clone(), reason)
            })
            .collect()
    }
}

fn body(name: &str, external: Option<&str>, active: Option<bool>) -> Value {
    let mut body = user(name);
    let members = body.as_object_mut().expect("an object");
    members.shift_remove("active");
    members.extend(active.map(|active| ("active".to_owned(), active.into())));
    members.extend(external.map(|external| ("externalId".to_owned(), external.into())));
    body
}

fn group_body(name: &str, members: &[String]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": members,
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn resources(page: &Reply) -> impl Iterator<Item = &Value> {
    list(&page.body["Resources"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn any_sequence_of_operations_does_what_the_model_says() {
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let sequences = proptest::collection::vec(step(), 20..=40);
    let outcome = runner.run(&sequences, |steps| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut story = Story::begin().await;
            for step in &steps {
                story.take(step).await;
                story.check().await;
            }
        });
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
