//! The description of the API in OpenAPI 3.1, made of the list of operations and the types that they take and answer.

use super::endpoint::{Endpoint, Form};
use super::problem::{Kind, Problem, ProblemView};
use super::{BASE, named, routes};
use crate::App;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

const ABOUT: &str = "What administrators do in AccessIQ Provisioning, for programs. \
Requests carry an API key (`Authorization: Bearer aiq_key_…`, made by `accessiq key create`). Lists come a page at a \
time; errors are problems (RFC 9457); versions are entity tags, and `If-Match` keeps two people from overwriting each \
other; a POST with an `Idempotency-Key` can be sent twice.";

/// `GET /openapi.json`.
pub(super) async fn document(State(app): State<App>) -> Response {
    let mut response = describe(app.public_url()).to_string().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    super::gate::dress(&mut response, &app.store().ids().next());
    response
}

/// The description of a server that is reached at this URL.
pub fn describe(public_url: &str) -> Value {
    let mut describer = Describer::new();
    let mut paths = Map::new();
    for endpoint in routes::all() {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method.as_str().to_ascii_lowercase()] = describer.operation(&endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "AccessIQ Provisioning: admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": format!("{}{BASE}", public_url.trim_end_matches('/')) }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key: `aiq_key_…`." },
            },
            "schemas": describer.schemas(),
        },
    })
}

/// Collects the schemas that operations speak of: of what is answered every member is there, of what is taken not.
struct Describer {
    answered: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Describer {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            answered: settings().for_serialize().into_generator(),
            taken: settings().for_deserialize().into_generator(),
        }
    }

    fn schemas(mut self) -> Value {
        let mut schemas = self.taken.take_definitions(true);
        schemas.extend(self.answered.take_definitions(true));
        schemas.sort_keys();
        Value::Object(schemas)
    }

    fn operation(&mut self, endpoint: &Endpoint) -> Value {
        let scopes: Vec<&str> = endpoint.scopes.iter().map(|scope| scope.as_str()).collect();
        let group = endpoint
            .path
            .split('/')
            .filter(|part| !part.is_empty() && !part.starts_with('{'))
            .find(|part| *part != "connections");
        let about = format!("{} Scope: {}.", endpoint.about, scopes.join(", "));
        let mut operation = json!({
            "operationId": endpoint.name,
            "summary": summary(endpoint.about),
            "description": about,
            "tags": [group.unwrap_or("connections")],
            "security": [{ "key": scopes }],
            "parameters": parameters(endpoint),
            "responses": self.responses(endpoint),
        });
        if let Some(form) = &endpoint.takes {
            let content = content("application/json", form, &mut self.taken);
            operation["requestBody"] = json!({ "required": true, "content": content });
        }
        operation
    }

    fn responses(&mut self, endpoint: &Endpoint) -> Value {
        let mut responses = Map::new();
        let mut success = json!({ "description": success(endpoint), "headers": headers(endpoint) });
        if let Some(form) = &endpoint.answers {
            success["content"] = content("application/json", form, &mut self.answered);
        }
        responses.insert(endpoint.status.to_string(), success);
        for kind in problems(endpoint) {
            let response = responses.entry(kind.status().to_string()).or_insert_with(|| {
                let schema = self.answered.subschema_for::<ProblemView>();
                json!({
                    "description": "",
                    "headers": { "X-Request-Id": text_header("The id of the request.") },
                    "content": { "application/problem+json": { "schema": schema, "examples": {} } },
                })
            });
            let told = response["description"].as_str().unwrap_or_default();
            let told = if told.is_empty() {
                kind.title().to_owned()
            } else {
                format!("{told}, or: {}", kind.title())
            };
            response["description"] = told.into();
            let (name, example) = problem_example(kind);
            response["content"]["application/problem+json"]["examples"][name] = json!({ "value": example });
        }
        Value::Object(responses)
    }
}

/// The first sentence, without its full stop.
fn summary(about: &str) -> &str {
    about.split(". ").next().unwrap_or(about).trim_end_matches('.')
}

fn content(media: &str, form: &Form, generator: &mut SchemaGenerator) -> Value {
    json!({ media: { "schema": (form.schema)(generator), "example": (form.example)() } })
}

fn problem_example(kind: Kind) -> (String, Value) {
    let uri = kind.uri();
    let name = uri.rsplit(':').next().unwrap_or_default().to_owned();
    let view = Problem::new(kind, "What is wrong, where, and what to do.").view(named::SAMPLE_ID);
    (name, serde_json::to_value(view).unwrap_or_default())
}

/// Which problems an operation can answer.
fn problems(endpoint: &Endpoint) -> Vec<Kind> {
    let is_post = endpoint.method == Method::POST;
    let is_told = |kind: Kind| match kind {
        Kind::Malformed
        | Kind::Unauthorized
        | Kind::InsufficientScope
        | Kind::TooManyRequests
        // Whatever is sent with a GET is read as well, and thrown away.
        | Kind::Timeout
        | Kind::TooLarge
        | Kind::Internal
        | Kind::Unavailable => true,
        Kind::NotFound => endpoint.is_of_tenant(),
        Kind::MethodNotAllowed => false,
        Kind::UnsupportedMediaType => endpoint.takes.is_some(),
        Kind::Invalid => endpoint.may_be_refused || endpoint.takes.is_some() || endpoint.path_words().next().is_some(),
        Kind::Conflict => endpoint.may_be_refused,
        Kind::Underway | Kind::KeyReused => is_post,
        Kind::VersionMismatch => endpoint.matches_version,
    };
    Kind::ALL.into_iter().filter(|kind| is_told(*kind)).collect()
}

fn success(endpoint: &Endpoint) -> &'static str {
    match StatusCode::from_u16(endpoint.status) {
        Ok(StatusCode::CREATED) => "It was made.",
        Ok(StatusCode::NO_CONTENT) => "It was done.",
        _ if endpoint.method == Method::GET => "What was asked for.",
        _ => "It was done; this is how it is now.",
    }
}

fn text_header(about: &str) -> Value {
    json!({ "description": about, "schema": { "type": "string" } })
}

fn headers(endpoint: &Endpoint) -> Value {
    let mut headers = json!({ "X-Request-Id": text_header("The id of the request.") });
    if endpoint.has_version {
        headers["ETag"] = text_header("The version of what is shown, for If-Match.");
    }
    if endpoint.status == 201 {
        headers["Location"] = text_header("Where the new thing stands.");
    }
    if endpoint.method == Method::POST {
        headers["Idempotent-Replay"] = text_header(
            "`true` where this answer was given before, to the first request of the same Idempotency-Key.",
        );
    }
    headers
}

fn parameters(endpoint: &Endpoint) -> Value {
    let mut told: Vec<Value> = endpoint
        .path_words()
        .map(|word| {
            let about = about_word(word);
            json!({ "name": word, "in": "path", "required": true, "description": about,
                "schema": { "type": "string" }, "example": named::SAMPLE_ID })
        })
        .collect();
    for parameter in endpoint.parameters() {
        let mut one = json!({ "name": parameter.name, "in": "query", "description": parameter.about,
            "schema": parameter.schema });
        if !parameter.example.is_null() {
            one["example"] = parameter.example;
        }
        told.push(one);
    }
    if endpoint.matches_version {
        told.push(json!({ "name": "If-Match", "in": "header", "schema": { "type": "string" }, "example": "W/\"1\"",
            "description": "The ETag of the version that was seen. If it has changed since, nothing is done." }));
    }
    if endpoint.method == Method::POST {
        told.push(json!({ "name": "Idempotency-Key", "in": "header",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 }, "example": "6f2d9a1c",
            "description": "A name for this request. Sent again under it within a day, it is answered as before and not carried out again." }));
    }
    told.into()
}

fn about_word(word: &str) -> &'static str {
    match word {
        "connection" => "The connection's id.",
        "organization" => "The organization's id, slug or name.",
        "role" => "The role's id or name.",
        "user" => "The user's id or username.",
        "group" => "The group's id or name.",
        "mapping" => "The mapping's id.",
        "rule" => "The rule's id.",
        "token" => "The token's id.",
        "request" => "The request's id.",
        _ => "The job's id.",
    }
}
