//! `accessiq organization`.

use super::access::sentence;
use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::access::{self, Holder, OrganizationAccess};
use provisioning::organizations::{self, KINDS, Wanted};
use provisioning::tenants;
use std::collections::HashMap;
use store::Store;
use store::organizations::Organization as Row;
use store::tenants::Tenant;
use web::api::organizations::OrganizationView;

/// List, make, change, archive and restore organizations, and explain who has access to one.
#[derive(Debug, Subcommand)]
pub enum Organization {
    /// List the organizations of a tenant
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Archived ones as well
        #[arg(long)]
        archived: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make an organization
    Create {
        /// Its name
        name: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// The name in a form for addresses; made of the name if none is given
        #[arg(long)]
        slug: Option<String>,
        /// What it is
        #[arg(long = "type", value_name = "TYPE", value_parser = KINDS)]
        kind: Option<String>,
        /// The organization above, by name, slug or id; the tenant's root if none is given
        #[arg(long)]
        parent: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Rename an organization, move it in the tree, or change its slug or type
    Change {
        /// Its name, slug or id
        organization: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// The new name
        #[arg(long)]
        name: Option<String>,
        /// The new slug
        #[arg(long)]
        slug: Option<String>,
        /// The new type
        #[arg(long = "type", value_name = "TYPE", value_parser = KINDS)]
        kind: Option<String>,
        /// The organization above from now on, by name, slug or id
        #[arg(long)]
        parent: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Archive an organization that nothing uses
    Archive {
        /// Its name, slug or id
        organization: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Bring an archived organization back, where it stood
    Restore {
        /// Its id, or a name or slug that no other archived one has
        organization: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Explain who may do what at an organization, since when, and why
    Access {
        /// Its name, slug or id
        organization: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Organization {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::List { tenant, archived, json } => {
                list(&store, &tenants::named(&store, tenant)?, *archived, *json)
            }
            Self::Create { name, tenant, slug, kind, parent, json } => {
                let tenant = tenants::named(&store, tenant)?;
                let wanted = Wanted {
                    name: Some(name.clone()),
                    slug: slug.clone(),
                    kind: kind.clone(),
                    parent: parent.clone(),
                };
                let made = organizations::create(&store, &operator(), &tenant, wanted).await?;
                show(&made, "is there", *json)
            }
            Self::Change { organization, tenant, name, slug, kind, parent, json } => {
                let tenant = tenants::named(&store, tenant)?;
                let wanted = Wanted {
                    name: name.clone(),
                    slug: slug.clone(),
                    kind: kind.clone(),
                    parent: parent.clone(),
                };
                let changed =
                    organizations::change(&store, &operator(), &tenant, organization, None, wanted).await?;
                show(&changed, "is as it shall be", *json)
            }
            Self::Archive { organization, tenant, json } => {
                let tenant = tenants::named(&store, tenant)?;
                let archived =
                    organizations::archive(&store, &operator(), &tenant, organization, None).await?;
                show(&archived, "is archived", *json)
            }
            Self::Restore { organization, tenant, json } => {
                let tenant = tenants::named(&store, tenant)?;
                let restored =
                    organizations::restore(&store, &operator(), &tenant, organization, None).await?;
                show(&restored, "is back", *json)
            }
            Self::Access { organization, tenant, json } => {
                explain(&store, &tenants::named(&store, tenant)?, organization, *json).await
            }
        }
    }
}

fn show(organization: &Row, what: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return output::document(&OrganizationView::from(organization));
    }
    println!("Organization \"{}\" ({}) {what}.", organization.name, organization.slug);
    Ok(())
}

fn list(store: &Store, tenant: &Tenant, archived: bool, json: bool) -> anyhow::Result<()> {
    let mut all = store.read(|tx| store::organizations::all(tx, tenant.tenant))?;
    all.retain(|organization| archived || organization.archived_at.is_none());
    if json {
        return output::document(&all.iter().map(OrganizationView::from).collect::<Vec<_>>());
    }
    let names: HashMap<&str, &str> =
        all.iter().map(|organization| (organization.id.as_str(), organization.name.as_str())).collect();
    let rows = all.iter().map(|organization| {
        let above = organization.parent.as_deref().and_then(|parent| names.get(parent).copied());
        [
            organization.name.clone(),
            organization.slug.clone(),
            organization.kind.clone(),
            above.unwrap_or_default().to_owned(),
            organization.origin.clone(),
            organization.id.clone(),
        ]
    });
    println!("{}", output::table(["Organization", "Slug", "Type", "Below", "Made by", "Id"], rows));
    Ok(())
}

/// How many people are read at once.
const PAGE: usize = 200;

async fn explain(store: &Store, tenant: &Tenant, who: &str, json: bool) -> anyhow::Result<()> {
    let (number, who) = (tenant.tenant, who.to_owned());
    let whole = store
        .read_long(move |tx| {
            let organization = provisioning::find::organization(tx, number, &who)?;
            let mut whole = access::of_organization(tx, number, &organization, "", PAGE)?;
            while let Some(last) = whole.next.take() {
                let OrganizationAccess { people, next, .. } =
                    access::of_organization(tx, number, &organization, &last, PAGE)?;
                whole.people.extend(people);
                whole.next = next;
            }
            Ok::<_, provisioning::Error>(whole)
        })
        .await?;
    if json {
        return output::document(&whole);
    }
    println!("{} people have a role at {}.", whole.people.len(), whole.organization.name);
    for holder in &whole.people {
        let Holder { name, user_name, status, since, .. } = holder;
        println!("\n{name} ({user_name}) is {status}, here since {since}.");
        for entry in &holder.entries {
            println!("{}", sentence(entry));
        }
    }
    Ok(())
}
