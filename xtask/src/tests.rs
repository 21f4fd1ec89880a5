//! `cargo xtask test`: all tests of the workspace.
//!
//! Documentation examples come first because nextest does not run them, and because nextest's own summary, the
//! count of all other tests, is to be the last thing that is printed. Before it run, unless it is to be quick, the fuzz
//! targets for seconds, the testers that others wrote, what is installed at providers', the console in a browser, and the
//! tests of both engines on PostgreSQL.

use anyhow::Result;

use crate::shell::{Workspace, is_unattended};
use crate::{browser, fuzz, integrations, interop, postgres, tools};

/// How many seconds each fuzz target runs along with the tests; long runs are `cargo xtask fuzz --seconds N`.
const SMOKE: u64 = 5;

/// Runs every test, or with `quick` all but the slow ones; see `.config/nextest.toml` for which those are.
pub fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    tools::ensure(workspace, &tools::NEXTEST)?;
    postgres::ensure()?;
    workspace.cargo("documentation examples", &["test", "--locked", "--quiet", "--doc", "--workspace"])?;
    if !quick {
        fuzz::run(workspace, None, SMOKE)?;
        interop::run(workspace)?;
        integrations::run(workspace)?;
        browser::run(workspace)?;
    }
    let profile = match (quick, is_unattended()) {
        (true, _) => "quick",
        (false, true) => "ci",
        (false, false) => "default",
    };
    if !quick {
        postgres::run(workspace, profile)?;
    }
    workspace.cargo("tests", &["nextest", "run", "--locked", "--workspace", "--profile", profile])
}
