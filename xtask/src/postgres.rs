//! The part of the tests that runs on PostgreSQL: a cluster in a temporary directory, started for it and gone after it.

use crate::interop;
use crate::shell::{Workspace, say};
use anyhow::{Context, Result, bail};
use cluster::{Cluster, Durability};
use std::process::Command;

/// What runs on both engines: all that reaches the archive through its one door.
const BOTH: &str = "package(store) | package(provisioning) | package(web)";

/// Sees to it that PostgreSQL is installed. Several tests start clusters of their own.
pub fn ensure() -> Result<()> {
    if !cluster::missing() {
        return Ok(());
    }
    let wish = "the tests need PostgreSQL 15 or later: install it, on Debian `apt-get install postgresql`";
    let user = interop::succeed(Command::new("id").arg("-u"))?;
    if user.trim() != "0" {
        bail!("{wish}");
    }
    say("PostgreSQL is missing: apt-get install postgresql");
    interop::succeed(Command::new("apt-get").args(["update", "--quiet"])).context(wish)?;
    let install = ["install", "--quiet", "--yes", "--no-install-recommends", "postgresql"];
    interop::succeed(Command::new("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive"))
        .context(wish)?;
    if cluster::missing() {
        bail!("{wish}");
    }
    Ok(())
}

/// Runs the tests of both engines on PostgreSQL.
pub fn run(workspace: &Workspace, profile: &str) -> Result<()> {
    let cluster = Cluster::start(Durability::None);
    let arguments = ["nextest", "run", "--locked", "--workspace", "--profile", profile, "--filterset", BOTH];
    workspace.cargo_with(
        "the same tests on PostgreSQL",
        &arguments,
        &[("ACCESSIQ_TEST_DATABASE", &cluster.url("postgres"))],
    )
}
