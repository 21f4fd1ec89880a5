//! The workspace on disk and the running of `cargo` in it.
//!
//! Every command starts at the workspace's root with `target/tools/bin` at the front of `PATH`, so that a tool
//! which was installed there is found as `cargo <tool>`. What a command means is said by its caller.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Where the sources, the build's results and the installed tools are.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the workspace that this crate belongs to.
    pub fn open() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .context("CARGO_MANIFEST_DIR is not set: start this through cargo, as `cargo xtask`")?;
        let root = Path::new(&manifest)
            .parent()
            .context("the folder of xtask has no parent: start this through cargo, as `cargo xtask`")?
            .to_path_buf();
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| OsString::from("target")));
        Ok(Self { root, target })
    }

    /// The folder that tools are installed into (`cargo install --root`).
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Says what is about to happen and runs `cargo` with `arguments`; fails if the command fails.
    pub fn cargo(&self, purpose: &str, arguments: &[&str]) -> Result<()> {
        self.cargo_with(purpose, arguments, &[])
    }

    /// The same with variables of the environment.
    pub fn cargo_with(&self, purpose: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Result<()> {
        let line = arguments.join(" ");
        say(&format!("{purpose}: cargo {line}"));
        let status = self
            .command(arguments)?
            .envs(variables.iter().copied())
            .status()
            .with_context(|| format!("could not start cargo {line}"))?;
        if !status.success() {
            bail!("{purpose} failed: `cargo {line}` ended with {status}; its output above says why");
        }
        Ok(())
    }

    /// Whether `cargo` with `arguments` succeeds; prints nothing.
    pub fn cargo_succeeds(&self, arguments: &[&str]) -> Result<bool> {
        let status = self.command(arguments)?.stdout(Stdio::null()).stderr(Stdio::null()).status();
        Ok(status.context("could not start cargo")?.success())
    }

    /// What the built `accessiq` prints. The environment is emptied and the width fixed, so that it is the same text on
    /// every machine.
    pub fn accessiq(&self, arguments: &[&str]) -> Result<String> {
        let program = self.target.join("debug").join("accessiq");
        let line = format!("accessiq {}", arguments.join(" "));
        let output = Command::new(&program)
            .args(arguments)
            .env_clear()
            .env("COLUMNS", "100")
            .output()
            .with_context(|| format!("could not start {}", program.display()))?;
        if !output.status.success() {
            bail!("`{line}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        let text = String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no UTF-8"))?;
        if text.trim().is_empty() {
            bail!("`{line}` printed nothing");
        }
        Ok(text)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.tools().join("bin")).chain(env::split_paths(&inherited));
        let path = env::join_paths(folders).context("PATH cannot hold the folder of the installed tools")?;
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        command.args(arguments).current_dir(&self.root).env("PATH", path).stdin(Stdio::null());
        Ok(command)
    }
}

/// Prints one plain line about what is happening.
pub fn say(line: &str) {
    println!("==> {line}");
}

/// Whether this is an unattended run (`CI` is set and not empty).
pub fn is_unattended() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}
