//! `accessiq requests`.

use crate::config::Archive;
use crate::output;
use clap::Args;
use serde_json::Value;
use store::requests::{self, Record};
use web::api::requests::RequestView;

/// Show the requests of a connection.
#[derive(Args, Debug)]
pub struct Requests {
    /// The connection's id
    #[arg(long)]
    connection: String,
    /// How many of the newest
    #[arg(long, default_value_t = 50)]
    limit: i64,
    /// Print one JSON document, bodies included
    #[arg(long)]
    json: bool,
}

impl Requests {
    /// Runs the command.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        let scope = provisioning::connections::by_id(&store, &self.connection)?.scope;
        let mut records = store.read(|tx| requests::newest(tx, scope, self.limit.max(0)))?;
        records.reverse();
        if self.json {
            output::document(&records.iter().map(RequestView::from).collect::<Vec<_>>())?;
        } else if records.is_empty() {
            println!("The connection has no request on record.");
        } else {
            let rows = records.iter().map(|record| {
                [
                    output::time(record.at),
                    record.method.clone(),
                    record.path.clone(),
                    record.status.to_string(),
                    format!(
                        "{:.1} ms",
                        std::time::Duration::from_micros(record.duration.unsigned_abs()).as_secs_f64()
                            * 1000.0
                    ),
                    meaning(record),
                ]
            });
            println!(
                "{}",
                output::table(["When", "Method", "Path", "Status", "Took", "What it meant"], rows)
            );
        }
        Ok(())
    }
}

/// What a request did, else what was wrong with it, else what was remarked.
fn meaning(record: &Record) -> String {
    let first = |list: &Option<Value>, name: &str| {
        let list = list.as_ref()?.as_array()?;
        let text = list.first()?.get(name)?.as_str()?.to_owned();
        Some(if list.len() > 1 { format!("{text} (+{} more)", list.len() - 1) } else { text })
    };
    first(&record.changes, "summary")
        .or_else(|| record.error.clone())
        .or_else(|| first(&record.notes, "text"))
        .unwrap_or_default()
}
