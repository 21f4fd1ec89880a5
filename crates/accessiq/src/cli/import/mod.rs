//! `accessiq import`: what every import does with a plan, whatever it was made of.

mod cognito;

use crate::cli::progress;
use crate::output;
use clap::{Args, Subcommand};
use client::http::ScimClient;
use client::import::apply::{self, Outcome};
use client::import::desired::Desired;
use client::import::plan::{Act, Choices, Plan};
use client::import::{PROFILE, held};
use client::players::Report;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::Arc;

/// How many requests are under way at a time.
const CONCURRENCY: usize = 4;
/// How many members of a group are named to people.
const NAMED: usize = 5;

/// Reconcile people and groups of something that speaks no SCIM into a connection, through SCIM.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Reconcile an AWS Cognito user pool into a connection, through SCIM; a dry run unless --apply is given
    ///
    /// The pool is read over AWS's API, or from files that the AWS CLI wrote; nothing is ever written to it. Credentials are found as
    /// by every AWS tool: environment, ~/.aws with AWS_PROFILE, web identity, container, machine role. They need
    /// cognito-idp:ListUsers, cognito-idp:ListGroups and cognito-idp:ListUsersInGroup.
    ///
    /// A person's externalId is their sub; their userName is their e-mail address, or their Username where they have none or another
    /// account of the pool has the same one. Whom AWS has disabled becomes inactive. Users and groups that are not in the pool any
    /// more are deleted with --delete alone. What did not come from the pool is left alone; a user without externalId is taken for the
    /// person of the same verified e-mail address, a group without one for the group of the same name. A run that was interrupted is
    /// continued by running it again.
    ///
    /// The exit code is 0 only if nothing keeps the connection from holding what the pool holds. People who cannot be sent, and
    /// deletions beyond the limit, are named as problems, in a dry run too.
    Cognito(cognito::Cognito),
}

impl Import {
    /// Runs the command; exit code 0 only if the connection holds, or with --apply would hold, all that it should.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Cognito(command) => command.run().await,
        }
    }
}

/// Into which connection, and how far an import may go.
#[derive(Args, Debug)]
pub struct Destination {
    /// The SCIM base URL of the connection
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// The connection's bearer token
    #[arg(long, env = "ACCESSIQ_TOKEN", hide_env_values = true)]
    token: String,
    /// Carry out the plan; without it, the plan is only shown
    #[arg(long)]
    apply: bool,
    /// Delete users and groups of the connection that came from the source and are not in it any more; without it, they are
    /// only named
    #[arg(long)]
    delete: bool,
    /// Delete at most so many users and so many groups; if more are missing, none is deleted [default: 10, or a tenth of those there
    /// are]
    #[arg(long, value_name = "NUMBER", requires = "delete")]
    delete_limit: Option<usize>,
    /// Do not send people without these attributes, such as name.familyName [default: what the connection's /Schemas require]
    #[arg(long, value_name = "ATTRIBUTES", value_delimiter = ',')]
    required: Option<Vec<String>>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Destination {
    fn choices(&self) -> Choices {
        Choices {
            delete: self.delete,
            delete_limit: self.delete_limit,
            required: self.required.as_ref().map(|required| required.iter().cloned().collect()),
        }
    }

    fn client(&self) -> anyhow::Result<Arc<ScimClient>> {
        Ok(Arc::new(ScimClient::new(&self.base_url, &self.token, PROFILE)?))
    }

    /// Compares, shows the plan, and carries it out if asked to.
    async fn reconcile(&self, desired: &Desired) -> anyhow::Result<ExitCode> {
        let client = self.client()?;
        let held =
            progress::drawn(async |report: &Report| held::read(&client, desired, CONCURRENCY, report).await)
                .await??;
        let plan = Plan::make(desired, &held, &self.choices());
        if !self.json {
            show(&plan);
        }
        let mut outcome = None;
        if self.apply {
            let carried_out = async |report: &Report| apply::apply(&client, &plan, CONCURRENCY, report).await;
            outcome = Some(progress::drawn(carried_out).await?);
        }
        if self.json {
            output::json(&document(&plan, outcome.as_ref()));
        } else {
            conclude(&plan, outcome.as_ref());
        }
        let whole = outcome.is_none_or(|outcome| outcome.is_whole());
        Ok(if whole && plan.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The plan for people: how much of what, then each thing.
fn show(plan: &Plan) {
    for (act, count) in plan.counts() {
        println!("{:>8}  {act}", output::grouped(i64::try_from(count).unwrap_or(i64::MAX)));
    }
    println!(
        "{:>8}  as they should be ({} users, {} groups)",
        plan.unchanged_users + plan.unchanged_groups,
        plan.unchanged_users,
        plan.unchanged_groups
    );
    if !plan.steps.is_empty() {
        println!();
    }
    for step in &plan.steps {
        let members = matches!(step.act, Act::AddMembers | Act::RemoveMembers);
        let detail = if members && step.detail.len() > NAMED {
            format!("{} and {} more", step.detail[..NAMED].join(", "), step.detail.len() - NAMED)
        } else {
            step.detail.join(", ")
        };
        let colon = if detail.is_empty() { "" } else { ": " };
        println!("  {} {}{colon}{detail}", step.act, step.subject);
    }
    list("Not in the source (any more); --delete deletes them", missing(plan));
    list("Left alone", plan.left_alone.clone());
    list("Problems", plan.problems.clone());
    println!();
}

fn missing(plan: &Plan) -> Vec<String> {
    let users = plan.missing_users.iter().map(|name| format!("user {name}"));
    users.chain(plan.missing_groups.iter().map(|name| format!("group {name}"))).collect()
}

fn list(head: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        println!("\n{head}:");
    }
    for line in lines {
        println!("  {line}");
    }
}

/// The last words for people.
fn conclude(plan: &Plan, outcome: Option<&Outcome>) {
    match outcome {
        None if plan.steps.is_empty() => println!("Nothing to change."),
        None => println!("Nothing was changed. Run it again with --apply to carry this out."),
        Some(outcome) => {
            list("Failed", outcome.failures.clone());
            list("Stopped", outcome.stopped.clone().into_iter().collect());
            println!("{} of {} changes carried out.", outcome.done, plan.steps.len());
            if !outcome.is_whole() {
                println!("Run it again for the others; what is done is not done twice.");
            }
        }
    }
}

/// The plan, and what came of it, for programs.
fn document(plan: &Plan, outcome: Option<&Outcome>) -> Value {
    let mut document = json!(plan);
    document["counts"] = json!(plan.counts());
    document["applied"] = outcome.is_some().into();
    if let Some(outcome) = outcome {
        document["done"] = outcome.done.into();
        document["failures"] = json!(outcome.failures);
        document["stopped"] = json!(outcome.stopped);
    }
    document
}
