//! `cargo xtask instructions`: how many instructions the parts of a request take, counted by Callgrind.
//!
//! Unlike time, the count hardly depends on the machine and what else it does. Each operation is done a few times and
//! many times, each in a process of its own; what the difference took, divided, is one operation without what made it
//! ready. All threads count.

use crate::interop::succeed;
use crate::shell::{Workspace, say};
use crate::tools;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every operation, as `crates/web/benches/operations.rs` knows them.
const OPERATIONS: [&str; 11] = [
    "filter-parse",
    "filter-match",
    "patch-plan",
    "patch-apply",
    "projection",
    "derivation",
    "request-get",
    "request-filter",
    "request-create",
    "request-patch",
    "request-add-member",
];
/// How often an operation is done before what counts.
const FEW: u64 = 20;
/// How often in all.
const MANY: u64 = 220;

/// Counts one operation, or all.
pub fn run(workspace: &Workspace, operation: Option<&str>) -> Result<()> {
    if !tools::starts("valgrind") {
        tools::install_of_debian("Callgrind", &["valgrind"])?;
    }
    let program = build(workspace)?;
    println!("{:<20} {:>14}", "operation", "instructions");
    for name in OPERATIONS.into_iter().filter(|name| operation.is_none_or(|wanted| wanted == *name)) {
        let few = counted(workspace, &program, name, FEW)?;
        let many = counted(workspace, &program, name, MANY)?;
        println!("{name:<20} {:>14}", many.saturating_sub(few) / (MANY - FEW));
    }
    Ok(())
}

/// Builds the operations as a release; returns the program.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    say("build: cargo bench --package web --bench operations --no-run");
    let mut command = Command::new("cargo");
    command.args(["bench", "--locked", "--package", "web", "--bench", "operations", "--no-run"]);
    let told = succeed(command.args(["--message-format", "json"]).current_dir(&workspace.root))?;
    let messages = told.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut built = messages.filter(|message| message["target"]["name"] == "operations");
    let program = built.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.context("cargo names no program that it built")
}

fn counted(workspace: &Workspace, program: &Path, name: &str, times: u64) -> Result<u64> {
    let report = workspace.target.join(format!("instructions-{name}.out"));
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", report.display())).arg(program);
    succeed(command.args(["--count", name, &times.to_string()]))?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("Callgrind left no {}", report.display()))?;
    let total =
        text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
    match total.and_then(|total| total.trim().parse().ok()) {
        Some(total) => Ok(total),
        None => bail!("{} says no total", report.display()),
    }
}
