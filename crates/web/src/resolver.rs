//! Asking the DNS for the texts that a name has: how a tenant shows that a domain is its own.
//!
//! The name servers are those of the machine, read anew each time, or one that the operator names. Nothing is kept: whoever
//! has just published a text wants to hear of it now.

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use std::net::SocketAddr;
use std::time::Duration;

/// How long the name servers may take altogether.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the DNS is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resolver {
    server: Option<SocketAddr>,
}

impl Resolver {
    /// The DNS as this name server has it; as the machine's have it if none is named.
    pub fn at(server: Option<SocketAddr>) -> Self {
        Self { server }
    }

    /// The texts of a name's TXT records; none if it has no such record, or is not there.
    ///
    /// # Errors
    /// What went wrong with the asking, as a sentence.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let resolver = self.build().map_err(|error| failed(&error))?;
        // A name with a dot at its end is looked for as it is, and not below the machine's own domain.
        let asked = resolver.txt_lookup(format!("{name}."));
        match tokio::time::timeout(PATIENCE, asked).await {
            Err(_) => Err("The name servers did not answer in time. Try again later.".into()),
            Ok(Err(error)) if error.is_no_records_found() => Ok(Vec::new()),
            Ok(Err(error)) => Err(failed(&error)),
            Ok(Ok(found)) => {
                let texts = found.answers().iter().filter_map(|record| match &record.data {
                    RData::TXT(text) => Some(text.txt_data.concat()),
                    _ => None,
                });
                Ok(texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
            }
        }
    }

    fn build(&self) -> Result<TokioResolver, NetError> {
        let builder = match self.server {
            None => TokioResolver::builder_tokio()?,
            Some(address) => {
                let transports = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut transport| {
                    transport.port = address.port();
                    transport
                });
                let server = NameServerConfig::new(address.ip(), true, transports.to_vec());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        builder.build()
    }
}

fn failed(error: &NetError) -> String {
    format!(
        "The name servers cannot be asked: {error}. Try again later, or let the operator name another one."
    )
}
