//! `accessiq sign-in-provider`.

use crate::config::{self, Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::sign_in::providers::{self, Wanted};
use serde_json::{Value, json};
use store::Store;
use store::sign_in_providers::{self, Provider};
use web::secrets;

/// Add, list and remove the providers that people may sign in with at the console.
#[derive(Debug, Subcommand)]
pub enum SignInProvider {
    /// Add a provider, and say what to tell it
    ///
    /// A client secret is never given here nor kept in the database: the service reads it from a variable of its
    /// environment, or from the file that another names. Both names are printed.
    Add {
        /// What stands for it in addresses, such as google
        id: String,
        /// What people call it, such as Google
        #[arg(long)]
        name: String,
        /// Its issuer, such as https://accounts.google.com
        #[arg(long)]
        issuer: String,
        /// What it calls this service
        #[arg(long)]
        client_id: String,
        /// It gave no client secret, and takes PKCE alone
        #[arg(long)]
        public: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the providers
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Remove a provider, and unlink every account there; whoever has no password needs a link to choose one
    Remove {
        /// What stands for it in addresses
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl SignInProvider {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::Add { id, name, issuer, client_id, public, json } => {
                let wanted = Wanted {
                    id: id.clone(),
                    name: name.clone(),
                    issuer: issuer.clone(),
                    client_id: client_id.clone(),
                    has_secret: !public,
                };
                let provider = providers::add(&store, &operator(), &wanted).await?;
                if *json {
                    output::json(&described(&store, &provider)?);
                } else {
                    added(&store, &provider)?;
                }
            }
            Self::List { json } => list(&store, *json)?,
            Self::Remove { id, json } => {
                let provider = providers::remove(&store, &operator(), id).await?;
                if *json {
                    output::json(&json!({ "id": provider.id, "state": "removed" }));
                } else {
                    println!("Nobody signs in with {} any more.", provider.name);
                }
            }
        }
        Ok(())
    }
}

fn returns(store: &Store, provider: &Provider) -> anyhow::Result<String> {
    Ok(format!("{}/sign-in/return/{}", config::public_url(store)?, provider.id))
}

fn added(store: &Store, provider: &Provider) -> anyhow::Result<()> {
    println!("People may sign in with {} once they link an account there.", provider.name);
    println!("  Redirect address  {}", returns(store, provider)?);
    if provider.has_secret {
        let variable = secrets::variable(&provider.id);
        println!(
            "Start the service with the client secret in {variable}, or its file's path in {variable}_FILE."
        );
    }
    Ok(())
}

fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let all = store.read(sign_in_providers::all)?;
    if json {
        let described = all.iter().map(|provider| described(store, provider));
        output::json(&described.collect::<anyhow::Result<Vec<_>>>()?.into());
        return Ok(());
    }
    let mut rows = Vec::new();
    for provider in all {
        let accounts = store.read(|tx| providers::accounts(tx, &provider))?;
        rows.push([provider.id, provider.name, provider.issuer, provider.client_id, accounts.to_string()]);
    }
    println!("{}", output::table(["Id", "Name", "Issuer", "Client id", "Accounts"], rows));
    Ok(())
}

fn described(store: &Store, provider: &Provider) -> anyhow::Result<Value> {
    Ok(json!({
        "id": provider.id,
        "name": provider.name,
        "issuer": provider.issuer,
        "clientId": provider.client_id,
        "hasSecret": provider.has_secret,
        "redirectUri": returns(store, provider)?,
        "accounts": store.read(|tx| providers::accounts(tx, provider))?,
        "createdAt": output::exact_time(Some(provider.created_at)),
        "createdBy": provider.created_by,
    }))
}
