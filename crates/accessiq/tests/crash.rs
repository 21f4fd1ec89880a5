//! `kill -9` under load: what was answered stays, and nothing is half done.
//!
//! Eight clients create, replace, deactivate and regroup their own people, many at a time, while the server is killed at
//! moments that a seed picks (`load`). A kill leaves the page cache of the machine alone, so what a power cut does is not
//! shown here; that is `synchronous=full`.

mod load;
#[expect(dead_code, reason = "each file of tests uses its part")]
mod support;

use client::random::Random;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use support::{Home, Serving};

const SEED: u64 = 11;
/// How often the server is killed under load.
const ROUNDS: u64 = 30;
/// How many answers a round waits for at most before the kill.
const ANSWERS: usize = 120;

#[tokio::test]
async fn crash_under_load_loses_nothing_answered_and_leaves_nothing_half_done() {
    let home = Home::new();
    let connection = home.connection("generic");
    let mut random = Random::new(SEED);
    let mut lanes = load::lanes();
    let mut serving = Serving::start(&home).await;
    let groups = Arc::new(load::create_groups(&serving.client(&connection)).await);
    let mut kept = 0;
    for round in 0..ROUNDS {
        let client = load::client(&serving.base_url(&connection), &connection);
        let (progress, running) = load::start(SEED, round, &[client], &groups, lanes);
        progress.wait_for(random.below(ANSWERS) as u64).await;
        tokio::time::sleep(Duration::from_micros(random.below(2000) as u64)).await;
        serving.kill();
        lanes = running.join_all().await;
        if random.one_in(4) {
            kill_while_starting(&home, &mut random).await;
        }
        serving = Serving::start(&home).await;
        let found = load::read_back(&serving.client(&connection), &groups).await;
        kept += load::settle(round, &mut lanes, &found);
        assert_eq!(home.json(&["doctor"])["findings"], json!([]), "round {round}");
    }
    serving.ask_to_stop();
    assert!(serving.ended().await.success());
    let done = load::check_records(&home, &connection, &lanes, &groups);
    println!("{ROUNDS} kills, {done} changes, {kept} of them without an answer and whole");
}

/// Kills a server that is about to start: it opens the database, or puts right what the last one left.
async fn kill_while_starting(home: &Home, random: &mut Random) {
    let serving = Serving::launch(home, &[]);
    tokio::time::sleep(Duration::from_micros(random.below(40_000) as u64)).await;
    serving.kill();
}
