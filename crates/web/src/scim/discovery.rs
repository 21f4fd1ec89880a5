//! What the service says of itself: `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`.

use super::Passed;
use super::page::{DEFAULT_COUNT, MAX_COUNT};
use super::{bulk, cursor};
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use ::scim::discovery::{self, Features};
use ::scim::list::list_response;
use ::scim::schema::GROUP;
use ::scim::{Notes, ScimError};
use axum::Extension;
use axum::extract::Path;
use serde_json::Value;

/// `GET /ServiceProviderConfig`.
pub async fn service_provider_config(Extension(exchange): Passed) -> Result<Answer, Failure> {
    let features = Features {
        bulk: Some((bulk::MAX_OPERATIONS, bulk::MAX_PAYLOAD_SIZE)),
        sort: true,
        max_results: MAX_COUNT,
        default_results: DEFAULT_COUNT,
        cursor_timeout: Some(cursor::TIMEOUT),
        oauth: true,
        strict: exchange.session.is_strict(),
    };
    refuse_filter(&exchange)?;
    let config = discovery::service_provider_config(&exchange.session.base_url, &features);
    Ok(Answer::ok(&config, Notes::new()))
}

/// `GET /ResourceTypes`.
pub async fn resource_types(Extension(exchange): Passed) -> Result<Answer, Failure> {
    all(&exchange, every_resource_type(&exchange))
}

/// `GET /ResourceTypes/{name}`.
pub async fn resource_type(
    Extension(exchange): Passed,
    Path((_, name)): Path<(String, String)>,
) -> Result<Answer, Failure> {
    one(every_resource_type(&exchange), |resource| resource["id"] == *name)
}

/// `GET /Schemas`.
pub async fn schemas(Extension(exchange): Passed) -> Result<Answer, Failure> {
    all(&exchange, every_schema(&exchange))
}

/// `GET /Schemas/{urn}`.
pub async fn schema(
    Extension(exchange): Passed,
    Path((_, urn)): Path<(String, String)>,
) -> Result<Answer, Failure> {
    one(every_schema(&exchange), |schema| {
        schema["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&urn))
    })
}

/// The schemas of what the connection synchronises, and of what it says of itself.
fn every_schema(exchange: &Exchange) -> Vec<Value> {
    let mut schemas = discovery::schemas(&exchange.session.definitions, &exchange.session.base_url);
    schemas.retain(|schema| exchange.session.settings.groups || schema["id"] != GROUP);
    schemas
}

/// The resource types that the connection synchronises.
fn every_resource_type(exchange: &Exchange) -> Vec<Value> {
    let mut types = discovery::resource_types(&exchange.session.definitions, &exchange.session.base_url);
    types.retain(|resource| exchange.session.settings.groups || resource["id"] != "Group");
    types
}

fn all(exchange: &Exchange, resources: Vec<Value>) -> Result<Answer, Failure> {
    refuse_filter(exchange)?;
    let total = i64::try_from(resources.len()).unwrap_or(i64::MAX);
    Ok(Answer::ok(&list_response(total, Some(1), resources, None, None), Notes::new()))
}

fn one(resources: Vec<Value>, is_wanted: impl Fn(&Value) -> bool) -> Result<Answer, Failure> {
    let found = resources.into_iter().find(is_wanted);
    let found = found.ok_or_else(|| {
        ScimError::status(404, "There is nothing of that name. The list above it names what there is.")
    })?;
    Ok(Answer::ok(&found, Notes::new()))
}

/// RFC 7644 §4: a filter on a discovery endpoint is refused; every other parameter is ignored.
fn refuse_filter(exchange: &Exchange) -> Result<(), Failure> {
    let pairs = exchange.query.as_deref().unwrap_or_default().split('&');
    if pairs.filter_map(|pair| pair.split('=').next()).any(|name| name.eq_ignore_ascii_case("filter")) {
        return Err(
            ScimError::status(403, "Discovery endpoints cannot be filtered. Leave filter out.").into()
        );
    }
    Ok(())
}
