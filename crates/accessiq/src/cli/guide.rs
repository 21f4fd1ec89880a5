//! `accessiq connection guide`: how a provider is set up, with the address of the connection in it.

use super::connection::base_url;
use crate::config::Archive;
use crate::output;
use anyhow::Context;
use clap::Args;
use scim::Provider;
use web::guides::{self, Guide, Place};

/// Whose guide.
#[derive(Args, Debug)]
pub struct Wanted {
    /// The connection's id
    #[arg(required_unless_present = "provider", conflicts_with = "provider")]
    id: Option<String>,
    /// Show the guide of a provider before there is a connection to it
    #[arg(long)]
    provider: Option<Provider>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Wanted {
    /// Runs the command. Without a connection it needs no database.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let guide = match (self.provider, &self.id) {
            (Some(provider), _) => guides::guide(provider, &Place::EXAMPLE)?,
            (None, id) => of_connection(archive, id.as_deref().unwrap_or_default())?,
        };
        if self.json {
            output::json(&serde_json::to_value(&guide)?);
        } else {
            print!("{guide}");
        }
        Ok(())
    }
}

fn of_connection(archive: &Archive, id: &str) -> anyhow::Result<Guide> {
    let store = archive.open_existing()?;
    let connection = provisioning::connections::by_id(&store, id)?;
    let tenant = store.read(|tx| store::tenants::by_id(tx, connection.scope.tenant))?;
    let tenant = tenant.with_context(|| format!("the tenant of connection {id} is gone"))?;
    let base_url = base_url(&store, &connection.id)?;
    let place = Place { base_url: &base_url, connection: &connection.id, tenant: &tenant.name };
    Ok(guides::guide(connection.provider.parse()?, &place)?)
}
