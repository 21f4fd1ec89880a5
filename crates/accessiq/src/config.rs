//! Where the data is and who acts: what every command needs to know.

use crate::passfile;
use anyhow::Context;
use clap::Args;
use provisioning::people::Operator;
use std::path::{Path, PathBuf};
use store::clock::Clock;
use store::ids::Ids;
use store::transfer::Location;
use store::{Address, Store, StoreError};

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct Archive {
    /// Directory of the embedded SQLite database; made if it is not there
    #[arg(long, value_name = "DIR", env = "ACCESSIQ_DATA", default_value = DEFAULT_DATA, global = true)]
    pub data: PathBuf,
    /// URL of a PostgreSQL database, instead of the embedded one, such as postgres://accessiq@db.example.com/accessiq.
    /// Its password may stand in the variable PGPASSWORD or in a password file instead
    #[arg(long, value_name = "URL", env = "ACCESSIQ_DATABASE", hide_env_values = true, global = true)]
    pub database: Option<String>,
}

/// Where the data is unless somebody says otherwise.
const DEFAULT_DATA: &str = "./accessiq-data";

impl Archive {
    /// What a command must be told to find this archive; nothing where it looks by itself.
    pub fn option(&self) -> String {
        if let Some(address) = self.database.as_deref().and_then(|url| Address::parse(url).ok()) {
            format!(" --database {address}")
        } else if self.data == Path::new(DEFAULT_DATA) {
            String::new()
        } else {
            format!(" --data {}", self.data.display())
        }
    }

    /// Where the archive is, for people.
    pub fn place(&self) -> String {
        match self.database.as_deref().map(Address::parse) {
            Some(Ok(address)) => address.to_string(),
            Some(Err(error)) => error.to_string(),
            None => self.data.display().to_string(),
        }
    }

    /// Where the archive is, for what copies it whole.
    pub fn location(&self) -> anyhow::Result<Location> {
        match &self.database {
            Some(url) => Ok(Location::Postgres(address(url).context("--database")?.into())),
            None => Ok(Location::Sqlite(std::path::absolute(&self.data)?)),
        }
    }

    /// Opens an archive that is there. What only looks or changes must not make an empty one of a mistyped directory.
    pub fn open_existing(&self) -> anyhow::Result<Store> {
        if let Some(url) = &self.database {
            return connect(url, Store::connect_existing);
        }
        anyhow::ensure!(
            !store::is_vacant(&self.data),
            "there is no database in {}. Give the data directory with --data; `accessiq tenant create` or `accessiq serve` makes a new one.",
            self.data.display()
        );
        self.open()
    }

    /// Opens the archive; makes it if it is not there.
    pub fn open(&self) -> anyhow::Result<Store> {
        if let Some(url) = &self.database {
            return connect(url, Store::connect);
        }
        let ids = Ids::system(Clock::System);
        Store::open(&self.data, ids)
            .with_context(|| format!("the database in {} cannot be opened", self.data.display()))
    }
}

fn connect(
    url: &str,
    open: impl FnOnce(&Address, Ids) -> Result<Store, StoreError>,
) -> anyhow::Result<Store> {
    let address = address(url).context("--database")?;
    open(&address, Ids::system(Clock::System))
        .with_context(|| format!("the database {address} cannot be opened"))
}

fn address(url: &str) -> Result<Address, StoreError> {
    Ok(passfile::complete(Address::parse(url)?))
}

/// A place as an option names it: `sqlite:DIR` or the URL of a PostgreSQL database.
pub fn location(option: &str, text: &str) -> anyhow::Result<Location> {
    if let Some(directory) = text.strip_prefix("sqlite:").filter(|directory| !directory.is_empty()) {
        // The database remembers where it went, whatever the next command's own directory is.
        return Ok(Location::Sqlite(std::path::absolute(directory)?));
    }
    anyhow::ensure!(
        text.starts_with("postgres://") || text.starts_with("postgresql://"),
        "{option} names no place. Write it like sqlite:/var/lib/accessiq or postgres://accessiq@db.example.com/accessiq."
    );
    Ok(Location::Postgres(address(text).context(option.to_owned())?.into()))
}

/// The person behind a command, as the journal names them: the login name, or `cli`.
pub fn operator() -> Operator {
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let name = name.trim();
    Operator::named(if name.is_empty() { "cli".into() } else { format!("cli:{name}") })
}

/// The installation's value that holds the public URL.
const PUBLIC_URL: &str = "public_url";
/// The public URL while nobody has said another.
pub const DEFAULT_PUBLIC_URL: &str = "http://127.0.0.1:8080";

/// The public URL that the server was started with last.
pub fn public_url(store: &Store) -> anyhow::Result<String> {
    let known = store.read(|tx| store::tenants::installation(tx, PUBLIC_URL))?;
    Ok(known.unwrap_or_else(|| DEFAULT_PUBLIC_URL.to_owned()))
}

/// Keeps the public URL for the commands.
pub async fn keep_public_url(store: &Store, url: &str) -> anyhow::Result<()> {
    let url = url.to_owned();
    store.write(move |tx| store::tenants::set_installation(tx, PUBLIC_URL, &url)).await?;
    Ok(())
}
