//! `cargo xtask fuzz`: throws bytes at everything that reads what a stranger sends.
//!
//! The targets are in `fuzz/`, outside the workspace, since they are built with coverage. What is found on the way is
//! kept below the target folder; seeds that are worth keeping belong into `fuzz/corpus/`. No sanitizer: the workspace
//! has no unsafe code, and so the pinned toolchain is enough.

use std::fs;

use anyhow::{Context, Result};

use crate::shell::{Workspace, say};
use crate::tools;

/// Every target, in the order they run.
const TARGETS: [&str; 8] = ["filter", "path", "patch", "resource", "bulk", "cursor", "token", "jwt"];

/// Runs one target, or all, for so many seconds each.
pub fn run(workspace: &Workspace, target: Option<&str>, seconds: u64) -> Result<()> {
    tools::ensure(workspace, &tools::FUZZ)?;
    let build = workspace.target.join("fuzz");
    let build = build.to_string_lossy();
    for name in TARGETS.into_iter().filter(|name| target.is_none_or(|wanted| wanted == *name)) {
        let found = workspace.target.join("fuzz-corpus").join(name);
        fs::create_dir_all(&found).with_context(|| format!("could not create {}", found.display()))?;
        let (found, seeds) = (found.to_string_lossy(), format!("fuzz/corpus/{name}"));
        let time = format!("-max_total_time={seconds}");
        let arguments = [
            "fuzz",
            "run",
            "--sanitizer",
            "none",
            "--target-dir",
            &build,
            name,
            &found,
            &seeds,
            "--",
            &time,
            "-max_len=4096",
            "-verbosity=0",
            "-print_final_stats=1",
        ];
        workspace.cargo(&format!("fuzz target {name}, {seconds} s"), &arguments)?;
    }
    say("no fuzz target found anything");
    Ok(())
}
