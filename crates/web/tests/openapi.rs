//! The published description of the SCIM API: it has what the router has, the attributes that the schemas have, and
//! nothing else. That answers are as it says is held by `cargo xtask interop`.

use axum::body::Body;
use axum::http::Method;
use scim::Provider;
use serde_json::Value;
use std::collections::BTreeSet;
use testkit::{Client, PUBLIC_URL, Server};

/// The methods that OpenAPI has a member for and SCIM a use.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

async fn acme() -> (Server, Client, Value) {
    let server = Server::start().await;
    let client = server.connect("acme", Provider::Generic).await;
    let description = client.get("/openapi.json").await.expect(200).body;
    (server, client, description)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}

fn described_methods(path: &Value) -> BTreeSet<&'static str> {
    METHODS.into_iter().filter(|method| path.get(method.to_ascii_lowercase()).is_some()).collect()
}

/// The methods that an address has, as its answer to one that it does not have says.
async fn answered_methods(client: &Client, path: &str) -> BTreeSet<&'static str> {
    let reply = client.send(Method::TRACE, &path.replace(['{', '}'], ""), Body::empty()).await;
    let reply = reply.expect_error(405, None);
    let allow = reply.header("allow").expect("Allow");
    METHODS.into_iter().filter(|method| allow.split(',').any(|own| own.trim() == *method)).collect()
}

/// The paths in the router's list of endpoints.
fn routed() -> BTreeSet<&'static str> {
    let router = include_str!("../src/router.rs");
    let (_, list) = router.split_once("let endpoints").expect("a list of endpoints");
    let (list, _) = list.split_once("];").expect("its end");
    list.split('"').filter(|text| text.starts_with('/')).collect()
}

#[tokio::test]
async fn every_route_is_described_and_every_description_has_a_route() {
    let (_server, _client, description) = acme().await;
    let described: BTreeSet<&str> = members(&description["paths"]).map(|(path, _)| path.as_str()).collect();
    assert_eq!(described, routed());
}

#[tokio::test]
async fn every_route_is_described_with_the_methods_that_it_has() {
    let (_server, client, description) = acme().await;
    for (path, item) in members(&description["paths"]) {
        assert_eq!(described_methods(item), answered_methods(&client, path).await, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_by_everyone_asks_for_the_bearer_token() {
    let (_server, client, description) = acme().await;
    let stranger = client.with_token(None);
    for (path, item) in members(&description["paths"]) {
        for method in described_methods(item) {
            let operation = &item[method.to_ascii_lowercase()];
            let address = path.replace(['{', '}'], "");
            let reply = stranger.send(method.parse().expect("a method"), &address, Body::empty()).await;
            assert_eq!(reply.code() != 401, operation.get("security").is_some(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_attributes_described_are_those_of_the_schemas() {
    let (_server, client, description) = acme().await;
    let described = &description["components"]["schemas"];
    let schemas = [
        ("User", "urn:ietf:params:scim:schemas:core:2.0:User"),
        ("EnterpriseUser", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
        ("Group", "urn:ietf:params:scim:schemas:core:2.0:Group"),
    ];
    for (name, urn) in schemas {
        let published = client.get(&format!("/Schemas/{urn}")).await.expect(200).body;
        let common = ["schemas", "id", "externalId", "meta"];
        let own = |property: &&str| !common.contains(property) && !property.starts_with("urn:");
        let properties = members(&described[name]["properties"]).map(|(property, _)| property.as_str());
        let properties: BTreeSet<&str> = properties.filter(own).collect();
        assert_eq!(properties, attributes(&published["attributes"]), "{name}");
        for attribute in published["attributes"].as_array().expect("attributes") {
            let subs = attributes(&attribute["subAttributes"]);
            let property = &described[name]["properties"][attribute["name"].as_str().expect("a name")];
            let holder = property.get("items").unwrap_or(property);
            let properties = holder.get("properties").map(members).into_iter().flatten();
            let properties: BTreeSet<&str> = properties.map(|(property, _)| property.as_str()).collect();
            assert_eq!(properties, subs, "{name}.{}", attribute["name"]);
        }
    }
}

fn attributes(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|attribute| attribute["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn it_is_json_for_everyone_and_says_where_the_connection_is() {
    let (_server, client, description) = acme().await;
    let base_url = format!("{PUBLIC_URL}{}", client.base_path());
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["servers"], serde_json::json!([{ "url": base_url }]));
    let stranger = client.with_token(None).get("/openapi.json").await.expect(200);
    assert_eq!(stranger.body, description);
    assert_eq!(stranger.header("content-type"), Some("application/json"));
    let elsewhere = client.with_token(Some("wrong")).get("/openapi.json").await;
    elsewhere.expect_error(401, None);
}
