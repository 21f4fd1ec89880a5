//! `accessiq tenant`.

use super::job::{How, follow};
use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::retention::{self, Keep};
use provisioning::tenants;
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
    /// Change which organization every user becomes a member of, with which role, and how long history is kept
    Set {
        /// Its name
        name: String,
        /// The organization's name, slug or id
        #[arg(long, value_name = "ORGANIZATION")]
        default_organization: Option<String>,
        /// The role's name or id
        #[arg(long, value_name = "ROLE")]
        default_role: Option<String>,
        /// How many days events are kept, 0 for good
        #[arg(long, value_name = "DAYS")]
        keep_events: Option<u32>,
        /// How many days records of requests are kept, 0 for good
        #[arg(long, value_name = "DAYS")]
        keep_records: Option<u32>,
        /// Go on even if history goes by it, for good
        #[arg(long)]
        yes: bool,
        /// Leave what concerns many people to the server, instead of carrying it out here
        #[arg(long)]
        background: bool,
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
            Self::Set { .. } | Self::List { .. } => archive.open_existing()?,
        };
        match self {
            Self::Create { name, json } => {
                let tenant = tenants::create(&store, &operator(), name).await?;
                if *json {
                    // As it is after the event of its making.
                    let tenant = tenants::named(&store, &tenant.name)?;
                    output::document(&TenantView::from(&tenant))?;
                } else {
                    println!(
                        "Tenant \"{}\" is there. Next: accessiq connection create --tenant {} --provider okta",
                        tenant.name, tenant.name
                    );
                }
            }
            Self::Set {
                name,
                default_organization,
                default_role,
                keep_events,
                keep_records,
                yes,
                background,
                json,
            } => {
                let tenant = tenants::named(&store, name)?;
                let kept = retention::Wanted {
                    events: keep_events.map(Keep::of),
                    records: keep_records.map(Keep::of),
                    confirmed: *yes,
                };
                let wanted = tenants::Wanted {
                    organization: default_organization.clone(),
                    role: default_role.clone(),
                    kept,
                };
                let jobs = tenants::set_up(&store, &operator(), &tenant, wanted).await?;
                let how = How { what_if: false, background: *background, json: *json };
                for job in jobs {
                    follow(&store, Some(job), how).await?;
                }
                let tenant = tenants::named(&store, name)?;
                if *json {
                    output::document(&TenantView::from(&tenant))?;
                } else {
                    println!("Tenant \"{}\" is set up.", tenant.name);
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
