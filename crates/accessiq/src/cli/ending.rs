//! `accessiq connection end`.

use super::job::{ForGood, aftermath, follow};
use crate::config::operator;
use crate::output;
use clap::Args;
use provisioning::ending::{self, Concerned, Preview};
use store::Store;
use store::connections::Way;
use web::api::jobs::JobView;

/// How a connection ends.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("way").required(true))]
pub struct End {
    /// The connection's id
    id: String,
    /// What it gave stays, by hand: nobody gains or loses anything
    #[arg(long, group = "way")]
    finalise: bool,
    /// What it alone gave ends: its users are deactivated
    #[arg(long, group = "way")]
    terminate: bool,
    /// Say whom it concerns, and change nothing
    #[arg(long)]
    preview: bool,
    #[command(flatten)]
    manner: ForGood,
}

impl End {
    /// Runs the command.
    pub async fn run(&self, store: &Store) -> anyhow::Result<()> {
        let way = if self.terminate { Way::Terminate } else { Way::Finalise };
        if self.preview {
            let connection = provisioning::connections::by_id(store, &self.id)?;
            let preview = ending::preview(store, &connection, way).await?;
            if self.manner.json {
                return output::document(&preview);
            }
            tell(&preview);
            return Ok(());
        }
        let wanted = ending::Wanted { way, version: None, confirmed: self.manner.yes };
        let job = ending::begin(store, &operator(), &self.id, wanted).await?;
        let job = follow(store, Some(job), self.manner.how()).await?;
        if self.manner.json {
            return output::document(&job.as_ref().map(|job| JobView::of(job, &self.id)));
        }
        println!(
            "The connection takes no more requests; its tokens and clients are revoked.{}",
            aftermath(job.as_ref())
        );
        Ok(())
    }
}

fn tell(preview: &Preview) {
    println!("{}", preview.summary);
    for Concerned { name, user_name, status, becomes, memberships, .. } in &preview.people {
        println!("\n  {name} ({user_name}), {status} → {becomes}");
        for grant in memberships {
            println!("    {} of {}", grant.role.name, grant.organization.name);
        }
    }
    if !preview.organizations.is_empty() {
        let names: Vec<&str> = preview.organizations.iter().map(String::as_str).collect();
        println!("\nOrganizations: {}.", names.join(", "));
    }
    println!("\nNothing was changed.");
}
