//! `accessiq rule`.

use super::job::{How, aftermath, follow};
use super::target::Target;
use super::what_if;
use crate::config::{Archive, operator};
use crate::output;
use clap::{Args, Subcommand};
use provisioning::connections;
use provisioning::preview::Proposal;
use provisioning::rules::{self, Wanted};
use store::jobs::Job;
use store::rules::{Rule as Row, RuleKind};
use store::{Store, StoreError};
use web::api::jobs::{Changed, Ended};
use web::api::rules::RuleView;

/// List, make, change and delete rules over the names of groups and the attributes of users.
#[derive(Debug, Subcommand)]
pub enum Rule {
    /// List the rules of a connection
    List {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a rule over the names of groups, or over the attributes of users
    Create {
        /// The connection's id
        #[arg(long)]
        connection: String,
        /// What it reads: naming (groups, by a regular expression) or attribute (users, by a SCIM filter)
        #[arg(long, value_parser = ["naming", "attribute"])]
        kind: String,
        #[command(flatten)]
        parts: Parts,
        #[command(flatten)]
        how: How,
    },
    /// Change a rule
    Change {
        /// The rule's id
        id: String,
        /// The connection's id
        #[arg(long)]
        connection: String,
        #[command(flatten)]
        parts: Parts,
        #[command(flatten)]
        how: How,
    },
    /// Take a rule away, and what it gave
    Delete {
        /// The rule's id
        id: String,
        /// The connection's id
        #[arg(long)]
        connection: String,
        #[command(flatten)]
        how: How,
    },
}

/// The parts of a rule.
#[derive(Args, Clone, Debug)]
pub struct Parts {
    /// The regular expression, such as ^aiq-(?<org>.+)-(?<role>admin|member)$, or the filter
    #[arg(long)]
    expression: Option<String>,
    /// A name to know it by; the expression if none is given
    #[arg(long)]
    name: Option<String>,
    /// Its place among the rules of its kind, from 1; of naming rules the first that matches counts
    #[arg(long, value_name = "NUMBER")]
    position: Option<i64>,
    /// For a naming rule: displayName or externalId
    #[arg(long)]
    subject: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl From<&Parts> for Wanted {
    fn from(parts: &Parts) -> Self {
        let Parts { expression, name, position, subject, target } = parts.clone();
        let Target { organization, role, inherit, paused } = target;
        Self { name, position, subject, expression, organization, role, inherit, paused }
    }
}

impl Rule {
    /// Runs the command.
    pub async fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        match self {
            Self::List { connection, json } => list(&store, connection, *json),
            Self::Create { connection, kind, parts, how } => {
                let kind = if kind == "naming" { RuleKind::Naming } else { RuleKind::Attribute };
                if how.what_if {
                    let proposal = Proposal::NewRule(kind, parts.into());
                    return what_if::show(&store, connection, proposal, how.json).await;
                }
                let (rule, job) = rules::create(&store, &operator(), connection, kind, parts.into()).await?;
                changed(&store, connection, &rule, job, *how).await
            }
            Self::Change { id, connection, parts, how } => {
                if how.what_if {
                    let proposal = Proposal::Rule(id.clone(), parts.into());
                    return what_if::show(&store, connection, proposal, how.json).await;
                }
                let (rule, job) =
                    rules::change(&store, &operator(), connection, id, None, parts.into()).await?;
                changed(&store, connection, &rule, job, *how).await
            }
            Self::Delete { id, connection, how } => {
                if how.what_if {
                    return what_if::show(&store, connection, Proposal::RuleEnd(id.clone()), how.json).await;
                }
                let job = rules::delete(&store, &operator(), connection, id, None).await?;
                let job = follow(&store, job, *how).await?;
                if how.json {
                    return output::document(&Ended::of(job.as_ref(), connection));
                }
                println!("The rule is gone.{}", aftermath(job.as_ref()));
                Ok(())
            }
        }
    }
}

async fn changed(
    store: &Store,
    connection: &str,
    rule: &Row,
    job: Option<Job>,
    how: How,
) -> anyhow::Result<()> {
    let job = follow(store, job, how).await?;
    if !how.json {
        println!("Rule \"{}\" is as it shall be.{}", rule.name, aftermath(job.as_ref()));
        return Ok(());
    }
    let tenant = connections::by_id(store, connection)?.scope.tenant;
    let view = store.read(|tx| RuleView::read(tx, tenant, rule))?;
    output::document(&Changed::of(view, job.as_ref(), connection))
}

fn list(store: &Store, connection: &str, json: bool) -> anyhow::Result<()> {
    let scope = connections::by_id(store, connection)?.scope;
    let views = store.read(|tx| {
        let rules = store::rules::of_connection(tx, scope)?;
        let views = rules.iter().map(|rule| RuleView::read(tx, scope.tenant, rule));
        views.collect::<Result<Vec<_>, StoreError>>()
    })?;
    if json {
        return output::document(&views);
    }
    let rows = views.iter().map(|view| {
        let name = |named: &Option<provisioning::access::Named>| {
            named.as_ref().map_or_else(String::new, |named| named.name.clone())
        };
        [
            view.kind.clone(),
            view.position.to_string(),
            view.name.clone(),
            view.expression.clone(),
            name(&view.organization),
            name(&view.role),
            if view.paused { "paused" } else { "" }.to_owned(),
            view.id.clone(),
        ]
    });
    let head = ["Kind", "No.", "Rule", "Expression", "Organization", "Role", "", "Id"];
    println!("{}", output::table(head, rows));
    Ok(())
}
