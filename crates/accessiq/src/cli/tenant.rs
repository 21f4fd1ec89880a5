//! `accessiq tenant`.

use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use serde_json::json;

/// Make and list tenants.
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Make a tenant, with its root organization and the built-in roles
    Create {
        /// Its name
        name: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the tenants
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Tenant {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = match self {
            Self::Create { .. } => archive.open()?,
            Self::List { .. } => archive.open_existing()?,
        };
        match self {
            Self::Create { name, json } => {
                let tenant = provisioning::tenants::create(&store, &operator(), name).await?;
                if *json {
                    // As it is after the event of its making.
                    output::json(&shown(&provisioning::tenants::named(&store, &tenant.name)?));
                } else {
                    println!(
                        "Tenant \"{}\" is there. Next: accessiq connection create --tenant {} --provider okta",
                        tenant.name, tenant.name
                    );
                }
            }
            Self::List { json } => {
                let tenants = store.read(store::tenants::all)?;
                if *json {
                    output::json(&tenants.iter().map(shown).collect());
                } else {
                    let rows = tenants.into_iter().map(|tenant| {
                        [tenant.name, output::time(tenant.created_at), output::grouped(tenant.last_event)]
                    });
                    println!("{}", output::table(["Tenant", "Made", "Events"], rows));
                }
            }
        }
        Ok(())
    }
}

fn shown(tenant: &store::tenants::Tenant) -> serde_json::Value {
    json!({
        "name": tenant.name,
        "rootOrganization": tenant.root_organization,
        "createdAt": output::exact_time(Some(tenant.created_at)),
        "lastEvent": tenant.last_event,
    })
}
