//! Node: what it needs from npm, and tests that run under it.
//!
//! Packages come from npm into the folder's own `node_modules`, each at the version in its `package-lock.json`. Node itself,
//! and a browser, come from Debian where this process may install them; elsewhere it says what to install.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell::say;
use crate::{interop, tools};

/// The first version of Node that runs all tests; Auth0 and Lambda run it or a later one.
const OLDEST_NODE: u32 = 18;

/// Installs what a folder needs from npm, unless the same versions are there.
pub fn install_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).with_context(|| format!("could not read {}", lock.display()))?;
    let stamp = folder.join("node_modules").join(".installed.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say(&format!("npm ci in {}", folder.display()));
    interop::succeed(
        Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
}

/// Runs the tests of a folder, `test/*.test.mjs`, with these variables; returns how many there were.
pub fn test(folder: &Path, variables: &[(&str, &OsStr)]) -> Result<u32> {
    run(folder, &test_files(&folder.join("test"))?, variables)
}

/// Runs the tests of one file.
pub fn test_file(folder: &Path, file: &Path, variables: &[(&str, &OsStr)]) -> Result<u32> {
    run(folder, &[file.to_owned()], variables)
}

fn run(folder: &Path, files: &[PathBuf], variables: &[(&str, &OsStr)]) -> Result<u32> {
    let printed = interop::succeed(
        Command::new("node")
            .args(["--test", "--test-reporter=tap"])
            .args(files)
            .current_dir(folder)
            .envs(variables.iter().copied()),
    )?;
    let passed = counted(&printed, "# pass ")?;
    let all = counted(&printed, "# tests ")?;
    ensure!(passed > 0 && passed == all, "{}: {passed} of {all} tests ran:\n{printed}", folder.display());
    Ok(passed)
}

/// The files of a folder that hold tests.
pub fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("could not read {}", folder.display()))?.path();
        if path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.ends_with(".test.mjs")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The number after a word of the summary.
fn counted(printed: &str, word: &str) -> Result<u32> {
    let number = printed.lines().rev().find_map(|line| line.strip_prefix(word));
    number
        .and_then(|number| number.trim().parse().ok())
        .with_context(|| format!("node does not say what it did:\n{printed}"))
}

/// Makes sure that Node and npm are there.
pub fn ensure() -> Result<()> {
    if !tools::starts("node") || !tools::starts("npm") {
        install_node()?;
    }
    let version = interop::succeed(Command::new("node").arg("--version"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= OLDEST_NODE),
        "the tests need Node {OLDEST_NODE} or later; this is {}",
        version.trim()
    );
    Ok(())
}

fn install_node() -> Result<()> {
    tools::install_of_debian("Node and npm", &["nodejs", "npm"])
}

/// Makes sure that Chromium is there; returns its path.
pub fn ensure_chromium() -> Result<PathBuf> {
    const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
    let find = || NAMES.into_iter().find(|name| tools::starts(name)).map(PathBuf::from);
    if find().is_none() {
        tools::install_of_debian("Chromium", &["chromium"])?;
    }
    let name = find().context("Chromium was installed and does not start")?;
    let path = interop::succeed(Command::new("which").arg(name))?;
    Ok(PathBuf::from(path.trim()))
}
