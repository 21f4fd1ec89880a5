//! The published description: whole, honest, and readable without anything from elsewhere.

use axum::body::Body;
use axum::http::Method;
use provisioning::keys::Scope;
use serde_json::Value;
use std::collections::BTreeSet;
use testkit::{Api, PUBLIC_URL, Server};
use web::api::routes;

async fn stranger() -> (Server, Api) {
    let server = Server::start().await;
    let api = server.operator_api(&Scope::ALL).await.with_key(None);
    (server, api)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Everything within a value.
fn walk<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(own) => own.values().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[tokio::test]
async fn it_has_every_operation_and_everything_that_is_to_be_said_of_each() {
    let (_server, api) = stranger().await;
    let document = api.get("/openapi.json").await.expect(200).body;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], format!("{PUBLIC_URL}/api/v1"));
    let mut names = BTreeSet::new();
    for endpoint in routes::all() {
        let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_ascii_lowercase()];
        assert!(names.insert(endpoint.name), "{endpoint:?} has the name of another");
        assert!(endpoint.about.ends_with('.') && operation["description"].is_string(), "{endpoint:?}");
        assert_eq!(endpoint.takes.is_some(), operation["requestBody"].is_object(), "{endpoint:?}");
        if endpoint.takes.is_some() {
            assert!(
                !operation["requestBody"]["content"]["application/json"]["example"].is_null(),
                "{endpoint:?}"
            );
        }
        for status in ["400", "401", "403", "429", "500", "503"] {
            let problem = &operation["responses"][status]["content"]["application/problem+json"];
            assert!(problem["examples"].is_object(), "{endpoint:?}: {status}");
        }
        let answer = &operation["responses"][endpoint.status.to_string()];
        let example = &answer["content"]["application/json"]["example"];
        assert_eq!(endpoint.status == 204, example.is_null(), "{endpoint:?}");
        for parameter in operation["parameters"].as_array().expect("parameters") {
            assert!(
                parameter["description"].as_str().is_some_and(|text| text.len() > 5),
                "{endpoint:?}: {parameter}"
            );
        }
    }
    let described: usize = members(&document["paths"]).map(|(_, item)| members(item).count()).sum();
    assert_eq!(described, names.len());
}

#[tokio::test]
async fn every_schema_that_it_speaks_of_is_in_it_and_described() {
    let (_server, api) = stranger().await;
    let document = api.get("/openapi.json").await.expect(200).body;
    let mut named = BTreeSet::new();
    walk(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            named.insert(reference.strip_prefix("#/components/schemas/").expect("a schema of this document"));
        }
    });
    let there: BTreeSet<&str> =
        members(&document["components"]["schemas"]).map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, there);
    for (name, schema) in members(&document["components"]["schemas"]) {
        assert!(schema["description"].is_string(), "{name}");
        for (member, own) in members(&schema["properties"]) {
            assert!(own["description"].is_string(), "{name}.{member} is not described");
        }
    }
}

#[tokio::test]
async fn the_page_needs_no_script_and_no_outside_host() {
    let (_server, api) = stranger().await;
    let page = api.get("/docs").await.expect(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
    for foreign in ["<script", "src=", "http-equiv", "@import", "url("] {
        assert!(!page.text.contains(foreign), "{foreign}");
    }
    for endpoint in routes::all() {
        assert!(page.text.contains(&format!("id=\"{}\"", endpoint.name)), "{endpoint:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_a_problem_too() {
    let (_server, api) = stranger().await;
    api.get("/nothing/here").await.expect_problem(404, "not-found");
    api.send(Method::DELETE, "/users", Body::empty()).await.expect_problem(405, "method-not-allowed");
}
