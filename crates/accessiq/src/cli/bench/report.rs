//! What was measured: as a document, as a table, and held against an earlier one.

use crate::output;
use client::load::Outcome;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One kind of request at one size.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phase {
    /// What was asked.
    pub name: String,
    /// Users in the directory, or members of the group.
    pub size: usize,
    /// How many times.
    pub requests: usize,
    /// How many were answered with an error.
    pub failures: usize,
    /// What the first error said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<String>,
    /// In all, in seconds.
    pub seconds: f64,
    /// How many a second.
    pub per_second: f64,
    /// How long half of them took at most, in milliseconds.
    pub p50_ms: Option<f64>,
    /// How long all but one in a hundred took at most, in milliseconds.
    pub p99_ms: Option<f64>,
    /// What the server spent on each, in microseconds of CPU time; none if its process is not on this machine.
    pub cpu_us: Option<f64>,
    /// What the bare server spent on an answer of the same size.
    pub bare_cpu_us: Option<f64>,
    /// How many times as much.
    pub ratio: Option<f64>,
}

impl Phase {
    /// A phase that was measured.
    pub fn new(name: &str, size: usize, outcome: &Outcome, spent: Option<Duration>, bare: Duration) -> Self {
        let requests = outcome.latencies.len();
        let cpu = spent.map(|spent| micros(spent) / count(requests));
        let bare = micros(bare);
        Self {
            name: name.to_owned(),
            size,
            requests,
            failures: requests - outcome.succeeded,
            first_failure: outcome.first_failure.clone(),
            seconds: outcome.elapsed.as_secs_f64(),
            per_second: count(requests) / outcome.elapsed.as_secs_f64(),
            p50_ms: Some(millis(outcome.quantile(0.5))),
            p99_ms: Some(millis(outcome.quantile(0.99))),
            cpu_us: cpu,
            bare_cpu_us: Some(bare),
            ratio: cpu.map(|cpu| cpu / bare),
        }
    }

    /// What a player did, all kinds of requests together.
    pub fn of_player(
        name: &str,
        size: usize,
        requests: usize,
        elapsed: Duration,
        spent: Option<Duration>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            size,
            requests,
            failures: 0,
            first_failure: None,
            seconds: elapsed.as_secs_f64(),
            per_second: count(requests) / elapsed.as_secs_f64(),
            p50_ms: None,
            p99_ms: None,
            cpu_us: spent.map(|spent| micros(spent) / count(requests)),
            bare_cpu_us: None,
            ratio: None,
        }
    }

    /// The same, counted by what takes several requests.
    #[must_use]
    pub fn per(mut self, requests: u32) -> Self {
        let several = f64::from(requests);
        self.requests /= usize::try_from(requests).unwrap_or(1);
        self.per_second /= several;
        self.cpu_us = self.cpu_us.map(|cpu| cpu * several);
        self.bare_cpu_us = self.bare_cpu_us.map(|bare| bare * several);
        self
    }

    /// Two rounds of the same.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (mine, others) = (count(self.requests), count(other.requests));
        let mean = |a: f64, b: f64| (a * mine + b * others) / (mine + others);
        let cpu = self.cpu_us.zip(other.cpu_us).map(|(a, b)| mean(a, b));
        let bare = self.bare_cpu_us.zip(other.bare_cpu_us).map(|(a, b)| mean(a, b));
        let seconds = self.seconds + other.seconds;
        Self {
            requests: self.requests + other.requests,
            failures: self.failures + other.failures,
            first_failure: self.first_failure.clone().or_else(|| other.first_failure.clone()),
            seconds,
            per_second: (mine + others) / seconds,
            p50_ms: self.p50_ms.zip(other.p50_ms).map(|(a, b)| mean(a, b)),
            p99_ms: self.p99_ms.zip(other.p99_ms).map(|(a, b)| a.max(b)),
            cpu_us: cpu,
            bare_cpu_us: bare,
            ratio: cpu.zip(bare).map(|(cpu, bare)| cpu / bare),
            ..self.clone()
        }
    }
}

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The release that was measured with.
    pub version: String,
    /// `sqlite`, `postgresql`, or `unknown` for a server that was not started by the bench.
    pub engine: String,
    /// How many connections were open at once.
    pub connections: usize,
    /// What was measured, in order.
    pub phases: Vec<Phase>,
    /// Memory of the server at the end, in KiB.
    pub memory_kib: Option<u64>,
    /// At most.
    pub peak_memory_kib: Option<u64>,
}

impl Report {
    /// Whether every request was answered with success.
    pub fn held(&self) -> bool {
        self.phases.iter().all(|phase| phase.failures == 0)
    }

    /// Prints the table.
    pub fn show(&self) {
        let head = [
            "What", "Size", "Requests", "A second", "p50 ms", "p99 ms", "CPU µs", "Bare µs", "Ratio",
            "Failed",
        ];
        let rows = self.phases.iter().map(|phase| {
            [
                phase.name.clone(),
                phase.size.to_string(),
                phase.requests.to_string(),
                format!("{:.0}", phase.per_second),
                number(phase.p50_ms, 2),
                number(phase.p99_ms, 2),
                number(phase.cpu_us, 0),
                number(phase.bare_cpu_us, 0),
                number(phase.ratio, 1),
                phase.failures.to_string(),
            ]
        });
        println!("{}", output::table(head, rows));
        for phase in &self.phases {
            if let Some(failure) = &phase.first_failure {
                println!("  ✗ {} at {}: {failure}", phase.name, phase.size);
            }
        }
        if let Some(peak) = self.peak_memory_kib {
            println!(
                "\n  Memory of the server: {} MiB at the end, {} MiB at most",
                self.memory_kib.unwrap_or(0) / 1024,
                peak / 1024
            );
        }
    }

    /// Prints what changed since an earlier run, phase by phase.
    pub fn compare(&self, earlier: &Self) {
        let head = ["What", "Size", "Ratio before", "Ratio now", "Change", "CPU µs before", "CPU µs now"];
        let same = |phase: &&Phase, other: &Phase| phase.name == other.name && phase.size == other.size;
        let rows = self.phases.iter().filter_map(|phase| {
            let before = earlier.phases.iter().find(|before| same(before, phase))?;
            let change = before.ratio.zip(phase.ratio).map(|(before, now)| (now / before - 1.0) * 100.0);
            Some([
                phase.name.clone(),
                phase.size.to_string(),
                number(before.ratio, 1),
                number(phase.ratio, 1),
                change.map_or_else(|| "–".into(), |change| format!("{change:+.0} %")),
                number(before.cpu_us, 0),
                number(phase.cpu_us, 0),
            ])
        });
        println!("{}", output::table(head, rows));
    }
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".into(), |value| format!("{value:.digits$}"))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests, far below 2^52")]
fn count(number: usize) -> f64 {
    number.max(1) as f64
}
