//! One request and its answer: what a handler needs of the request, and what the record keeps of both.

use crate::error::Failure;
use crate::flow::{self, Flow, Flowing, Pace, Pieces, Stop};
use crate::{json, media};
use ::scim::etag::Conditions;
use ::scim::list::ListQuery;
use ::scim::projection::Projection;
use ::scim::{Document, Notes, ResourceDefinition, ScimError, etag};
use axum::body::{Body, Bytes};
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
#[derive(Debug, Default)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<Content>,
    recorded: bool,
    notes: Notes,
    rehearsed: Vec<Record>,
    unread: Option<String>,
}

/// The body of an answer.
#[derive(Debug)]
enum Content {
    Whole(String),
    /// It goes on being written.
    Pieces(Pieces),
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
        let mut response = match self.body {
            None => self.status.into_response(),
            Some(Content::Whole(text)) => (self.status, text).into_response(),
            Some(Content::Pieces(pieces)) => {
                let flowing = Flowing(pieces.broken().clone());
                let mut response = (self.status, Body::new(pieces)).into_response();
                response.extensions_mut().insert(flowing);
                response
            }
        };
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
    pub fn ok(body: &impl Serialize, notes: Notes) -> Self {
        Self::ok_head(notes).with_text(text(body))
    }

    /// The beginning of such an answer.
    pub fn ok_head(notes: Notes) -> Self {
        Self { status: StatusCode::OK, notes, ..Self::default() }
    }

    /// The same with a body; an empty one is none.
    #[must_use]
    pub fn with_text(self, text: String) -> Self {
        Self { body: Some(Content::Whole(text)).filter(|content| !content.is_empty()), ..self }
    }

    /// The same with a body that goes on being written.
    #[must_use]
    pub fn with_pieces(self, pieces: Pieces) -> Self {
        Self { body: Some(Content::Pieces(pieces)), ..self }
    }

    /// The id of the resource that its body is still to be read of, behind the change that it is the answer to.
    pub fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    /// The beginning of this answer, of that version of its resource.
    pub fn beginning(&self, version: i64) -> Self {
        let mut beginning = self.without_body();
        beginning.status = self.status;
        beginning.headers.clone_from(&self.headers);
        for (_, tag) in beginning.headers.iter_mut().filter(|(name, _)| *name == header::ETAG) {
            *tag = etag::tag(version);
        }
        beginning
    }

    /// The answer where its body cannot be read: what was asked has happened all the same.
    pub fn without_body(&self) -> Self {
        let mut headers = self.headers.clone();
        let mut status = self.status;
        // RFC 7644 §3.3: the body of a 201 is what should be there, not what must.
        if status == StatusCode::OK {
            status = StatusCode::NO_CONTENT;
            headers.retain(|(name, _)| *name != header::CONTENT_LOCATION);
        }
        Self { status, headers, recorded: self.recorded, notes: self.notes.clone(), ..Self::default() }
    }

    /// `200` with JSON that is no message of the protocol, and so `application/json` whatever a client accepts.
    pub fn plain_json(body: String) -> Self {
        let headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
        Self { status: StatusCode::OK, headers, ..Self::default() }.with_text(body)
    }
}

impl Content {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Whole(text) if text.is_empty())
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

    /// Answers by a read that writes what it reads, when it is its turn.
    pub async fn flow(
        &self,
        store: &Store,
        write: impl Fn(&mut Tx<'_>, &mut Flow) -> Result<(), Stop> + Clone + Send + 'static,
    ) -> Result<Answer, Failure> {
        drop(self.take_snapshot());
        Ok(flow::run(store, self.session.scope.tenant, Pace::USUAL, write).await?)
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

    /// How the answer to a read of one resource begins, and whether a body comes behind it: `304` has none, nor has any answer
    /// to HEAD.
    ///
    /// # Errors
    /// `412` if the client means another version.
    pub fn head(
        &self,
        projection: &Projection,
        version: i64,
        location: String,
    ) -> Result<(Answer, bool), provisioning::Error> {
        let conditions = self.conditions();
        if !conditions.mean(version) {
            return Err(provisioning::Error::VersionMismatch { current: version });
        }
        let headers = vec![(header::ETAG, etag::tag(version)), (header::CONTENT_LOCATION, location)];
        if conditions.know(version) {
            let known = Answer { status: StatusCode::NOT_MODIFIED, headers, ..Answer::default() };
            return Ok((known, false));
        }
        let mut notes = Notes::new();
        projection.remark(&mut notes);
        Ok((Answer { headers, ..Answer::ok_head(notes) }, self.method != Method::HEAD))
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
        let (head, has_body) = self.head(projection, version, location)?;
        if !has_body {
            return Ok(head);
        }
        Ok(head.with_text(text(&projection.apply(definition, document))))
    }

    /// The answer to a request that was carried out, with its record, which goes into the same transaction.
    pub fn sealed(
        &self,
        definition: &ResourceDefinition,
        projection: &Projection,
        carried: &Carried<'_>,
    ) -> (Record, Answer) {
        let (mut answer, response_body) = self.answer(definition, projection, carried);
        let record = Record {
            changes: carried
                .changes
                .as_array()
                .filter(|changes| !changes.is_empty())
                .map(|_| carried.changes.clone()),
            notes: told(&answer.notes),
            response_body,
            ..self.record(answer.status)
        };
        answer.rehearsed = self.session.is_rehearsal.then(|| record.clone()).into_iter().collect();
        (record, answer)
    }

    /// The answer, and what the record keeps of its body.
    fn answer(
        &self,
        definition: &ResourceDefinition,
        projection: &Projection,
        carried: &Carried<'_>,
    ) -> (Answer, Option<String>) {
        let mut notes = carried.notes.clone();
        projection.remark(&mut notes);
        let recorded = Answer { recorded: true, notes, ..Answer::default() };
        let (resource, created) = match carried.outcome {
            Outcome::Created(resource) => (resource, true),
            Outcome::Kept(resource) => (resource, false),
            Outcome::Deleted => return (Answer { status: StatusCode::NO_CONTENT, ..recorded }, None),
        };
        let tag = (header::ETAG, etag::tag(resource.version));
        let Some(document) = &resource.document else {
            return (Answer { status: StatusCode::NO_CONTENT, headers: vec![tag], ..recorded }, None);
        };
        let location = format!("{}{}/{}", self.session.base_url, definition.endpoint, resource.id);
        // RFC 7644 §3.3: 201 names the new resource in Location; elsewhere Content-Location says whose body this is.
        let (status, name) = if created {
            (StatusCode::CREATED, header::LOCATION)
        } else {
            (StatusCode::OK, header::CONTENT_LOCATION)
        };
        let body = text(&projection.apply(definition, document.clone()));
        let head = Answer { status, headers: vec![tag, (name, location)], ..recorded };
        if resource.is_beginning {
            return (Answer { unread: Some(resource.id.clone()), ..head }, Some(records::beginning(body)));
        }
        let kept = cut(body.clone());
        (head.with_text(body), Some(kept))
    }

    /// How long it has taken so far, in microseconds.
    pub fn duration(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
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
            duration: self.duration(),
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
