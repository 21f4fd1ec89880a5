//! `accessiq migrate`.

use super::progress::Drawn;
use super::transfer::{self, Faults};
use crate::config::{self, Archive};
use crate::output;
use clap::Args;
use serde_json::json;
use store::SCHEMA_VERSION;
use store::clock::Clock;
use store::ids::Ids;
use store::transfer::Location;

/// Where from and where to.
#[derive(Args, Debug)]
pub struct Migrate {
    /// What to move: sqlite:DIR, or the URL of a PostgreSQL database
    #[arg(long, value_name = "PLACE", requires = "destination")]
    from: Option<String>,
    /// Where to, in the same form; nothing may be there
    #[arg(long, value_name = "PLACE", requires = "from", group = "destination")]
    to: Option<String>,
    /// Take a move back: what --from names is served again, without what came to the other side since
    #[arg(long, requires = "from", group = "destination")]
    undo: bool,
    #[command(flatten)]
    faults: Faults,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// Runs the command.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let ids = Ids::system(Clock::System);
        let from = self.from.as_deref().map(|text| config::location("--from", text)).transpose()?;
        let to = self.to.as_deref().map(|text| config::location("--to", text)).transpose()?;
        match (from, to) {
            (Some(from), Some(to)) => self.relocate(&from, &to, &ids),
            (Some(from), None) => self.undo(&from, &ids),
            _ => self.bring_up(archive),
        }
    }

    fn bring_up(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open()?;
        if self.json {
            output::json(&json!({ "database": store.location(), "schema": SCHEMA_VERSION }));
        } else {
            println!("{} has schema version {SCHEMA_VERSION}.", store.location());
        }
        Ok(())
    }

    fn relocate(&self, from: &Location, to: &Location, ids: &Ids) -> anyhow::Result<()> {
        let drawn = Drawn::new()?;
        let keeps_faults = self.faults.despite_findings;
        let moved = provisioning::transfer::relocate(from, to, ids, keeps_faults, &*drawn.report())?;
        drop(drawn);
        if self.json {
            let mut document =
                moved.as_ref().map(transfer::arrived).transpose()?.unwrap_or_else(|| json!({}));
            document["from"] = from.to_string().into();
            document["to"] = to.to_string().into();
            document["hadArrived"] = moved.is_none().into();
            output::json(&document);
            return Ok(());
        }
        match &moved {
            Some(arrived) => {
                println!("All of {from} is in {to} now.");
                transfer::tell_arrived(arrived);
            }
            None => println!("All of {from} had arrived in {to} before: there is nothing left to do."),
        }
        println!(
            "What was left behind is closed. Once you need it no more, delete it; to take the move back: accessiq migrate --undo --from {from}"
        );
        Ok(())
    }

    fn undo(&self, from: &Location, ids: &Ids) -> anyhow::Result<()> {
        let mark = provisioning::transfer::undo(from, ids)?;
        if self.json {
            output::json(&json!({ "from": from.to_string(), "undone": mark }));
            return Ok(());
        }
        let since = mark.map_or_else(String::new, |mark| format!(" It is as it was on {}.", mark.at));
        println!("{from} may be served again.{since} What came to the other side since is not in it.");
        Ok(())
    }
}
