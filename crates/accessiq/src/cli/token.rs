//! `accessiq token`.

use super::connection::expiry;
use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::tokens::{self, DAY, NewToken, Wanted};
use serde_json::json;
use store::Store;
use web::api::tokens::{TokenMade, TokenView, state};

/// Make, list, rotate and revoke tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a further token and show it, once
    Create {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// A name to know it by
        #[arg(long, default_value = "token")]
        name: String,
        /// Days until it expires; 0 for never
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        days: u32,
        /// Opens reading alone; a request that would change something is refused
        #[arg(long)]
        read_only: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a new token in the place of one, which lives on for an overlap
    Rotate {
        /// The token's id
        id: String,
        /// Hours that the old token lives on
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        overlap: u32,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// End a token at once
    Revoke {
        /// The token's id
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the tokens of a connection
    List {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Token {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::Create { connection, name, days, read_only, json } => {
                let scope = provisioning::connections::by_id(&store, connection)?.scope;
                let wanted = Wanted { name, expires_at: expiry(&store, *days), read_only: *read_only };
                let token = tokens::create(&store, &operator(), scope, wanted).await?;
                show_once(&token, *json)?;
            }
            Self::Rotate { id, overlap, json } => {
                let token = tokens::rotate(&store, &operator(), id, i64::from(*overlap) * (DAY / 24)).await?;
                show_once(&token, *json)?;
            }
            Self::Revoke { id, json } => {
                let token = tokens::revoke(&store, &operator(), id).await?;
                if *json {
                    output::json(&json!({ "id": token.id, "state": "revoked" }));
                } else {
                    println!("Token \"{}\" is revoked: the next request with it is refused.", token.name);
                }
            }
            Self::List { connection, json } => list(&store, connection, *json)?,
        }
        Ok(())
    }
}

fn show_once(token: &NewToken, json: bool) -> anyhow::Result<()> {
    if json {
        output::document(&TokenMade::of(token))?;
    } else {
        println!("  Token id      {}", token.token.id);
        println!("  Bearer token  {}\n", token.text);
        println!(
            "It is shown this once; only its hash is kept. It expires: {}.",
            output::optional_time(token.token.expires_at)
        );
    }
    Ok(())
}

fn list(store: &Store, connection: &str, json: bool) -> anyhow::Result<()> {
    let scope = provisioning::connections::by_id(store, connection)?.scope;
    let tokens = store.read(|tx| store::tokens::of_connection(tx, scope))?;
    let now = store.clock().now();
    if json {
        let views = tokens.iter().map(|token| TokenView::of(token, now));
        output::document(&views.collect::<Vec<_>>())?;
    } else {
        let rows = tokens.iter().map(|token| {
            [
                token.name.clone(),
                state(token, now).to_owned(),
                token.id.clone(),
                output::optional_time(token.expires_at),
                output::optional_time(token.last_used_at),
                token.last_used_agent.clone().unwrap_or_default(),
            ]
        });
        println!("{}", output::table(["Token", "State", "Id", "Expires", "Last used", "By"], rows));
    }
    Ok(())
}
