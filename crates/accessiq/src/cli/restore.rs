//! `accessiq restore`.

use super::progress::Drawn;
use super::transfer::{self, Faults};
use crate::config::Archive;
use crate::output;
use clap::Args;
use std::path::PathBuf;
use store::clock::Clock;
use store::ids::Ids;
use store::transfer::file::Copy;

/// What is restored.
#[derive(Args, Debug)]
pub struct Restore {
    /// The file that `accessiq backup` made
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    faults: Faults,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Restore {
    /// Runs the command.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let (to, ids) = (archive.location()?, Ids::system(Clock::System));
        let drawn = Drawn::new()?;
        let report = drawn.report();
        let copy = Copy::open(&self.from, &*report)?;
        let keeps_faults = self.faults.despite_findings;
        let restored = provisioning::transfer::restore(&copy, &to, &ids, keeps_faults, &*report)?;
        drop(drawn);
        if self.json {
            let mut document = transfer::arrived(&restored)?;
            document["to"] = to.to_string().into();
            document["madeAt"] = copy.header.made_at.into();
            output::json(&document);
        } else {
            println!("{to} holds what there was on {}.", copy.header.made_at);
            transfer::tell_arrived(&restored);
        }
        Ok(())
    }
}
