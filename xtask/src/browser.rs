//! `cargo xtask browser` and `cargo xtask screenshots`: the console in Debian's Chromium, in `e2e/`.
//!
//! The real program serves a fresh data directory on a free loopback port; Playwright drives the browser as a person would.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::served::{Served, free_address};
use crate::shell::{Workspace, say};
use crate::{generate, interop, node};

/// The client secret of the provider that tests sign in with.
const SIGN_IN_SECRET: (&str, &str) = ("ACCESSIQ_SIGN_IN_SECRET_HOUSE", "a secret of the tests: & = %");

/// Runs every test in the browser, each file against a service of its own; fails if one of them fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    let place = Place::prepare(workspace)?;
    let mut passed = 0;
    for file in node::test_files(&place.sources.join("test"))? {
        let name = file.file_name().and_then(OsStr::to_str).unwrap_or("test").to_owned();
        say(&format!("browser: {name}"));
        passed += place.with_service(|variables| node::test_file(&place.sources, &file, variables))?;
    }
    say(&format!("browser: {passed} tests, no failure"));
    Ok(())
}

/// Makes a picture of every page, in both themes, of a desk and of a phone, below `target/screenshots`, and those of the
/// documentation.
pub fn screenshots(workspace: &Workspace) -> Result<()> {
    let place = Place::prepare(workspace)?;
    let pictures = workspace.target.join("screenshots");
    if pictures.exists() {
        fs::remove_dir_all(&pictures).with_context(|| format!("could not remove {}", pictures.display()))?;
    }
    let images = workspace.root.join("docs").join("book").join("images");
    let script = place.sources.join("screenshots.mjs");
    let printed = place.with_service(|variables| {
        interop::succeed(
            Command::new("node")
                .arg(&script)
                .arg(&pictures)
                .arg(&images)
                .current_dir(&place.sources)
                .envs(variables.iter().copied()),
        )
    })?;
    say(&format!("{} pictures in {}", printed.lines().count(), pictures.display()));
    Ok(())
}

/// Where everything is.
struct Place {
    program: PathBuf,
    chromium: PathBuf,
    sources: PathBuf,
    /// What a run leaves behind, logs among it.
    folder: PathBuf,
}

impl Place {
    fn prepare(workspace: &Workspace) -> Result<Self> {
        node::ensure()?;
        let chromium = node::ensure_chromium()?;
        generate::build(workspace)?;
        let sources = workspace.root.join("e2e");
        node::install_packages(&sources)?;
        let program = workspace.target.join("debug").join("accessiq");
        Ok(Self { program, chromium, sources, folder: workspace.target.join("browser") })
    }

    /// Serves a fresh data directory while something is done with it.
    fn with_service<T>(&self, act: impl FnOnce(&[(&str, &OsStr)]) -> Result<T>) -> Result<T> {
        let data = self.folder.join("data");
        clear(&data)?;
        let address = free_address()?;
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(&data).args(["serve", "--listen", &address.to_string()]);
        command.env(SIGN_IN_SECRET.0, SIGN_IN_SECRET.1);
        let service = Served::start("the service", &mut command, address, self.folder.join("service.log"))?;
        let url = format!("http://{address}");
        let result = act(&[
            ("ACCESSIQ_PROGRAM", self.program.as_ref()),
            ("ACCESSIQ_DATA", data.as_ref()),
            ("ACCESSIQ_URL", url.as_ref()),
            ("ACCESSIQ_CHROMIUM", self.chromium.as_ref()),
            (SIGN_IN_SECRET.0, SIGN_IN_SECRET.1.as_ref()),
        ])?;
        service.stop()?;
        Ok(result)
    }
}

/// Makes the folder above the data, without the data of the last run.
fn clear(data: &Path) -> Result<()> {
    if data.exists() {
        fs::remove_dir_all(data).with_context(|| format!("could not remove {}", data.display()))?;
    }
    let above = data.parent().unwrap_or(data);
    fs::create_dir_all(above).with_context(|| format!("could not make {}", above.display()))
}
