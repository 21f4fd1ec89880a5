//! The command line: what others script against. `--json` prints one JSON document; logs go to stderr; the exit code
//! is 0 only on success.

pub mod access;
mod client;
mod connection;
mod doctor;
pub mod events;
mod guide;
mod requests;
mod schema;
pub mod simulate;
mod tenant;
mod token;
mod user;

use crate::config::Archive;
use crate::quickstart::{self, Quickstart};
use crate::serve::{self, Listening};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// AccessIQ Provisioning: identity providers push users and groups over SCIM 2.0; AccessIQ keeps and explains who may
/// do what.
#[derive(Debug, Parser)]
#[command(name = "accessiq", version, max_term_width = 110, propagate_version = true)]
pub struct Arguments {
    #[command(flatten)]
    archive: Archive,
    /// Write logs as JSON lines
    #[arg(long, global = true)]
    pub log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the SCIM endpoints
    Serve(Listening),
    /// Show it working: serve on loopback and let an Okta player push a realistic directory
    Quickstart(Quickstart),
    /// Make and list tenants
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Make, list and set up connections to identity providers
    #[command(subcommand)]
    Connection(connection::Connection),
    /// Make, list, rotate and revoke the bearer tokens of connections
    #[command(subcommand)]
    Token(token::Token),
    /// Make, list and revoke clients that fetch their own access tokens by OAuth 2.0
    #[command(subcommand)]
    Client(client::Client),
    /// Add, list and take away a tenant's own schema extensions of users
    #[command(subcommand)]
    Schema(schema::Schema),
    /// List users, explain their access, give and take roles by hand
    #[command(subcommand)]
    User(user::User),
    /// Show a tenant's journal: who did what, before and after
    Events(events::Events),
    /// Show the requests of a connection: what was asked, corrected, changed and answered
    Requests(requests::Requests),
    /// Behave as an identity provider's client against any SCIM server, and tell whether it held what it should
    Simulate(simulate::Simulate),
    /// Check that mirror, directory and events agree
    Doctor(doctor::Doctor),
}

impl Arguments {
    /// Whether the command serves for a while, and so logs what it does.
    pub fn serves(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }
}

/// Runs a command.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let archive = &arguments.archive;
    match &arguments.command {
        Command::Serve(listening) => serve::serve(archive, listening).await?,
        Command::Quickstart(quickstart) => return quickstart::run(archive, quickstart).await,
        Command::Tenant(command) => command.run(archive).await?,
        Command::Connection(command) => command.run(archive).await?,
        Command::Token(command) => command.run(archive).await?,
        Command::Client(command) => command.run(archive).await?,
        Command::Schema(command) => command.run(archive).await?,
        Command::User(command) => command.run(archive).await?,
        Command::Events(command) => command.run(archive)?,
        Command::Requests(command) => command.run(archive)?,
        Command::Simulate(command) => return command.run().await,
        Command::Doctor(command) => return command.run(archive).await,
    }
    Ok(ExitCode::SUCCESS)
}
