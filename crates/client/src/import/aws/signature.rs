//! Signature Version 4 of a request, by the crate that AWS's own SDK signs with.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::Identity;
use tracing::subscriber::{NoSubscriber, with_default};

/// What a signature is for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Such as `eu-west-1`.
    pub region: &'a str,
    /// As in the service's host name, such as `cognito-idp`.
    pub service: &'a str,
    /// When the request is sent; AWS takes it within some minutes.
    pub at: SystemTime,
}

/// The headers to add to a request so that it is signed: `authorization`, the date, and the session token if there is one.
/// All of `headers` are signed, and so is the host of `url`.
pub fn headers(
    scope: Scope<'_>,
    credentials: &Credentials,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Vec<(String, String)>, BoxError> {
    let identity = Identity::from(credentials.clone());
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.at)
        .settings(SigningSettings::default())
        .build()?;
    let request = SignableRequest::new(method, url, headers.iter().copied(), SignableBody::Bytes(body))?;
    // The crate logs what it signs.
    let signed = with_default(NoSubscriber::new(), || sign(request, &parameters.into()))?;
    let (instructions, _) = signed.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
