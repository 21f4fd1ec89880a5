//! `accessiq events`.

use crate::config::Archive;
use crate::output;
use clap::Args;
use provisioning::tenants;
use store::StoreError;
use store::administrators::INSTALLATION;
use store::events::{self, Event};
use web::api::events::EventView;
use web::api::named::connections_of;

/// Show a tenant's journal, or the installation's.
#[derive(Args, Debug)]
pub struct Events {
    /// The tenant
    #[arg(long, required_unless_present = "installation", conflicts_with = "installation")]
    tenant: Option<String>,
    /// The installation's own: who signed in, who failed to, and what was done to no tenant
    #[arg(long)]
    installation: bool,
    /// Events after this number, oldest first; without it the newest are shown
    #[arg(long, value_name = "NUMBER")]
    after: Option<i64>,
    /// How many at most
    #[arg(long, default_value_t = 50)]
    limit: i64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Events {
    /// Runs the command.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        let tenant = match &self.tenant {
            Some(name) => tenants::named(&store, name)?.tenant,
            None => INSTALLATION,
        };
        let limit = self.limit.max(0);
        let (events, connections) = store.read(|tx| {
            let events = match self.after {
                Some(after) => events::after(tx, tenant, after, limit)?,
                None => events::newest(tx, tenant, limit).map(|mut newest| {
                    newest.reverse();
                    newest
                })?,
            };
            Ok::<_, StoreError>((events, connections_of(tx, tenant)?))
        })?;
        if self.json {
            let views = events.iter().map(|event| EventView::of(event, &connections));
            output::document(&views.collect::<Vec<_>>())?;
        } else {
            println!("{}", table(&events));
        }
        Ok(())
    }
}

/// Events as a table for people.
pub fn table(events: &[Event]) -> comfy_table::Table {
    let rows = events.iter().map(|event| {
        [event.number.to_string(), output::time(event.at), event.kind.clone(), event.summary.clone()]
    });
    output::table(["No.", "When", "Event", "What happened"], rows)
}
