//! Credentials, found where AWS's own tools find them, in their order (docs/decisions/0007-cognito-credentials.md): the
//! environment; the files `~/.aws/config` and `~/.aws/credentials` with `AWS_PROFILE`, roles, `credential_process` and
//! single sign-on; a web identity; a container; the machine's own role (IMDSv2).
//!
//! The chain is AWS's crate. Its requests go over the HTTP client that this program has anyway.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Mutex;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::Now;
use crate::import::ImportError;

/// How long before their end credentials are fetched anew.
const MARGIN: Duration = Duration::from_mins(5);
/// How long an answer may take, where the chain does not say.
const PATIENCE: Duration = Duration::from_secs(30);

/// The standard chain, with the credentials it found last.
pub struct Chain {
    links: DefaultCredentialsChain,
    now: Now,
    found: Mutex<Option<Credentials>>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Chain").finish_non_exhaustive()
    }
}

impl Chain {
    /// The chain of this process; roles are assumed in `region`.
    pub async fn new(region: &str, now: Now) -> Self {
        let region = Region::new(region.to_owned());
        let config = ProviderConfig::without_region().with_http_client(Transport);
        let links = DefaultCredentialsChain::builder().region(region).configure(config).build();
        let links = links.with_subscriber(NoSubscriber::new()).await;
        Self { links, now, found: Mutex::new(None) }
    }

    /// Credentials that hold for some minutes yet.
    pub async fn credentials(&self) -> Result<Credentials, ImportError> {
        let mut found = self.found.lock().await;
        let needed = (self.now)() + MARGIN;
        let holds =
            |credentials: &Credentials| credentials.expiry().is_none_or(|end: SystemTime| end > needed);
        if let Some(credentials) = found.clone().filter(holds) {
            return Ok(credentials);
        }
        // The crate logs answers whole, a machine's session token among them.
        let search = self.links.provide_credentials().with_subscriber(NoSubscriber::new());
        let fresh = search.await.map_err(|error| {
            let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            let reason = causes.map(ToString::to_string).last().unwrap_or_else(|| error.to_string());
            ImportError::Credentials(reason)
        })?;
        *found = Some(fresh.clone());
        Ok(fresh)
    }
}

/// The chain's way to STS, single sign-on, containers and machine roles.
#[derive(Debug)]
struct Transport;

impl HttpClient for Transport {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        // The machine's role is asked for at an address that leads nowhere on other machines: the chain says how soon to give up.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect_timeout().unwrap_or(PATIENCE))
            .timeout(settings.read_timeout().unwrap_or(PATIENCE));
        SharedHttpConnector::new(Connector(client.build().map_err(|error| error.to_string())))
    }
}

#[derive(Debug)]
struct Connector(Result<reqwest::Client, String>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let client = client.map_err(|reason| ConnectorError::user(reason.into()))?;
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let request = request.map(|body| body.bytes().unwrap_or_default().to_vec());
            let request =
                reqwest::Request::try_from(request).map_err(|error| ConnectorError::user(error.into()))?;
            answer(client.execute(request).await.map_err(failed)?).await
        })
    }
}

async fn answer(response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let mut builder = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        builder = builder.header(name, value);
    }
    let body = response.bytes().await.map_err(failed)?.to_vec();
    let whole = builder.body(body.into()).map_err(|error| ConnectorError::other(error.into(), None))?;
    HttpResponse::try_from(whole).map_err(|error| ConnectorError::other(error.into(), None))
}

fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
