//! The command line: what others script against. `--json` prints one JSON document; logs go to stderr; the exit code
//! is 0 only on success.

pub mod access;
mod administrator;
mod backup;
mod bench;
mod check;
mod client;
mod connection;
mod doctor;
mod domain;
mod ending;
mod erasure;
pub mod events;
mod group;
mod guide;
mod import;
mod job;
mod key;
mod link;
mod mapping;
mod migrate;
mod organization;
mod progress;
mod requests;
mod restore;
mod role;
mod rule;
mod schema;
mod sign_in_provider;
pub mod simulate;
mod target;
mod tenant;
mod token;
mod transfer;
mod user;
mod what_if;

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
    /// Serve the console, the SCIM endpoints and the admin API
    Serve(Listening),
    /// Show it working: serve on loopback and let an Okta player push a realistic directory
    Quickstart(Quickstart),
    /// Invite, list, disable and help the people who sign in at the console
    #[command(subcommand)]
    Administrator(administrator::Administrator),
    /// Add, list and remove the providers that people may sign in with at the console
    #[command(subcommand)]
    SignInProvider(sign_in_provider::SignInProvider),
    /// Make, list, set up, export and import tenants
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Make, list, set up and end connections to identity providers
    #[command(subcommand)]
    Connection(connection::Connection),
    /// Make, list, rotate and revoke the bearer tokens of connections
    #[command(subcommand)]
    Token(token::Token),
    /// Make, list, rotate and revoke clients that fetch their own access tokens by OAuth 2.0
    #[command(subcommand)]
    Client(client::Client),
    /// Make, list and revoke the keys of the admin API
    #[command(subcommand)]
    Key(key::Key),
    /// List the groups of a connection
    #[command(subcommand)]
    Group(group::Group),
    /// List, make, change and delete what groups stand for
    #[command(subcommand)]
    Mapping(mapping::Mapping),
    /// List, make, change and delete rules over the names of groups and the attributes of users
    #[command(subcommand)]
    Rule(rule::Rule),
    /// List, make, change and archive organizations, and explain who has access to one
    #[command(subcommand)]
    Organization(organization::Organization),
    /// List, make, change and delete roles
    #[command(subcommand)]
    Role(role::Role),
    /// List and show changes that concern many people
    #[command(subcommand)]
    Job(job::Job),
    /// Add, list and take away a tenant's own schema extensions of users
    #[command(subcommand)]
    Schema(schema::Schema),
    /// List users, make and change them by hand, explain their access, lock them out, give and take roles, erase a person
    #[command(subcommand)]
    User(user::User),
    /// List, add, verify, attest and remove the domains of a tenant's e-mail addresses
    #[command(subcommand)]
    Domain(domain::Domain),
    /// List, approve and reject links of connections to users by hand who have a role of Admin or above
    #[command(subcommand)]
    Link(link::Link),
    /// Show a tenant's journal, or the installation's: who did what, before and after
    Events(events::Events),
    /// Show the requests of a connection: what was asked, corrected, changed and answered
    Requests(requests::Requests),
    /// Behave as an identity provider's client against any SCIM server, and tell whether it held what it should
    Simulate(simulate::Simulate),
    /// Reconcile people and groups of something that speaks no SCIM into a connection, through SCIM
    #[command(subcommand)]
    Import(import::Import),
    /// Check any SCIM server against the RFCs and against what identity providers rely on
    ///
    /// Makes users and groups whose names begin with accessiq-check-, a few at a time, and deletes them again, also on
    /// Ctrl-C and when a check fails. It touches nothing else, so it may run on a connection that is in use. On AccessIQ
    /// itself scratch users stay behind as deactivated users of the directory, as every deleted user does.
    ///
    /// The exit code is 0 only if nothing failed and nothing was left behind.
    Check(check::Check),
    /// Measure what requests cost, held against the bare machine
    Bench(bench::Bench),
    /// Serve the bare endpoint that `bench` measures against
    #[command(hide = true)]
    BenchBare(bench::Bare),
    /// Write all that is kept into one file, as it is at one moment; the server may run
    Backup(backup::Backup),
    /// Make a database of a backup, where there is none yet
    Restore(restore::Restore),
    /// Bring a database up to this release's schema, or move all that is kept to another place
    ///
    /// Without options it makes the database where there is none, and brings it up to date where there is one, as `serve`
    /// does by itself. With --from and --to it moves everything from SQLite to PostgreSQL, or back. What is moved from takes no
    /// change from the first moment on and stays behind, closed: no server starts on it. If the move fails, it is opened again; if
    /// it is interrupted, the same command goes on.
    Migrate(migrate::Migrate),
    /// Check that mirror, directory and events agree
    Doctor(doctor::Doctor),
    /// Print the description of the admin API in OpenAPI 3.1
    Openapi,
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
        Command::Administrator(command) => command.run(archive).await?,
        Command::SignInProvider(command) => command.run(archive).await?,
        Command::Tenant(command) => command.run(archive).await?,
        Command::Connection(command) => command.run(archive).await?,
        Command::Token(command) => command.run(archive).await?,
        Command::Client(command) => command.run(archive).await?,
        Command::Key(command) => command.run(archive).await?,
        Command::Group(command) => command.run(archive).await?,
        Command::Mapping(command) => command.run(archive).await?,
        Command::Rule(command) => command.run(archive).await?,
        Command::Organization(command) => command.run(archive).await?,
        Command::Role(command) => command.run(archive).await?,
        Command::Job(command) => command.run(archive)?,
        Command::Schema(command) => command.run(archive).await?,
        Command::User(command) => command.run(archive).await?,
        Command::Domain(command) => command.run(archive).await?,
        Command::Link(command) => command.run(archive).await?,
        Command::Events(command) => command.run(archive)?,
        Command::Requests(command) => command.run(archive)?,
        Command::Simulate(command) => return command.run().await,
        Command::Import(command) => return command.run().await,
        Command::Check(command) => return command.run().await,
        Command::Bench(command) => return command.run(archive).await,
        Command::BenchBare(command) => command.run().await?,
        Command::Backup(command) => command.run(archive)?,
        Command::Restore(command) => command.run(archive)?,
        Command::Migrate(command) => command.run(archive)?,
        Command::Doctor(command) => return command.run(archive).await,
        // Addresses relative to whatever server it is used with.
        Command::Openapi => crate::output::json(&web::api::openapi::describe("")),
    }
    Ok(ExitCode::SUCCESS)
}
