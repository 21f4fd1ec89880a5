//! The story of a company: three identity providers, forty groups, a merger, leavers and people who come back. Everything
//! is done over SCIM and the admin API; after every chapter each person's effective access is what a plain model says.

use provisioning::jobs;
use provisioning::keys::Scope;
use scim::Provider;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use testkit::{Api, Client, Server, user};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PRIORITIES: [(&str, i64); 5] =
    [("Owner", 100), ("Admin", 80), ("Manager", 60), ("Member", 40), ("Viewer", 20)];

/// A role at an organization, and whether it is passed down.
type Target = (String, String, bool);

fn target(organization: &str, role: &str, inherit: bool) -> Target {
    (organization.into(), role.into(), inherit)
}

#[derive(Default)]
struct Person {
    feed: usize,
    active: bool,
    locked: bool,
    department: String,
    by_hand: Vec<Target>,
}

#[derive(Default)]
struct Group {
    feed: usize,
    people: BTreeSet<String>,
    groups: BTreeSet<String>,
    targets: Vec<Target>,
}

/// What should be, kept as plainly as can be.
#[derive(Default)]
struct Model {
    parents: BTreeMap<String, Option<String>>,
    people: BTreeMap<String, Person>,
    groups: BTreeMap<String, Group>,
    /// Feed, department, and what it gives.
    rules: Vec<(usize, String, Target)>,
}

impl Model {
    fn holds(&self, group: &Group, person: &str, seen: &mut BTreeSet<String>) -> bool {
        group.people.contains(person)
            || group.groups.iter().any(|inner| {
                seen.insert(inner.clone())
                    && self.groups.get(inner).is_some_and(|inner| self.holds(inner, person, seen))
            })
    }

    fn is_below(&self, organization: &str, above: &str) -> bool {
        let mut next = self.parents.get(organization).cloned().flatten();
        while let Some(parent) = next {
            if parent == above {
                return true;
            }
            next = self.parents.get(&parent).cloned().flatten();
        }
        false
    }

    /// The strongest role at every organization.
    fn effective(&self, name: &str) -> BTreeMap<String, String> {
        let person = &self.people[name];
        let mut strongest: BTreeMap<String, (i64, String)> = BTreeMap::new();
        if !person.active || person.locked {
            return BTreeMap::new();
        }
        let mut given = vec![target("Acme", "Member", false)];
        given.extend(person.by_hand.iter().cloned());
        for group in self.groups.values().filter(|group| group.feed == person.feed) {
            if self.holds(group, name, &mut BTreeSet::new()) {
                given.extend(group.targets.iter().cloned());
            }
        }
        let matching = self
            .rules
            .iter()
            .filter(|(feed, department, _)| *feed == person.feed && *department == person.department);
        given.extend(matching.map(|(_, _, target)| target.clone()));
        for (organization, role, inherit) in given {
            let priority = PRIORITIES.iter().find(|(known, _)| *known == role).expect("a role").1;
            let reached = self
                .parents
                .keys()
                .filter(|other| **other == organization || inherit && self.is_below(other, &organization));
            for place in reached {
                let known = strongest.entry(place.clone()).or_insert((0, String::new()));
                *known = (*known).clone().max((priority, role.clone()));
            }
        }
        strongest.into_iter().map(|(place, (_, role))| (place, role)).collect()
    }
}

struct Company {
    server: Server,
    /// Everything that an administrator does goes this way.
    api: Api,
    /// Everything that an identity provider does goes one of these.
    feeds: Vec<Client>,
    ids: HashMap<String, String>,
    model: Model,
}

impl Company {
    async fn found() -> Self {
        let server = Server::start().await;
        let feeds = vec![server.connect("Acme", Provider::Okta).await];
        let mut model = Model::default();
        model.parents.insert("Acme".into(), None);
        let api = server.api("Acme", &[Scope::Read, Scope::Write]).await;
        Self { server, api, feeds, ids: HashMap::new(), model }
    }

    async fn organization(&mut self, name: &str, parent: &str) {
        let wanted = json!({ "name": name, "parent": parent });
        self.api.post("/organizations", &wanted).await.expect(201);
        self.model.parents.insert(name.into(), Some(parent.into()));
    }

    async fn move_below(&mut self, name: &str, parent: &str) {
        let path = format!("/organizations/{}", name.replace(' ', "%20"));
        self.api.patch(&path, &json!({ "parent": parent })).await.expect(200);
        self.model.parents.insert(name.into(), Some(parent.into()));
    }

    fn connection_of(&self, group: &str) -> &str {
        &self.feeds[self.model.groups[group].feed].connection.id
    }

    async fn lock(&mut self, person: &str, locked: bool) {
        let verb = if locked { "lock" } else { "unlock" };
        self.api.ask(&format!("/users/{person}/{verb}")).await.expect(200);
        self.model.people.get_mut(person).expect("a person").locked = locked;
    }

    async fn hire(&mut self, feed: usize, name: &str, department: &str) {
        let mut body = user(name);
        body[ENTERPRISE] = json!({ "department": department });
        let id = self.feeds[feed].post("/Users", &body).await.expect(201).id();
        self.ids.insert(name.into(), id);
        let known = self.model.people.entry(name.into()).or_default();
        (known.feed, known.active, known.department) = (feed, true, department.into());
    }

    async fn set_active(&mut self, name: &str, active: bool) {
        let operation = json!([{ "op": "replace", "path": "active", "value": active }]);
        self.change_person(name, operation).await;
        self.model.people.get_mut(name).expect("a person").active = active;
    }

    async fn move_person(&mut self, name: &str, department: &str) {
        let path = format!("{ENTERPRISE}:department");
        let operation = json!([{ "op": "replace", "path": path, "value": department }]);
        self.change_person(name, operation).await;
        self.model.people.get_mut(name).expect("a person").department = department.into();
    }

    async fn change_person(&self, name: &str, operations: Value) {
        let feed = &self.feeds[self.model.people[name].feed];
        let reply = feed.operate(&format!("/Users/{}", self.ids[name]), operations).await;
        assert!(reply.status.is_success(), "{}", reply.text);
    }

    async fn delete(&mut self, name: &str) {
        let feed = &self.feeds[self.model.people[name].feed];
        feed.delete(&format!("/Users/{}", self.ids[name])).await.expect(204);
        for group in self.model.groups.values_mut() {
            group.people.remove(name);
        }
        self.model.people.get_mut(name).expect("a person").active = false;
    }

    /// A group that stands for the organization of its name, which is made for it.
    async fn push(&mut self, feed: usize, name: &str, people: &[&str], groups: &[&str]) {
        self.push_for(feed, name, people, groups, vec![target(name, "Member", false)]).await;
        self.model.parents.entry(name.into()).or_insert(Some("Acme".into()));
    }

    async fn push_for(
        &mut self,
        feed: usize,
        name: &str,
        people: &[&str],
        groups: &[&str],
        targets: Vec<Target>,
    ) {
        let members: Vec<&str> = people.iter().chain(groups).map(|name| self.ids[*name].as_str()).collect();
        let id = self.feeds[feed].create_group(name, &members).await;
        self.ids.insert(name.into(), id);
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let group = Group { feed, people: owned(people), groups: owned(groups), targets };
        self.model.groups.insert(name.into(), group);
    }

    async fn change_group(&self, name: &str, operation: Value) {
        let feed = &self.feeds[self.model.groups[name].feed];
        feed.operate(&format!("/Groups/{}", self.ids[name]), json!([operation])).await.expect(204);
    }

    async fn join(&mut self, person: &str, group: &str) {
        let member = json!([{ "value": self.ids[person] }]);
        self.change_group(group, json!({ "op": "add", "path": "members", "value": member })).await;
        self.model.groups.get_mut(group).expect("a group").people.insert(person.into());
    }

    async fn leave(&mut self, person: &str, group: &str) {
        let path = format!("members[value eq \"{}\"]", self.ids[person]);
        self.change_group(group, json!({ "op": "remove", "path": path })).await;
        self.model.groups.get_mut(group).expect("a group").people.remove(person);
    }

    async fn nest(&mut self, inner: &str, outer: &str) {
        let member = json!([{ "value": self.ids[inner] }]);
        self.change_group(outer, json!({ "op": "add", "path": "members", "value": member })).await;
        self.model.groups.get_mut(outer).expect("a group").groups.insert(inner.into());
    }

    async fn rename(&mut self, old: &str, new: &str, targets: Vec<Target>) {
        self.change_group(old, json!({ "op": "replace", "path": "displayName", "value": new })).await;
        let mut group = self.model.groups.remove(old).expect("a group");
        group.targets = targets;
        self.model.groups.insert(new.into(), group);
        let id = self.ids.remove(old).expect("a group");
        self.ids.insert(new.into(), id);
        for group in self.model.groups.values_mut() {
            if group.groups.remove(old) {
                group.groups.insert(new.into());
            }
        }
    }

    async fn map(&mut self, group: &str, target: Target) {
        let (organization, role, inherit) = &target;
        let wanted = json!({
            "group": self.ids[group], "organization": organization, "role": role, "inherit": inherit,
        });
        let path = format!("/connections/{}/mappings", self.connection_of(group));
        self.api.post(&path, &wanted).await.expect(201);
        let group = self.model.groups.get_mut(group).expect("a group");
        group.targets.retain(|known| known.0 != group_default(known));
        group.targets.push(target);
    }

    async fn give(&mut self, person: &str, target: Target) {
        let (organization, role, inherit) = &target;
        let wanted = json!({ "organization": organization, "role": role, "inherit": inherit });
        let given = self.api.post(&format!("/users/{person}/memberships"), &wanted).await;
        assert!(given.status.is_success(), "{}", given.text);
        self.model.people.get_mut(person).expect("a person").by_hand.push(target);
    }

    async fn rule(&mut self, feed: usize, wanted: Value) {
        let path = format!("/connections/{}/rules", self.feeds[feed].connection.id);
        self.api.post(&path, &wanted).await.expect(201);
    }

    async fn by_department(&mut self, feed: usize, department: &str, target: Target) {
        let wanted = json!({
            "kind": "attribute", "expression": format!("{ENTERPRISE}:department eq \"{department}\""),
            "organization": target.0, "role": target.1, "inherit": target.2,
        });
        self.rule(feed, wanted).await;
        self.model.rules.push((feed, department.into(), target));
    }

    /// Compares every person's effective access with the model's, and asks the doctor.
    async fn check(&self, chapter: &str) {
        jobs::run_open(self.server.store(), |_| ()).await.expect("jobs");
        for name in self.model.people.keys() {
            let shown = self.api.get(&format!("/users/{name}/access")).await.expect(200).body;
            let entries = shown["entries"].as_array().expect("entries");
            let named =
                |entry: &Value, what: &str| entry[what]["name"].as_str().unwrap_or_default().to_owned();
            let shown: BTreeMap<String, String> = entries
                .iter()
                .filter(|entry| entry["effective"] == true)
                .map(|entry| (named(entry, "organization"), named(entry, "role")))
                .collect();
            assert_eq!(shown, self.model.effective(name), "{chapter}: {name}");
        }
        assert_eq!(self.server.faults(), Vec::<String>::new(), "{chapter}");
    }
}

/// What a group stands for by its name is recognised in the model by its organization having no other use.
fn group_default(target: &Target) -> String {
    if target.1 == "Member" && !target.2 { target.0.clone() } else { String::new() }
}

async fn one_company(company: &mut Company) {
    let names: Vec<String> = (0..30).map(|number| format!("person{number}")).collect();
    let at = |number: usize| names[number % names.len()].as_str();
    for (number, name) in names.iter().enumerate() {
        company.hire(0, name, ["Sales", "Engineering", "Legal"][number % 3]).await;
    }
    company.check("everybody is a member of the company").await;

    // Twenty teams by name; a team of teams, and two that hold each other.
    for team in 0..20 {
        let members = [at(team), at(team + 7), at(team * 3)];
        let members: BTreeSet<&str> = members.into_iter().collect();
        company.push(0, &format!("Team {team}"), &members.into_iter().collect::<Vec<_>>(), &[]).await;
    }
    company.push(0, "All teams", &[at(29)], &["Team 0", "Team 1", "Team 2"]).await;
    company.nest("All teams", "Team 0").await;
    company.check("teams are organizations").await;

    // Engineering gets a tree, and its admins by hand.
    company.organization("Engineering", "Acme").await;
    company.organization("Platform", "Engineering").await;
    company.organization("Kernel", "Platform").await;
    company.push(0, "eng-admins", &[at(1), at(4)], &["Team 5"]).await;
    company.map("eng-admins", target("Engineering", "Admin", true)).await;
    company.map("eng-admins", target("Acme", "Viewer", false)).await;
    company.model.parents.remove("eng-admins");
    company.check("a group stands for two things").await;
    company.move_below("Kernel", "Acme").await;
    company.check("what is moved inherits from where it stands").await;
    company.move_below("Kernel", "Platform").await;
    company.by_department(0, "Legal", target("Engineering", "Viewer", true)).await;
    company.give(at(2), target("Platform", "Manager", true)).await;
    company.check("roles come from everywhere").await;

    // People move, teams are renamed.
    company.move_person(at(2), "Sales").await;
    company.leave(at(1), "eng-admins").await;
    company.join(at(9), "eng-admins").await;
    company.rename("Team 7", "Blue team", vec![target("Blue team", "Member", false)]).await;
    company.model.parents.remove("Team 7");
    company.model.parents.insert("Blue team".into(), Some("Acme".into()));
    company.check("people move").await;

    // Leavers, somebody locked out, somebody back under the same name.
    company.set_active(at(4), false).await;
    company.delete(at(5)).await;
    company.lock(at(6), true).await;
    company.check("people leave").await;
    company.set_active(at(4), true).await;
    company.set_active(at(6), true).await;
    company.hire(0, at(5), "Legal").await;
    company.check("people come back").await;
    company.lock(at(6), false).await;
    company.check("a lock is lifted").await;
}

async fn a_merger(company: &mut Company) {
    // A merger: Globex comes with Entra ID and names of its own, a daughter with Google Workspace and no groups.
    let settings = [("mapping-default", "match"), ("role-ceiling", "Manager")];
    company.feeds.push(company.server.connect_with("Acme", Provider::Entra, &settings).await);
    company.feeds.push(company.server.connect("Acme", Provider::Google).await);
    company.organization("Globex", "Acme").await;
    company.organization("Globex Europe", "Globex").await;
    company.rule(1, json!({ "kind": "naming", "expression": "^gx-(?<org>.+)-(?<role>[a-z]+)$" })).await;
    for number in 0..10 {
        company.hire(1, &format!("gx{number}"), "Sales").await;
        company.hire(2, &format!("daughter{number}"), ["Sales", "Support"][number % 2]).await;
    }
    company.by_department(2, "Support", target("Globex Europe", "Member", false)).await;
    company.push_for(1, "gx-Globex-manager", &["gx0"], &[], vec![target("Globex", "Manager", false)]).await;
    company
        .push_for(
            1,
            "gx-Globex Europe-member",
            &["gx1", "gx2"],
            &[],
            vec![target("Globex Europe", "Member", false)],
        )
        .await;
    // Above the ceiling, and of an organization that is not there: nothing.
    company.push_for(1, "gx-Globex-owner", &["gx3"], &[], Vec::new()).await;
    company.push_for(1, "gx-Mars-member", &["gx3"], &[], Vec::new()).await;
    for number in 0..13 {
        company.push_for(1, &format!("Mailing list {number}"), &["gx4", "gx5"], &[], Vec::new()).await;
    }
    company.check("a merger").await;
    assert!(company.model.groups.len() >= 39, "{} groups", company.model.groups.len());
}

async fn one_company_again(company: &mut Company) {
    // The merged company is reshaped: moved, renamed at the provider, mapped anew.
    company.move_below("Globex Europe", "Engineering").await;
    company.check("what was merged inherits from where it stands now").await;
    company.rename("gx-Globex-manager", "gx-Globex-viewer", vec![target("Globex", "Viewer", false)]).await;
    company.map("Mailing list 0", target("Globex", "Manager", true)).await;
    company.check("names are read anew").await;
    company.delete("gx1").await;
    company.hire(1, "gx1", "Sales").await;
    company.check("a group does not hold who was deleted and came back").await;

    // Groups that nothing speaks of stand for nothing from now on; teams that were made are archived.
    let change = json!({ "settings": { "mappingDefault": "hand" } });
    company.api.patch(&format!("/connections/{}", company.feeds[0].connection.id), &change).await.expect(200);
    for (name, group) in &mut company.model.groups {
        if group.feed == 0 && name != "eng-admins" {
            group.targets.clear();
        }
    }
    company.model.parents.retain(|name, _| !name.contains("eam"));
    company.check("only what a person chose").await;
}

#[tokio::test]
async fn the_story_of_a_company() {
    let mut company = Company::found().await;
    one_company(&mut company).await;
    a_merger(&mut company).await;
    one_company_again(&mut company).await;
}
