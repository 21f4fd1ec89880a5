//! A load that knows what was answered: clients that change people of their own, many at a time, while servers or their
//! database are killed.
//!
//! A client knows what was answered, and at most one change whose answer never came: afterwards that one must be there
//! whole, or not at all.

use crate::support::{Connection, Home, text};
use client::http::{ClientError, Method, Patience, Profile, ScimClient};
use client::random::Random;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// How many clients write at once.
const CLIENTS: u64 = 8;
/// How many groups they share.
const GROUPS: usize = 4;
/// How many people one change of a group names.
const TOGETHER: usize = 3;
/// How many resources a page holds.
const PAGE: usize = 1000;
/// How long a client rests that was asked to come again.
const REST: Duration = Duration::from_millis(20);
/// How often the progress is looked at.
const LOOK: Duration = Duration::from_micros(500);
/// What a service says that does not know whether it kept a change.
const IN_DOUBT: &str = "may have been kept";
/// A client that asks once, and lets nobody ask for it again.
const ONCE: Patience = Patience { timeout: Duration::from_mins(1), attempts: 1, pause: None, insists: false };

/// What a load has come to so far.
#[derive(Default)]
pub struct Progress {
    /// How many changes were answered with success.
    pub answered: AtomicU64,
    /// How many were answered with 503.
    pub refused: AtomicU64,
    /// Whether the clients are to stop.
    pub enough: AtomicBool,
}

impl Progress {
    /// Waits until so many more were answered.
    pub async fn wait_for(&self, more: u64) {
        let wanted = self.answered.load(Ordering::Relaxed) + more;
        while self.answered.load(Ordering::Relaxed) < wanted {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Clients that begin with nobody.
pub fn lanes() -> Vec<Lane> {
    (0..CLIENTS).map(|number| Lane { number, known: People::new(), doubt: None, done: 0, marks: 0 }).collect()
}

/// One person, as far as a change can reach them.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Unknown while the creation has no answer.
    id: Option<String>,
    /// In three attributes at once.
    mark: u64,
    active: bool,
    groups: BTreeSet<usize>,
}

pub type People = BTreeMap<String, Person>;

/// One client's people.
pub struct Lane {
    number: u64,
    /// What was answered.
    known: People,
    /// What it would be with the change that has no answer.
    doubt: Option<People>,
    /// How many changes there were: answered, or found done.
    done: u64,
    marks: u64,
}

/// A change: what is sent, and the people after it.
struct Change {
    method: Method,
    path: String,
    body: Value,
    /// Whose id the answer brings.
    newcomer: Option<String>,
    after: People,
}

/// The groups that all clients share.
pub async fn create_groups(client: &ScimClient) -> Vec<String> {
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("Group {number}"),
        });
        let answer = client.send(Method::POST, "/Groups", Some(&body)).await.expect("a group");
        groups.push(text(&answer.body.expect("a group")["id"]));
    }
    groups
}

/// Lets every lane write, each to the next of these servers, until it is told to stop or its server is gone.
pub fn start(
    seed: u64,
    round: u64,
    clients: &[Arc<ScimClient>],
    groups: &Arc<Vec<String>>,
    lanes: Vec<Lane>,
) -> (Arc<Progress>, JoinSet<Lane>) {
    let progress = Arc::new(Progress::default());
    let mut load = JoinSet::new();
    for (mut lane, client) in lanes.into_iter().zip(clients.iter().cycle()) {
        let (client, groups, progress) = (Arc::clone(client), Arc::clone(groups), Arc::clone(&progress));
        let mut random = Random::for_purpose(seed, round * CLIENTS + lane.number);
        load.spawn(async move {
            let wanted = || !progress.enough.load(Ordering::Relaxed);
            let mut goes_on = true;
            while goes_on && wanted() {
                goes_on = lane.step(&client, &groups, &mut random, &progress).await;
            }
            lane
        });
    }
    (progress, load)
}

/// A client that asks once.
pub fn client(base_url: &str, connection: &Connection) -> Arc<ScimClient> {
    const PROFILE: Profile = Profile { headers: &[], content_type: "application/scim+json" };
    let client = ScimClient::new(base_url, &connection.token, PROFILE).expect("a client");
    Arc::new(client.with_patience(ONCE))
}

impl Lane {
    /// Makes one change; false once the server is gone, or nobody knows what became of the change.
    async fn step(
        &mut self,
        client: &ScimClient,
        groups: &[String],
        random: &mut Random,
        progress: &Progress,
    ) -> bool {
        let mut change = self.plan(groups, random);
        match client.send(change.method.clone(), &change.path, Some(&change.body)).await {
            Ok(answer) => {
                if let Some(newcomer) = change.newcomer {
                    let id = text(&answer.body.expect("a user")["id"]);
                    change.after.get_mut(&newcomer).expect("the newcomer").id = Some(id);
                }
                self.known = change.after;
                self.done += 1;
                progress.answered.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(ClientError::Status(refusal))
                if refusal.status == 503
                    && !refusal.detail.as_deref().unwrap_or_default().contains(IN_DOUBT) =>
            {
                // Nothing was changed: it says so, and is held to it.
                progress.refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(REST).await;
                true
            }
            Err(error) if matches!(error, ClientError::Transport { .. }) || error.status() == Some(503) => {
                self.doubt = Some(change.after);
                false
            }
            Err(error) => panic!("{error}: {}", change.body),
        }
    }

    fn plan(&mut self, groups: &[String], random: &mut Random) -> Change {
        let choice = if self.known.len() < TOGETHER { 0 } else { random.below(5) };
        let names: Vec<String> = self.known.keys().cloned().collect();
        self.marks += 1;
        match choice {
            0 => self.create(),
            1 => self.replace(random.pick::<String>(&names)),
            2 => self.switch(random.pick::<String>(&names)),
            _ => {
                let group = random.below(groups.len());
                self.regroup(&names, group, &groups[group], random)
            }
        }
    }

    fn create(&self) -> Change {
        let name = format!("lane{}.{}@example.com", self.number, self.marks);
        let person = Person { id: None, mark: self.marks, active: true, groups: BTreeSet::new() };
        let body = body(&name, &person);
        let mut after = self.known.clone();
        after.insert(name.clone(), person);
        Change { method: Method::POST, path: "/Users".into(), body, newcomer: Some(name), after }
    }

    fn replace(&self, name: &str) -> Change {
        let mut after = self.known.clone();
        let person = after.get_mut(name).expect("a person");
        person.mark = self.marks;
        let (path, body) = (path(person), body(name, person));
        Change { method: Method::PUT, path, body, newcomer: None, after }
    }

    fn switch(&self, name: &str) -> Change {
        let mut after = self.known.clone();
        let person = after.get_mut(name).expect("a person");
        person.active = !person.active;
        let path = path(person);
        let body = operations(&json!([{ "op": "replace", "path": "active", "value": person.active }]));
        Change { method: Method::PATCH, path, body, newcomer: None, after }
    }

    /// Three people at once change sides: whoever is in the group leaves it, the others join, in one request.
    fn regroup(&self, names: &[String], group: usize, id: &str, random: &mut Random) -> Change {
        let mut names = names.to_vec();
        random.shuffle(&mut names);
        let mut after = self.known.clone();
        let mut list = Vec::new();
        for name in &names[..TOGETHER] {
            let person = after.get_mut(name).expect("a person");
            let member = person.id.as_deref().expect("an id");
            if person.groups.remove(&group) {
                list.push(json!({ "op": "remove", "path": format!("members[value eq \"{member}\"]") }));
            } else {
                list.push(json!({ "op": "add", "path": "members", "value": [{ "value": member }] }));
                person.groups.insert(group);
            }
        }
        let body = operations(&list.into());
        Change { method: Method::PATCH, path: format!("/Groups/{id}"), body, newcomer: None, after }
    }

    /// Holds what was found against what was answered. Returns how many changes came without an answer.
    fn settle(&mut self, round: u64, found: &People) -> u64 {
        let own = format!("lane{}.", self.number);
        let found: People = found
            .iter()
            .filter(|(name, _)| name.starts_with(&own))
            .map(|(name, person)| (name.clone(), person.clone()))
            .collect();
        let mut doubt = self.doubt.take().unwrap_or_else(|| self.known.clone());
        for (name, person) in &mut doubt {
            if person.id.is_none() {
                person.id = found.get(name).and_then(|found| found.id.clone());
            }
        }
        let came = found != self.known;
        assert!(
            !came || found == doubt,
            "round {round}, lane {}: answered were\n{:#?}\nand perhaps\n{doubt:#?}\nthere is\n{found:#?}",
            self.number,
            self.known
        );
        self.known = found;
        self.done += u64::from(came);
        u64::from(came)
    }
}

/// Holds what every client knows against what was found.
pub fn settle(round: u64, lanes: &mut [Lane], found: &People) -> u64 {
    let came = lanes.iter_mut().map(|lane| lane.settle(round, found)).sum();
    let known: usize = lanes.iter().map(|lane| lane.known.len()).sum();
    assert_eq!(known, found.len(), "round {round}: somebody is there whom nobody created");
    came
}

fn path(person: &Person) -> String {
    format!("/Users/{}", person.id.as_deref().expect("an id"))
}

fn body(name: &str, person: &Person) -> Value {
    let mark = person.mark.to_string();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": { "givenName": "Ana", "familyName": mark },
        "emails": [{ "value": name, "type": "work", "primary": true }],
        "title": mark,
        "nickName": mark,
        "active": person.active,
    })
}

fn operations(list: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list })
}

/// Everybody, with their groups, as SCIM tells it.
pub async fn read_back(client: &ScimClient, groups: &[String]) -> People {
    let mut people = People::new();
    let mut names = BTreeMap::new();
    loop {
        let start = people.len() + 1;
        let page = client.get(&format!("/Users?startIndex={start}&count={PAGE}")).await.expect("a list");
        for user in page["Resources"].as_array().expect("resources") {
            let (name, person) = read_person(user, groups);
            names.insert(person.id.clone(), name.clone());
            people.insert(name, person);
        }
        if page["totalResults"] == json!(people.len()) {
            break;
        }
    }
    // The groups must say of their members what the members say of their groups.
    let mut told = people.clone();
    for person in told.values_mut() {
        person.groups.clear();
    }
    for (number, id) in groups.iter().enumerate() {
        let group = client.get(&format!("/Groups/{id}")).await.expect("a group");
        for member in group["members"].as_array().into_iter().flatten() {
            let name = &names[&Some(text(&member["value"]))];
            told.get_mut(name).expect("a person").groups.insert(number);
        }
    }
    assert_eq!(told, people);
    people
}

fn read_person(user: &Value, groups: &[String]) -> (String, Person) {
    let mark = text(&user["title"]);
    let same = user["nickName"] == mark.as_str() && user["name"]["familyName"] == mark.as_str();
    assert!(same, "half replaced: {user}");
    let number = |group: &Value| groups.iter().position(|id| group["value"] == id.as_str()).expect("a group");
    let person = Person {
        id: Some(text(&user["id"])),
        mark: mark.parse().expect("a number"),
        active: user["active"] == true,
        groups: user["groups"].as_array().into_iter().flatten().map(number).collect(),
    };
    (text(&user["userName"]), person)
}

/// Every change has its record, and no record tells of a change that is not there. Returns how many there were.
pub fn check_records(home: &Home, connection: &Connection, lanes: &[Lane], groups: &[String]) -> u64 {
    let records = home.json(&["requests", "--connection", &connection.id, "--limit", "1000000"]);
    let records = records.as_array().expect("a list").iter();
    let written = records.filter(|record| record["method"] != "GET" && record["status"].as_u64() < Some(300));
    let changes = written.filter(|record| record["changes"].as_array().is_some_and(|list| !list.is_empty()));
    let done: u64 = lanes.iter().map(|lane| lane.done).sum();
    assert_eq!(changes.count() as u64, done + groups.len() as u64);
    done
}
