//! `accessiq mapping`.

use super::job::{How, aftermath, follow};
use super::target::Target;
use super::what_if;
use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::connections;
use provisioning::mappings::{self, Change, Wanted};
use provisioning::preview::Proposal;
use store::{Scope, Store, StoreError};
use web::api::jobs::{Changed, Ended};
use web::api::mappings::MappingView;

/// List, make, change and delete what groups stand for.
#[derive(Debug, Subcommand)]
pub enum Mapping {
    /// List what the groups of a connection stand for
    List {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Map a group by hand
    Create {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// The group's name or id
        #[arg(long)]
        group: String,
        /// The organization's name, slug or id; without one the group shall stand for nothing
        #[arg(long)]
        organization: Option<String>,
        /// The role's name or id; the connection's usual one if none is given
        #[arg(long)]
        role: Option<String>,
        /// The role holds in every organization below as well
        #[arg(long)]
        inherit: bool,
        /// It gives nothing for now
        #[arg(long)]
        paused: bool,
        #[command(flatten)]
        how: How,
    },
    /// Change a mapping, which is by hand from then on
    Change {
        /// The mapping's id
        id: String,
        /// The connection's id
        #[arg(long)]
        connection: String,
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        how: How,
    },
    /// Take a mapping by hand away; with the last one gone, the group is read by rules and by its name again
    Delete {
        /// The mapping's id
        id: String,
        /// The connection's id
        #[arg(long)]
        connection: String,
        #[command(flatten)]
        how: How,
    },
}

impl Mapping {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::List { connection, json } => list(&store, connection, *json),
            Self::Create { connection, group, organization, role, inherit, paused, how } => {
                let wanted = Wanted {
                    group: group.clone(),
                    organization: organization.clone(),
                    role: role.clone(),
                    inherit: *inherit,
                    paused: *paused,
                };
                if how.what_if {
                    return what_if::show(&store, connection, Proposal::NewMapping(wanted), how.json).await;
                }
                let made = mappings::create(&store, &operator(), connection, wanted).await?;
                changed(&store, connection, made, *how).await
            }
            Self::Change { id, connection, target, how } => {
                let Target { organization, role, inherit, paused } = target.clone();
                let wanted = Change { organization, role, inherit, paused };
                if how.what_if {
                    let proposal = Proposal::Mapping(id.clone(), wanted);
                    return what_if::show(&store, connection, proposal, how.json).await;
                }
                let made = mappings::change(&store, &operator(), connection, id, None, wanted).await?;
                changed(&store, connection, made, *how).await
            }
            Self::Delete { id, connection, how } => {
                if how.what_if {
                    return what_if::show(&store, connection, Proposal::MappingEnd(id.clone()), how.json)
                        .await;
                }
                let job = mappings::delete(&store, &operator(), connection, id, None).await?;
                let job = follow(&store, job, *how).await?;
                if how.json {
                    return output::document(&Ended::of(job.as_ref(), connection));
                }
                println!("The mapping is gone.{}", aftermath(job.as_ref()));
                Ok(())
            }
        }
    }
}

async fn changed(store: &Store, connection: &str, made: mappings::Made, how: How) -> anyhow::Result<()> {
    let (mapping, job) = made;
    let job = follow(store, job, how).await?;
    let scope = connections::by_id(store, connection)?.scope;
    let view = store.read(|tx| MappingView::read(tx, scope, &mapping))?;
    if how.json {
        return output::document(&Changed::of(view, job.as_ref(), connection));
    }
    println!("{}.{}", sentence(&view), aftermath(job.as_ref()));
    Ok(())
}

/// What a mapping says.
fn sentence(view: &MappingView) -> String {
    let group = &view.group.name;
    match (&view.organization, &view.role) {
        (Some(organization), Some(role)) => {
            let below = if view.inherit { " and everything below" } else { "" };
            let paused = if view.paused { ", paused" } else { "" };
            format!("Group \"{group}\" stands for {} of {}{below}{paused}", role.name, organization.name)
        }
        _ => format!("Group \"{group}\" stands for nothing"),
    }
}

/// How many mappings are read at once.
const PAGE: i64 = 1000;

fn all(store: &Store, scope: Scope) -> Result<Vec<MappingView>, StoreError> {
    store.read(|tx| {
        let mut all: Vec<MappingView> = Vec::new();
        loop {
            let after = all.last().map_or_else(String::new, |last| last.id.clone());
            let page = store::mappings::page(tx, scope, &after, PAGE)?;
            if page.is_empty() {
                return Ok(all);
            }
            for mapping in &page {
                all.push(MappingView::read(tx, scope, mapping)?);
            }
        }
    })
}

fn list(store: &Store, connection: &str, json: bool) -> anyhow::Result<()> {
    let views = all(store, connections::by_id(store, connection)?.scope)?;
    if json {
        return output::document(&views);
    }
    let rows = views.iter().map(|view| {
        let name = |named: &Option<provisioning::access::Named>| {
            named.as_ref().map_or_else(|| "nothing".to_owned(), |named| named.name.clone())
        };
        let state = if view.paused { "paused" } else { "" };
        [
            view.group.name.clone(),
            name(&view.organization),
            name(&view.role),
            if view.inherit { "yes" } else { "no" }.to_owned(),
            view.origin.clone(),
            state.to_owned(),
            view.id.clone(),
        ]
    });
    println!("{}", output::table(["Group", "Organization", "Role", "Below", "How", "", "Id"], rows));
    Ok(())
}
