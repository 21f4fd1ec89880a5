//! `accessiq job`, and how a command carries out a job that it made.

use crate::config::Archive;
use crate::output;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use provisioning::{jobs, tenants};
use store::jobs::{Job as Row, JobState};
use store::{Store, StoreError};
use web::api::jobs::JobView;
use web::api::named::connections_of;

/// List and show changes that concern many people.
#[derive(Debug, Subcommand)]
pub enum Job {
    /// List the jobs of a tenant, the newest first
    List {
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// How many of the newest
        #[arg(long, default_value_t = 50)]
        limit: i64,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show how a job stands
    Show {
        /// The job's id
        id: String,
        /// The tenant
        #[arg(long)]
        tenant: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// How a change is made that may concern many people.
#[derive(Args, Clone, Copy, Debug)]
pub struct How {
    /// Say who would gain and lose what, and change nothing
    #[arg(long)]
    pub what_if: bool,
    /// Leave what concerns many people to the server, instead of carrying it out here
    #[arg(long)]
    pub background: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// How something is done that cannot be taken back.
#[derive(Args, Clone, Copy, Debug)]
pub struct ForGood {
    /// Go on: this cannot be taken back
    #[arg(long)]
    pub yes: bool,
    /// Leave what takes long to the server, instead of carrying it out here
    #[arg(long)]
    pub background: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

impl ForGood {
    /// How its job is carried out.
    pub fn how(self) -> How {
        How { what_if: false, background: self.background, json: self.json }
    }
}

/// Jobs before this are all of them: ids are hexadecimal digits.
const NEWEST: &str = "~";

impl Job {
    /// Runs the command.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let store = archive.open_existing()?;
        let (tenant, json) = match self {
            Self::List { tenant, json, .. } | Self::Show { tenant, json, .. } => (tenant, *json),
        };
        let tenant = tenants::named(&store, tenant)?.tenant;
        let (found, connections) = store.read(|tx| {
            let found = match self {
                Self::List { limit, .. } => store::jobs::page(tx, tenant, NEWEST, (*limit).max(0))?,
                Self::Show { id, .. } => store::jobs::by_id(tx, tenant, id)?.into_iter().collect(),
            };
            Ok::<_, StoreError>((found, connections_of(tx, tenant)?))
        })?;
        let view =
            |job: &Row| JobView::of(job, connections.get(&job.scope.connection).map_or("", String::as_str));
        if let Self::Show { id, .. } = self {
            let job = found.first().ok_or_else(|| anyhow::anyhow!("There is no job {id} in this tenant."))?;
            if json {
                return output::document(&view(job));
            }
        } else if json {
            return output::document(&found.iter().map(view).collect::<Vec<_>>());
        }
        let rows = found.iter().map(|job| {
            [
                output::time(job.created_at),
                job.kind.clone(),
                job.failure.clone().unwrap_or_else(|| job.state.as_str().to_owned()),
                format!("{}/{}", output::grouped(job.done), output::grouped(job.total)),
                job.id.clone(),
            ]
        });
        println!("{}", output::table(["Asked for", "What", "State", "Done", "Id"], rows));
        Ok(())
    }
}

/// Carries a job out, unless it is left to the server; returns it as it is then.
pub async fn follow(store: &Store, job: Option<Row>, how: How) -> anyhow::Result<Option<Row>> {
    let Some(mut job) = job else { return Ok(None) };
    if how.background {
        return Ok(Some(job));
    }
    let bar = ProgressBar::new(job.total.try_into().unwrap_or(0));
    let style = ProgressStyle::with_template("  {msg:<12} {bar:30} {pos:>6}/{len}")?;
    bar.set_style(style.progress_chars("━╸─"));
    while job.finished_at.is_none() {
        job = jobs::step(store, job.scope.tenant, &job.id).await?;
        bar.set_message(job.phase.clone());
        bar.set_position(job.done.try_into().unwrap_or(0));
    }
    bar.finish_and_clear();
    if job.state == JobState::Failed {
        anyhow::bail!(
            "the change was saved, and carrying it out failed: {}",
            job.failure.as_deref().unwrap_or("no reason is on record")
        );
    }
    Ok(Some(job))
}

/// What became of the people a change concerns, as the end of a sentence.
pub fn aftermath(job: Option<&Row>) -> String {
    match job {
        None => String::new(),
        Some(job) if job.finished_at.is_some() => format!(" {} people and groups followed.", job.done),
        Some(job) => {
            format!(" The server lets people follow: accessiq job show {} tells how far it is.", job.id)
        }
    }
}
