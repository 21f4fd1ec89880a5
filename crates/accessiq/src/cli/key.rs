//! `accessiq key`.

use super::connection::expiry;
use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::keys::{self, Scope, Wanted};
use provisioning::tenants;
use serde_json::{Value, json};
use store::Store;
use store::keys::{Key as Row, NO_TENANT};

/// Make, list and revoke the keys of the admin API.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key and show it, once
    Create {
        /// The tenant it is for
        #[arg(long, required_unless_present = "operator", conflicts_with = "operator")]
        tenant: Option<String>,
        /// It is an operator's: it makes tenants and acts within any of them
        #[arg(long)]
        operator: bool,
        /// What it may do, separated by commas: read, write, tokens. An operator's key has the scope operator as well
        #[arg(long, value_name = "SCOPES", value_delimiter = ',', default_value = "read")]
        scopes: Vec<Scope>,
        /// A name to know it by
        #[arg(long)]
        name: String,
        /// Days until it expires; 0 for never
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        days: u32,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List the keys of a tenant, or those of operators
    List {
        /// The tenant
        #[arg(long)]
        tenant: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// End a key at once
    Revoke {
        /// The key's id
        id: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Key {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::Create { tenant, operator: of_operator, scopes, name, days, json } => {
                let tenant = tenant.as_deref().map(|name| tenants::named(&store, name)).transpose()?;
                let mut scopes = scopes.clone();
                scopes.extend(of_operator.then_some(Scope::Operator));
                let wanted = Wanted { name: name.clone(), scopes, expires_at: expiry(&store, *days) };
                let made = keys::create(&store, &operator(), tenant.as_ref(), wanted).await?;
                if *json {
                    let mut document = shown(&made.key, store.clock().now());
                    document["key"] = made.text.into();
                    output::json(&document);
                } else {
                    println!("  Key id   {}", made.key.id);
                    println!("  API key  {}\n", made.text);
                    println!(
                        "It is shown this once; only its hash is kept. It expires: {}.",
                        output::optional_time(made.key.expires_at)
                    );
                }
            }
            Self::List { tenant, json } => list(&store, tenant.as_deref(), *json)?,
            Self::Revoke { id, json } => {
                let key = keys::revoke(&store, &operator(), id).await?;
                if *json {
                    output::json(&shown(&key, store.clock().now()));
                } else {
                    println!("API key \"{}\" is revoked: the next request with it is refused.", key.name);
                }
            }
        }
        Ok(())
    }
}

fn list(store: &Store, tenant: Option<&str>, json: bool) -> anyhow::Result<()> {
    let tenant = match tenant {
        Some(name) => tenants::named(store, name)?.tenant,
        None => NO_TENANT,
    };
    let keys = store.read(|tx| store::keys::of_tenant(tx, tenant))?;
    let now = store.clock().now();
    if json {
        output::json(&keys.iter().map(|key| shown(key, now)).collect());
    } else {
        let rows = keys.iter().map(|key| {
            [
                key.name.clone(),
                state(key, now).to_owned(),
                key.scopes.clone(),
                key.id.clone(),
                output::optional_time(key.expires_at),
                output::optional_time(key.last_used_at),
            ]
        });
        println!("{}", output::table(["Key", "State", "Scopes", "Id", "Expires", "Last used"], rows));
    }
    Ok(())
}

/// What a key is good for now.
fn state(key: &Row, now: i64) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|expires_at| expires_at <= now) {
        "expired"
    } else {
        "active"
    }
}

fn shown(key: &Row, now: i64) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "state": state(key, now),
        "scopes": key.scopes.split(' ').collect::<Vec<_>>(),
        "createdAt": output::exact_time(Some(key.created_at)),
        "createdBy": key.created_by,
        "expiresAt": output::exact_time(key.expires_at),
        "revokedAt": output::exact_time(key.revoked_at),
        "revokedBy": key.revoked_by,
        "lastUsedAt": output::exact_time(key.last_used_at),
        "lastUsedAddress": key.last_used_address,
    })
}
