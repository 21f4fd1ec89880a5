//! The tools that are not part of the Rust toolchain, each at one version.
//!
//! A tool that `cargo <name>` already finds is used as it is; otherwise it is built from crates.io into
//! `target/tools`, where the next run finds it. What is no crate comes from Debian, where this process may install it.

use crate::interop;
use crate::shell::{Workspace, say};
use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};

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

/// Installs packages where this process may, else says what to install. `what` names them in messages.
pub fn install_of_debian(what: &str, packages: &[&str]) -> Result<()> {
    let packages_said = packages.join(" ");
    let wish = format!("this needs {what}: install it, on Debian `apt-get install {packages_said}`");
    let user = interop::succeed(Command::new("id").arg("-u"))?;
    if user.trim() != "0" || !starts("apt-get") {
        bail!("{wish}");
    }
    say(&format!("{what} is missing: apt-get install {packages_said}"));
    interop::succeed(Command::new("apt-get").args(["update", "--quiet"])).with_context(|| wish.clone())?;
    interop::succeed(
        Command::new("apt-get")
            .args(["install", "--quiet", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .context(wish)?;
    Ok(())
}

/// Whether a program is there.
pub fn starts(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
