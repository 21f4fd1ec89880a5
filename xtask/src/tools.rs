//! The tools that are not part of the Rust toolchain, each at one version.
//!
//! A tool that `cargo <name>` already finds is used as it is; otherwise it is built from crates.io into
//! `target/tools`, where the next run finds it. Nothing is installed outside the target folder.

use anyhow::Result;

use crate::shell::{Workspace, say};

/// A cargo subcommand from crates.io.
pub struct Tool {
    subcommand: &'static str,
    package: &'static str,
}

/// Runs the tests.
pub const NEXTEST: Tool = Tool { subcommand: "nextest", package: "cargo-nextest@0.9.143" };

/// Checks licences, banned crates and where crates come from.
pub const DENY: Tool = Tool { subcommand: "deny", package: "cargo-deny@0.20.2" };

/// Builds and runs fuzz targets.
pub const FUZZ: Tool = Tool { subcommand: "fuzz", package: "cargo-fuzz@0.13.2" };

/// Makes sure that `cargo <tool>` works.
pub fn ensure(workspace: &Workspace, tool: &Tool) -> Result<()> {
    if workspace.cargo_succeeds(&[tool.subcommand, "--version"])? {
        return Ok(());
    }
    say(&format!("cargo {} is not installed: building it once takes some minutes", tool.subcommand));
    let folder = workspace.tools();
    let root = folder.to_string_lossy();
    // An unoptimised build takes a fraction of the time, and these tools mostly wait for others.
    workspace.cargo("install", &["install", "--locked", "--debug", "--quiet", "--root", &root, tool.package])
}
