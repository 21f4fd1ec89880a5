//! What the server says of itself: ServiceProviderConfig, Schemas, ResourceTypes.

use crate::support::{ENTERPRISE, GROUP, LIST, USER, acme, allowed, encoded, keys, strict, texts, user_with};
use axum::http::Method;
use scim::Provider;
use serde_json::{Value, json};
use testkit::{Client, Server, user};

const DISCOVERY: [&str; 3] = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];
const SPC: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

async fn schema(client: &Client, urn: &str) -> Value {
    client.get(&format!("/Schemas/{urn}")).await.expect(200).body
}

/// Every attribute and sub-attribute of a schema.
fn attributes(schema: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut open: Vec<Value> = schema["attributes"].as_array().expect("attributes").clone();
    while let Some(attribute) = open.pop() {
        open.extend(attribute["subAttributes"].as_array().cloned().unwrap_or_default());
        all.push(attribute);
    }
    all
}

fn attribute<'s>(holder: &'s Value, list: &str, name: &str) -> &'s Value {
    let found = holder[list].as_array().expect("a list").iter().find(|attribute| attribute["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

/// R7644-4-01: one object, not a list.
/// R7643-5-01: every capability is there, with its JSON type.
/// R7643-5-02: how to authenticate.
/// R7643-5-05: no id is needed; meta says where it is.
/// R9967-4-01: no securityEvents while there are none.
#[tokio::test]
async fn the_configuration_is_one_object_with_every_capability() {
    let (_server, client) = acme().await;
    let reply = client.get("/ServiceProviderConfig").await.expect(200);
    let config = &reply.body;
    assert_eq!(config["schemas"], json!([SPC]));
    assert!(config.get("Resources").is_none());
    for capability in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[capability]["supported"].is_boolean(), "{capability}");
    }
    for (capability, limit) in
        [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")]
    {
        assert!(config[capability][limit].is_u64(), "{capability}.{limit}");
    }
    let schemes = config["authenticationSchemes"].as_array().expect("schemes");
    assert!(schemes.iter().any(|scheme| scheme["type"] == "oauthbearertoken"));
    for scheme in schemes {
        let kinds = ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"];
        assert!(scheme["type"].as_str().is_some_and(|kind| kinds.contains(&kind)));
        assert!(scheme["name"].as_str().is_some_and(|name| !name.is_empty()));
        assert!(scheme["description"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(config["meta"]["resourceType"], "ServiceProviderConfig");
    let location = format!("{}{}/ServiceProviderConfig", testkit::PUBLIC_URL, client.base_path());
    assert_eq!(config["meta"]["location"], location);
    assert!(config.get("securityEvents").is_none());
}

/// R7643-5-03: readable without a credential.
/// M-34: so are the schemas that are the same for everyone.
/// R7643-3.1-01: without a credential nothing of a connection's own setting shows.
#[tokio::test]
async fn what_is_the_same_for_everyone_needs_no_credential() {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("off", "title")]).await;
    let anyone = client.with_token(None);
    for endpoint in DISCOVERY {
        anyone.get(endpoint).await.expect(200);
    }
    let names = |schema: &Value| -> Vec<String> {
        let attributes = schema["attributes"].as_array().expect("attributes").iter();
        attributes.filter_map(|attribute| attribute["name"].as_str()).map(str::to_owned).collect()
    };
    assert!(!names(&schema(&client, USER).await).contains(&"title".to_owned()));
    assert!(names(&schema(&anyone, USER).await).contains(&"title".to_owned()));
}

/// M-34: whether a connection is there does not show in what anyone may read.
#[tokio::test]
async fn discovery_without_a_credential_tells_nothing_of_a_connection() {
    let (_server, client) = acme().await;
    let anyone = client.with_token(None);
    let elsewhere = "/scim/v2/01900000-0000-7000-8000-00000000beef";
    for endpoint in DISCOVERY {
        let here = anyone.get(endpoint).await.expect(200);
        let there = anyone.send_to(Method::GET, &format!("{elsewhere}{endpoint}"), "").await.expect(200);
        assert_eq!(here.text.replace(&client.base_path(), ""), there.text.replace(elsewhere, ""));
    }
}

/// R7643-5-04: the configuration is read-only.
/// R7643-6-03: so are resource types and schemas.
/// R9110-15-03: 405 says what is allowed.
#[tokio::test]
async fn discovery_is_read_only() {
    let (_server, client) = acme().await;
    let single = [format!("/Schemas/{USER}"), "/ResourceTypes/User".to_owned()];
    for path in DISCOVERY.iter().map(ToString::to_string).chain(single) {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let reply = client.send(method, &path, "{}").await.expect_error(405, None);
            assert_eq!(allowed(&reply), ["GET", "HEAD"], "{path}");
        }
    }
}

/// R7643-5-06: what is said to be on works, what is said to be off answers 501.
/// R7644-3.12-16: 501 for what is not supported.
/// R7644-3.7-01: bulk does as the configuration says.
/// R7644-3.4.2.3-01: so does sorting.
#[tokio::test]
async fn capabilities_are_truthful() {
    let (_server, client) = acme().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200).body;
    let id = client.create_user("b").await;
    client.create_user("a").await;
    let path = format!("/Users/{id}");
    assert_eq!(config["patch"]["supported"], true);
    client.operate(&path, json!([{ "op": "replace", "path": "title", "value": "Dr" }])).await.expect(200);
    assert_eq!(config["etag"]["supported"], true);
    assert!(client.get(&path).await.expect(200).header("etag").is_some());
    assert_eq!(config["sort"]["supported"], true);
    assert_eq!(texts(&client.get("/Users?sortBy=userName").await.expect(200), "userName"), ["a", "b"]);
    assert_eq!(config["filter"]["supported"], true);
    assert_eq!(client.get("/Users?filter=userName+eq+%22a%22").await.expect(200).body["totalResults"], 1);
    assert_eq!(config["changePassword"]["supported"], false);
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "DELETE", "path": path }],
    });
    let expected = if config["bulk"]["supported"] == true { 200 } else { 501 };
    assert_eq!(client.post("/Bulk", &bulk).await.code(), expected);
}

/// RINT-4-01: only a strict connection claims the interoperability profile.
#[tokio::test]
async fn only_a_strict_connection_claims_the_profile() {
    let (server, client) = strict().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200).body;
    assert_eq!(config["interopProfileConformant"], true);
    let lenient = server.connect("globex", Provider::Entra).await;
    let config = lenient.get("/ServiceProviderConfig").await.expect(200).body;
    assert_ne!(config.get("interopProfileConformant"), Some(&json!(true)));
}

/// R7644-4-02: every schema in one list.
/// R7643-7-01: every schema that a resource names is there, those of the server among them.
/// R7643-7-02: a schema is a resource of its own.
/// M-35: the three schemas of the server carry their names.
/// M-36: a ListResponse, not a bare array.
#[tokio::test]
async fn schemas_lists_every_schema_as_a_resource() {
    let (_server, client) = acme().await;
    let reply = client.get("/Schemas").await.expect(200);
    assert_eq!(reply.body["schemas"], json!([LIST]));
    let ids = texts(&reply, "id");
    assert_eq!(reply.body["totalResults"], ids.len());
    for urn in [USER, GROUP, ENTERPRISE] {
        assert!(ids.iter().any(|id| id == urn), "{urn}");
    }
    let names = texts(&reply, "name");
    for name in ["ServiceProviderConfig", "ResourceType", "Schema"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    for schema in reply.body["Resources"].as_array().expect("a list") {
        assert_eq!(schema["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        assert_eq!(schema["meta"]["resourceType"], "Schema");
        let id = schema["id"].as_str().expect("an id");
        assert!(
            schema["meta"]["location"]
                .as_str()
                .is_some_and(|location| location.ends_with(&format!("/Schemas/{id}")))
        );
        assert!(
            schema["name"].is_string()
                && schema["description"].is_string()
                && schema["attributes"].is_array()
        );
    }
    let id = crate::support::create(&client, "ana", json!({ ENTERPRISE: { "department": "Sales" } })).await;
    let group = client.create_group("Sales", &[&id]).await;
    let mut used = Vec::new();
    for path in [
        format!("/Users/{id}"),
        format!("/Groups/{group}"),
        "/ServiceProviderConfig".into(),
        format!("/Schemas/{USER}"),
        "/ResourceTypes/User".into(),
    ] {
        used.extend(client.get(&path).await.expect(200).body["schemas"].as_array().expect("schemas").clone());
    }
    assert!(used.contains(&json!(ENTERPRISE)));
    for urn in used {
        assert!(ids.iter().any(|id| urn == *id), "{urn} has no schema");
    }
}

/// R7643-7-03: each attribute is defined in full, with legal values.
/// R7643-2.3.8-01: no sub-attribute is complex.
#[tokio::test]
async fn attribute_definitions_are_complete() {
    let (_server, client) = acme().await;
    let reply = client.get("/Schemas").await.expect(200);
    let one_of = |attribute: &Value, key: &str, values: &[&str]| {
        assert!(attribute[key].as_str().is_some_and(|value| values.contains(&value)), "{key} of {attribute}");
    };
    for schema in reply.body["Resources"].as_array().expect("a list") {
        for attribute in attributes(schema) {
            let types =
                ["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"];
            one_of(&attribute, "type", &types);
            one_of(&attribute, "mutability", &["readOnly", "readWrite", "immutable", "writeOnly"]);
            one_of(&attribute, "returned", &["always", "never", "default", "request"]);
            assert!(attribute["name"].is_string() && attribute["description"].is_string(), "{attribute}");
            assert!(
                attribute["multiValued"].is_boolean() && attribute["required"].is_boolean(),
                "{attribute}"
            );
            let subs = attribute["subAttributes"].as_array();
            assert_eq!(
                attribute["type"] == "complex",
                subs.is_some_and(|subs| !subs.is_empty()),
                "{attribute}"
            );
            for sub in subs.into_iter().flatten() {
                // The schema of schemas describes itself: there the word names its own parts.
                assert!(sub["type"] != "complex" || schema["name"] == "Schema", "{sub}");
            }
            if attribute["type"] == "string" {
                one_of(&attribute, "uniqueness", &["none", "server", "global"]);
                assert!(attribute["caseExact"].is_boolean(), "{attribute}");
            }
        }
    }
}

/// R7644-4-03: one schema by its URN, in any letter case; an unknown one is 404.
#[tokio::test]
async fn a_schema_is_found_by_its_urn_in_any_case() {
    let (_server, client) = acme().await;
    assert_eq!(schema(&client, USER).await["id"], USER);
    assert_eq!(schema(&client, &USER.to_uppercase()).await["id"], USER);
    assert_eq!(schema(&client, &encoded(USER)).await["id"], USER);
    client.get("/Schemas/urn:example:nothing").await.expect_error(404, None);
    client.get("/Schemas/User").await.expect_error(404, None);
}

/// R7644-3.1-01: messages are no schemas.
#[tokio::test]
async fn messages_are_not_among_the_schemas() {
    let (_server, client) = acme().await;
    let ids = texts(&client.get("/Schemas").await.expect(200), "id");
    assert!(ids.iter().all(|id| !id.starts_with("urn:ietf:params:scim:api:")));
    client.get(&format!("/Schemas/{LIST}")).await.expect_error(404, None);
}

/// RINT-5.4-01: the types of the multi-valued attributes have canonical values.
#[tokio::test]
async fn types_have_canonical_values() {
    let (_server, client) = strict().await;
    let user = schema(&client, USER).await;
    for name in ["emails", "phoneNumbers", "ims", "addresses", "photos"] {
        let kind = attribute(attribute(&user, "attributes", name), "subAttributes", "type");
        assert!(kind["canonicalValues"].as_array().is_some_and(|values| !values.is_empty()), "{name}");
    }
}

/// RINT-5.1-01: what the schema calls required is required, on a strict connection and on a lenient one.
#[tokio::test]
async fn what_the_schema_requires_is_required() {
    for settings in [&[][..], &[("strict", "true")][..]] {
        let server = Server::start().await;
        let client = server.connect_with("acme", Provider::Generic, settings).await;
        let definition = schema(&client, USER).await;
        let mut required = Vec::new();
        for attribute in definition["attributes"].as_array().expect("attributes") {
            let name = attribute["name"].as_str().expect("a name");
            if attribute["required"] != true {
                continue;
            }
            required.push(name.to_owned());
            let body = crate::support::user_without("ana", name);
            client.post("/Users", &body).await.expect_error(400, Some("invalidValue"));
            for sub in attribute["subAttributes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|sub| sub["required"] == true)
            {
                let mut body = user("ana");
                let sub = sub["name"].as_str().expect("a name");
                let holder =
                    if attribute["multiValued"] == true { &mut body[name][0] } else { &mut body[name] };
                holder.as_object_mut().expect("an object").remove(sub);
                client.post("/Users", &body).await.expect_error(400, Some("invalidValue"));
            }
        }
        assert!(required.contains(&"userName".to_owned()), "{required:?}");
        client.post("/Users", &user("ana")).await.expect(201);
    }
}

/// RINT-5.1-01: every attribute that the schema lists is kept and comes back as it was sent.
#[tokio::test]
async fn what_the_schema_lists_is_kept() {
    let (_server, client) = strict().await;
    let mut body = user("ana");
    for urn in [USER, ENTERPRISE] {
        let definition = schema(&client, urn).await;
        for attribute in definition["attributes"].as_array().expect("attributes") {
            let name = attribute["name"].as_str().expect("a name");
            if attribute["mutability"] == "readOnly" || ["userName", "emails"].contains(&name) {
                continue;
            }
            let one = |attribute: &Value| match attribute["type"].as_str() {
                Some("boolean") => json!(true),
                Some("binary") => json!("AQID"),
                Some("reference") => json!("https://example.com/it"),
                _ => match attribute["name"].as_str() {
                    Some("country") => json!("DE"),
                    Some("locale" | "preferredLanguage") => json!("de-DE"),
                    Some("timezone") => json!("Europe/Berlin"),
                    Some("type") => {
                        attribute["canonicalValues"][0].as_str().map_or(json!("work"), Value::from)
                    }
                    _ => json!("x"),
                },
            };
            let subs = attribute["subAttributes"].as_array().into_iter().flatten();
            let subs: serde_json::Map<String, Value> = subs
                .filter(|sub| sub["mutability"] != "readOnly")
                .map(|sub| (sub["name"].as_str().expect("a name").to_owned(), one(sub)))
                .collect();
            let value = if attribute["type"] == "complex" { Value::Object(subs) } else { one(attribute) };
            let value = if attribute["multiValued"] == true { json!([value]) } else { value };
            if urn == USER {
                body[name] = value;
            } else {
                body[ENTERPRISE][name] = value;
            }
        }
    }
    body["schemas"] = json!([USER, ENTERPRISE]);
    let created = client.post("/Users", &body).await.expect(201).body;
    for name in keys(&body).into_iter().filter(|name| *name != "schemas") {
        assert_eq!(created[name], body[name], "{name}");
    }
}

/// R7644-4-04: all resource types, or one by its name.
/// R7643-6-01: name, endpoint and schemas that are published.
/// R7643-6-02: the enterprise extension is not required.
/// RINT-5.1-02: the id is the name.
/// M-36: a ListResponse.
/// M-37: required is false, whatever the examples say.
#[tokio::test]
async fn resource_types_name_endpoints_and_schemas() {
    let (_server, client) = acme().await;
    let reply = client.get("/ResourceTypes").await.expect(200);
    assert_eq!(reply.body["schemas"], json!([LIST]));
    assert_eq!(reply.body["totalResults"], 2);
    for resource_type in reply.body["Resources"].as_array().expect("a list") {
        let name = resource_type["name"].as_str().expect("a name");
        assert_eq!(resource_type["id"], name);
        assert_eq!(client.get(&format!("/ResourceTypes/{name}")).await.expect(200).body, *resource_type);
        let endpoint = resource_type["endpoint"].as_str().expect("an endpoint");
        client.get(endpoint).await.expect(200);
        schema(&client, resource_type["schema"].as_str().expect("a schema")).await;
        for extension in resource_type["schemaExtensions"].as_array().into_iter().flatten() {
            schema(&client, extension["schema"].as_str().expect("a schema")).await;
            assert_eq!(extension["required"], false);
        }
    }
    client.get("/ResourceTypes/Robot").await.expect_error(404, None);
    client.post("/Users", &user("ana")).await.expect(201);
}

/// R7643-5-06: a connection that synchronises no groups says so, and answers /Groups with an error.
#[tokio::test]
async fn a_connection_without_groups_publishes_none() {
    let server = Server::start().await;
    let client = server.connect_with("acme", Provider::Generic, &[("groups", "false")]).await;
    let reply = client.get("/ResourceTypes").await.expect(200);
    assert_eq!(texts(&reply, "name"), ["User"]);
    client.get("/ResourceTypes/Group").await.expect_error(404, None);
    let reply = client.get("/Groups").await;
    assert!([404, 501].contains(&reply.code()), "{}", reply.text);
    assert!(!texts(&client.get("/Schemas").await.expect(200), "id").contains(&GROUP.to_owned()));
}

/// R7644-4-05: a filter on discovery is refused.
#[tokio::test]
async fn a_filter_on_discovery_is_forbidden() {
    let (_server, client) = acme().await;
    for endpoint in DISCOVERY {
        client.get(&format!("{endpoint}?filter=name+eq+%22User%22")).await.expect_error(403, None);
    }
}

/// R7644-4-06: every other parameter is ignored on discovery.
#[tokio::test]
async fn other_parameters_are_ignored_on_discovery() {
    let (_server, client) = acme().await;
    for endpoint in DISCOVERY {
        let whole = client.get(endpoint).await.expect(200);
        let query = "count=1&startIndex=2&sortBy=name&sortOrder=sideways&attributes=id&excludedAttributes=id";
        assert_eq!(client.get(&format!("{endpoint}?{query}")).await.expect(200).body, whole.body);
    }
}

/// RIPS-6.1.1-01: userName, displayName, active and externalId; nothing of credentials.
/// RIPS-6.2.1-01: groups have displayName, members and externalId.
/// R7643-4.2-01: displayName of a group is required.
/// M-56: a password is no attribute here.
#[tokio::test]
async fn schemas_have_what_provisioning_needs_and_no_password() {
    let (_server, client) = acme().await;
    let user = schema(&client, USER).await;
    for name in ["userName", "displayName", "active"] {
        attribute(&user, "attributes", name);
    }
    assert!(attributes(&user).iter().all(|attribute| attribute["name"] != "password"));
    let group = schema(&client, GROUP).await;
    assert_eq!(attribute(&group, "attributes", "displayName")["required"], true);
    attribute(&group, "attributes", "members");
    let body = user_with("ana", json!({ "externalId": "e1" }));
    assert_eq!(client.post("/Users", &body).await.expect(201).body["externalId"], "e1");
    let body = json!({ "schemas": [GROUP], "displayName": "Sales", "externalId": "g1" });
    assert_eq!(client.post("/Groups", &body).await.expect(201).body["externalId"], "g1");
}
