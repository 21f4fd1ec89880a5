//! `accessiq tenant`.

use super::job::{How, follow};
use super::progress::Drawn;
use super::transfer::{self, Faults};
use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::retention::{self, Keep};
use provisioning::tenants;
use std::path::{Path, PathBuf};
use store::Store;
use store::transfer::file::Copy;
use web::api::tenants::TenantView;

/// Make, list, set up, export and import tenants.
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
    /// Write all that is one tenant's own into one file, as it is at one moment
    ///
    /// Left out are the people who sign in at the console, and keys of the whole installation.
    Export {
        /// Its name
        name: String,
        /// The file to make
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Leave out what lets providers and programs in: tokens, clients, API keys
        #[arg(long)]
        without_credentials: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Bring a tenant in that another installation has exported, with all its ids
    ///
    /// Providers and programs are let in here as they were there: their tokens and keys are known by digests, which go along
    /// unless they were left out.
    Import {
        /// The file
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Call it otherwise here
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        faults: Faults,
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
            Self::Import { from, name, faults, json } => {
                return import(archive, from, name.as_deref(), *faults, *json).await;
            }
            Self::Create { .. } => archive.open()?,
            Self::Set { .. } | Self::Export { .. } | Self::List { .. } => archive.open_existing()?,
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
            Self::Export { name, to, without_credentials, json } => {
                export(&store, name, to, !without_credentials, *json)?;
            }
            // Done above: its file is read before a database is opened, or made.
            Self::Import { .. } => {}
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

fn export(store: &Store, name: &str, to: &Path, credentials: bool, json: bool) -> anyhow::Result<()> {
    let tenant = tenants::named(store, name)?;
    let drawn = Drawn::new()?;
    let written = transfer::create(to, |file| {
        provisioning::transfer::export(store, &tenant, credentials, file, &*drawn.report())
    })?;
    drop(drawn);
    transfer::tell_written(&written, to, json)
}

async fn import(
    archive: &Archive,
    from: &Path,
    name: Option<&str>,
    faults: Faults,
    json: bool,
) -> anyhow::Result<()> {
    let drawn = Drawn::new()?;
    let copy = Copy::open(from, &*drawn.report())?;
    let made_at = copy.header.made_at.clone();
    // Of a file that is no good nothing is made.
    let store = archive.open()?;
    let imported = provisioning::transfer::import(
        &store,
        &operator(),
        copy,
        name,
        faults.despite_findings,
        drawn.report(),
    )
    .await?;
    drop(drawn);
    if json {
        let mut document = transfer::arrived(&imported.arrived)?;
        document["tenant"] = serde_json::to_value(TenantView::from(&imported.tenant))?;
        output::json(&document);
    } else {
        println!("Tenant \"{}\" is there, as it was on {made_at}.", imported.tenant.name);
        transfer::tell_arrived(&imported.arrived);
    }
    Ok(())
}
