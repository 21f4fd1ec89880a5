//! `accessiq group`.

use crate::config::Archive;
use crate::output;
use clap::Subcommand;
use provisioning::connections;
use store::StoreError;
use web::api::groups::GroupView;

/// List the groups that identity providers keep.
#[derive(Debug, Subcommand)]
pub enum Group {
    /// List the groups of a connection, with what they stand for
    List {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// How many groups are read at once.
const PAGE: i64 = 500;

impl Group {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let Self::List { connection, json } = self;
        let store = archive.open_existing()?;
        let scope = connections::by_id(&store, connection)?.scope;
        let views = store
            .read_long(move |tx| {
                let mut views: Vec<GroupView> = Vec::new();
                loop {
                    let after = views.last().map_or_else(String::new, |last| last.id.clone());
                    let page = store::mirror_groups::page(tx, scope, &after, PAGE)?;
                    if page.is_empty() {
                        return Ok::<_, StoreError>(views);
                    }
                    for group in &page {
                        views.push(GroupView::read(tx, scope, group)?);
                    }
                }
            })
            .await?;
        if *json {
            return output::document(&views);
        }
        let rows = views.iter().map(|view| {
            let stands = view.mappings.iter().filter_map(|mapping| {
                let (organization, role) = (mapping.organization.as_ref()?, mapping.role.as_ref()?);
                Some(format!("{} of {}", role.name, organization.name))
            });
            [
                view.name.clone(),
                output::grouped(view.members),
                stands.collect::<Vec<_>>().join(", "),
                view.id.clone(),
            ]
        });
        println!("{}", output::table(["Group", "Members", "Stands for", "Id"], rows));
        Ok(())
    }
}
