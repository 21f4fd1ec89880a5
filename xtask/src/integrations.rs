//! `cargo xtask integrations`: what is installed at a provider's, in `integrations/`, run for real under Node.
//!
//! The tests there speak to the real program: it serves a fresh data directory on a free loopback port, and moto stands in
//! for AWS. They make their own tenants and connections with the command line. What Node needs comes from npm into
//! `integrations/aws-cognito/node_modules`, each package at the version in `package-lock.json`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::moto::Moto;
use crate::served::{Served, free_address};
use crate::shell::{Workspace, say};
use crate::{generate, interop};

/// The folders of `integrations/` that have tests.
const FOLDERS: [&str; 2] = ["auth0", "aws-cognito"];
/// The first version of Node that runs the tests; Auth0 and Lambda run it or a later one.
const OLDEST_NODE: u32 = 18;

/// Runs the tests of all integrations; fails if one of them fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    ensure_node()?;
    let programs = interop::install(workspace)?;
    generate::build(workspace)?;
    let place = Place {
        program: workspace.target.join("debug").join("accessiq"),
        sources: workspace.root.join("integrations"),
        folder: workspace.target.join("integrations"),
    };
    place.clear()?;
    place.install_packages()?;
    let service = place.serve()?;
    let moto = Moto::start(&programs, &place.folder)?;
    for folder in FOLDERS {
        place.test(folder, &moto)?;
    }
    // It comes with moto, and knows what CloudFormation takes.
    let template = place.sources.join("aws-cognito").join("template.yaml");
    interop::succeed(Command::new(programs.join("cfn-lint")).arg(&template))?;
    moto.stop()?;
    service.stop()
}

/// Where everything is.
struct Place {
    program: PathBuf,
    sources: PathBuf,
    /// What a run leaves behind, logs among it.
    folder: PathBuf,
}

impl Place {
    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Makes the folder of the run, without the data of the last one.
    fn clear(&self) -> Result<()> {
        let data = self.data();
        if data.exists() {
            fs::remove_dir_all(&data).with_context(|| format!("could not remove {}", data.display()))?;
        }
        fs::create_dir_all(&self.folder).with_context(|| format!("could not make {}", self.folder.display()))
    }

    /// Installs what the tests of `aws-cognito` need from npm, unless the same versions are there.
    fn install_packages(&self) -> Result<()> {
        let folder = self.sources.join("aws-cognito");
        let lock = folder.join("package-lock.json");
        let wanted =
            fs::read_to_string(&lock).with_context(|| format!("could not read {}", lock.display()))?;
        let stamp = folder.join("node_modules").join(".installed.json");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        say("integrations: npm ci in integrations/aws-cognito");
        interop::succeed(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&folder),
        )?;
        fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
    }

    /// Starts the service on a free port.
    fn serve(&self) -> Result<Served> {
        let address = free_address()?;
        say(&format!("serving on {address} for the tests of integrations"));
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.data()).args(["serve", "--listen", &address.to_string()]);
        Served::start("the service", &mut command, address, self.folder.join("service.log"))
    }

    fn test(&self, folder: &str, moto: &Moto) -> Result<()> {
        let printed = interop::succeed(
            Command::new("node")
                .args(["--test", "--test-reporter=tap"])
                .args(test_files(&self.sources.join(folder).join("test"))?)
                .current_dir(self.sources.join(folder))
                .env("ACCESSIQ_PROGRAM", &self.program)
                .env("ACCESSIQ_DATA", self.data())
                .env("AWS_ENDPOINT_URL", &moto.endpoint_url)
                .env("AWS_REGION", "eu-central-1")
                .env("AWS_ACCESS_KEY_ID", "test")
                .env("AWS_SECRET_ACCESS_KEY", "test"),
        )?;
        let passed = counted(&printed, "# pass ")?;
        let all = counted(&printed, "# tests ")?;
        ensure!(passed > 0 && passed == all, "{folder}: {passed} of {all} tests ran:\n{printed}");
        say(&format!("integrations/{folder}: {passed} tests, no failure"));
        Ok(())
    }
}

/// The files of a folder that hold tests.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
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
fn ensure_node() -> Result<()> {
    if !starts("node") || !starts("npm") {
        install_node()?;
    }
    let version = interop::succeed(Command::new("node").arg("--version"))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= OLDEST_NODE),
        "the tests of integrations need Node {OLDEST_NODE} or later; this is {}",
        version.trim()
    );
    Ok(())
}

fn install_node() -> Result<()> {
    let wish =
        "the tests of integrations need Node and npm: install them, on Debian `apt-get install nodejs npm`";
    let user = interop::succeed(Command::new("id").arg("-u"))?;
    if user.trim() != "0" || !starts("apt-get") {
        bail!("{wish}");
    }
    say("Node or npm is missing: apt-get install nodejs npm");
    interop::succeed(Command::new("apt-get").args(["update", "--quiet"])).context(wish)?;
    interop::succeed(
        Command::new("apt-get")
            .args(["install", "--quiet", "--yes", "--no-install-recommends", "nodejs", "npm"])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .context(wish)?;
    Ok(())
}

fn starts(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
