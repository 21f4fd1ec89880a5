//! `cargo xtask integrations`: what is installed at a provider's, in `integrations/`, run for real under Node.
//!
//! The tests there speak to the real program: it serves a fresh data directory on a free loopback port, and moto stands in
//! for AWS. They make their own tenants and connections with the command line. What Node needs comes from npm into
//! `integrations/aws-cognito/node_modules`, each package at the version in `package-lock.json`.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::moto::Moto;
use crate::served::{Served, free_address};
use crate::shell::{Workspace, say};
use crate::{generate, interop, node};

/// The folders of `integrations/` that have tests.
const FOLDERS: [&str; 2] = ["auth0", "aws-cognito"];

/// Runs the tests of all integrations; fails if one of them fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    node::ensure()?;
    let programs = interop::install(workspace)?;
    generate::build(workspace)?;
    let place = Place {
        program: workspace.target.join("debug").join("accessiq"),
        sources: workspace.root.join("integrations"),
        folder: workspace.target.join("integrations"),
    };
    place.clear()?;
    node::install_packages(&place.sources.join("aws-cognito"))?;
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

    /// Starts the service on a free port.
    fn serve(&self) -> Result<Served> {
        let address = free_address()?;
        say(&format!("serving on {address} for the tests of integrations"));
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.data()).args(["serve", "--listen", &address.to_string()]);
        Served::start("the service", &mut command, address, self.folder.join("service.log"))
    }

    fn test(&self, folder: &str, moto: &Moto) -> Result<()> {
        let data = self.data();
        let variables: [(&str, &OsStr); 6] = [
            ("ACCESSIQ_PROGRAM", self.program.as_ref()),
            ("ACCESSIQ_DATA", data.as_ref()),
            ("AWS_ENDPOINT_URL", moto.endpoint_url.as_ref()),
            ("AWS_REGION", "eu-central-1".as_ref()),
            ("AWS_ACCESS_KEY_ID", "test".as_ref()),
            ("AWS_SECRET_ACCESS_KEY", "test".as_ref()),
        ];
        let passed = node::test(&self.sources.join(folder), &variables)?;
        say(&format!("integrations/{folder}: {passed} tests, no failure"));
        Ok(())
    }
}
