//! Where a PostgreSQL database is: read from a URL, shown without its password.
//!
//! `postgres://user@host:5432/accessiq?sslmode=verify-full&sslrootcert=/etc/ca.pem`. TLS is all or nothing: whoever
//! asks for it gets the server's certificate checked, name included. It is asked for unless the server is on this machine.

use crate::StoreError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long sent bytes may stay unacknowledged before the connection counts as lost.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);
/// How long a connection is silent before the network is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(30);

/// The address of a database. Its `Debug` and `Display` hold no password.
#[derive(Clone)]
pub struct Address {
    config: Config,
    root_certificates: Option<PathBuf>,
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is no URL of a PostgreSQL database. The message does not repeat it: it may hold a password.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |reason: &str| {
            StoreError::Address(format!(
                "the URL of the database cannot be read: {reason}. Write it like postgres://accessiq@db.example.com/accessiq."
            ))
        };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(wrong("it does not begin with postgres://"));
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root_certificates, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => root_certificates = Some(PathBuf::from(value)),
                _ => rest.push(pair),
            }
        }
        let separator = if rest.is_empty() { "" } else { "?" };
        let mut config: Config = format!("{base}{separator}{}", rest.join("&"))
            .parse()
            .map_err(|error: tokio_postgres::Error| wrong(&reason(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("it names no host"));
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(wrong("it names no database"));
        }
        let encrypted = match mode {
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            None => root_certificates.is_some() || !config.get_hosts().iter().all(is_here),
            Some(_) => return Err(wrong("sslmode is disable or verify-full")),
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.application_name(config.get_application_name().unwrap_or("accessiq").to_owned());
        config.connect_timeout(CONNECT).tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(IDLE);
        Ok(Self { config, root_certificates })
    }

    /// The same address with a password, unless it has one.
    #[must_use]
    pub fn with_password(mut self, password: Option<&str>) -> Self {
        if let Some(password) = password.filter(|_| self.config.get_password().is_none()) {
            self.config.password(password);
        }
        self
    }

    /// Whether a password is part of it.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Hosts with their ports, as a password file names them.
    pub fn hosts(&self) -> Vec<(String, u16)> {
        let ports = self.config.get_ports();
        let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        let name = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        self.config.get_hosts().iter().enumerate().map(|(index, host)| (name(host), port(index))).collect()
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The name of the user, if one is given.
    pub fn user(&self) -> Option<&str> {
        self.config.get_user()
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// How TLS is spoken, where it is: with the given authorities, or those the machine trusts.
    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, StoreError> {
        let refuse = |reason: String| StoreError::Address(reason);
        let mut roots = RootCertStore::empty();
        if let Some(path) = &self.root_certificates {
            let file = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let found = file.map_err(|error| {
                refuse(format!(
                    "sslrootcert: {} holds no certificates that can be read ({error})",
                    path.display()
                ))
            })?;
            roots.add_parsable_certificates(found);
        } else if self.config.get_ssl_mode() == SslMode::Require {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| refuse(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A socket's directory as a URL writes it.
        let hosts: Vec<String> =
            self.hosts().iter().map(|(host, port)| format!("{}:{port}", host.replace('/', "%2F"))).collect();
        let user = self.user().map(|user| format!("{user}@")).unwrap_or_default();
        write!(formatter, "postgres://{user}{}/{}", hosts.join(","), self.database())
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    }
}

/// What the driver has against a URL; its own words name parameters and never values.
fn reason(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
