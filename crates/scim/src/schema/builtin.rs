//! The built-in schemas, read from the JSON files under `schemas/`.

use super::Schema;

const FILES: [&str; 6] = [
    include_str!("../../schemas/user.json"),
    include_str!("../../schemas/enterprise_user.json"),
    include_str!("../../schemas/group.json"),
    include_str!("../../schemas/service_provider_config.json"),
    include_str!("../../schemas/resource_type.json"),
    include_str!("../../schemas/schema.json"),
];

fn read(text: &str) -> Schema {
    // The files are part of the program; a test reads each of them.
    serde_json::from_str(text)
        .unwrap_or_else(|error| unreachable!("a built-in schema does not parse: {error}"))
}

/// The attributes that every resource has (RFC 7643 §3.1); not published as a schema of its own.
pub fn common() -> Schema {
    read(include_str!("../../schemas/common.json"))
}

/// The core User schema.
pub fn user() -> Schema {
    read(FILES[0])
}

/// The Enterprise User extension.
pub fn enterprise_user() -> Schema {
    read(FILES[1])
}

/// The core Group schema.
pub fn group() -> Schema {
    read(FILES[2])
}

/// The schemas of the discovery resources: ServiceProviderConfig, ResourceType, Schema.
pub fn discovery() -> Vec<Schema> {
    FILES[3..].iter().map(|text| read(text)).collect()
}
