//! The part of the tests that runs on PostgreSQL: a cluster in a temporary directory, started for it and gone after it.

use crate::shell::Workspace;
use crate::tools;
use anyhow::{Result, bail};
use cluster::{Cluster, Durability};

/// What runs on both engines: all that reaches the archive through its one door.
const BOTH: &str = "package(store) | package(provisioning) | package(web)";

/// Sees to it that PostgreSQL is installed. Several tests start clusters of their own.
pub fn ensure() -> Result<()> {
    if !cluster::missing() {
        return Ok(());
    }
    tools::install_of_debian("PostgreSQL 15 or later", &["postgresql"])?;
    if cluster::missing() {
        bail!("PostgreSQL was installed and is not found, or is older than 15");
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
