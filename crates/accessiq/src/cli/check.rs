//! `accessiq check`.

mod report;

use crate::output;
use crate::serve::until_asked_to_stop;
use clap::Args;
use client::check::{self, Options, Progress, Provider};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use store::clock::Clock;

/// Check any SCIM server against the RFCs and against what identity providers rely on.
#[derive(Args, Debug)]
pub struct Check {
    /// The SCIM base URL, such as https://iam.example.com/scim/v2/CONNECTION
    base_url: String,
    /// The bearer token
    #[arg(long, env = "ACCESSIQ_TOKEN", hide_env_values = true)]
    token: String,
    /// Only what matters to one provider: okta, entra, google, auth0, cognito, onelogin, jumpcloud, ping or servicenow
    #[arg(long)]
    provider: Option<Provider>,
    /// Only the check with this id; may be given again
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Names of scratch users and groups are made of it; by default of the time
    #[arg(long)]
    seed: Option<u64>,
    /// List every check, also those that passed or were skipped
    #[arg(long)]
    verbose: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Runs the command; exit code 1 if a check failed.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let options = Options {
            base_url: self.base_url.clone(),
            token: self.token.clone(),
            seed: self.seed.unwrap_or_else(|| Clock::System.now().unsigned_abs()),
            provider: self.provider,
            only: self.only.clone(),
        };
        let bar = ProgressBar::new(0);
        bar.set_style(
            ProgressStyle::with_template("  {msg:<30} {bar:30} {pos:>4}/{len}")?.progress_chars("━╸─"),
        );
        let drawn = bar.clone();
        let tell = move |progress: Progress| {
            drawn.set_length(progress.total.try_into().unwrap_or(u64::MAX));
            drawn.set_position(progress.done.try_into().unwrap_or(u64::MAX));
            drawn.set_message(progress.topic);
        };
        let stop = async {
            if until_asked_to_stop().await.is_ok() {
                eprintln!("stopping: deleting what was made; once more to leave it there");
            } else {
                std::future::pending::<()>().await;
            }
        };
        let report = tokio::select! {
            report = check::check(&options, &tell, stop) => report,
            () = asked_twice() => anyhow::bail!("stopped before everything that was made was deleted; names begin with accessiq-check-"),
        };
        bar.finish_and_clear();
        let report = report?;
        if self.json {
            output::json(&serde_json::to_value(&report)?);
        } else {
            print!("{}", report::text(&report, self.verbose));
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Waits until somebody has asked twice to stop.
async fn asked_twice() {
    for _ in 0..2 {
        if until_asked_to_stop().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
