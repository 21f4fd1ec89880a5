//! `accessiq role`.

use crate::config::{Archive, operator};
use crate::output;
use clap::Subcommand;
use provisioning::roles::{self, Wanted};
use provisioning::tenants;
use serde_json::json;
use store::Store;
use store::roles::Role as Row;
use store::tenants::Tenant;
use web::api::roles::RoleView;

/// List, make, change and delete roles.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// List the roles of a tenant, the strongest first
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a role
    Create {
        /// Its name
        name: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// The higher, the stronger: 1 to 99
        #[arg(long, value_name = "NUMBER")]
        priority: i64,
        /// What its holder may do, separated by commas, such as invoices.read,invoices.write
        #[arg(long, value_name = "WORDS", value_delimiter = ',')]
        permissions: Vec<String>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Change a role of the tenant's own
    Change {
        /// Its name or id
        role: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// The new name
        #[arg(long)]
        name: Option<String>,
        /// The new priority: 1 to 99
        #[arg(long, value_name = "NUMBER")]
        priority: Option<i64>,
        /// What its holder may do from now on, separated by commas
        #[arg(long, value_name = "WORDS", value_delimiter = ',')]
        permissions: Option<Vec<String>>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Delete a role of the tenant's own that nobody has and nothing gives
    Delete {
        /// Its name or id
        role: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

impl Role {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::List { tenant, json } => list(&store, &tenants::named(&store, tenant)?, *json),
            Self::Create { name, tenant, priority, permissions, json } => {
                let tenant = tenants::named(&store, tenant)?;
                let wanted = Wanted {
                    name: Some(name.clone()),
                    priority: Some(*priority),
                    permissions: Some(permissions.clone()),
                };
                show(&roles::create(&store, &operator(), &tenant, wanted).await?, "is there", *json)
            }
            Self::Change { role, tenant, name, priority, permissions, json } => {
                let tenant = tenants::named(&store, tenant)?;
                let wanted =
                    Wanted { name: name.clone(), priority: *priority, permissions: permissions.clone() };
                let changed = roles::change(&store, &operator(), &tenant, role, None, wanted).await?;
                show(&changed, "is as it shall be", *json)
            }
            Self::Delete { role, tenant, json } => {
                let tenant = tenants::named(&store, tenant)?;
                roles::delete(&store, &operator(), &tenant, role, None).await?;
                if *json {
                    output::json(&json!({ "role": role, "state": "deleted" }));
                } else {
                    println!("Role \"{role}\" is gone.");
                }
                Ok(())
            }
        }
    }
}

fn show(role: &Row, what: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return output::document(&RoleView::from(role));
    }
    println!("Role \"{}\" (priority {}) {what}.", role.name, role.priority);
    Ok(())
}

fn list(store: &Store, tenant: &Tenant, json: bool) -> anyhow::Result<()> {
    let all = store.read(|tx| store::roles::all(tx, tenant.tenant))?;
    if json {
        return output::document(&all.iter().map(RoleView::from).collect::<Vec<_>>());
    }
    let rows = all.iter().map(|role| {
        [
            role.name.clone(),
            role.priority.to_string(),
            role.permissions.join(", "),
            if role.built_in { "built in" } else { "" }.to_owned(),
            role.id.clone(),
        ]
    });
    println!("{}", output::table(["Role", "Priority", "Permissions", "", "Id"], rows));
    Ok(())
}
