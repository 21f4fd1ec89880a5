//! `accessiq import cognito`.

use super::Destination;
use crate::cli::progress;
use clap::Args;
use client::import::aws::cognito::{Cognito as Reader, Place};
use client::import::export::{self, Export};
use client::import::mapping;
use client::import::pool::Pool;
use client::players::Report;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use store::clock::Clock;

/// Which user pool, and into which connection.
#[derive(Args, Debug)]
pub struct Cognito {
    /// The user pool, such as eu-west-1_aBcDeFgHi; with --from, the pool that the files are of, if they do not tell
    #[arg(long, value_name = "ID", required_unless_present = "from")]
    user_pool_id: Option<String>,
    /// Read files instead of AWS: what `aws cognito-idp list-users` and `list-groups` print, or both in one document
    #[arg(long, value_name = "FILE", num_args = 1..)]
    from: Vec<PathBuf>,
    /// With --from, the members of a group: what `aws cognito-idp list-users-in-group` prints; may be repeated
    #[arg(long, value_name = "GROUP=FILE", value_parser = members, requires = "from")]
    members: Vec<(String, PathBuf)>,
    /// The AWS region [default: that of the pool's id, else AWS_REGION]
    #[arg(long, conflicts_with = "from")]
    region: Option<String>,
    /// What takes the place of AWS's endpoint, such as a VPC endpoint
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    endpoint_url: Option<String>,
    #[command(flatten)]
    into: Destination,
}

/// Reads `GROUP=FILE`.
fn members(text: &str) -> Result<(String, PathBuf), String> {
    let (group, file) = text.rsplit_once('=').ok_or("write GROUP=FILE, such as admins=admins.json")?;
    Ok((group.to_owned(), file.into()))
}

impl Cognito {
    /// Runs the command.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        // A mistyped URL is found before a pool of thousands is read.
        self.into.client()?;
        let pool = if self.from.is_empty() { self.read_from_aws().await? } else { self.read_from_files()? };
        self.into.reconcile(&mapping::desired(&pool)).await
    }

    fn read_from_files(&self) -> anyhow::Result<Pool> {
        let export = Export {
            files: self.from.clone(),
            members: self.members.clone(),
            pool_id: self.user_pool_id.clone(),
        };
        let pool = export::read(&export)?;
        anyhow::ensure!(
            pool.id.is_some() || !self.into.delete,
            "--delete: the files do not say which user pool they are of. Give its id with --user-pool-id."
        );
        Ok(pool)
    }

    async fn read_from_aws(&self) -> anyhow::Result<Pool> {
        let place = Place {
            pool_id: self.user_pool_id.clone().unwrap_or_default(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
        };
        let fallback = std::env::var("AWS_REGION").ok();
        let micros = || u64::try_from(Clock::System.now()).unwrap_or(0);
        let now = Arc::new(move || UNIX_EPOCH + Duration::from_micros(micros()));
        // The seed decides on pauses alone: two readers at once should not have the same ones.
        let seed = micros() ^ (u64::from(std::process::id()) << 32);
        let reader = Reader::new(&place, fallback.as_deref(), now, seed).await?;
        let pool = progress::drawn(async |report: &Report| reader.read(report).await).await??;
        Ok(pool)
    }
}
