//! Long sequences of requests against a plain model: what the server shows at the end is what the requests said.

use crate::support::{acme, group, texts, user_with};
use scim::Provider;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Client, Server};
use tokio::task::JoinSet;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("a small number") % sides
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        if list.is_empty() { None } else { Some(&list[self.roll(list.len())]) }
    }
}

/// What the server should hold.
#[derive(Default)]
struct Model {
    /// Name, title and whether active, by id.
    users: BTreeMap<String, (String, Option<String>, bool)>,
    /// Name and members, by id.
    groups: BTreeMap<String, (String, BTreeSet<String>)>,
}

impl Model {
    fn user_ids(&self) -> Vec<String> {
        self.users.keys().cloned().collect()
    }

    fn group_ids(&self) -> Vec<String> {
        self.groups.keys().cloned().collect()
    }

    fn forget(&mut self, id: &str) {
        self.users.remove(id);
        self.groups.remove(id);
        for (_, members) in self.groups.values_mut() {
            members.remove(id);
        }
    }
}

async fn user_step(client: &Client, model: &mut Model, dice: &mut Dice) {
    let name = format!("u{}", dice.roll(12));
    let chosen = dice.pick(&model.user_ids()).cloned();
    let holder = model.users.iter().find(|(_, user)| user.0 == name).map(|(id, user)| (id.clone(), user.2));
    match (dice.roll(6), chosen) {
        (0 | 1, _) | (_, None) => {
            let reply = client.post("/Users", &user_with(&name, json!({}))).await;
            match holder {
                Some((_, true)) => drop(reply.expect_error(409, Some("uniqueness"))),
                // Whoever was deactivated is restored in place.
                Some((id, false)) => {
                    assert_eq!(reply.expect(201).id(), id);
                    model.users.insert(id, (name, None, true));
                }
                None => drop(model.users.insert(reply.expect(201).id(), (name, None, true))),
            }
        }
        (2, Some(id)) => {
            let title = format!("t{}", dice.roll(5));
            let body = user_with(&name, json!({ "title": title }));
            let reply = client.put(&format!("/Users/{id}"), &body).await;
            match holder {
                Some((other, _)) if other != id => drop(reply.expect_error(409, Some("uniqueness"))),
                _ => {
                    reply.expect(200);
                    model.users.insert(id, (name, Some(title), true));
                }
            }
        }
        (3, Some(id)) => {
            let active = dice.roll(2) == 0;
            let operations = json!([{ "op": "replace", "value": { "active": active } }, { "op": "remove", "path": "title" }]);
            client.operate(&format!("/Users/{id}"), operations).await.expect(200);
            let user = model.users.get_mut(&id).expect("a user");
            (user.1, user.2) = (None, active);
        }
        (4, Some(id)) => {
            let operations = json!([{ "op": "replace", "path": "active", "value": false }, { "op": "remove", "path": "userName" }]);
            client.operate(&format!("/Users/{id}"), operations).await.expect_error(400, Some("mutability"));
        }
        (_, Some(id)) => {
            client.delete(&format!("/Users/{id}")).await.expect(204);
            model.forget(&id);
        }
    }
}

async fn group_step(client: &Client, model: &mut Model, dice: &mut Dice) {
    let name = format!("g{}", dice.roll(6));
    let mut everything = model.user_ids();
    everything.extend(model.group_ids());
    let members: BTreeSet<String> =
        (0..dice.roll(4)).filter_map(|_| dice.pick(&everything).cloned()).collect();
    let listed: Vec<&str> = members.iter().map(String::as_str).collect();
    let values: Vec<Value> = listed.iter().map(|id| json!({ "value": id })).collect();
    let holder = model.groups.iter().find(|(_, group)| group.0 == name).map(|(id, _)| id.clone());
    let Some(id) = dice.pick(&model.group_ids()).cloned().filter(|_| dice.roll(5) > 0) else {
        let reply = client.post("/Groups", &group(&name, &listed)).await;
        match holder {
            Some(_) => drop(reply.expect_error(409, Some("uniqueness"))),
            None => drop(model.groups.insert(reply.expect(201).id(), (name, members))),
        }
        return;
    };
    let path = format!("/Groups/{id}");
    let entry = model.groups.get_mut(&id).expect("a group");
    match dice.roll(7) {
        0 => {
            let reply = client.put(&path, &group(&name, &listed)).await;
            match holder {
                Some(other) if other != id => drop(reply.expect_error(409, Some("uniqueness"))),
                _ => {
                    reply.expect(200);
                    *entry = (name, members);
                }
            }
        }
        1 | 2 => {
            client
                .operate(&path, json!([{ "op": "add", "path": "members", "value": values }]))
                .await
                .expect(204);
            entry.1.extend(members);
        }
        3 => {
            client
                .operate(&path, json!([{ "op": "remove", "path": "members", "value": values }]))
                .await
                .expect(204);
            entry.1.retain(|id| !members.contains(id));
        }
        4 => {
            let operations: Vec<Value> = listed
                .iter()
                .map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }))
                .chain([json!({ "op": "add", "path": "members", "value": values })])
                .collect();
            client.operate(&path, operations.into()).await.expect(204);
            entry.1.extend(members);
        }
        5 => {
            client
                .operate(&path, json!([{ "op": "replace", "path": "members", "value": values }]))
                .await
                .expect(204);
            entry.1 = members;
        }
        _ => {
            client.delete(&path).await.expect(204);
            model.forget(&id);
        }
    }
}

async fn compare(server: &Server, client: &Client, model: &Model) {
    let shown = client.get("/Users?count=1000").await.expect(200);
    let users: BTreeMap<String, (String, Option<String>, bool)> = shown.body["Resources"]
        .as_array()
        .expect("users")
        .iter()
        .map(|user| {
            let text = |name: &str| user[name].as_str().map(str::to_owned);
            let active = user["active"].as_bool().expect("active");
            (text("id").expect("an id"), (text("userName").expect("a name"), text("title"), active))
        })
        .collect();
    assert_eq!(users, model.users);
    let shown = client.get("/Groups?count=1000").await.expect(200);
    let groups: BTreeMap<String, (String, BTreeSet<String>)> = shown.body["Resources"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| {
            let members = group["members"].as_array().into_iter().flatten();
            let members = members.map(|member| member["value"].as_str().expect("an id").to_owned()).collect();
            let text = |name: &str| group[name].as_str().expect("a text").to_owned();
            (text("id"), (text("displayName"), members))
        })
        .collect();
    assert_eq!(groups, model.groups);
    assert_eq!(server.faults(), Vec::<String>::new());
}

/// R7644-3.5.2-08: whatever the sequence, each request happened whole or not at all.
/// R7644-3.6-04: nobody who is gone is a member of anything.
/// RIPS-8-01: mirror, directory and events agree at every point.
#[tokio::test]
async fn sequences_end_where_a_plain_model_ends() {
    for seed in 1..=4 {
        let (server, client) = acme().await;
        let (mut model, mut dice) = (Model::default(), Dice(seed));
        for step in 0..150 {
            server.wait(1);
            if dice.roll(2) == 0 {
                user_step(&client, &mut model, &mut dice).await;
            } else {
                group_step(&client, &mut model, &mut dice).await;
            }
            if step % 30 == 29 {
                compare(&server, &client, &model).await;
            }
        }
    }
}

/// R7644-3.3-06: many clients at once, creating, changing and deleting the same few people, never meet a failure of the
/// server, and what is left is consistent.
/// R9110-13-02: check and change are one.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_clients_leaves_no_fault() {
    let (server, client) = acme().await;
    let other = server.connect("acme", Provider::Entra).await;
    let mut crowd = JoinSet::new();
    for seed in 0..12 {
        let client = if seed % 3 == 0 { other.clone() } else { client.clone() };
        crowd.spawn(async move {
            let mut dice = Dice(seed + 77);
            for _ in 0..25 {
                let name = format!("u{}", dice.roll(4));
                let filter = format!("/Users?filter=userName+eq+%22{name}%22");
                let found = client.get(&filter).await.expect(200).body["Resources"][0]["id"]
                    .as_str()
                    .map(str::to_owned);
                let groups = client.get("/Groups").await.expect(200);
                let group_id = texts(&groups, "id").into_iter().next();
                let reply = match (dice.roll(6), found, group_id) {
                    (0, Some(id), _) => client.delete(&format!("/Users/{id}")).await,
                    (1, Some(id), _) => {
                        client
                            .operate(
                                &format!("/Users/{id}"),
                                json!([{ "op": "replace", "path": "active", "value": dice.roll(2) == 0 }]),
                            )
                            .await
                    }
                    (2, Some(id), Some(group)) => {
                        client
                            .operate(
                                &format!("/Groups/{group}"),
                                json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]),
                            )
                            .await
                    }
                    (3, Some(id), None) => client.post("/Groups", &group("Sales", &[&id])).await,
                    (4, _, Some(group)) if dice.roll(4) == 0 => {
                        client.delete(&format!("/Groups/{group}")).await
                    }
                    (_, Some(id), _) => {
                        client.put(&format!("/Users/{id}"), &user_with(&name, json!({ "title": "x" }))).await
                    }
                    (_, None, _) => client.post("/Users", &user_with(&name, json!({}))).await,
                };
                assert!(matches!(reply.code(), 200 | 201 | 204 | 404 | 409), "{}", reply.text);
            }
        });
    }
    crowd.join_all().await;
    assert_eq!(server.faults(), Vec::<String>::new());
    for client in [&client, &other] {
        let names = texts(&client.get("/Users").await.expect(200), "userName");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
