//! One request and its answer: what a handler needs of the request, and what the record keeps of both.

use crate::error::Failure;
use crate::{json, media};
use ::scim::etag::Conditions;
use ::scim::list::ListQuery;
use ::scim::projection::Projection;
use ::scim::{Document, Notes, ResourceDefinition, ScimError, etag};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use provisioning::Session;
use provisioning::records::{self, cut};
use provisioning::unit::{Carried, Outcome};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use store::requests::Record;
use store::{Snapshot, Store, StoreError, Tx};

/// A request that passed the gate. Not to be printed: its headers hold the credential.
pub struct Exchange {
    /// Who is asking, of what.
    pub session: Arc<Session>,
    /// The method.
    pub method: Method,
    /// The path below the connection's base URL.
    pub path: String,
    /// The query as it was sent.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The address of the client.
    pub address: Option<String>,
    /// When it came in, for its duration.
    pub started: Instant,
    /// The read that found its credential, while it goes on.
    pub snapshot: Mutex<Option<Snapshot>>,
}

/// What is answered, once the doorway has added what all answers have.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<String>,
    recorded: bool,
    notes: Notes,
    rehearsed: Vec<Record>,
}

/// How much of a path a record keeps, in characters.
const PATH_LENGTH: usize = 512;

/// Marks an answer whose record is in the transaction of its changes.
#[derive(Clone, Copy)]
pub struct Recorded;

/// The records that a rehearsal would have had: of a bulk request one for each operation, as they were carried out.
#[derive(Clone)]
pub struct Rehearsed(pub Vec<Record>);

/// Why a credential was refused: for the record, not for who sent it.
#[derive(Clone)]
pub struct Reason(pub String);

/// What was remarked on a request.
#[derive(Clone)]
pub struct Remarks(pub Notes);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body.unwrap_or_default()).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        if self.recorded {
            response.extensions_mut().insert(Recorded);
        }
        if !self.rehearsed.is_empty() {
            response.extensions_mut().insert(Rehearsed(self.rehearsed));
        }
        response.extensions_mut().insert(Remarks(self.notes));
        response
    }
}

impl Answer {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What was remarked on the request.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The records that a rehearsal would have had.
    pub fn rehearsed(&self) -> &[Record] {
        &self.rehearsed
    }

    /// The answer to a rehearsal of several requests.
    #[must_use]
    pub fn with_rehearsed(self, rehearsed: Vec<Record>) -> Self {
        Self { rehearsed, ..self }
    }

    /// The `ETag` header.
    pub fn etag(&self) -> Option<&str> {
        self.header(&header::ETAG)
    }

    /// Where the resource of the answer stands.
    pub fn location(&self) -> Option<&str> {
        self.header(&header::LOCATION).or_else(|| self.header(&header::CONTENT_LOCATION))
    }

    fn header(&self, wanted: &HeaderName) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// `200` with a body, and what was remarked while the request was read.
    pub fn ok(body: &Value, notes: Notes) -> Self {
        Self { status: StatusCode::OK, body: Some(text(body)), notes, ..Self::default() }
    }

    /// `200` with JSON that is no message of the protocol, and so `application/json` whatever a client accepts.
    pub fn plain_json(body: String) -> Self {
        let headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
        Self { status: StatusCode::OK, headers, body: Some(body), ..Self::default() }
    }
}

impl Exchange {
    /// A header's text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads a little: goes on with the read that found the credential, if that is not over, and ends it.
    pub fn read<T, E: From<StoreError>>(
        &self,
        store: &Store,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.take_snapshot() {
            Some(mut snapshot) => snapshot.read(unit),
            None => store.read(unit),
        }
    }

    /// Reads much, when it is its turn.
    pub async fn read_long<T, E>(
        &self,
        store: &Store,
        unit: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        // Whoever waits holds no connection that others may wait for.
        drop(self.take_snapshot());
        store.read_long_of(self.session.scope.tenant, unit).await
    }

    fn take_snapshot(&self) -> Option<Snapshot> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What the request asks of the version of its resource. A header that is no text names no version; several of a
    /// name are one list (RFC 9110 §5.3).
    pub fn conditions(&self) -> Conditions {
        let listed = |name: &HeaderName| {
            let values = self.headers.get_all(name).iter();
            let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            (!values.is_empty()).then(|| values.join(","))
        };
        Conditions { if_match: listed(&header::IF_MATCH), if_none_match: listed(&header::IF_NONE_MATCH) }
    }

    /// The user agent.
    pub fn user_agent(&self) -> Option<&str> {
        self.header(&header::USER_AGENT)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `415` for another type, `400 invalidSyntax` for what is no JSON.
    pub fn json(&self) -> Result<Value, Failure> {
        media::check_body(&self.headers)?;
        // RFC 8259 §8.1: a byte order mark may be ignored.
        let body = self.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.body);
        if body.is_empty() {
            return Err(ScimError::invalid_syntax("The request has no body. Send a JSON object.").into());
        }
        json::read(body).map_err(|error| {
            let what = if error.is_data() { "The body is ambiguous" } else { "The body is not JSON" };
            ScimError::invalid_syntax(format!("{what}: {error}. Send one JSON object.")).into()
        })
    }

    /// What the query asks of a list, or of the attributes of one resource.
    pub fn list_query(&self) -> Result<ListQuery, Failure> {
        Ok(ListQuery::from_query(self.query.as_deref().unwrap_or_default())?)
    }

    /// Which attributes the query asks for. A filter has no meaning for one resource and is not looked at.
    pub fn projection(&self, definition: &ResourceDefinition) -> Result<Projection, Failure> {
        let query = self.query.as_deref().unwrap_or_default();
        let wanted = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default();
            name.eq_ignore_ascii_case("attributes") || name.eq_ignore_ascii_case("excludedAttributes")
        };
        let own: Vec<&str> = query.split('&').filter(wanted).collect();
        let query = ListQuery::from_query(&own.join("&"))?;
        let (attributes, excluded) = (query.attributes.as_deref(), query.excluded_attributes.as_deref());
        Ok(Projection::parse(definition, attributes, excluded, self.session.mode())?)
    }

    /// The answer to a read of one resource: `304` if the client has this version.
    ///
    /// # Errors
    /// `412` if the client means another one.
    pub fn shown(
        &self,
        definition: &ResourceDefinition,
        projection: &Projection,
        version: i64,
        location: String,
        document: Document,
    ) -> Result<Answer, Failure> {
        let tag = etag::tag(version);
        let conditions = self.conditions();
        if !conditions.mean(version) {
            return Err(provisioning::Error::VersionMismatch { current: version }.into());
        }
        let headers = vec![(header::ETAG, tag), (header::CONTENT_LOCATION, location)];
        if conditions.know(version) {
            return Ok(Answer { status: StatusCode::NOT_MODIFIED, headers, ..Answer::default() });
        }
        let mut notes = Notes::new();
        projection.remark(&mut notes);
        let body = text(&projection.apply(definition, document));
        Ok(Answer { status: StatusCode::OK, headers, body: Some(body), notes, ..Answer::default() })
    }

    /// The answer to a request that was carried out, with its record, which goes into the same transaction.
    pub fn sealed(
        &self,
        definition: &ResourceDefinition,
        projection: &Projection,
        carried: &Carried<'_>,
    ) -> (Record, Answer) {
        let mut answer = self.answer(definition, projection, carried);
        let record = Record {
            changes: carried
                .changes
                .as_array()
                .filter(|changes| !changes.is_empty())
                .map(|_| carried.changes.clone()),
            notes: told(&answer.notes),
            response_body: answer.body.clone().map(cut),
            ..self.record(answer.status)
        };
        answer.rehearsed = self.session.is_rehearsal.then(|| record.clone()).into_iter().collect();
        (record, answer)
    }

    fn answer(
        &self,
        definition: &ResourceDefinition,
        projection: &Projection,
        carried: &Carried<'_>,
    ) -> Answer {
        let mut notes = carried.notes.clone();
        projection.remark(&mut notes);
        let recorded = Answer { recorded: true, notes, ..Answer::default() };
        let (resource, created) = match carried.outcome {
            Outcome::Created(resource) => (resource, true),
            Outcome::Kept(resource) => (resource, false),
            Outcome::Deleted => return Answer { status: StatusCode::NO_CONTENT, ..recorded },
        };
        let tag = (header::ETAG, etag::tag(resource.version));
        let Some(document) = &resource.document else {
            return Answer { status: StatusCode::NO_CONTENT, headers: vec![tag], ..recorded };
        };
        let location = format!("{}{}/{}", self.session.base_url, definition.endpoint, resource.id);
        // RFC 7644 §3.3: 201 names the new resource in Location; elsewhere Content-Location says whose body this is.
        let (status, name) = if created {
            (StatusCode::CREATED, header::LOCATION)
        } else {
            (StatusCode::OK, header::CONTENT_LOCATION)
        };
        let body = text(&projection.apply(definition, document.clone()));
        Answer { status, headers: vec![tag, (name, location)], body: Some(body), ..recorded }
    }

    /// The record of this request, refused.
    pub fn refusal(&self, error: &ScimError) -> Record {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Record { error: Some(error.detail.clone()), ..self.record(status) }
    }

    /// The record of this request, answered with a status and nothing more.
    pub fn record(&self, status: StatusCode) -> Record {
        Record {
            scope: self.session.scope,
            id: self.session.request_id.clone(),
            at: self.session.at,
            duration: i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX),
            method: self.method.to_string(),
            path: self.path.chars().take(PATH_LENGTH).collect(),
            query: self.query.as_deref().map(without_token),
            status: i64::from(status.as_u16()),
            token_id: self.session.caller.token_id().map(str::to_owned),
            caller: self.session.caller.named(),
            address: self.address.clone(),
            user_agent: self.user_agent().map(|agent| agent.chars().take(200).collect()),
            changes: None,
            notes: None,
            error: None,
            request_body: records::redacted(&self.body),
            response_body: None,
        }
    }
}

/// JSON as text. Unlike `to_string`, it does not go through the formatter piece by piece.
fn text(json: &impl Serialize) -> String {
    // Values and documents have no part that cannot be written.
    serde_json::to_string(json).unwrap_or_default()
}

/// Remarks as a record keeps them.
pub fn told(notes: &Notes) -> Option<Value> {
    if notes.as_slice().is_empty() {
        return None;
    }
    let mut told = json!(notes.as_slice());
    if notes.dropped() > 0
        && let Some(told) = told.as_array_mut()
    {
        told.push(json!({ "kind": "ignored", "habit": "more", "text": format!("and {} more remarks", notes.dropped()) }));
    }
    Some(told)
}

/// A query without a token that somebody put there, however its name is written.
fn without_token(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value))
            if records::is_secret(&percent_decode_str(name).decode_utf8_lossy())
                || records::speaks_of_secret(&percent_decode_str(value).decode_utf8_lossy()) =>
        {
            format!("{name}=[redacted]")
        }
        _ => pair.to_owned(),
    });
    cut(pairs.collect::<Vec<_>>().join("&"))
}
