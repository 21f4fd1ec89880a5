//! `accessiq tenant`.

use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use web::api::tenants::TenantView;

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
                    let tenant = provisioning::tenants::named(&store, &tenant.name)?;
                    output::document(&TenantView::from(&tenant))?;
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
                    output::document(&tenants.iter().map(TenantView::from).collect::<Vec<_>>())?;
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
