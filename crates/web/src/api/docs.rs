//! The description as a page that can be read and searched in a browser: no script, no outside host.

use super::openapi::describe;
use crate::App;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

const PAGE: &str = include_str!("docs.html");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// `GET /docs`.
pub(super) async fn page(State(app): State<App>) -> Response {
    let mut response = Html(render(&describe(app.public_url()))).into_response();
    let policy = header::HeaderValue::from_static(POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    super::gate::dress(&mut response, &app.store().ids().next());
    response
}

/// The page of a description.
pub fn render(document: &Value) -> String {
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            let group = groups.entry(text(&operation["tags"][0])).or_default();
            describe_operation(group, path, method, operation);
        }
    }
    let (mut contents, mut operations) = (String::new(), String::new());
    for (name, group) in &groups {
        add(&mut contents, format_args!("<li><a href=\"#{name}\">{name}</a></li>"));
        add(&mut operations, format_args!("<h2 id=\"{name}\">{name}</h2>{group}"));
    }
    let mut schemas = String::new();
    for (name, schema) in members(&document["components"]["schemas"]) {
        let shown = escaped(&format!("{schema:#}"));
        add(
            &mut schemas,
            format_args!(
                "<details id=\"schema-{name}\"><summary><code>{name}</code> {}</summary><pre>{shown}</pre></details>",
                escaped(text(&schema["description"]))
            ),
        );
    }
    PAGE.replace("{{about}}", &escaped(text(&document["info"]["description"])))
        .replace("{{server}}", &escaped(text(&document["servers"][0]["url"])))
        .replace("{{contents}}", &contents)
        .replace("{{operations}}", &operations)
        .replace("{{schemas}}", &schemas)
}

fn add(page: &mut String, text: fmt::Arguments<'_>) {
    page.push_str(&text.to_string());
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn describe_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    add(
        page,
        format_args!(
            "<details id=\"{}\"><summary><b class=\"{method}\">{}</b> <code>{}</code> <span>{}</span></summary><p>{}</p>",
            text(&operation["operationId"]),
            method.to_ascii_uppercase(),
            escaped(path),
            escaped(text(&operation["summary"])),
            escaped(text(&operation["description"])),
        ),
    );
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        page.push_str("<h3>Parameters</h3><dl>");
        for parameter in parameters {
            add(
                page,
                format_args!(
                    "<dt><code>{}</code> <i>{}</i></dt><dd>{}</dd>",
                    escaped(text(&parameter["name"])),
                    escaped(text(&parameter["in"])),
                    escaped(text(&parameter["description"])),
                ),
            );
        }
        page.push_str("</dl>");
    }
    let body = &operation["requestBody"]["content"]["application/json"];
    if !body.is_null() {
        page.push_str("<h3>Body</h3>");
        describe_body(page, body);
    }
    page.push_str("<h3>Answers</h3><dl>");
    for (status, response) in members(&operation["responses"]) {
        add(
            page,
            format_args!(
                "<dt><code>{status}</code></dt><dd>{}</dd>",
                escaped(text(&response["description"]))
            ),
        );
    }
    page.push_str("</dl>");
    for (_, response) in members(&operation["responses"]) {
        let body = &response["content"]["application/json"];
        if !body.is_null() {
            describe_body(page, body);
        }
    }
    page.push_str("</details>");
}

fn describe_body(page: &mut String, body: &Value) {
    if let Some(name) = text(&body["schema"]["$ref"]).rsplit('/').next().filter(|name| !name.is_empty()) {
        add(page, format_args!("<p>As <a href=\"#schema-{name}\"><code>{name}</code></a>, for example:</p>"));
    }
    add(page, format_args!("<pre>{}</pre>", escaped(&format!("{:#}", body["example"]))));
}

/// Text as part of a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
