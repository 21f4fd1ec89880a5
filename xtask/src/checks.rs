//! `cargo xtask check`: everything a change must satisfy apart from the tests.
//!
//! The quick checks come first. Nothing here changes a file; each failure names the command that mends it.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{Workspace, say};
use crate::{book, generate, tools};

/// Runs all checks and stops at the first that fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    workspace.cargo("formatting (`cargo fmt --all` mends it)", &["fmt", "--all", "--check"])?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    workspace.cargo("lints", &clippy)?;
    book::check(workspace)?;
    dependencies(workspace)?;
    generate::check(workspace)
}

/// Holds every dependency against `deny.toml`. Only the fetching of sources uses the network.
fn dependencies(workspace: &Workspace) -> Result<()> {
    tools::ensure(workspace, &tools::DENY)?;
    workspace.cargo("sources of all dependencies", &["fetch", "--locked"])?;
    let rules =
        ["deny", "--offline", "--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    workspace.cargo("licences, bans and sources (rules: deny.toml)", &rules)?;
    let Some(folder) = advisory_folder() else {
        say("advisories: skipped, neither CARGO_HOME nor HOME says where their database would be");
        return Ok(());
    };
    // cargo-deny leaves a lock file there even when it finds nothing; each database is a folder.
    if fs::read_dir(&folder).is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_dir())) {
        return workspace.cargo("advisories", &["deny", "--offline", "--locked", "check", "advisories"]);
    }
    say("advisories: skipped, their database is not on this machine and no package registry has it");
    say("advisories: where git repositories can be reached, `cargo deny fetch db` brings it");
    Ok(())
}

/// Where cargo-deny keeps the advisory database unless deny.toml says otherwise.
fn advisory_folder() -> Option<PathBuf> {
    let in_home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(in_home)?;
    Some(cargo_home.join("advisory-dbs"))
}
