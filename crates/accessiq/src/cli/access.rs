//! Access, told as sentences: the chain behind every role.

use crate::output;
use provisioning::access::{Access, Entry};

/// Shows what a user may do, and why.
pub fn show(access: &Access, json: bool) -> anyhow::Result<()> {
    if json {
        output::json(&serde_json::to_value(access)?);
        return Ok(());
    }
    println!("{} ({}) is {}.", access.name, access.user_name, access.status);
    if access.status != "active" {
        println!("No access now; what follows is on record and comes back with reactivation.");
    }
    for entry in &access.entries {
        println!("{}", sentence(entry));
    }
    Ok(())
}

/// One role at one organization, with its reasons.
pub fn sentence(entry: &Entry) -> String {
    let from = entry
        .inherited_from
        .as_ref()
        .map_or_else(String::new, |above| format!(" (inherited from {})", above.name));
    let head = format!("\n  {} of {}{from}", entry.role.name, entry.organization.name);
    let links = entry.because.iter().map(|because| format!("\n    ← {}", because.sentence()));
    head + &links.collect::<String>()
}
