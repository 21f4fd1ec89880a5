//! Request records of a connection: what its identity provider asked, what was corrected, changed and answered.

use super::call::{Call, Reply};
use super::endpoint::Sample;
use super::named::{SAMPLE_ID, SAMPLE_TIME};
use super::problem::Problem;
use provisioning::people::time;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use store::Tx;
use store::requests::{self, Record, Wanted};

/// A request, without its bodies.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RequestSummary")]
pub struct RequestSummary {
    /// The id: what `X-Request-Id` said.
    pub id: String,
    /// When.
    pub at: String,
    /// How long it took, in microseconds.
    pub duration_micros: i64,
    /// The method.
    pub method: String,
    /// The path below the connection's base URL.
    pub path: String,
    /// The query.
    pub query: Option<String>,
    /// The status of the answer.
    pub status: i64,
    /// The id of the token it came with.
    pub token: Option<String>,
    /// Who came without a token of ours, such as Entra ID by its own.
    pub caller: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
    /// The client.
    pub user_agent: Option<String>,
    /// What it changed.
    pub changes: Option<Value>,
    /// What was corrected or ignored.
    pub notes: Option<Value>,
    /// Why it was refused.
    pub error: Option<String>,
}

/// A request with its bodies, secrets left out, up to a limit.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Request")]
pub struct RequestView {
    /// The request.
    #[serde(flatten)]
    pub request: RequestSummary,
    /// The body.
    pub request_body: Option<String>,
    /// The body of the answer.
    pub response_body: Option<String>,
}

impl From<&Record> for RequestSummary {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id.clone(),
            at: time(record.at),
            duration_micros: record.duration,
            method: record.method.clone(),
            path: record.path.clone(),
            query: record.query.clone(),
            status: record.status,
            token: record.token_id.clone(),
            caller: record.caller.clone(),
            address: record.address.clone(),
            user_agent: record.user_agent.clone(),
            changes: record.changes.clone(),
            notes: record.notes.clone(),
            error: record.error.clone(),
        }
    }
}

impl From<&Record> for RequestView {
    fn from(record: &Record) -> Self {
        Self {
            request: record.into(),
            request_body: record.request_body.clone(),
            response_body: record.response_body.clone(),
        }
    }
}

impl Sample for RequestSummary {
    fn sample() -> Self {
        let change = json!({ "kind": "user.deactivated", "subject": SAMPLE_ID, "summary": "Ana Müller was deactivated" });
        Self {
            id: SAMPLE_ID.into(),
            at: SAMPLE_TIME.into(),
            duration_micros: 850,
            method: "PATCH".into(),
            path: format!("/Users/{SAMPLE_ID}"),
            query: None,
            status: 204,
            token: Some(SAMPLE_ID.into()),
            caller: None,
            address: Some("203.0.113.7".into()),
            user_agent: Some("Okta SCIM Client 1.0.0".into()),
            changes: Some(json!([change])),
            notes: None,
            error: None,
        }
    }
}

impl Sample for RequestView {
    fn sample() -> Self {
        let body = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
        Self { request: Sample::sample(), request_body: Some(body.to_string()), response_body: None }
    }
}

/// The lowest and highest status that `404` or `4xx` names.
fn statuses(text: &str) -> Result<(i64, i64), Problem> {
    let refused = || Problem::malformed(format!("status takes 404 or 4xx, not \"{text}\"."));
    let number = match text.strip_suffix("xx") {
        Some(class) => class.parse::<i64>().map(|class| (class * 100, class * 100 + 99)),
        None => text.parse().map(|status| (status, status)),
    };
    number.ok().filter(|(lowest, _)| (100..600).contains(lowest)).ok_or_else(refused)
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (paging, scope) = (call.paging()?, call.connection()?.scope);
    let wanted = Wanted {
        status: call.parameter("status").map(statuses).transpose()?,
        method: call.parameter("method").map(str::to_ascii_uppercase),
    };
    let (before, limit) = (paging.before().to_owned(), paging.wanted());
    let read = move |tx: &mut Tx<'_>| requests::page(tx, scope, &wanted, &before, limit);
    let rows = call.app.store().read_long(read).await?;
    Reply::ok(&call.page(&paging, rows, |row| &row.id, |row| RequestSummary::from(row)))
}

pub(super) async fn read(call: Call) -> Result<Reply, Problem> {
    let (scope, id) = (call.connection()?.scope, call.named("request"));
    let found = call.app.store().read(|tx| requests::by_id(tx, scope, id))?;
    let record =
        found.ok_or_else(|| Problem::not_found(format!("There is no record of a request \"{id}\".")))?;
    Reply::ok(&RequestView::from(&record))
}
