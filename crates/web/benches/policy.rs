//! What a changed policy costs those who go on working: a mapping that concerns 50,000 memberships is carried out in the
//! background of a tenant of 100,000 users in 1,000 groups, while requests come.
//!
//! `cargo bench -p web --bench policy`. The whole service in process, without a socket, on a database file; sizes,
//! method and results stand in `docs/PERFORMANCE.md`. Ends with 1 if it takes longer than [`CEILING`].

use provisioning::mappings::{self, Wanted};
use provisioning::{jobs, organizations};
use scim::Provider;
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use testkit::{Client, Server, operator};
use tokio::task::JoinSet;

/// People of the tenant.
const PEOPLE: usize = 100_000;
/// Groups beside the one whose mapping changes.
const GROUPS: usize = 999;
/// Members of each of them.
const MEMBERS: usize = 100;
/// Members of the group whose mapping changes.
const CONCERNED: usize = 50_000;
/// How many clients send requests at a time.
const CLIENTS: usize = 8;
/// How long requests are measured without anything else going on.
const QUIET: Duration = Duration::from_secs(10);
/// How long the change may take.
const CEILING: Duration = Duration::from_mins(1);

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` runs this as well, without the word.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Entra).await;
    let began = Instant::now();
    let people: Arc<[String]> = create_people(&client).await.into();
    for number in 0..GROUPS {
        let members: Vec<&String> =
            (0..MEMBERS).map(|member| &people[(number * MEMBERS + member) % PEOPLE]).collect();
        fill(&client, &format!("Team {number}"), &members).await;
    }
    let group = fill(&client, "Engineering staff", &people[..CONCERNED].iter().collect::<Vec<_>>()).await;
    println!("{PEOPLE} people in {} groups after {:.0} s", GROUPS + 1, began.elapsed().as_secs_f64());

    let quiet = Arc::new(AtomicBool::new(true));
    let load = tokio::spawn(requests(client.clone(), Arc::clone(&people), Arc::clone(&quiet)));
    tokio::time::sleep(QUIET).await;
    quiet.store(false, Ordering::Relaxed);
    let before = load.await.expect("requests");
    println!("{}", told("requests alone", &before));

    let tenant =
        server.store().read(|tx| store::tenants::by_name(tx, "acme")).expect("a database").expect("acme");
    let wanted =
        organizations::Wanted { name: Some("Engineering".into()), ..organizations::Wanted::default() };
    organizations::create(server.store(), &operator(), &tenant, wanted).await.expect("an organization");
    let wanted = Wanted {
        group,
        organization: Some("Engineering".into()),
        role: Some("Manager".into()),
        inherit: true,
        paused: false,
    };
    let going_on = Arc::new(AtomicBool::new(true));
    let load = tokio::spawn(requests(client.clone(), Arc::clone(&people), Arc::clone(&going_on)));
    let began = Instant::now();
    mappings::create(server.store(), &operator(), &client.connection.id, wanted).await.expect("a mapping");
    let steps = jobs::run_open(server.store(), |_| ()).await.expect("a job");
    let took = began.elapsed();
    going_on.store(false, Ordering::Relaxed);
    let during = load.await.expect("requests");
    println!("{}", told("requests meanwhile", &during));
    let held = took <= CEILING;
    println!(
        "{} {CONCERNED} memberships ended and as many started in {:.1} s, {steps} steps; at most {} s are allowed",
        if held { "✓" } else { "✗" },
        took.as_secs_f64(),
        CEILING.as_secs()
    );
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Creates people, several at a time; returns their ids.
async fn create_people(client: &Client) -> Vec<String> {
    let mut tasks = JoinSet::new();
    for lane in 0..4 * CLIENTS {
        let client = client.clone();
        tasks.spawn(async move {
            let mut ids = Vec::new();
            for number in (lane..PEOPLE).step_by(4 * CLIENTS) {
                ids.push(client.create_user(&format!("person{number}@example.com")).await);
            }
            ids
        });
    }
    tasks.join_all().await.concat()
}

/// Makes a group of these members; returns its id.
async fn fill(client: &Client, name: &str, members: &[&String]) -> String {
    let group = client.create_group(name, &[]).await;
    for chunk in members.chunks(5_000) {
        let elements: Vec<_> = chunk.iter().map(|id| json!({ "value": id })).collect();
        let add = json!([{ "op": "add", "path": "members", "value": elements }]);
        client.operate(&format!("/Groups/{group}"), add).await.expect(204);
    }
    group
}

/// Sends what providers send, several clients at a time, while `going_on`: how long each request took.
async fn requests(client: Client, people: Arc<[String]>, going_on: Arc<AtomicBool>) -> Vec<Duration> {
    let mut tasks = JoinSet::new();
    for lane in 0..CLIENTS {
        let (client, people, going_on) = (client.clone(), Arc::clone(&people), Arc::clone(&going_on));
        tasks.spawn(async move {
            let mut taken = Vec::new();
            let mut number = lane;
            while going_on.load(Ordering::Relaxed) {
                number += CLIENTS * 37;
                let path = format!("/Users/{}", people[number % PEOPLE]);
                let began = Instant::now();
                match number / CLIENTS % 4 {
                    0 => drop(client.get(&path).await.expect(200)),
                    1 => {
                        let filter = format!(
                            "/Users?filter=userName%20eq%20%22person{}@example.com%22",
                            number % PEOPLE
                        );
                        drop(client.get(&filter).await.expect(200));
                    }
                    _ => {
                        let title =
                            json!([{ "op": "replace", "path": "title", "value": format!("T{number}") }]);
                        drop(client.operate(&path, title).await);
                    }
                }
                taken.push(began.elapsed());
            }
            taken
        });
    }
    tasks.join_all().await.concat()
}

fn told(what: &str, taken: &[Duration]) -> String {
    let mut millis: Vec<f64> = taken.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    millis.sort_by(f64::total_cmp);
    let at = |share: usize| millis.get(millis.len() * share / 1000).copied().unwrap_or_default();
    format!(
        "{what}: {} requests of {CLIENTS} clients, p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms",
        millis.len(),
        at(500),
        at(990),
        at(999)
    )
}
