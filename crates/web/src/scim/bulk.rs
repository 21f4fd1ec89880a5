//! `/Bulk` (RFC 7644 §3.7): many operations in one request, each with its own transaction and its own record.
//!
//! An operation that refers to another is carried out after it, wherever it stands. A circle of references is broken
//! by creating bare what is in it and completing it with a PUT once everything exists; what cannot be completed is
//! deleted again (decision 0010).
//!
//! A dry run carries all operations out in one transaction, since each may build on those before it, and takes it back.

use super::{Passed, groups, users};
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use crate::gate;
use ::scim::bulk::{BULK_RESPONSE_SCHEMA, BulkMethod, BulkOperation, BulkRequest, ReadOperation, References};
use ::scim::{Notes, ScimError, etag};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use provisioning::ground::{Ground, Rehearsal};
use provisioning::{Session, unit};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use store::StoreError;
use store::requests::Record;

/// How many operations one request may have.
pub const MAX_OPERATIONS: u64 = 1000;
/// How many bytes one request may have.
pub const MAX_PAYLOAD_SIZE: u64 = 1_048_576;

/// `POST /Bulk`.
pub async fn bulk(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let size = u64::try_from(exchange.body.len()).unwrap_or(u64::MAX);
    if size > MAX_PAYLOAD_SIZE {
        return Err(too_large(&format!(
            "The request has {size} bytes; maxPayloadSize is {MAX_PAYLOAD_SIZE}."
        )));
    }
    let request = BulkRequest::read(&exchange.json()?)?;
    let operations = u64::try_from(request.operations.len()).unwrap_or(u64::MAX);
    if operations > MAX_OPERATIONS {
        return Err(too_large(&format!(
            "The request has {operations} operations; maxOperations is {MAX_OPERATIONS}."
        )));
    }
    if exchange.session.is_rehearsal {
        return Ok(rehearse(app, exchange, request).await?);
    }
    let ground = app.store().clone();
    Ok(Run::new(app, exchange, request, &ground).whole().await)
}

/// Carries it out where nothing of it stays.
async fn rehearse(
    app: App,
    exchange: Arc<Exchange>,
    request: BulkRequest,
) -> Result<Answer, provisioning::Error> {
    let (store, tenant) = (app.store().clone(), exchange.session.scope.tenant);
    let play = move |ground: Rehearsal<'_, '_>| {
        let run = Run::new(app.clone(), Arc::clone(&exchange), request.clone(), ground);
        // Nothing in it waits, so that looking at it once is enough.
        match pin!(run.whole()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Ok(answer),
            Poll::Pending => Err(StoreError::Panicked.into()),
        }
    };
    unit::rehearse(&store, tenant, play).await
}

/// RFC 7644 §3.7.4: nothing of it is carried out, and the detail names the limit.
fn too_large(detail: &str) -> Failure {
    ScimError::status(413, format!("{detail} Send several requests.")).into()
}

/// A bulk request while it is carried out.
struct Run<G> {
    app: App,
    ground: G,
    exchange: Arc<Exchange>,
    request: BulkRequest,
    /// Where the data of operations may refer to others.
    attributes: References,
    /// Which operation creates what a bulkId names.
    creators: HashMap<String, usize>,
    /// The ids of what was created, by bulkId.
    created: HashMap<String, String>,
    /// The result of each operation that was carried out.
    results: Vec<Option<Value>>,
    /// Operations that wait for one they refer to.
    waiting: HashSet<usize>,
    /// Operations of a circle, created bare.
    bare: Vec<usize>,
    failures: u64,
    /// What a rehearsal would have put on record.
    rehearsed: Vec<Record>,
}

impl<G: Ground> Run<G> {
    fn new(app: App, exchange: Arc<Exchange>, request: BulkRequest, ground: G) -> Self {
        let is_creator = |operation: &ReadOperation| matches!(&operation.operation, Ok(operation) if operation.method == BulkMethod::Post);
        let creators = request.operations.iter().enumerate().filter(|(_, operation)| is_creator(operation));
        let creators =
            creators.filter_map(|(index, operation)| Some((operation.bulk_id.clone()?, index))).collect();
        let results = vec![None; request.operations.len()];
        let attributes = References::of(&exchange.session.definitions);
        Self {
            app,
            ground,
            exchange,
            request,
            attributes,
            creators,
            created: HashMap::new(),
            results,
            waiting: HashSet::new(),
            bare: Vec::new(),
            failures: 0,
            rehearsed: Vec::new(),
        }
    }

    /// Carries out all of it.
    async fn whole(mut self) -> Answer {
        for index in 0..self.request.operations.len() {
            if self.has_failed_enough() {
                break;
            }
            self.carry_out(index).await;
        }
        self.settle(true).await;
        self.answer()
    }

    fn has_failed_enough(&self) -> bool {
        self.request.fail_on_errors.is_some_and(|limit| self.failures >= limit)
    }

    /// Carries out an operation, after those it refers to. A stack instead of recursion: references may be many.
    async fn carry_out(&mut self, index: usize) {
        let mut stack = vec![index];
        while let Some(&next) = stack.last() {
            if self.results[next].is_some() {
                stack.pop();
                continue;
            }
            let open = self.open_reference(next);
            if let Some(creator) = open.filter(|creator| !self.waiting.contains(creator)) {
                self.waiting.insert(next);
                stack.push(creator);
                continue;
            }
            stack.pop();
            self.waiting.remove(&next);
            let result = self.attempt(next).await;
            self.keep(next, result);
            self.settle(false).await;
            if self.has_failed_enough() {
                return;
            }
        }
    }

    /// An operation that must be carried out before this one.
    fn open_reference(&self, index: usize) -> Option<usize> {
        let operation = self.request.operations[index].operation.as_ref().ok()?;
        let creators = operation
            .references(&self.attributes)
            .into_iter()
            .filter_map(|id| self.creators.get(&id).copied());
        creators
            .filter(|creator| *creator != index && self.results[*creator].is_none())
            .find(|creator| !self.waiting.contains(creator))
    }

    async fn attempt(&mut self, index: usize) -> Result<Answer, ScimError> {
        let operation = self.request.operations[index].operation.clone()?;
        let resolved = operation.resolved(&self.attributes, &self.created);
        let open = resolved.references(&self.attributes);
        if open.is_empty() {
            return self.send(&resolved).await;
        }
        let in_circle =
            |id: &String| self.creators.get(id).is_some_and(|creator| self.results[*creator].is_none());
        if operation.method == BulkMethod::Post && open.iter().all(in_circle) {
            self.bare.push(index);
            return self.send(&resolved.without_references(&self.attributes)).await;
        }
        // RFC 7644 §3.7.2: a reference to what was not created cannot be followed.
        let id: String = open.iter().next().map_or_else(String::new, |id| id.chars().take(64).collect());
        let detail = format!("The operation refers to bulkId \"{id}\", which this request did not create.");
        Err(ScimError::status(409, detail))
    }

    /// Sends one operation through the door that a request of its own would take.
    async fn send(&mut self, operation: &BulkOperation) -> Result<Answer, ScimError> {
        let method = match operation.method {
            BulkMethod::Post => Method::POST,
            BulkMethod::Put => Method::PUT,
            BulkMethod::Patch => Method::PATCH,
            BulkMethod::Delete => Method::DELETE,
        };
        let mut headers = HeaderMap::new();
        if let Some(version) =
            operation.version.as_deref().and_then(|version| HeaderValue::from_str(version).ok())
        {
            headers.insert(header::IF_MATCH, version);
        }
        let body = operation.data.as_ref().map_or_else(Bytes::new, |data| Bytes::from(data.to_string()));
        let session =
            Session { request_id: self.app.store().ids().next(), ..(*self.exchange.session).clone() };
        let own = Arc::new(Exchange {
            session: Arc::new(session),
            method,
            path: operation.path.clone(),
            query: None,
            headers,
            body,
            address: self.exchange.address.clone(),
            started: Instant::now(),
            snapshot: Mutex::default(),
        });
        let answer = dispatch(&mut self.ground, &own, operation).await;
        match &answer {
            Ok(answer) if own.session.is_rehearsal => self.rehearsed.extend_from_slice(answer.rehearsed()),
            Err(Failure(error)) if own.session.is_rehearsal => self.rehearsed.push(own.refusal(error)),
            Ok(answer) => self.app.metrics().remarks(own.session.provider, answer.notes()),
            Err(Failure(error)) => gate::record_refusal(&self.app, &own, error).await,
        }
        answer.map_err(|Failure(error)| error)
    }

    fn keep(&mut self, index: usize, result: Result<Answer, ScimError>) {
        let operation = &self.request.operations[index];
        let mut told = Map::new();
        told.insert("method".into(), operation.method.as_str().into());
        if let Some(bulk_id) = &operation.bulk_id {
            told.insert("bulkId".into(), bulk_id.as_str().into());
        }
        match result {
            Ok(answer) => {
                let location = answer.location().map(str::to_owned).or_else(|| self.location_of(index));
                if let (Some(bulk_id), Some(location)) = (&operation.bulk_id, &location) {
                    let id = location.rsplit('/').next().unwrap_or_default();
                    self.created.insert(bulk_id.clone(), id.to_owned());
                }
                told.extend(location.map(|location| ("location".to_owned(), location.into())));
                told.extend(answer.etag().map(|tag| ("version".to_owned(), tag.into())));
                // RFC 7644 §3.7.3: the status is a string.
                told.insert("status".into(), answer.status().as_u16().to_string().into());
            }
            Err(error) => {
                self.failures += 1;
                if operation.method != BulkMethod::Post.as_str() {
                    told.extend(
                        self.location_of(index).map(|location| ("location".to_owned(), location.into())),
                    );
                }
                told.insert("status".into(), error.status.to_string().into());
                told.insert("response".into(), error.body());
            }
        }
        self.results[index] = Some(Value::Object(told));
    }

    /// Where the resource of an operation on an existing one stands.
    fn location_of(&self, index: usize) -> Option<String> {
        let operation = self.request.operations[index].operation.as_ref().ok()?;
        let resolved = operation.resolved(&self.attributes, &self.created);
        (operation.method != BulkMethod::Post)
            .then(|| format!("{}{}", self.exchange.session.base_url, resolved.path))
    }

    /// Gives what was created bare the references it lacked, once all it refers to was carried out; or at the `end`, when
    /// nothing more is.
    async fn settle(&mut self, end: bool) {
        while let Some(at) = self.bare.iter().position(|index| end || !self.is_waiting(*index)) {
            let index = self.bare.remove(at);
            match self.complete(index).await {
                Ok(answer) => {
                    if let (Some(Value::Object(told)), Some(tag)) = (&mut self.results[index], answer.etag())
                    {
                        told.insert("version".into(), tag.into());
                    }
                }
                Err(error) => self.take_back(index, error).await,
            }
        }
    }

    /// Whether an operation refers to one that has not been carried out.
    fn is_waiting(&self, index: usize) -> bool {
        let Ok(operation) = &self.request.operations[index].operation else { return false };
        let references = operation.references(&self.attributes);
        references
            .iter()
            .filter_map(|id| self.creators.get(id))
            .any(|creator| self.results[*creator].is_none())
    }

    async fn complete(&mut self, index: usize) -> Result<Answer, ScimError> {
        let operation = self.request.operations[index].operation.clone()?;
        let resolved = operation.resolved(&self.attributes, &self.created);
        if !resolved.references(&self.attributes).is_empty() {
            return Err(circle_failed());
        }
        let completed = BulkOperation { method: BulkMethod::Put, version: None, ..resolved };
        let completed = self.on_created(index, completed);
        self.send(&completed).await
    }

    /// Deletes what was created and cannot be completed, and with it everything in its circle that refers to it.
    async fn take_back(&mut self, index: usize, error: ScimError) {
        let mut lost = vec![(index, error)];
        while let Some((index, mut error)) = lost.pop() {
            let Ok(operation) = self.request.operations[index].operation.clone() else { continue };
            let deletion =
                BulkOperation { method: BulkMethod::Delete, version: None, data: None, ..operation };
            let deletion = self.on_created(index, deletion);
            let bulk_id = deletion.bulk_id.clone().unwrap_or_default();
            if self.created.remove(&bulk_id).is_none() {
                continue;
            }
            // A later version than the first: somebody inactive was restored, and had been there before.
            let is_new = self.results[index].as_ref().is_some_and(|told| told["version"] == etag::tag(1));
            if !is_new || self.send(&deletion).await.is_err() {
                error
                    .detail
                    .push_str(" The resource is there nevertheless, without its references to the others.");
            }
            self.keep(index, Err(error));
            let of_circle = self.creators.iter().filter(|(id, creator)| {
                let operation = &self.request.operations[**creator].operation;
                let refers =
                    |operation: &BulkOperation| operation.references(&self.attributes).contains(&bulk_id);
                self.created.contains_key(*id)
                    && !self.bare.contains(creator)
                    && operation.as_ref().is_ok_and(refers)
            });
            lost.extend(of_circle.map(|(_, creator)| (*creator, circle_failed())));
        }
    }

    /// An operation at the address of what another created.
    fn on_created(&self, index: usize, operation: BulkOperation) -> BulkOperation {
        let bulk_id = self.request.operations[index].bulk_id.as_deref().unwrap_or_default();
        let id = self.created.get(bulk_id).map_or("", String::as_str);
        BulkOperation { path: format!("{}/{id}", operation.path.trim_end_matches('/')), ..operation }
    }

    fn answer(self) -> Answer {
        let results: Vec<Value> = self.results.into_iter().flatten().collect();
        let answer =
            Answer::ok(&json!({ "schemas": [BULK_RESPONSE_SCHEMA], "Operations": results }), Notes::new());
        answer.with_rehearsed(self.rehearsed)
    }
}

/// RFC 7644 §3.7.1: the answer to a circle that could not be resolved.
fn circle_failed() -> ScimError {
    ScimError::status(
        409,
        "The operation is part of a circle of references that could not be resolved. Correct the operation that failed, and send all of them again.",
    )
}

/// The handler that a request of this method and path would reach.
async fn dispatch(
    ground: impl Ground,
    exchange: &Arc<Exchange>,
    operation: &BulkOperation,
) -> Result<Answer, Failure> {
    let parts: Vec<&str> = operation.path.trim_matches('/').split('/').collect();
    match (operation.method, parts.as_slice()) {
        (BulkMethod::Post, ["Users"]) => users::create_on(ground, exchange).await,
        (BulkMethod::Put, ["Users", id]) => users::replace_on(ground, exchange, (*id).to_owned()).await,
        (BulkMethod::Patch, ["Users", id]) => users::patch_on(ground, exchange, (*id).to_owned()).await,
        (BulkMethod::Delete, ["Users", id]) => users::delete_on(ground, exchange, (*id).to_owned()).await,
        (BulkMethod::Post, ["Groups"]) => groups::create_on(ground, exchange).await,
        (BulkMethod::Put, ["Groups", id]) => groups::replace_on(ground, exchange, (*id).to_owned()).await,
        (BulkMethod::Patch, ["Groups", id]) => groups::patch_on(ground, exchange, (*id).to_owned()).await,
        (BulkMethod::Delete, ["Groups", id]) => groups::delete_on(ground, exchange, (*id).to_owned()).await,
        (BulkMethod::Post, [_, _, ..]) | (_, ["Users" | "Groups"]) => {
            let status = StatusCode::METHOD_NOT_ALLOWED.as_u16();
            Err(ScimError::status(
                status,
                "A POST goes to /Users or /Groups, every other method to one resource of them.",
            )
            .into())
        }
        _ => Err(ScimError::invalid_syntax(
            "\"path\" of an operation must be /Users, /Groups, or one resource of them.",
        )
        .into()),
    }
}
