//! What one member costs: CPU time of a PATCH that adds or removes one member, in a small group and in a big one.
//!
//! `cargo bench -p web --bench members`. The whole service in process, without a socket, on a database file; sizes,
//! method and results stand in `docs/PERFORMANCE.md`. Ends with 1 if the big group costs more than [`CEILING`] times
//! the small one.

use rustix::time::{ClockId, clock_gettime};
use scim::Provider;
use serde_json::json;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use testkit::{Client, Server};
use tokio::task::JoinSet;

/// Members of the small group.
const SMALL: usize = 10;
/// Members of the big group.
const BIG: usize = 100_000;
/// People who are in neither group; each is added and removed again.
const SPARE: usize = 200;
/// Rounds measured; each adds and removes every spare person in both groups.
const ROUNDS: usize = 20;
/// Rounds before that, to fill caches.
const WARM_UP: usize = 2;
/// How many members one request puts into the big group.
const CHUNK: usize = 10_000;
/// How many clients create people at a time.
const CLIENTS: usize = 32;
/// How much more the big group may cost.
const CEILING: f64 = 1.20;

/// CPU time of one request, on average over one round.
#[derive(Clone, Copy, Default)]
struct Cost {
    add: f64,
    remove: f64,
}

impl Cost {
    fn mean(self) -> f64 {
        f64::midpoint(self.add, self.remove)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` runs this as well, without the word.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Entra).await;
    let began = Instant::now();
    let people = create_people(&client, BIG + SPARE).await;
    let (members, spare) = people.split_at(BIG);
    let small = fill(&client, "Small", &members[..SMALL]).await;
    let big = fill(&client, "Big", members).await;
    println!("{BIG} people created and put into a group in {:.0} s", began.elapsed().as_secs_f64());

    let mut costs = Vec::new();
    for round in 0..WARM_UP + ROUNDS {
        // Who goes first changes, so that neither group has the warmer caches.
        let pair = if round % 2 == 0 {
            let of_small = measure(&client, &small, spare).await;
            (of_small, measure(&client, &big, spare).await)
        } else {
            let of_big = measure(&client, &big, spare).await;
            (measure(&client, &small, spare).await, of_big)
        };
        if round >= WARM_UP {
            costs.push(pair);
        }
    }
    verdict(&costs)
}

/// Creates people, several at a time; returns their ids.
async fn create_people(client: &Client, count: usize) -> Vec<String> {
    let mut tasks = JoinSet::new();
    for lane in 0..CLIENTS {
        let client = client.clone();
        tasks.spawn(async move {
            let mut ids = Vec::new();
            for number in (lane..count).step_by(CLIENTS) {
                ids.push(client.create_user(&format!("person{number}@example.com")).await);
            }
            ids
        });
    }
    tasks.join_all().await.concat()
}

/// Makes a group of these members; returns its id.
async fn fill(client: &Client, name: &str, members: &[String]) -> String {
    let group = client.create_group(name, &[]).await;
    for chunk in members.chunks(CHUNK) {
        let elements: Vec<_> = chunk.iter().map(|id| json!({ "value": id })).collect();
        let add = json!([{ "op": "add", "path": "members", "value": elements }]);
        client.operate(&format!("/Groups/{group}"), add).await.expect(204);
    }
    group
}

/// Adds and removes each of these people, one a request; the CPU time of the whole process for it.
async fn measure(client: &Client, group: &str, people: &[String]) -> Cost {
    let path = format!("/Groups/{group}");
    let mut cost = Cost::default();
    for id in people {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
        let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
        let before = cpu_time();
        client.operate(&path, add).await.expect(204);
        let between = cpu_time();
        client.operate(&path, remove).await.expect(204);
        cost.add += micros(between.saturating_sub(before));
        cost.remove += micros(cpu_time().saturating_sub(between));
    }
    let count = f64::from(u32::try_from(people.len()).expect("a few people"));
    Cost { add: cost.add / count, remove: cost.remove / count }
}

/// User and system time of all threads so far.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let whole = u64::try_from(time.tv_sec).expect("time since the start");
    Duration::from_secs(whole) + Duration::from_nanos(u64::try_from(time.tv_nsec).expect("below a second"))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Says what was measured. A median over rounds does not mind a neighbour on the machine.
fn verdict(costs: &[(Cost, Cost)]) -> ExitCode {
    let median = |value: &dyn Fn(&(Cost, Cost)) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("CPU µs a request, median of {} rounds of {} requests", costs.len(), 2 * SPARE);
    println!("  group of      add   remove     both");
    for (size, of) in [(SMALL, 0), (BIG, 1)] {
        let cost = |pair: &(Cost, Cost)| if of == 0 { pair.0 } else { pair.1 };
        println!(
            "  {size:>8} {:>8.1} {:>8.1} {:>8.1}",
            median(&|pair| cost(pair).add),
            median(&|pair| cost(pair).remove),
            median(&|pair| cost(pair).mean())
        );
    }
    let ratio = median(&|(small, big)| big.mean() / small.mean());
    let range = costs.iter().map(|(small, big)| big.mean() / small.mean());
    let (least, most) =
        range.fold((f64::MAX, f64::MIN), |(least, most), ratio| (least.min(ratio), most.max(ratio)));
    let held = ratio <= CEILING;
    println!(
        "{} ratio {ratio:.3} (rounds from {least:.3} to {most:.3}), at most {CEILING:.2} is allowed",
        if held { "✓" } else { "✗" }
    );
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
