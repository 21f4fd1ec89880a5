//! `accessiq domain`.

use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::{domains, tenants};
use serde_json::json;
use std::net::SocketAddr;
use store::domains::Domain as Row;
use web::api::domains::DomainView;
use web::resolver::Resolver;

/// List, add, verify, attest and remove the domains of a tenant's e-mail addresses.
#[derive(Debug, Subcommand)]
pub enum Domain {
    /// List the domains of a tenant
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Add a domain, and say what to publish in the DNS
    Add {
        /// Its name, such as acme.example
        domain: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Ask the DNS whether the challenge of a domain is published
    Verify {
        /// Its name
        domain: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Name server to ask; those of the machine unless given
        #[arg(long, value_name = "ADDR", env = "ACCESSIQ_RESOLVER")]
        resolver: Option<SocketAddr>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Hold a domain to be the tenant's on your word, where no outside name server knows it
    Attest {
        /// Its name
        domain: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Why; it stands in the journal
        #[arg(long)]
        reason: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take a domain away; whoever was linked by it stays linked
    Remove {
        /// Its name
        domain: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Domain {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        let (Self::List { tenant, json }
        | Self::Add { tenant, json, .. }
        | Self::Verify { tenant, json, .. }
        | Self::Attest { tenant, json, .. }
        | Self::Remove { tenant, json, .. }) = self;
        let tenant = tenants::named(&store, tenant)?;
        match self {
            Self::List { .. } => {
                let all = store.read(|tx| store::domains::all(tx, tenant.tenant))?;
                list(&all, *json)
            }
            Self::Add { domain, .. } => {
                show(&domains::add(&store, &operator(), &tenant, domain).await?, *json)
            }
            Self::Verify { domain, resolver, .. } => {
                let known = store.read(|tx| domains::find(tx, tenant.tenant, domain))?;
                let texts = Resolver::at(*resolver).texts(&domains::place(&known)).await;
                let texts = texts.map_err(anyhow::Error::msg)?;
                show(&domains::verify(&store, &operator(), &tenant, domain, texts).await?, *json)
            }
            Self::Attest { domain, reason, .. } => {
                show(&domains::attest(&store, &operator(), &tenant, domain, reason).await?, *json)
            }
            Self::Remove { domain, .. } => {
                domains::remove(&store, &operator(), &tenant, domain, None).await?;
                if *json {
                    output::json(&json!({ "domain": domain, "state": "removed" }));
                } else {
                    println!("The domain {domain} is gone.");
                }
                Ok(())
            }
        }
    }
}

fn show(domain: &Row, json: bool) -> anyhow::Result<()> {
    if json {
        return output::document(&DomainView::from(domain));
    }
    if domain.verified.is_some() {
        println!("The domain {} is verified.", domain.name);
    } else {
        println!("The domain {} is there, and not verified yet. Publish in the DNS:", domain.name);
        println!("  {}  TXT  \"{}\"", domains::place(domain), domain.challenge);
        println!("Then ask for it: accessiq domain verify {}", domain.name);
    }
    Ok(())
}

fn list(all: &[Row], json: bool) -> anyhow::Result<()> {
    if json {
        return output::document(&all.iter().map(DomainView::from).collect::<Vec<_>>());
    }
    let rows = all.iter().map(|domain| {
        let (state, when) = match &domain.verified {
            Some(verified) if verified.reason.is_some() => ("attested", output::time(verified.at)),
            Some(verified) => ("verified", output::time(verified.at)),
            None => ("not verified", String::new()),
        };
        [domain.name.clone(), state.to_owned(), when, domains::place(domain), domain.challenge.clone()]
    });
    println!("{}", output::table(["Domain", "State", "Since", "TXT record", "Text"], rows));
    Ok(())
}
