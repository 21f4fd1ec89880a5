//! What the service says of itself (RFC 7644 §4): capabilities, resource types, schemas.
//!
//! All of it is written from the data that validation and projection read, so that what is published is what holds.

use crate::schema::Schema;
use crate::schema::definition::{Definitions, ResourceDefinition};
use serde_json::{Value, json};

const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Bulk requests: how many operations and how many bytes one may have.
    pub bulk: Option<(u64, u64)>,
    /// Whether `sortBy` is followed.
    pub sort: bool,
    /// How many resources one page holds at most.
    pub max_results: i64,
    /// How many resources one page holds when a request does not say.
    pub default_results: i64,
    /// How many seconds a cursor can be used (RFC 9865); `None` without cursors.
    pub cursor_timeout: Option<i64>,
    /// Whether access tokens can be fetched by OAuth 2.0 client credentials.
    pub oauth: bool,
    /// Whether the connection is strict, which is what the interoperability profile asks for.
    pub strict: bool,
}

/// The ServiceProviderConfig resource (RFC 7643 §5). `base_url` has no slash at its end.
pub fn service_provider_config(base_url: &str, features: &Features) -> Value {
    let (max_operations, max_payload_size) = features.bulk.unwrap_or_default();
    let mut config = json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": features.bulk.is_some(),
            "maxOperations": max_operations,
            "maxPayloadSize": max_payload_size,
        },
        "filter": { "supported": true, "maxResults": features.max_results },
        // Passwords are never taken.
        "changePassword": { "supported": false },
        "sort": { "supported": features.sort },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "The bearer token of the connection, in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
    });
    if features.oauth
        && let Some(schemes) = config["authenticationSchemes"].as_array_mut()
    {
        schemes.push(json!({
            "type": "oauth2",
            "name": "OAuth 2.0 Client Credentials",
            "description": "A short-lived bearer token, fetched with the client credentials grant. Its endpoint is in the authorization server metadata (RFC 8414) of this service.",
            "specUri": "https://www.rfc-editor.org/info/rfc6749",
            "primary": false,
        }));
    }
    if let Some(cursor_timeout) = features.cursor_timeout {
        // RFC 9865 §4; §2.4: index paging stays the default for clients that know nothing else.
        config["pagination"] = json!({
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": features.default_results,
            "maxPageSize": features.max_results,
            "cursorTimeout": cursor_timeout,
        });
    }
    if features.strict {
        config["interopProfileConformant"] = Value::Bool(true);
    }
    config["meta"] = json!({
        "resourceType": "ServiceProviderConfig",
        "location": format!("{base_url}/ServiceProviderConfig"),
    });
    config
}

/// The ResourceType resources (RFC 7643 §6).
pub fn resource_types(definitions: &Definitions, base_url: &str) -> Vec<Value> {
    [&definitions.user, &definitions.group].map(|definition| resource_type(definition, base_url)).to_vec()
}

fn resource_type(definition: &ResourceDefinition, base_url: &str) -> Value {
    let name = &definition.name;
    let extensions: Vec<Value> = definition
        .extensions
        .iter()
        .map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }))
        .collect();
    let mut resource_type = json!({
        "schemas": [RESOURCE_TYPE],
        "id": name,
        "name": name,
        "description": definition.description,
        "endpoint": definition.endpoint,
        "schema": definition.base.id,
    });
    if !extensions.is_empty() {
        resource_type["schemaExtensions"] = Value::Array(extensions);
    }
    resource_type["meta"] = json!({
        "resourceType": "ResourceType",
        "location": format!("{base_url}/ResourceTypes/{name}"),
    });
    resource_type
}

/// The Schema resources (RFC 7643 §7), those of the discovery resources included.
pub fn schemas(definitions: &Definitions, base_url: &str) -> Vec<Value> {
    definitions.schemas.iter().map(|schema| schema_resource(schema, base_url)).collect()
}

fn schema_resource(schema: &Schema, base_url: &str) -> Value {
    // RFC 7643 §7, errata 8417 and 5999: a schema is a resource with `schemas` and `meta` of its own.
    json!({
        "schemas": [SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": { "resourceType": "Schema", "location": format!("{base_url}/Schemas/{}", schema.id) },
    })
}
