//! `accessiq simulate`.

use super::progress;
use crate::output;
use clap::Args;
use client::people::DOMAIN;
use client::players::{self, Options, Player, Report, Verdict};
use std::process::ExitCode;

/// Behave as an identity provider's client against any SCIM server.
#[derive(Args, Debug)]
pub struct Simulate {
    /// The player: okta, okta-catalog, entra, entra-compliant, google, auth0 or cognito
    player: Player,
    /// The SCIM base URL
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// The bearer token
    #[arg(long, env = "ACCESSIQ_TOKEN", hide_env_values = true)]
    token: String,
    /// What logins and addresses end in; two players on one connection need one each
    #[arg(long, default_value = DOMAIN)]
    domain: String,
    /// How many people
    #[arg(long, default_value_t = 200)]
    users: usize,
    /// How many groups; google and auth0 push none
    #[arg(long, default_value_t = 12)]
    groups: usize,
    /// Same seed, same people and same week
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Stop after the first sync, without the week of changes
    #[arg(long)]
    initial_only: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Simulate {
    /// Runs the command; exit code 1 if an expectation did not hold.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let options = Options {
            base_url: self.base_url.clone(),
            token: self.token.clone(),
            domain: self.domain.clone(),
            users: self.users,
            groups: self.groups,
            seed: self.seed,
            week: !self.initial_only,
            concurrency: 8,
        };
        let verdict = play(self.player, &options).await?;
        if self.json {
            output::json(&serde_json::to_value(&verdict)?);
        } else {
            show(&verdict);
        }
        Ok(if verdict.held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Lets a player play, with its progress drawn on stderr.
pub async fn play(player: Player, options: &Options) -> anyhow::Result<Verdict> {
    Ok(progress::drawn(async |report: &Report| players::play(player, options, report).await).await??)
}

/// The verdict for people.
pub fn show(verdict: &Verdict) {
    for expectation in &verdict.expectations {
        println!("  {} {}", if expectation.held { "✓" } else { "✗" }, expectation.what);
        for line in &expectation.detail {
            println!("      {line}");
        }
    }
    for choice in &verdict.choices {
        println!("  · {choice}");
    }
    let counts = &verdict.counts;
    println!(
        "  {} requests, {} retries, {:.1} s: {} people ({} active), {} groups",
        counts.requests,
        counts.retries,
        std::time::Duration::from_millis(verdict.duration_ms).as_secs_f64(),
        counts.users,
        counts.active,
        counts.groups
    );
}
