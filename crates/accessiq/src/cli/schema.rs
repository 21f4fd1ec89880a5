//! `accessiq schema`.

use crate::config::{Archive, operator};
use crate::output;
use anyhow::Context;
use clap::Subcommand;
use provisioning::{extensions, tenants};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Add, list and take away a tenant's own schema extensions of users.
#[derive(Debug, Subcommand)]
pub enum Schema {
    /// Add an extension from a file, or let one grow; usable at once
    Add {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// A Schema resource as JSON (RFC 7643 §7)
        file: PathBuf,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the extensions of a tenant
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take an extension away that no user has values for
    Remove {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// The URN
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Schema {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::Add { tenant, file, json } => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                let resource: Value =
                    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
                let tenant = tenants::named(&store, tenant)?;
                let schema = extensions::put(&store, &operator(), &tenant, &resource).await?;
                if *json {
                    output::json(
                        &json!({ "id": schema.id, "name": schema.name, "attributes": schema.attributes.len() }),
                    );
                } else {
                    println!(
                        "Schema \"{}\" ({}) is in use: {} attributes.",
                        schema.name,
                        schema.id,
                        schema.attributes.len()
                    );
                }
            }
            Self::List { tenant, json } => {
                let tenant = tenants::named(&store, tenant)?.tenant;
                let schemas = store.read(|tx| extensions::of(tx, tenant))?;
                if *json {
                    output::json(&serde_json::to_value(&schemas)?);
                } else {
                    let rows = schemas.iter().map(|schema| {
                        [schema.name.clone(), schema.id.clone(), schema.attributes.len().to_string()]
                    });
                    println!("{}", output::table(["Schema", "Id", "Attributes"], rows));
                }
            }
            Self::Remove { tenant, id, json } => {
                let tenant = tenants::named(&store, tenant)?;
                extensions::remove(&store, &operator(), &tenant, id).await?;
                if *json {
                    output::json(&json!({ "id": id, "state": "removed" }));
                } else {
                    println!("Schema {id} is taken away.");
                }
            }
        }
        Ok(())
    }
}
