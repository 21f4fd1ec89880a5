//! `accessiq connection`.

use super::ending::End;
use super::guide;
use super::job::{How, aftermath, follow};
use super::what_if;
use crate::config::{self, Archive, operator};
use crate::output;
use anyhow::Context;
use clap::Subcommand;
use provisioning::preview::Proposal;
use provisioning::settings::KEYS;
use provisioning::tokens::LIFETIME;
use provisioning::{connections, records, setup, tenants};
use scim::note::NoteKind;
use scim::{Provider, dialect};
use serde_json::{Value, json};
use store::Store;
use web::api::connections::ConnectionView;
use web::api::jobs::Changed;

/// Make, list, set up and end connections, and see what is corrected on them.
#[derive(Debug, Subcommand)]
pub enum Connection {
    /// Make a connection and show its base URL and its token, once
    Create {
        /// The tenant it feeds
        #[arg(long)]
        tenant: String,
        /// The identity provider: okta, entra, google, auth0, cognito or generic
        #[arg(long)]
        provider: Provider,
        /// Its name; the provider's if none is given
        #[arg(long)]
        name: Option<String>,
        /// Days until the token expires; 0 for never
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        token_days: u32,
        /// Print one JSON document: {"id","base_url","token"}
        #[arg(long)]
        json: bool,
    },
    /// List the connections of a tenant, or of all
    List {
        /// The tenant
        #[arg(long)]
        tenant: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show how the provider is set up: where to click, what to paste, what then arrives, errors and their cures
    Guide(guide::Wanted),
    /// Change settings: KEY=VALUE…
    #[command(after_help = settings_help())]
    Set {
        /// The connection's id
        id: String,
        /// What to set, such as required=userName or strict=true
        #[arg(value_name = "KEY=VALUE", required = true)]
        changes: Vec<String>,
        /// Go on even if something that is stored is removed by it
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        how: How,
    },
    /// End a connection for good: what it gave becomes by hand, or ends with it
    End(End),
    /// Show which habits of the provider were corrected and which parts were passed over, with how often
    Corrections {
        /// The connection's id
        id: String,
        /// How many of the newest requests to look at
        #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
        requests: u32,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

fn settings_help() -> String {
    let keys = KEYS.iter().map(|(key, meaning)| format!("  {key:<18} {meaning}\n"));
    format!("Settings:\n  {:<15} the connection's name\n{}", "name", keys.collect::<String>())
}

impl Connection {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let open = || archive.open_existing();
        match self {
            Self::Create { tenant, provider, name, token_days, json } => {
                create(&open()?, tenant, *provider, name.as_deref(), *token_days, *json).await
            }
            Self::List { tenant, json } => list(&open()?, tenant.as_deref(), *json),
            Self::Guide(wanted) => wanted.run(archive),
            Self::Set { id, changes, yes, how } => set(&open()?, id, changes, *yes, *how).await,
            Self::End(end) => end.run(&open()?).await,
            Self::Corrections { id, requests, json } => corrections(&open()?, id, *requests, *json),
        }
    }
}

/// From when on a token made now is refused.
pub fn expiry(store: &Store, days: u32) -> Option<i64> {
    (days > 0).then(|| store.clock().now().saturating_add(i64::from(days).saturating_mul(LIFETIME / 365)))
}

async fn create(
    store: &Store,
    tenant: &str,
    provider: Provider,
    name: Option<&str>,
    days: u32,
    json: bool,
) -> anyhow::Result<()> {
    let tenant = tenants::named(store, tenant)?;
    let expires_at = expiry(store, days);
    let (connection, token) =
        connections::create(store, &operator(), tenant.tenant, provider, name, expires_at).await?;
    let base_url = base_url(store, &connection.id)?;
    if json {
        output::json(&json!({
            "id": connection.id,
            "base_url": base_url,
            "token": token.text,
            "token_id": token.token.id,
            "token_expires_at": output::exact_time(expires_at),
        }));
    } else {
        println!(
            "Connection \"{}\" of tenant \"{}\" is ready for {}.\n",
            connection.name,
            tenant.name,
            provider.label()
        );
        println!("  Id             {}", connection.id);
        println!("  SCIM base URL  {base_url}");
        println!("  Bearer token   {}\n", token.text);
        println!(
            "The token is shown this once; only its hash is kept. It expires: {}.",
            output::optional_time(expires_at)
        );
    }
    Ok(())
}

/// The SCIM base URL of a connection, as the server was last told its public URL.
pub fn base_url(store: &Store, id: &str) -> anyhow::Result<String> {
    Ok(format!("{}/scim/v2/{id}", config::public_url(store)?.trim_end_matches('/')))
}

fn list(store: &Store, tenant: Option<&str>, json: bool) -> anyhow::Result<()> {
    let wanted = match tenant {
        Some(name) => vec![tenants::named(store, name)?],
        None => store.read(store::tenants::all)?,
    };
    let mut found = Vec::new();
    for tenant in wanted {
        for connection in store.read(|tx| store::connections::of_tenant(tx, tenant.tenant))? {
            let (users, groups) = store.read(|tx| {
                Ok::<_, store::StoreError>((
                    store::mirror_users::count(tx, connection.scope)?,
                    store::mirror_groups::count(tx, connection.scope)?,
                ))
            })?;
            found.push((tenant.name.clone(), connection, users, groups));
        }
    }
    if json {
        let shown = found.iter().map(|(tenant, connection, users, groups)| {
            let mut shown = shown(store, connection)?;
            shown["tenant"] = tenant.as_str().into();
            shown["users"] = (*users).into();
            shown["groups"] = (*groups).into();
            Ok(shown)
        });
        output::json(&Value::Array(shown.collect::<anyhow::Result<_>>()?));
    } else {
        let rows = found.into_iter().map(|(tenant, connection, users, groups)| {
            [
                tenant,
                connection.name,
                connection.provider,
                connection.id,
                connection.ending.map_or("live", |_| "ended").to_owned(),
                output::grouped(users),
                output::grouped(groups),
            ]
        });
        println!(
            "{}",
            output::table(["Tenant", "Connection", "Provider", "Id", "State", "Users", "Groups"], rows)
        );
    }
    Ok(())
}

fn shown(store: &Store, connection: &store::connections::Connection) -> anyhow::Result<Value> {
    Ok(serde_json::to_value(ConnectionView::of(connection, &config::public_url(store)?)?)?)
}

async fn set(store: &Store, id: &str, changes: &[String], yes: bool, how: How) -> anyhow::Result<()> {
    let pairs = changes.iter().map(|change| {
        let (key, value) =
            change.split_once('=').with_context(|| format!("\"{change}\" is not of the form KEY=VALUE"))?;
        Ok((key.trim().to_owned(), value.trim().to_owned()))
    });
    let pairs = pairs.collect::<anyhow::Result<Vec<_>>>()?;
    if how.what_if {
        return what_if::show(store, id, Proposal::Settings(pairs), how.json).await;
    }
    let wanted = setup::Wanted { changes: pairs, version: None, confirmed: yes };
    let (connection, job) = setup::set(store, &operator(), id, wanted).await?;
    let job = follow(store, job, how).await?;
    if how.json {
        let view = ConnectionView::of(&connection, &config::public_url(store)?)?;
        return output::document(&Changed::of(view, job.as_ref(), id));
    }
    let settings = &connection.settings;
    println!("Connection \"{}\" is set up: {settings}{}", connection.name, aftermath(job.as_ref()));
    Ok(())
}

fn corrections(store: &Store, id: &str, limit: u32, json: bool) -> anyhow::Result<()> {
    let scope = connections::by_id(store, id)?.scope;
    let (looked_at, found) = store.read(|tx| records::remarks(tx, scope, i64::from(limit)))?;
    let meaning = |name: &str| dialect::meaning(name).unwrap_or_default();
    if json {
        let remarks = found.iter().map(|remark| {
            json!({
                "name": remark.name,
                "kind": remark.kind,
                "meaning": meaning(&remark.name),
                "requests": remark.requests,
                "lastAt": output::exact_time(Some(remark.last_at)),
                "example": remark.example,
            })
        });
        output::json(&json!({ "requests": looked_at, "remarks": remarks.collect::<Vec<_>>() }));
        return Ok(());
    }
    if found.is_empty() {
        println!("Of the newest {} requests none was corrected.", output::grouped(looked_at));
        return Ok(());
    }
    println!("Of the newest {} requests:\n", output::grouped(looked_at));
    let rows = found.into_iter().map(|remark| {
        let kind = match remark.kind {
            NoteKind::Corrected => "corrected",
            NoteKind::Ignored => "passed over",
        };
        let (meaning, requests) = (meaning(&remark.name).to_owned(), remark.requests.to_string());
        [remark.name, kind.to_owned(), requests, output::time(remark.last_at), meaning]
    });
    println!("{}", output::table(["Name", "What", "Requests", "Last", "Meaning"], rows));
    Ok(())
}
