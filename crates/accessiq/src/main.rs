//! The key: one binary that serves, administers and demonstrates AccessIQ Provisioning.
//!
//! Configuration, commands, telemetry, shutdown. Never in here: rules, SQL.

#[macro_use]
mod output;
mod cli;
mod config;
mod passfile;
mod quickstart;
mod serve;
mod telemetry;
mod worker;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    end_quietly_without_a_reader();
    let arguments = cli::Arguments::parse();
    telemetry::start(&arguments);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(cli::run(arguments)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

/// A reader that has seen enough (`accessiq user list | head`) closes the pipe: no failure that needs a report.
fn end_quietly_without_a_reader() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|message| {
            message.starts_with("failed printing to stdout") && message.contains("Broken pipe")
        }) {
            std::process::exit(1);
        }
        report(panic);
    }));
}

/// What went wrong, for a person, and the exit code that says so to a script.
fn failed(error: &anyhow::Error) -> ExitCode {
    let said = match error.downcast_ref::<provisioning::Error>() {
        Some(provisioning::Error::Unconfirmed(what)) => format!("{what} Say --yes to go on."),
        _ => error.to_string(),
    };
    eprintln!("error: {}", output::plain(&said));
    for cause in error.chain().skip(1).filter(|cause| !error.to_string().contains(&cause.to_string())) {
        eprintln!("  because: {}", output::plain(&cause.to_string()));
    }
    ExitCode::FAILURE
}
