//! `accessiq events`.

use crate::config::Archive;
use crate::output;
use clap::Args;
use provisioning::tenants;
use serde_json::{Value, json};
use store::events::{self, Event};

/// Show a tenant's journal.
#[derive(Args, Debug)]
pub struct Events {
    /// The tenant
    #[arg(long)]
    tenant: String,
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
        let tenant = tenants::named(&store, &self.tenant)?.tenant;
        let limit = self.limit.max(0);
        let events = store.read(|tx| match self.after {
            Some(after) => events::after(tx, tenant, after, limit),
            None => events::newest(tx, tenant, limit).map(|mut newest| {
                newest.reverse();
                newest
            }),
        })?;
        if self.json {
            output::json(&Value::Array(events.iter().map(shown).collect()));
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

fn shown(event: &Event) -> Value {
    json!({
        "number": event.number,
        "at": output::exact_time(Some(event.at)),
        "kind": event.kind,
        "subject": { "kind": event.subject.0, "id": event.subject.1 },
        "actor": { "kind": event.actor.0, "id": event.actor.1 },
        "request": event.request_id,
        "summary": event.summary,
        "before": event.before,
        "after": event.after,
    })
}
