//! `accessiq client`.

use crate::config::{self, Archive, operator};
use crate::output;
use anyhow::Context;
use clap::Subcommand;
use provisioning::clients::{self, NewClient, Wanted};
use provisioning::grants::{SCOPE, SCOPE_READ};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::Store;

/// Make, list, rotate and revoke clients.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Make a client of a connection: one that signs, or one with a secret, which is shown once
    Create {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// A name to know it by
        #[arg(long)]
        name: String,
        /// A file with its public keys as a JWK Set; without it the client gets a secret
        #[arg(long, value_name = "FILE")]
        jwks: Option<PathBuf>,
        /// Its tokens open reading alone
        #[arg(long)]
        read_only: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the clients of a connection
    List {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Give a client another secret, which is shown once; the old one ends at once
    Rotate {
        /// The client's id
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// End a client at once, and every token it was given
    Revoke {
        /// The client's id
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Client {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::Create { connection, name, jwks, read_only, json } => {
                let scope = provisioning::connections::by_id(&store, connection)?.scope;
                let public_keys = jwks.as_deref().map(read_keys).transpose()?;
                let wanted = Wanted { name, public_keys: public_keys.as_ref(), read_only: *read_only };
                let new = clients::create(&store, &operator(), scope, wanted).await?;
                show_once(&store, &new, *json)
            }
            Self::List { connection, json } => list(&store, connection, *json),
            Self::Rotate { id, json } => {
                show_once(&store, &clients::rotate(&store, &operator(), id).await?, *json)
            }
            Self::Revoke { id, json } => {
                let client = clients::revoke(&store, &operator(), id).await?;
                if *json {
                    output::json(&json!({ "id": client.id, "state": "revoked" }));
                } else {
                    println!("Client \"{}\" is revoked, with every token it was given.", client.name);
                }
                Ok(())
            }
        }
    }
}

fn read_keys(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))
}

fn show_once(store: &Store, new: &NewClient, json: bool) -> anyhow::Result<()> {
    let endpoint = format!("{}/oauth/token", config::public_url(store)?.trim_end_matches('/'));
    let scope = if new.client.read_only { SCOPE_READ } else { SCOPE };
    if json {
        output::json(&json!({
            "id": new.client.id,
            "name": new.client.name,
            "secret": new.secret,
            "tokenEndpoint": endpoint,
            "scope": scope,
        }));
        return Ok(());
    }
    println!("  Client id       {}", new.client.id);
    if let Some(secret) = &new.secret {
        println!("  Client secret   {secret}");
    }
    println!("  Token endpoint  {endpoint}");
    println!("  Scope           {scope}\n");
    match new.secret {
        Some(_) => println!("The secret is shown this once; only its hash is kept."),
        None => println!(
            "The client proves itself with assertions that it signs (private_key_jwt), for the audience {endpoint}."
        ),
    }
    Ok(())
}

fn list(store: &Store, connection: &str, json: bool) -> anyhow::Result<()> {
    let scope = provisioning::connections::by_id(store, connection)?.scope;
    let clients = store.read(|tx| store::clients::of_connection(tx, scope))?;
    let state = |client: &store::clients::Client| match client.revoked_at {
        Some(_) => "revoked",
        None => "active",
    };
    if json {
        let shown = clients.iter().map(|client| {
            json!({
                "id": client.id,
                "name": client.name,
                "state": state(client),
                "method": clients::method(client),
                "readOnly": client.read_only,
                "createdAt": output::exact_time(Some(client.created_at)),
                "revokedAt": output::exact_time(client.revoked_at),
            })
        });
        output::json(&Value::Array(shown.collect()));
    } else {
        let rows = clients.iter().map(|client| {
            [
                client.name.clone(),
                state(client).to_owned(),
                client.id.clone(),
                clients::method(client).to_owned(),
                output::time(client.created_at),
            ]
        });
        println!("{}", output::table(["Client", "State", "Id", "Proves itself by", "Since"], rows));
    }
    Ok(())
}
