//! `accessiq user erase`.

use super::job::{ForGood, follow};
use crate::config::operator;
use crate::output;
use clap::Args;
use provisioning::access::find_user;
use provisioning::{erasure, tenants};
use store::{Store, erasures};
use web::api::jobs::JobView;

/// Whom to erase, and why.
#[derive(Args, Debug)]
pub struct Erase {
    /// The username or the user's id
    user: String,
    /// The tenant
    #[arg(long)]
    tenant: String,
    /// Why: it is kept, and may not name the person
    #[arg(long, required_unless_present = "preview")]
    reason: Option<String>,
    /// Say what would go, or when and why somebody was erased, and change nothing
    #[arg(long)]
    preview: bool,
    #[command(flatten)]
    manner: ForGood,
}

impl Erase {
    /// Runs the command.
    pub async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let tenant = tenants::named(store, &self.tenant)?;
        if self.preview {
            return self.tell(store, tenant.tenant);
        }
        let wanted = erasure::Wanted {
            reason: self.reason.clone().unwrap_or_default(),
            version: None,
            confirmed: self.manner.yes,
        };
        let job = erasure::erase(store, &operator(), &tenant, &self.user, wanted).await?;
        let job = follow(store, Some(job), self.manner.how()).await?;
        if self.manner.json {
            return output::document(&job.as_ref().map(|job| JobView::of(job, "")));
        }
        match job.filter(|job| job.finished_at.is_none()) {
            None => println!("The person is erased. What is left are the ids, and the reason."),
            Some(job) => println!(
                "The person has no access any more. The server goes through events and records: accessiq job show {} --tenant {} tells how far it is.",
                job.id, tenant.name
            ),
        }
        Ok(())
    }

    fn tell(&self, store: &Store, tenant: store::TenantId) -> anyhow::Result<()> {
        let (done, would) = store.read(|tx| {
            let user = find_user(tx, tenant, &self.user)?;
            let done = erasures::of_user(tx, tenant, &user.id)?;
            let would = if done.is_none() { Some(erasure::preview(tx, tenant, &user.id)?) } else { None };
            Ok::<_, provisioning::Error>((done, would))
        })?;
        if self.manner.json {
            let done = done.map(web::api::erasure::ErasureDone::from);
            return output::document(&web::api::erasure::ErasureView { would, done });
        }
        if let Some(done) = done {
            let by = done.actor.1.unwrap_or_default();
            println!("Erased at {} by {by}: {}", output::time(done.at), done.reason);
        }
        if let Some(would) = would {
            println!("{}", would.summary);
            for rule in would.rules {
                println!("Rule \"{rule}\" names the person: change or delete it first.");
            }
            println!("\nNothing was changed.");
        }
        Ok(())
    }
}
