//! `accessiq administrator`.

use crate::config::{self, Archive, operator};
use crate::output;
use anyhow::Context;
use clap::Subcommand;
use provisioning::administrators::links::{self, Link};
use provisioning::administrators::{self, Known, Reach, Role, Wanted, changes};
use provisioning::tenants;
use serde_json::{Value, json};
use store::administrators::{Grant, INSTALLATION};
use store::{Store, StoreError};

/// Invite, list, disable and help the people who sign in at the console.
#[derive(Debug, Subcommand)]
pub enum Administrator {
    /// Make the link with which the first operator is set up, in place of any before
    SetupLink {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Add a person and make a link for them to choose their password with, shown once
    Create {
        /// The address they sign in with
        #[arg(long)]
        email: String,
        /// Their name
        #[arg(long)]
        name: String,
        /// The tenant they act in; without it they act in every tenant
        #[arg(long)]
        tenant: Option<String>,
        /// As what: auditor (looks at everything), administrator (changes everything), operator (runs the installation)
        #[arg(long, default_value = "administrator")]
        role: Role,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// List everybody who signs in, or those who act in a tenant
    List {
        /// The tenant
        #[arg(long)]
        tenant: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make another invitation link for a person who has not joined yet, shown once
    Invite {
        /// Their address or id
        who: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a link to choose a new password with, shown once
    Reset {
        /// Their address or id
        who: String,
        /// Remove their second factor as well: the phone is lost
        #[arg(long)]
        second_factor: bool,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Let a person sign in no more; what they may do is kept
    Disable {
        /// Their address or id
        who: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Let a person sign in again
    Enable {
        /// Their address or id
        who: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Administrator {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::SetupLink { json } => {
                let link = links::setup(&store).await?.context(
                    "an operator can sign in already. `accessiq administrator create --role operator` adds another, \
                     `accessiq administrator reset` lets one choose a new password",
                )?;
                show(&store, &link, None, *json)?;
            }
            Self::Create { email, name, tenant, role, json } => {
                let tenant = tenant.as_deref().map(|name| tenants::named(&store, name)).transpose()?;
                let wanted = Wanted { email: email.clone(), name: name.clone(), role: *role };
                let by = operator();
                let invited =
                    links::invite(&store, &by, Reach::Installation, tenant.as_ref(), wanted).await?;
                let known = find(&store, &invited.administrator.id)?;
                match invited.link {
                    Some(link) => show(&store, &link, Some(&known), *json)?,
                    None if *json => output::json(&described(&store, &known)?),
                    None => println!(
                        "{} signs in already, and is {role} as well now.",
                        invited.administrator.name
                    ),
                }
            }
            Self::List { tenant, json } => list(&store, tenant.as_deref(), *json)?,
            Self::Invite { who, json } => {
                let known = find(&store, who)?;
                anyhow::ensure!(
                    !known.has_joined(),
                    "{} has joined already. `accessiq administrator reset {who}` makes a link to choose another one.",
                    known.administrator.name
                );
                relink(&store, &known, *json).await?;
            }
            Self::Reset { who, second_factor, json } => {
                let known = find(&store, who)?;
                if *second_factor {
                    let id = &known.administrator.id;
                    changes::remove_second_factor(&store, &operator(), Reach::Installation, id).await?;
                }
                relink(&store, &known, *json).await?;
            }
            Self::Disable { who, json } => set_disabled(&store, who, true, *json).await?,
            Self::Enable { who, json } => set_disabled(&store, who, false, *json).await?,
        }
        Ok(())
    }
}

fn find(store: &Store, who: &str) -> anyhow::Result<Known> {
    Ok(store.read(|tx| administrators::named(tx, who))?)
}

async fn relink(store: &Store, known: &Known, json: bool) -> anyhow::Result<()> {
    let id = &known.administrator.id;
    let link = links::renew(store, &operator(), Reach::Installation, id).await?;
    show(store, &link, Some(&find(store, id)?), json)
}

/// Shows a link, this once.
fn show(store: &Store, link: &Link, known: Option<&Known>, json: bool) -> anyhow::Result<()> {
    let address = link.address(&config::public_url(store)?);
    if json {
        let mut document = match known {
            Some(known) => described(store, known)?,
            None => json!({}),
        };
        document["link"] = address.into();
        document["expiresAt"] = output::exact_time(Some(link.expires_at));
        output::json(&document);
    } else {
        println!("  Link     {address}");
        println!("  Expires  {}\n", output::time(link.expires_at));
        match known {
            Some(known) => println!(
                "It is shown this once. Hand it to {} on a way that nobody else reads; it opens once.",
                known.administrator.name
            ),
            None => println!("It is shown this once. Open it in a browser, and become the first operator."),
        }
    }
    Ok(())
}

async fn set_disabled(store: &Store, who: &str, is_disabled: bool, json: bool) -> anyhow::Result<()> {
    let known = find(store, who)?;
    let id = &known.administrator.id;
    changes::set_disabled(store, &operator(), Reach::Installation, id, is_disabled).await?;
    if json {
        output::json(&described(store, &find(store, id)?)?);
    } else if is_disabled {
        println!("{} can no longer sign in, and is signed out everywhere.", known.administrator.name);
    } else {
        println!("{} can sign in again.", known.administrator.name);
    }
    Ok(())
}

fn list(store: &Store, tenant: Option<&str>, json: bool) -> anyhow::Result<()> {
    let people = match tenant {
        Some(name) => {
            let tenant = tenants::named(store, name)?;
            store.read(|tx| administrators::of_tenant(tx, tenant.tenant))?
        }
        None => store.read(administrators::all)?,
    };
    if json {
        let described = people.iter().map(|known| described(store, known));
        output::json(&described.collect::<anyhow::Result<Vec<_>>>()?.into());
        return Ok(());
    }
    let mut rows = Vec::new();
    for known in &people {
        let roles = grants(store, &known.grants)?;
        rows.push([
            known.administrator.name.clone(),
            known.administrator.email.clone(),
            state(known).to_owned(),
            roles
                .into_iter()
                .map(|(role, place)| format!("{role} of {place}"))
                .collect::<Vec<_>>()
                .join(", "),
            output::optional_time(known.administrator.last_signed_in_at),
        ]);
    }
    println!("{}", output::table(["Name", "E-mail", "State", "Acts as", "Last signed in"], rows));
    Ok(())
}

fn state(known: &Known) -> &'static str {
    match (known.administrator.disabled_at, known.has_joined()) {
        (Some(_), _) => "disabled",
        (None, false) => "invited",
        (None, true) => "active",
    }
}

/// What a person may do: role and where.
fn grants(store: &Store, grants: &[Grant]) -> Result<Vec<(String, String)>, StoreError> {
    let mut named = Vec::new();
    for grant in grants {
        let tenant = match grant.tenant {
            INSTALLATION => Some("the installation".to_owned()),
            tenant => store.read(|tx| store::tenants::by_id(tx, tenant))?.map(|tenant| tenant.name),
        };
        named.extend(tenant.map(|tenant| (grant.role.clone(), tenant)));
    }
    Ok(named)
}

fn described(store: &Store, known: &Known) -> anyhow::Result<Value> {
    let person = &known.administrator;
    let mut described = json!({
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "state": state(known),
        "secondFactor": known.has_second_factor,
        "createdAt": output::exact_time(Some(person.created_at)),
        "createdBy": person.created_by,
        "lastSignedInAt": output::exact_time(person.last_signed_in_at),
    });
    let mut tenants = serde_json::Map::new();
    for grant in &known.grants {
        if grant.tenant == INSTALLATION {
            described["role"] = grant.role.as_str().into();
        } else if let Some(tenant) = store.read(|tx| store::tenants::by_id(tx, grant.tenant))? {
            tenants.insert(tenant.name, grant.role.as_str().into());
        }
    }
    described["tenants"] = tenants.into();
    Ok(described)
}
