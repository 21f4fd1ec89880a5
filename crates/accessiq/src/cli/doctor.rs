//! `accessiq doctor`.

use crate::config::Archive;
use crate::output;
use clap::Args;
use std::process::ExitCode;

/// Check that mirror, directory and events agree. Reads only; exit code 1 if anything is wrong.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<ExitCode> {
        let store = archive.open_existing()?;
        let report = store.read_long(provisioning::doctor::examine).await?;
        if self.json {
            output::json(&serde_json::to_value(&report)?);
        } else {
            println!(
                "Looked at: tenants {}, user resources {}, users {}, groups {}, events {}.",
                report.tenants, report.resources, report.users, report.groups, report.events
            );
            for finding in &report.findings {
                println!("  ✗ {finding}");
            }
            if report.findings.is_empty() {
                println!("Mirror, directory and events agree.");
            }
        }
        Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
