//! `cargo xtask generate`: the files that are written by the program itself and committed.
//!
//! One row in [`FILES`] is one generated file. `check` renders the same text and compares it with what is on
//! disk, so a file that was edited by hand or forgotten is found without git and without changing anything.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::shell::{Workspace, say};
use crate::{book, cli_reference, conformance};

struct GeneratedFile {
    /// Relative to the workspace's root.
    path: &'static str,
    render: fn(&Workspace) -> Result<String>,
}

/// A provider's page in the book: the guide as the program shows it.
macro_rules! guide {
    ($provider:literal) => {
        GeneratedFile {
            path: concat!("docs/book/providers/", $provider, ".md"),
            render: |workspace| book::guide(workspace, $provider),
        }
    };
}

const FILES: &[GeneratedFile] = &[
    GeneratedFile { path: "docs/CONFORMANCE.md", render: conformance::render },
    GeneratedFile { path: "docs/reference/cli.md", render: cli_reference::render },
    GeneratedFile {
        path: "docs/reference/openapi.json",
        render: |workspace| workspace.accessiq(&["openapi"]),
    },
    guide!("okta"),
    guide!("entra"),
    guide!("google"),
    guide!("auth0"),
    guide!("cognito"),
    guide!("generic"),
];

/// Writes every generated file.
pub fn write(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    FILES.iter().try_for_each(|file| write_file(workspace, file))
}

/// Writes one generated file that needs no build.
pub fn write_one(workspace: &Workspace, path: &str) -> Result<()> {
    FILES.iter().filter(|file| file.path == path).try_for_each(|file| write_file(workspace, file))
}

fn write_file(workspace: &Workspace, file: &GeneratedFile) -> Result<()> {
    let text = (file.render)(workspace).with_context(|| format!("could not generate {}", file.path))?;
    let path = workspace.root.join(file.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("could not create the folder of {}", file.path))?;
    }
    fs::write(&path, text).with_context(|| format!("could not write {}", file.path))?;
    say(&format!("generated {}", file.path));
    Ok(())
}

/// Fails if a generated file differs from what [`write`] would write.
pub fn check(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    let mut stale = Vec::new();
    for file in FILES {
        let text = (file.render)(workspace).with_context(|| format!("could not generate {}", file.path))?;
        if fs::read_to_string(workspace.root.join(file.path)).ok().as_ref() != Some(&text) {
            stale.push(file.path);
        }
    }
    if !stale.is_empty() {
        bail!("not up to date: {}; run `cargo xtask generate` and commit the result", stale.join(", "));
    }
    say("generated files are up to date");
    Ok(())
}

/// Builds the program and its tests.
pub fn build(workspace: &Workspace) -> Result<()> {
    // With `--tests` the features are resolved as for the test run, which then has nothing to build again.
    workspace.cargo("build", &["build", "--locked", "--quiet", "--workspace", "--bins", "--tests"])
}
