//! The project's own commands: `cargo xtask <command>`.
//!
//! Everything a contributor or CI does to this repository is one of these commands, and each says in plain
//! lines (`==> …`) what it is doing. What is missing is installed from package registries into `target/tools`.
//! Nothing of the product lives here, and the product never depends on this crate.

mod book;
mod browser;
mod checks;
mod cli_reference;
mod conformance;
mod fuzz;
mod generate;
mod instructions;
mod integrations;
mod interop;
mod moto;
mod node;
mod postgres;
mod served;
mod shell;
mod tests;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use shell::Workspace;

/// Builds, checks and tests AccessIQ Provisioning.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test: documentation examples first, then all others; installs what is missing
    Test {
        /// Leave out the slow tests: those with `crash`, `browser` or `slow` in their name
        #[arg(long)]
        quick: bool,
    },
    /// Check everything but the tests: formatting, lints, licences and sources, generated files
    Check,
    /// Write the generated files anew, such as docs/reference/cli.md
    Generate,
    /// Write docs/CONFORMANCE.md: which test holds the service to which requirement
    Conformance,
    /// Throw bytes at everything that reads what a stranger sends
    Fuzz {
        /// One target alone, such as `filter`
        target: Option<String>,
        /// How long each target runs
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Test a service that runs with testers that others wrote: scim2-tester and schemathesis
    Interop,
    /// Test what is installed at a provider's (Auth0, AWS) under Node, against a service that runs and moto
    Integrations,
    /// Test the console in Chromium, against a service that runs
    Browser,
    /// Make a picture of every page of the console, and those of the documentation
    Screenshots,
    /// Count the instructions of filters, PATCH, projection, derivation and whole requests, under Callgrind
    Instructions {
        /// One operation alone, such as `request-get`
        operation: Option<String>,
    },
    /// Do what a change must pass before it lands: `check`, then `test`
    Ci,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("==> {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    let workspace = Workspace::open()?;
    match command {
        Command::Test { quick } => tests::run(&workspace, *quick),
        Command::Check => checks::run(&workspace),
        Command::Generate => generate::write(&workspace),
        Command::Conformance => generate::write_one(&workspace, "docs/CONFORMANCE.md"),
        Command::Fuzz { target, seconds } => fuzz::run(&workspace, target.as_deref(), *seconds),
        Command::Interop => interop::run(&workspace),
        Command::Integrations => integrations::run(&workspace),
        Command::Browser => browser::run(&workspace),
        Command::Screenshots => browser::screenshots(&workspace),
        Command::Instructions { operation } => instructions::run(&workspace, operation.as_deref()),
        Command::Ci => {
            checks::run(&workspace)?;
            tests::run(&workspace, false)
        }
    }
}
