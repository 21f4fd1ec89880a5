//! What if: who would gain and lose what, told before anything is saved.

use crate::output;
use provisioning::preview::{self, Grant, Preview, Proposal};
use store::Store;

/// Shows what a proposal would mean for the people of a connection.
pub async fn show(store: &Store, connection: &str, proposal: Proposal, json: bool) -> anyhow::Result<()> {
    let connection = provisioning::connections::by_id(store, connection)?;
    let preview = store.read_long(move |tx| preview::of(tx, &connection, &proposal)).await?;
    if json {
        return output::document(&preview);
    }
    tell(&preview);
    Ok(())
}

fn tell(preview: &Preview) {
    println!("{}.", preview.summary);
    for person in &preview.people {
        println!("\n  {} ({}), {}", person.name, person.user_name, person.status);
        for grant in &person.gains {
            println!("    + {}", sentence(grant));
        }
        for grant in &person.loses {
            println!("    − {}", sentence(grant));
        }
    }
    if !preview.organizations.is_empty() {
        let names: Vec<&str> = preview.organizations.iter().map(String::as_str).collect();
        println!("\nThese organizations would be made: {}.", names.join(", "));
    }
    if !preview.removed.is_none() {
        println!("\nThis would be removed: {}.", preview.removed.sentence());
    }
    println!("\nNothing was changed.");
}

fn sentence(grant: &Grant) -> String {
    let below = if grant.inherit { " and everything below" } else { "" };
    format!("{} of {}{below}, by {}", grant.role.name, grant.organization.name, grant.by.name)
}
