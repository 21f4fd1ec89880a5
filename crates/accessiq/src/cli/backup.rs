//! `accessiq backup`.

use super::progress::Drawn;
use super::transfer;
use crate::config::Archive;
use clap::Args;
use std::path::PathBuf;

/// The file.
#[derive(Args, Debug)]
pub struct Backup {
    /// The file to make. It holds what lets people in, as digests and secrets of second factors: only its owner may read it
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Runs the command.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        let drawn = Drawn::new()?;
        let written = transfer::create(&self.to, |file| {
            provisioning::transfer::back_up(&store, file, &*drawn.report())
        })?;
        drop(drawn);
        transfer::tell_written(&written, &self.to, self.json)
    }
}
