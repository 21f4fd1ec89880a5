//! `accessiq user`.

use super::access;
use super::erasure::Erase;
use crate::config::{Archive, operator};
use crate::output;
use clap::{Args, Subcommand};
use provisioning::hand::{self, Wanted};
use provisioning::people;
use provisioning::{access as explained, lock, tenants};
use store::Store;
use store::tenants::Tenant;
use store::users::User as Row;
use web::api::named::connections_of;
use web::api::users::{Told, UserView};

/// List users, make and change them by hand, explain their access, lock them out, give and take roles, erase a person.
#[derive(Debug, Subcommand)]
pub enum User {
    /// List the users of a tenant
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Only users of this status
        #[arg(long, value_parser = ["active", "deactivated", "staged", "erased"])]
        status: Option<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a user by hand: active, and a member of the default organization
    Create {
        /// The username; an address serves as e-mail address where none is given
        user: String,
        #[command(flatten)]
        profile: Profile,
    },
    /// Change a user by hand; an empty text takes an attribute away
    Set {
        /// The username or the user's id
        user: String,
        /// The new username
        #[arg(long, value_name = "NAME")]
        user_name: Option<String>,
        #[command(flatten)]
        profile: Profile,
    },
    /// Explain what a user may do, and why
    Access {
        /// The username or the user's id
        user: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Lock a user out: all access ends, and no identity provider lets the user in again
    Lock(Named),
    /// Let a user in again, if the identity provider says so too
    Unlock(Named),
    /// Erase a person for good: names and addresses leave everything, the ids stay
    Erase(Erase),
    /// Give a user a role by hand, at an organization; no identity provider takes it away
    Grant(Hand),
    /// Take a role away that was given by hand
    Revoke(Hand),
}

/// A user of a tenant.
#[derive(Args, Debug)]
pub struct Named {
    /// The username or the user's id
    user: String,
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What a user by hand shall be.
#[derive(Args, Debug)]
pub struct Profile {
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// The family name
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// The name to show
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// Whether the user has access; false locks the user out
    #[arg(long, value_name = "BOOLEAN")]
    active: Option<bool>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A role given or taken by hand.
#[derive(Args, Debug)]
pub struct Hand {
    /// The username or the user's id
    user: String,
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// The role's name, such as Owner
    #[arg(long)]
    role: String,
    /// The organization's name or slug; the tenant's root if none is given
    #[arg(long)]
    organization: Option<String>,
    /// The role holds in every organization below as well
    #[arg(long)]
    inherit: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl User {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::List { tenant, status, json } => list(&store, tenant, status.as_deref(), *json),
            Self::Access { user, tenant, json } => {
                let tenant = tenants::named(&store, tenant)?.tenant;
                let access = store.read(|tx| {
                    let user = explained::find_user(tx, tenant, user)?;
                    explained::of_user(tx, tenant, &user)
                })?;
                access::show(&access, *json)
            }
            Self::Create { user, profile } => {
                let tenant = tenants::named(&store, &profile.tenant)?;
                let wanted = profile.wanted(Some(user));
                let made = hand::create(&store, &operator(), &tenant, wanted).await?;
                show(&store, &tenant, &made, "is there", profile.json)
            }
            Self::Set { user, user_name, profile } => {
                let tenant = tenants::named(&store, &profile.tenant)?;
                let wanted = profile.wanted(user_name.as_ref());
                let changed = hand::change(&store, &operator(), &tenant, user, None, wanted).await?;
                show(&store, &tenant, &changed, "is as it shall be", profile.json)
            }
            Self::Lock(named) => {
                let tenant = tenants::named(&store, &named.tenant)?;
                let user = lock::lock(&store, &operator(), &tenant, &named.user, None).await?;
                show(&store, &tenant, &user, "is locked out", named.json)
            }
            Self::Unlock(named) => {
                let tenant = tenants::named(&store, &named.tenant)?;
                let user = lock::unlock(&store, &operator(), &tenant, &named.user, None).await?;
                show(&store, &tenant, &user, "is no longer locked out", named.json)
            }
            Self::Erase(erase) => erase.run(&store).await,
            Self::Grant(hand) => hand.act(&store, true).await,
            Self::Revoke(hand) => hand.act(&store, false).await,
        }
    }
}

fn show(store: &Store, tenant: &Tenant, user: &Row, what: &str, json: bool) -> anyhow::Result<()> {
    if json {
        let connections = store.read(|tx| connections_of(tx, tenant.tenant))?;
        return output::document(&UserView::of(user, &connections));
    }
    println!("{} {what}, and {}.", user.user_name, user.status.as_str());
    Ok(())
}

impl Profile {
    fn wanted(&self, user_name: Option<&String>) -> Wanted {
        Wanted {
            user_name: user_name.cloned(),
            email: self.email.clone(),
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            display_name: self.display_name.clone(),
            active: self.active,
        }
    }
}

impl Hand {
    async fn act(&self, store: &Store, give: bool) -> anyhow::Result<()> {
        let tenant = tenants::named(store, &self.tenant)?;
        let hand = people::Hand {
            user: self.user.clone(),
            role: self.role.clone(),
            organization: self.organization.clone(),
            inherit: self.inherit,
        };
        let said = people::by_hand(store, &operator(), &tenant, hand, give).await?;
        if self.json {
            output::document(&Told { summary: said })?;
        } else {
            println!("{said}.");
        }
        Ok(())
    }
}

/// How many users are read at once.
const PAGE: i64 = 1000;

fn list(store: &Store, tenant: &str, status: Option<&str>, json: bool) -> anyhow::Result<()> {
    let tenant = tenants::named(store, tenant)?.tenant;
    let mut users: Vec<Row> = Vec::new();
    loop {
        let after = users.last().map_or_else(String::new, |user| user.id.clone());
        let page = store.read(|tx| store::users::page(tx, tenant, &after, PAGE))?;
        if page.is_empty() {
            break;
        }
        users.extend(page);
    }
    users.retain(|user| status.is_none_or(|status| user.status.as_str() == status));
    if json {
        let connections = store.read(|tx| connections_of(tx, tenant))?;
        let views = users.iter().map(|user| UserView::of(user, &connections));
        output::document(&views.collect::<Vec<_>>())?;
    } else {
        let rows = users.iter().map(|user| {
            let name = provisioning::policy::attributes::Profile::of_user(user).called();
            [
                name,
                user.user_name.clone(),
                user.status.as_str().to_owned(),
                user.email.clone().unwrap_or_default(),
                user.id.clone(),
            ]
        });
        println!("{}", output::table(["Name", "Username", "Status", "E-mail", "Id"], rows));
        println!("{} users", output::grouped(i64::try_from(users.len())?));
    }
    Ok(())
}
