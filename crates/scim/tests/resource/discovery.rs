//! What the service says of itself.

use crate::support::{CUSTOM, ENTERPRISE, definitions, without};
use scim::discovery::{Features, resource_types, schemas, service_provider_config};
use scim::schema::Schema;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const BASE: &str = "https://host/scim/v2/c";
const FEATURES: Features = Features {
    bulk: Some((1000, 1_048_576)),
    sort: true,
    max_results: 200,
    default_results: 100,
    cursor_timeout: Some(3600),
    oauth: true,
    strict: false,
};

/// R7644-4-01, R7643-5-01, R7643-5-02, R7643-5-05, R9865-4-01, RINT-4-01: the capabilities, every one of them.
#[test]
fn capabilities_are_complete() {
    let config = service_provider_config(BASE, &FEATURES);
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    assert_eq!(
        config["bulk"],
        json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576 })
    );
    assert_eq!(config["filter"], json!({ "supported": true, "maxResults": 200 }));
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    assert_eq!(config["changePassword"], json!({ "supported": false }));
    assert_eq!(config["pagination"]["cursor"], true);
    assert_eq!(config["meta"]["location"], "https://host/scim/v2/c/ServiceProviderConfig");
    assert!(config.get("interopProfileConformant").is_none());
    let other =
        Features { bulk: None, sort: false, cursor_timeout: None, oauth: false, strict: true, ..FEATURES };
    let config = service_provider_config(BASE, &other);
    assert_eq!(config["bulk"], json!({ "supported": false, "maxOperations": 0, "maxPayloadSize": 0 }));
    assert_eq!(config["sort"], json!({ "supported": false }));
    assert!(config.get("pagination").is_none());
    assert_eq!(config["authenticationSchemes"].as_array().map(Vec::len), Some(1));
    assert_eq!(config["interopProfileConformant"], true);
}

/// R7643-5-01: the capabilities have the attributes of their published schema, and all required ones.
#[test]
fn capabilities_follow_their_schema() {
    let schema =
        definitions().schemas.iter().find(|schema| schema.name == "ServiceProviderConfig").cloned().unwrap();
    let config = service_provider_config(BASE, &FEATURES);
    for (name, value) in config.as_object().unwrap() {
        if !["schemas", "meta"].contains(&name.as_str()) {
            let attribute = schema.attribute(name).unwrap_or_else(|| panic!("{name}"));
            let members = value.as_object().or_else(|| value.get(0)?.as_object());
            assert!(members.into_iter().flatten().all(|(name, _)| attribute.sub(name).is_some()), "{name}");
        }
    }
    for attribute in schema.attributes.iter().filter(|attribute| attribute.required) {
        assert!(config.get(&attribute.name).is_some(), "{}", attribute.name);
    }
}

/// R7643-6-01, R7643-6-02, RINT-5.1-02, M-37: resource types with their extensions, none required.
#[test]
fn resource_types_name_their_schemas() {
    let types = resource_types(&definitions(), BASE);
    assert_eq!(
        types[0],
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": "User", "name": "User", "description": "The people that the identity provider sends.", "endpoint": "/Users",
            "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
            "schemaExtensions": [{ "schema": ENTERPRISE, "required": false }, { "schema": CUSTOM, "required": false }],
            "meta": { "resourceType": "ResourceType", "location": "https://host/scim/v2/c/ResourceTypes/User" },
        })
    );
    assert_eq!((&types[1]["id"], &types[1]["endpoint"]), (&json!("Group"), &json!("/Groups")));
    assert!(types[1].get("schemaExtensions").is_none());
    let published: BTreeSet<String> = schemas(&definitions(), BASE)
        .iter()
        .map(|schema| schema["id"].as_str().unwrap().to_owned())
        .collect();
    for resource_type in &types {
        assert!(published.contains(resource_type["schema"].as_str().unwrap()));
    }
}

/// R7644-4-02, R7644-3.1-01, R7643-7-01 to 7-03, R7643-2.3.8-01, RINT-5.4-01, M-35, E-3: each schema is a resource,
/// without nulls, with every characteristic.
#[test]
fn schemas_are_complete() {
    let published = schemas(&definitions(), BASE);
    let names: Vec<&str> = published.iter().map(|schema| schema["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["User", "EnterpriseUser", "Custom", "Group", "ServiceProviderConfig", "ResourceType", "Schema"]
    );
    for schema in &published {
        let id = schema["id"].as_str().unwrap();
        assert_eq!(schema["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        assert_eq!(
            schema["meta"],
            json!({ "resourceType": "Schema", "location": format!("{BASE}/Schemas/{id}") })
        );
        assert!(!id.starts_with("urn:ietf:params:scim:api:"));
        let allows_nesting = schema["name"] == "Schema";
        for attribute in schema["attributes"].as_array().unwrap() {
            check(attribute, allows_nesting);
            for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
                assert!(allows_nesting || sub["type"] != "complex", "{id}");
                check(sub, allows_nesting);
            }
        }
        // What is published is what is read back.
        serde_json::from_value::<Schema>(schema.clone()).unwrap();
    }
    for name in ["emails", "phoneNumbers", "ims", "addresses", "photos"] {
        let list = published[0]["attributes"].as_array().unwrap();
        let attribute = list.iter().find(|attribute| attribute["name"] == name).unwrap();
        let kind =
            attribute["subAttributes"].as_array().unwrap().iter().find(|sub| sub["name"] == "type").unwrap();
        assert!(!kind["canonicalValues"].as_array().unwrap().is_empty(), "{name}");
    }
}

fn check(attribute: &Value, allows_nesting: bool) {
    let Value::Object(members) = attribute else { panic!("{attribute}") };
    for name in ["name", "type", "multiValued", "description", "required", "mutability", "returned"] {
        assert!(members.contains_key(name), "{attribute}");
    }
    assert!(members.values().all(|value| !value.is_null()), "{attribute}");
    let kind = members["type"].as_str().unwrap_or_default();
    assert_eq!(kind == "complex", members.contains_key("subAttributes"), "{attribute}");
    let compares_text = !["complex", "boolean", "integer", "decimal", "dateTime"].contains(&kind);
    assert!(allows_nesting || compares_text == members.contains_key("caseExact"), "{attribute}");
}

/// RINT-5.1-01: what is off is not published.
#[test]
fn schemas_lack_what_is_off() {
    let published = schemas(&without(&["title", ENTERPRISE]), BASE);
    assert!(published.iter().all(|schema| schema["id"] != ENTERPRISE));
    assert!(
        published[0]["attributes"].as_array().unwrap().iter().all(|attribute| attribute["name"] != "title")
    );
}
