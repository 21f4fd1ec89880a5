//! SQLite and PostgreSQL side by side: the same requests have the same answers, events and records, to the byte.
//!
//! Ids and tokens come from the same seed and time stands still, so nothing has a reason to differ. What is asked is
//! random: people and groups come, change, go and come back, are looked for, and are asked for what is not there.

use scim::Provider;
use serde_json::{Value, json};
use std::fmt::Write;
use testkit::{Client, Reply, Server};

/// How many walks there are, each on fresh databases.
const WALKS: u64 = 4;
/// How many requests a walk has.
const REQUESTS: usize = 120;
/// Names that differ in case, order, accents and what PostgreSQL cannot keep as it is.
const NAMES: [&str; 10] =
    ["ana", "Ana.Maria", "bo", "Étienne", "eve-lyn", "eve lyn", "żółw", "zoe\u{0}", "Straße", "a_b%c"];
const TITLES: [&str; 4] = ["lead", "Lead", "clerk \u{1}", ""];

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// One engine's side of a walk.
struct Side {
    server: Server,
    client: Client,
}

impl Side {
    async fn start(server: Server, settings: &[(&str, &str)]) -> Self {
        let client = server.connect_with("acme", Provider::Okta, settings).await;
        Self { server, client }
    }

    async fn ask(&self, request: &Request) -> Reply {
        match request {
            Request::Get(path) => self.client.get(path).await,
            Request::Post(path, body) => self.client.post(path, body).await,
            Request::Put(path, body) => self.client.put(path, body).await,
            Request::Patch(path, operations) => self.client.operate(path, operations.clone()).await,
            Request::Delete(path) => self.client.delete(path).await,
        }
    }
}

#[derive(Debug)]
enum Request {
    Get(String),
    Post(String, Value),
    Put(String, Value),
    Patch(String, Value),
    Delete(String),
}

/// What is known of the resources: their ids, among them some that are gone.
#[derive(Default)]
struct Known {
    users: Vec<String>,
    groups: Vec<String>,
}

fn user(random: &mut Random) -> Value {
    let name = random.pick(&NAMES);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@acme.example"),
        "externalId": format!("00u{}", random.below(12)),
        "name": { "givenName": name, "familyName": random.pick(&NAMES) },
        "emails": [{ "value": format!("{name}@acme.example"), "primary": true, "type": "work" }],
        "title": random.pick(&TITLES),
        "active": random.below(5) > 0,
    })
}

fn one_of(random: &mut Random, ids: &[String]) -> String {
    ids.get(random.below(ids.len() + 1)).cloned().unwrap_or_else(|| "nobody".into())
}

fn members(random: &mut Random, known: &Known) -> Value {
    (0..random.below(4)).map(|_| json!({ "value": one_of(random, &known.users) })).collect()
}

fn filter(random: &mut Random) -> String {
    let name = random.pick(&NAMES);
    let filter = match random.below(8) {
        0 => format!("userName eq {}", json!(format!("{}@acme.example", name.to_uppercase()))),
        1 => format!("userName sw {}", json!(name.chars().take(2).collect::<String>())),
        2 => format!("externalId eq \"00u{}\"", random.below(12)),
        3 => format!("emails.value eq {}", json!(format!("{name}@acme.example"))),
        4 => format!("name.familyName co {}", json!(name)),
        5 => format!("active eq {} and title pr", random.below(2) == 0),
        6 => format!("not (title eq {}) or userName gt \"e\"", json!(random.pick(&TITLES))),
        _ => format!("userName ne {}", json!(name)),
    };
    let mut encoded = String::new();
    for byte in filter.bytes() {
        write!(encoded, "%{byte:02X}").expect("a string takes all");
    }
    encoded
}

fn next(random: &mut Random, known: &Known) -> Request {
    let user_path = format!("/Users/{}", one_of(random, &known.users));
    let group_path = format!("/Groups/{}", one_of(random, &known.groups));
    let group = |random: &mut Random| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": random.pick(&NAMES),
            "members": members(random, known),
        })
    };
    match random.below(20) {
        0..=4 => Request::Post("/Users".into(), user(random)),
        5 | 6 => Request::Put(user_path, user(random)),
        7 => Request::Patch(
            user_path,
            json!([{ "op": "replace", "path": "active", "value": random.below(2) == 0 }]),
        ),
        8 => Request::Patch(
            user_path,
            json!([{ "op": "add", "path": "title", "value": random.pick(&TITLES) }]),
        ),
        9 => Request::Delete(user_path),
        10 | 11 => Request::Post("/Groups".into(), group(random)),
        12 => Request::Put(group_path, group(random)),
        13 => Request::Patch(
            group_path,
            json!([{ "op": "add", "path": "members", "value": members(random, known) }]),
        ),
        14 => Request::Patch(
            group_path,
            json!([{ "op": "remove", "path": "members", "value": members(random, known) }]),
        ),
        15 => Request::Delete(group_path),
        16 => Request::Get(if random.below(2) == 0 { user_path } else { group_path }),
        17 => Request::Get(format!("/Groups?sortBy=displayName&startIndex={}", random.below(4))),
        18 => Request::Get(format!("/Users?sortBy=userName&sortOrder=descending&count={}", random.below(9))),
        _ => Request::Get(format!("/Users?filter={}", filter(random))),
    }
}

/// All of an answer.
fn shown(reply: &Reply) -> (u16, Vec<(String, String)>, &str) {
    let headers = reply.headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}")));
    (reply.code(), headers.collect(), &reply.text)
}

#[tokio::test]
async fn the_same_requests_have_the_same_answers_events_and_records_on_both() {
    for seed in 0..WALKS {
        let settings: &[(&str, &str)] = if seed % 2 == 0 { &[] } else { &[("strict", "true")] };
        let sqlite = Side::start(Server::start_on_sqlite().await, settings).await;
        let postgres = Side::start(Server::start_on_postgres().await, settings).await;
        let (mut random, mut known, mut carried) = (Random(seed), Known::default(), 0);
        for number in 0..REQUESTS {
            let request = next(&mut random, &known);
            let (one, other) = (sqlite.ask(&request).await, postgres.ask(&request).await);
            assert_eq!(shown(&one), shown(&other), "walk {seed}, request {number}: {request:?}");
            assert!(one.code() < 500, "{request:?}: {}", one.text);
            carried += usize::from(one.code() < 300);
            if let (201, Request::Post(path, _)) = (one.code(), &request) {
                let ids = if path == "/Users" { &mut known.users } else { &mut known.groups };
                ids.push(one.id());
            }
            for side in [&sqlite, &postgres] {
                side.server.wait(1);
            }
        }
        assert!(carried > REQUESTS / 4, "walk {seed}: only {carried} requests were carried out");
        is_the_same_inside(&sqlite, &postgres).await;
    }
}

async fn is_the_same_inside(one: &Side, other: &Side) {
    let mut kept = Vec::new();
    for side in [one, other] {
        side.server.flush().await;
        assert_eq!(side.server.faults(), Vec::<String>::new());
        let scope = side.client.connection.scope;
        kept.push(side.server.store().read(|tx| {
            let events = store::events::after(tx, scope.tenant, 0, i64::MAX)?;
            let mut records = store::requests::newest(tx, scope, i64::MAX)?;
            for record in &mut records {
                record.duration = 0;
            }
            Ok::<_, store::StoreError>((events, records))
        }));
    }
    let (other, one) = (kept.pop().expect("two").expect("a read"), kept.pop().expect("two").expect("a read"));
    assert!(one.0.len() > 20 && one.1.len() >= REQUESTS, "{} events, {} records", one.0.len(), one.1.len());
    assert_eq!(one.0, other.0, "events");
    assert_eq!(one.1, other.1, "records");
}
