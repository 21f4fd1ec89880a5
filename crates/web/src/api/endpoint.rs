//! One operation of the API: its address, what it needs, what it takes and answers, and what carries it out.
//!
//! The router, the gate and the published description all read this one value.

use super::call::{Call, Reply};
use super::page::Page;
use super::problem::Problem;
use axum::http::Method;
use provisioning::keys::Scope;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

type Running = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

/// A type that the description shows an example of.
pub trait Sample: JsonSchema + Serialize {
    /// The example.
    fn sample() -> Self;
}

/// The form of a body.
#[derive(Clone, Copy)]
pub struct Form {
    /// Its schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// An example of it.
    pub example: fn() -> Value,
}

impl Form {
    fn of<T: Sample>() -> Self {
        Self {
            schema: SchemaGenerator::subschema_for::<T>,
            example: || serde_json::to_value(T::sample()).unwrap_or_default(),
        }
    }
}

/// A parameter of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Its schema.
    pub schema: Value,
    /// An example.
    pub example: Value,
}

impl Parameter {
    /// A parameter that takes any text.
    pub fn text(name: &'static str, about: &'static str, example: &str) -> Self {
        Self { name, about, schema: json!({ "type": "string" }), example: example.into() }
    }

    /// A parameter that takes a number.
    pub fn number(
        name: &'static str,
        about: &'static str,
        least: i64,
        most: Option<i64>,
        example: i64,
    ) -> Self {
        let mut schema = json!({ "type": "integer", "minimum": least });
        if let Some(most) = most {
            schema["maximum"] = most.into();
        }
        Self { name, about, schema, example: example.into() }
    }
}

/// How far an operation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    OneTenant,
    AllTenants,
}

/// One operation.
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path below the API's base.
    pub path: &'static str,
    /// The operation's name in the description.
    pub name: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    /// What the key must have.
    pub scopes: Vec<Scope>,
    /// What the body is, if it takes one.
    pub takes: Option<Form>,
    /// The status of success.
    pub status: u16,
    /// What is answered, if anything.
    pub answers: Option<Form>,
    /// Whether what is answered has a version.
    pub has_version: bool,
    /// Whether `If-Match` is honoured.
    pub matches_version: bool,
    reach: Reach,
    /// Whether rules, or what there is, may refuse what was read.
    pub may_be_refused: bool,
    own: Vec<Parameter>,
    handler: Arc<dyn Fn(Call) -> Running + Send + Sync>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

impl Endpoint {
    /// An operation. One that looks needs the scope read, any other write, unless said otherwise.
    pub fn on<F>(
        method: Method,
        path: &'static str,
        name: &'static str,
        handler: impl Fn(Call) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Reply, Problem>> + Send + 'static,
    {
        let looks = method == Method::GET;
        Self {
            method,
            path,
            name,
            about: "",
            scopes: vec![if looks { Scope::Read } else { Scope::Write }],
            takes: None,
            status: 200,
            answers: None,
            has_version: false,
            matches_version: false,
            reach: Reach::OneTenant,
            may_be_refused: !looks,
            own: Vec::new(),
            handler: Arc::new(move |call| Box::pin(handler(call))),
        }
    }

    /// What it does, for people.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The scopes it needs instead of the usual one. What needs an operator's is about all tenants, unless said otherwise.
    pub fn needs(mut self, scopes: &[Scope]) -> Self {
        self.reach = if scopes.contains(&Scope::Operator) { Reach::AllTenants } else { Reach::OneTenant };
        self.scopes = scopes.to_vec();
        self
    }

    /// The body it takes.
    pub fn takes<T: Sample>(mut self) -> Self {
        self.takes = Some(Form::of::<T>());
        self
    }

    /// What it answers.
    pub fn answers<T: Sample>(mut self, status: u16) -> Self {
        self.status = status;
        self.answers = Some(Form::of::<T>());
        self
    }

    /// Success without a body.
    pub fn answers_nothing(mut self) -> Self {
        self.status = 204;
        self
    }

    /// It answers a page at a time.
    pub fn answers_pages<T: Sample>(self) -> Self {
        self.answers::<Page<T>>(200).paged()
    }

    /// It takes `limit` and `cursor`.
    pub fn paged(self) -> Self {
        let limit =
            Parameter::number("limit", "How many the page holds at most.", 1, Some(super::page::MAX), 100);
        let cursor = Parameter {
            name: "cursor",
            about: "The `next` of the page before. It belongs to the same query, and holds for an hour.",
            schema: json!({ "type": "string" }),
            example: Value::Null,
        };
        self.with(limit).with(cursor)
    }

    /// A parameter of its query.
    pub fn with(mut self, parameter: Parameter) -> Self {
        self.own.push(parameter);
        self
    }

    /// What it answers has a version, in `ETag`.
    pub fn versioned(mut self) -> Self {
        self.has_version = true;
        self
    }

    /// It is about one tenant, which an operator's key names.
    pub fn within_tenant(mut self) -> Self {
        self.reach = Reach::OneTenant;
        self
    }

    /// Rules, or what there is, may refuse to tell.
    pub fn may_be_refused(mut self) -> Self {
        self.may_be_refused = true;
        self
    }

    /// `If-Match` is honoured.
    pub fn guarded(mut self) -> Self {
        self.matches_version = true;
        self
    }

    /// Whether it is about one tenant.
    pub fn is_of_tenant(&self) -> bool {
        self.reach == Reach::OneTenant
    }

    /// The parameters of its query.
    pub fn parameters(&self) -> impl Iterator<Item = Parameter> {
        let tenant = self.is_of_tenant().then(|| {
            Parameter::text(
                "tenant",
                "The tenant's name. An operator's key, which is of no tenant, must give it; other keys need not.",
                "acme",
            )
        });
        self.own.clone().into_iter().chain(tenant)
    }

    /// The words that its path names things by.
    pub fn path_words(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')))
    }

    /// Carries a call out.
    pub async fn run(&self, call: Call) -> Result<Reply, Problem> {
        (self.handler)(call).await
    }
}
