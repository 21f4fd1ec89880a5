//! `accessiq link`.

use crate::config::{Archive, operator};
use crate::output;
use clap::{Args, Subcommand};
use provisioning::{links, tenants};
use store::tenants::Tenant;
use store::{Store, StoreError};
use web::api::links::LinkView;

/// List, approve and reject links of connections to users by hand who have a role of Admin or above.
#[derive(Debug, Subcommand)]
pub enum Link {
    /// List the links of a tenant that wait, or were decided and not carried out yet
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Approve a link: the identity provider's next attempt links; an approval holds for 30 days
    Approve(Named),
    /// Reject a link: no attempt links
    Reject(Named),
}

/// A link of a tenant.
#[derive(Args, Debug)]
pub struct Named {
    /// The link's id
    link: String,
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Link {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::List { tenant, json } => list(&store, &tenants::named(&store, tenant)?, *json),
            Self::Approve(named) => named.decide(&store, true).await,
            Self::Reject(named) => named.decide(&store, false).await,
        }
    }
}

impl Named {
    async fn decide(&self, store: &Store, approve: bool) -> anyhow::Result<()> {
        let tenant = tenants::named(store, &self.tenant)?;
        let link = links::decide(store, &operator(), &tenant, &self.link, None, approve).await?;
        let view = store.read(|tx| LinkView::read(tx, tenant.tenant, &link))?;
        if self.json {
            return output::document(&view);
        }
        let next = if approve {
            "Let the identity provider send the user again."
        } else {
            "No attempt of the identity provider links."
        };
        println!("The link of {} to {} is {}. {next}", view.connection.name, view.user.name, view.state);
        Ok(())
    }
}

/// How many links are read at once.
const PAGE: i64 = 1000;

fn list(store: &Store, tenant: &Tenant, json: bool) -> anyhow::Result<()> {
    let mut views: Vec<LinkView> = Vec::new();
    loop {
        let after = views.last().map_or_else(String::new, |view| view.id.clone());
        let page = store.read(|tx| {
            let rows = store::links::page(tx, tenant.tenant, &after, PAGE)?;
            let shown = rows.iter().map(|row| LinkView::read(tx, tenant.tenant, row));
            shown.collect::<Result<Vec<_>, StoreError>>()
        })?;
        if page.is_empty() {
            break;
        }
        views.extend(page);
    }
    if json {
        return output::document(&views);
    }
    let rows = views.iter().map(|view| {
        [
            view.state.clone(),
            view.connection.name.clone(),
            view.user.name.clone(),
            view.user_name.clone(),
            view.email.clone().unwrap_or_default(),
            view.id.clone(),
        ]
    });
    println!("{}", output::table(["State", "Connection", "User", "Sent as", "E-mail", "Id"], rows));
    Ok(())
}
