//! A unit of work: one request's changes, their events and its record in one transaction, or nothing.
//!
//! Every change goes through [`Unit::record`] with its event; [`run`] writes events and record last, so that a write
//! path without them does not exist.

use crate::ground::{Ground, Rehearsal};
use crate::policy::Policy;
use crate::{Caller, Error, Session, tokens};
use scim::{Document, Notes, ScimError};
use serde_json::{Value, json};
use std::sync::Arc;
use store::events::{Journal, NewEvent, Origin, Subject, Unrecorded};
use store::ids::Ids;
use store::requests::{self, Record};
use store::{Scope, Store, StoreError, TenantId, Tx};

/// The changes of one request while they are made.
pub struct Unit<'u, 'c> {
    /// The transaction.
    pub tx: &'u mut Tx<'c>,
    /// The request.
    pub session: &'u Session,
    /// What is remarked on the request.
    pub notes: Notes,
    ids: &'u Ids,
    journal: Journal,
}

/// What a change tells of.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// What happened, as a sentence.
    pub summary: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is.
    pub after: Option<Value>,
}

/// What the rules of the directory need of a unit of work, whoever does it: a request, a person, a job.
pub struct Work<'u, 'c> {
    /// The transaction.
    pub tx: &'u mut Tx<'c>,
    /// The connection that it is about.
    pub scope: Scope,
    /// The connection's policy.
    pub policy: &'u Policy,
    /// When.
    pub at: i64,
    /// The request or the job, as memberships remember it.
    pub request_id: Option<&'u str>,
    pub(crate) ids: &'u Ids,
    pub(crate) journal: &'u mut Journal,
}

impl<'c> Unit<'_, 'c> {
    /// A new id.
    pub fn new_id(&self) -> String {
        self.ids.next()
    }

    /// The part of the unit that the rules of the directory see.
    pub fn work(&mut self) -> Work<'_, 'c> {
        Work {
            tx: self.tx,
            scope: self.session.scope,
            policy: &self.session.policy,
            at: self.session.at,
            request_id: Some(&self.session.request_id),
            ids: self.ids,
            journal: &mut self.journal,
        }
    }

    /// Takes a change and the event that tells of it.
    pub fn record(
        &mut self,
        change: Unrecorded,
        kind: &'static str,
        subject: (&'static str, &str),
        told: Told,
    ) {
        self.work().record(change, kind, subject, told);
    }
}

impl Work<'_, '_> {
    /// A new id.
    pub fn new_id(&self) -> String {
        self.ids.next()
    }

    /// Takes a change and the event that tells of it.
    pub fn record(
        &mut self,
        change: Unrecorded,
        kind: &'static str,
        subject: (&'static str, &str),
        told: Told,
    ) {
        let subject = Subject { kind: subject.0, id: subject.1.to_owned() };
        let connection = self.scope.is_of_connection().then_some(self.scope.connection);
        let Told { summary, before, after } = told;
        // Names may be of any length; a sentence is not.
        let summary = summary.chars().take(SUMMARY_LENGTH).collect();
        self.journal.record(change, NewEvent { kind, subject, connection, summary, before, after });
    }
}

/// What became of a request that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A resource was created, or restored in its place.
    Created(Resource),
    /// A resource was changed, or was already as asked.
    Kept(Resource),
    /// A resource was deleted.
    Deleted,
}

/// A resource as it is after the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The id.
    pub id: String,
    /// The version.
    pub version: i64,
    /// The representation; `None` where it was not asked for and would cost to make.
    pub document: Option<Document>,
    /// Whether the representation holds only the first members of a group that has more.
    pub is_beginning: bool,
}

/// What a record needs to know of a request that was carried out.
#[derive(Debug)]
pub struct Carried<'a> {
    /// What became of it.
    pub outcome: &'a Outcome,
    /// Its effects: `[{"kind", "subject", "summary"}]`.
    pub changes: Value,
    /// What was remarked.
    pub notes: &'a Notes,
}

/// How long the sentence of an event may be, in characters.
const SUMMARY_LENGTH: usize = 300;
/// How many effects a record tells of; more are counted, and stand in the journal.
const TOLD: usize = 100;

/// The effects of a request as its record tells of them.
fn told(events: &[NewEvent]) -> Value {
    let tell = |event: &NewEvent| json!({ "kind": event.kind, "subject": event.subject.id, "summary": event.summary });
    let mut told: Vec<Value> = events.iter().take(TOLD).map(tell).collect();
    if events.len() > TOLD {
        told.push(json!({ "kind": "more", "summary": format!("and {} more", events.len() - TOLD) }));
    }
    told.into()
}

/// Why a unit of work is taken back.
enum TakenBack<A> {
    /// It was a rehearsal, and this is the answer.
    Rehearsed(A),
    /// It failed.
    Failed(Error),
}

impl<A> TakenBack<A> {
    /// What a unit comes to: of a rehearsal nothing stays but the answer, unless all around it is taken back anyway.
    fn unless(is_kept: bool, answer: A) -> Result<A, Self> {
        if is_kept { Ok(answer) } else { Err(Self::Rehearsed(answer)) }
    }

    /// The answer, kept or taken back.
    fn answer(result: Result<A, Self>) -> Result<A, Error> {
        match result {
            Ok(answer) | Err(Self::Rehearsed(answer)) => Ok(answer),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

impl<A> From<Error> for TakenBack<A> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<A> From<StoreError> for TakenBack<A> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs the work of a request in one transaction, with its events and with the record that `seal` makes of it. Of a
/// rehearsal nothing stays but the answer.
///
/// `notes` are the remarks made while the request was read.
pub async fn run<A: Send + 'static>(
    mut ground: impl Ground,
    session: &Arc<Session>,
    notes: Notes,
    work: impl Fn(&mut Unit<'_, '_>) -> Result<Outcome, Error> + Send + 'static,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let session = Arc::clone(session);
    let (ids, clock) = (ground.ids().clone(), ground.clock().clone());
    let (tenant, is_kept) = (session.scope.tenant, !(session.is_rehearsal && ground.is_kept()));
    let carried_out = ground
        .carry_out(tenant, move |tx| {
            check_standing(tx, &session, clock.now())?;
            let notes = notes.clone();
            let mut unit = Unit { tx, session: &session, notes, ids: &ids, journal: Journal::default() };
            let outcome = work(&mut unit)?;
            let Unit { tx, notes, journal, .. } = unit;
            let changes = told(journal.events());
            let (record, answer) = seal(&Carried { outcome: &outcome, changes, notes: &notes });
            journal.flush(tx, session.scope.tenant, &origin(&session))?;
            requests::insert(tx, &record)?;
            TakenBack::unless(is_kept, answer)
        })
        .await;
    TakenBack::answer(carried_out)
}

/// Carries several units of work out on one ground, each seeing what those before it did, and takes all of them back.
///
/// # Errors
/// What `play` says; the database cannot be used.
pub async fn rehearse<A: Send + 'static>(
    store: &Store,
    tenant: TenantId,
    play: impl Fn(Rehearsal<'_, '_>) -> Result<A, Error> + Send + 'static,
) -> Result<A, Error> {
    let (ids, clock) = (store.ids().clone(), store.clock().clone());
    let played = store
        .write_of(tenant, move |tx| {
            let answer = play(Rehearsal::new(tx, &ids, &clock))?;
            TakenBack::unless(false, answer)
        })
        .await;
    TakenBack::answer(played)
}

/// Runs what a refused request leaves behind, with its events. The record is that of the refusal.
pub(crate) async fn aside<T: Send + 'static>(
    mut ground: impl Ground,
    session: &Arc<Session>,
    work: impl Fn(&mut Unit<'_, '_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let session = Arc::clone(session);
    let (ids, clock) = (ground.ids().clone(), ground.clock().clone());
    let (tenant, is_kept) = (session.scope.tenant, !(session.is_rehearsal && ground.is_kept()));
    let left = ground
        .carry_out(tenant, move |tx| {
            check_standing(tx, &session, clock.now())?;
            let notes = Notes::new();
            let mut unit = Unit { tx, session: &session, notes, ids: &ids, journal: Journal::default() };
            let left = work(&mut unit)?;
            let Unit { tx, journal, .. } = unit;
            journal.flush(tx, session.scope.tenant, &origin(&session))?;
            TakenBack::unless(is_kept, left)
        })
        .await;
    TakenBack::answer(left)
}

fn origin(session: &Session) -> Origin {
    let (actor_kind, actor_id) = session.caller.actor();
    Origin { actor_kind, actor_id, request_id: Some(session.request_id.clone()), at: session.at }
}

/// Asks once more, where nothing can come between: the gate asked when the head of the request arrived, and a body, or
/// the rest of a bulk request, may take its time.
fn check_standing(tx: &mut Tx<'_>, session: &Session, now: i64) -> Result<(), Error> {
    let version = match &session.caller {
        Caller::Nobody => return Ok(()),
        Caller::Token(token) | Caller::Client { token, .. } => {
            store::tokens::standing(tx, session.scope, token)?
                .filter(|standing| tokens::is_accepted(standing.expires_at, standing.revoked_at, now))
                .map(|standing| standing.connection_version)
        }
        Caller::Entra { until, .. } if now >= *until => None,
        Caller::Entra { .. } => store::connections::version(tx, session.scope)?,
    };
    let Some(version) = version else {
        let detail =
            "The bearer token was revoked or expired while the request was on its way. Nothing was changed.";
        return Err(ScimError::status(401, detail).into());
    };
    if version != session.connection_version {
        let detail = "The connection's settings changed while the request was on its way. Nothing was changed. Send it again.";
        return Err(ScimError::status(503, detail).into());
    }
    Ok(())
}
