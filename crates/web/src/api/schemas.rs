//! Schema extensions: what a tenant adds to its users, each as a Schema resource (RFC 7643 §7).

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::problem::Problem;
use ::scim::schema::Schema;
use provisioning::extensions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A Schema resource.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Schema")]
pub struct SchemaView {
    /// The URN.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its attributes, as RFC 7643 §7 has them.
    pub attributes: Vec<Value>,
}

impl SchemaView {
    fn of(schema: &Schema) -> Result<Self, Problem> {
        // What is written as JSON reads as JSON.
        let shown = serde_json::to_value(schema).and_then(serde_json::from_value);
        shown.map_err(|error| Problem::new(super::problem::Kind::Internal, error.to_string()))
    }
}

impl Sample for SchemaView {
    fn sample() -> Self {
        Self {
            id: "urn:acme:params:scim:schemas:extension:badge:2.0:User".into(),
            name: Some("Badge".into()),
            description: Some("What Acme knows of badges".into()),
            attributes: vec![json!({
                "name": "badgeNumber",
                "type": "string",
                "multiValued": false,
                "description": "The number on the badge",
                "required": false,
                "caseExact": false,
                "mutability": "readWrite",
                "returned": "default",
                "uniqueness": "none",
            })],
        }
    }
}

/// A Schema resource to be registered; members that RFC 7643 §7 does not have are passed over.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NewSchema")]
#[serde(transparent)]
pub struct NewSchema(pub serde_json::Map<String, Value>);

impl Sample for NewSchema {
    fn sample() -> Self {
        let sample = serde_json::to_value(SchemaView::sample()).unwrap_or_default();
        Self(sample.as_object().cloned().unwrap_or_default())
    }
}

fn all(call: &Call) -> Result<Vec<Arc<Schema>>, Problem> {
    let tenant = call.tenant()?.tenant;
    Ok(call.app.store().read(|tx| extensions::of(tx, tenant))?)
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let paging = call.paging()?;
    let mut all = all(&call)?;
    all.sort_by(|one, other| one.id.cmp(&other.id));
    let rows = paging.of_all(all, |schema| &schema.id);
    let shown = rows.iter().map(|schema| SchemaView::of(schema)).collect::<Result<Vec<_>, _>>()?;
    Reply::ok(&call.page_of(&paging, shown, |view| &view.id))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let id = call.named("schema");
    let found = all(&call)?.into_iter().find(|schema| schema.id.eq_ignore_ascii_case(id));
    let schema =
        found.ok_or_else(|| Problem::not_found(format!("There is no schema \"{id}\" in this tenant.")))?;
    Reply::ok(&SchemaView::of(&schema)?)
}

pub(super) async fn register(call: Call) -> Result<Reply, Problem> {
    let NewSchema(wanted) = call.body()?;
    let tenant = call.tenant()?;
    let schema = extensions::put(call.app.store(), &call.operator, tenant, &wanted.into()).await?;
    Reply::created(format!("/schemas/{}", schema.id), &SchemaView::of(&schema)?)
}

pub(super) async fn remove(call: Call) -> Result<Reply, Problem> {
    extensions::remove(call.app.store(), &call.operator, call.tenant()?, call.named("schema")).await?;
    Ok(Reply::nothing())
}
