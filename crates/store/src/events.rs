//! The journal: every committed change of a tenant, numbered without gaps, in the order of commits. The installation
//! has one of its own, for what is of no tenant.
//!
//! Writers elsewhere in this crate return an [`Unrecorded`]; it can only be handed to a [`Journal`], together with
//! the event that tells of it. Events are written in the transaction of the change.

use crate::administrators::INSTALLATION;
use crate::engine::{Row, Tx, params, statements};
use crate::{StoreError, TenantId};
use serde_json::Value;

/// A change to the mirror or the directory that has no event yet.
#[must_use = "a change without its event must not be committed: hand it to the journal"]
#[derive(Debug)]
pub struct Unrecorded(());

impl Unrecorded {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Joins two changes that one event tells of.
    #[expect(clippy::needless_pass_by_value, reason = "taking it is the point: it is told of from here on")]
    pub fn and(self, other: Self) -> Self {
        let Self(()) = other;
        self
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Such as `user`, `group`, `organization`.
    pub kind: &'static str,
    /// The id.
    pub id: String,
}

/// An event to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Such as `user.deactivated`.
    pub kind: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// The connection it belongs to.
    pub connection: Option<i64>,
    /// What happened, as a sentence.
    pub summary: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is.
    pub after: Option<Value>,
}

/// Who or what did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `token`, `client`, `entra`, `key`, `operator` or `system`.
    pub actor_kind: &'static str,
    /// The id of the token, client, application or key, or the operator's name.
    pub actor_id: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// When.
    pub at: i64,
}

/// The events of one unit of work, in order.
#[derive(Debug, Default)]
pub struct Journal {
    events: Vec<NewEvent>,
}

impl Journal {
    /// Takes a change and the event that tells of it.
    #[expect(clippy::needless_pass_by_value, reason = "taking it is the point: it is told of from here on")]
    pub fn record(&mut self, change: Unrecorded, event: NewEvent) {
        let Unrecorded(()) = change;
        self.events.push(event);
    }

    /// The events so far.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// Writes the events into the transaction and numbers them.
    pub fn flush(self, tx: &mut Tx<'_>, tenant: TenantId, origin: &Origin) -> Result<(), StoreError> {
        if self.events.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        let number = if tenant == INSTALLATION { NUMBER_OF_INSTALLATION } else { NUMBER };
        let last = tx
            .query_optional(number, params![count, tenant.0], |row| row.int(0))?
            .ok_or_else(|| StoreError::Unreadable("the tenant of an event is gone".into()))?;
        for (number, event) in (last - count + 1..).zip(self.events) {
            let before = event.before.map(|value| value.to_string());
            let after = event.after.map(|value| value.to_string());
            tx.post(
                INSERT,
                params![
                    tenant.0,
                    number,
                    origin.at,
                    event.kind,
                    event.subject.kind,
                    &event.subject.id,
                    event.connection,
                    origin.actor_kind,
                    origin.actor_id.as_ref(),
                    origin.request_id.as_ref(),
                    &event.summary,
                    before.as_ref(),
                    after.as_ref(),
                ],
            )?;
        }
        Ok(())
    }
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The number, from 1, without gaps.
    pub number: i64,
    /// When.
    pub at: i64,
    /// Such as `user.deactivated`.
    pub kind: String,
    /// What it is about: kind and id.
    pub subject: (String, String),
    /// The connection it belongs to.
    pub connection: Option<i64>,
    /// Who did it: kind and id.
    pub actor: (String, Option<String>),
    /// The request.
    pub request_id: Option<String>,
    /// What happened, as a sentence.
    pub summary: String,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is.
    pub after: Option<Value>,
}

statements! {
    NUMBER = "update tenants set last_event = last_event + $1 where tenant_id = $2 returning last_event";
    NUMBER_OF_INSTALLATION = "update installation_journal set last_event = last_event + $1 where tenant_id = $2
        returning last_event";
    INSERT = "insert into events (tenant_id, number, at, kind, subject_kind, subject_id, connection_id, actor_kind,
        actor_id, request_id, summary, before, after)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    REWRITE = "update events set summary = $1, before = $2, after = $3 where tenant_id = $4 and number = $5";
    DELETE_BEFORE = "delete from events where tenant_id = $1 and number < $2";
    BEGIN_AT = "update tenants set first_event = $1, events_since = $2 where tenant_id = $3";
    AFTER = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id, request_id,
        summary, before, after from events where tenant_id = $1 and number > $2 order by number limit $3";
    BEFORE = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id, request_id,
        summary, before, after from events where tenant_id = $1 and number < $2 order by number desc limit $3";
    NEWEST = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id, request_id,
        summary, before, after from events where tenant_id = $1 order by number desc limit $2";
    BETWEEN = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id, request_id,
        summary, before, after from events where tenant_id = $1 and number > $2 and number <= $3
        and (kind = $4 or substr(kind, 1, length($4) + 1) = $4 || '.' or $4 = '')
        and (actor_kind = $5 or actor_id = $5 or $5 = '') and (connection_id = $6 or $6 = 0)
        and (subject_id = $7 or $7 = '') order by number";
    OF_SUBJECT_BETWEEN = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id,
        request_id, summary, before, after from events where tenant_id = $1 and subject_id = $2
        and number > $3 and number <= $4 and (kind = $5 or substr(kind, 1, length($5) + 1) = $5 || '.' or $5 = '')
        and (actor_kind = $6 or actor_id = $6 or $6 = '') and (connection_id = $7 or $7 = 0)
        order by number desc limit $8";
    ONE = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id, request_id,
        summary, before, after from events where tenant_id = $1 and number = $2";
    OF_SUBJECT = "select number, at, kind, subject_kind, subject_id, connection_id, actor_kind, actor_id, request_id,
        summary, before, after from events where tenant_id = $1 and subject_id = $2 order by number";
}

fn read(row: &Row<'_>) -> Result<Event, StoreError> {
    Ok(Event {
        number: row.int(0)?,
        at: row.int(1)?,
        kind: row.text(2)?,
        subject: (row.text(3)?, row.text(4)?),
        connection: row.optional_int(5)?,
        actor: (row.text(6)?, row.optional_text(7)?),
        request_id: row.optional_text(8)?,
        summary: row.text(9)?,
        before: row.optional_json(10)?,
        after: row.optional_json(11)?,
    })
}

/// The events after a number, oldest first.
pub fn after(tx: &mut Tx<'_>, tenant: TenantId, number: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    tx.query(AFTER, params![tenant.0, number, limit], read)
}

/// The events before a number, newest first.
pub fn before(tx: &mut Tx<'_>, tenant: TenantId, number: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    tx.query(BEFORE, params![tenant.0, number, limit], read)
}

/// The newest events, newest first.
pub fn newest(tx: &mut Tx<'_>, tenant: TenantId, limit: i64) -> Result<Vec<Event>, StoreError> {
    tx.query(NEWEST, params![tenant.0, limit], read)
}

/// Every event about one thing, oldest first.
pub fn of_subject(tx: &mut Tx<'_>, tenant: TenantId, subject: &str) -> Result<Vec<Event>, StoreError> {
    tx.query(OF_SUBJECT, params![tenant.0, subject], read)
}

/// Which events are wanted; what is left empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A kind such as `user.deactivated`, or the first word of several such as `user`.
    pub kind: String,
    /// Who did it: a kind of actor, or an actor's id or name.
    pub actor: String,
    /// The connection they belong to.
    pub connection: Option<i64>,
    /// The id of what they are about.
    pub subject: String,
}

/// The events that are wanted among those with a number above `after` and up to `last`, oldest first. Reads every event
/// of that range.
pub fn between(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    wanted: &Wanted,
    (after, last): (i64, i64),
) -> Result<Vec<Event>, StoreError> {
    let connection = wanted.connection.unwrap_or_default();
    let params = params![tenant.0, after, last, &wanted.kind, &wanted.actor, connection, &wanted.subject];
    tx.query(BETWEEN, params, read)
}

/// The events that are wanted about the wanted subject, with a number above `after` and up to `last`, newest first.
pub fn of_subject_between(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    wanted: &Wanted,
    (after, last): (i64, i64),
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let connection = wanted.connection.unwrap_or_default();
    let (subject, kind, actor) = (&wanted.subject, &wanted.kind, &wanted.actor);
    tx.query(
        OF_SUBJECT_BETWEEN,
        params![tenant.0, subject, after, last, kind, actor, connection, limit],
        read,
    )
}

/// The event of a number.
pub fn by_number(tx: &mut Tx<'_>, tenant: TenantId, number: i64) -> Result<Option<Event>, StoreError> {
    tx.query_optional(ONE, params![tenant.0, number], read)
}

/// Writes an event anew without a person who was erased: sentence, before and after. Nothing else of it changes.
pub fn rewrite(tx: &mut Tx<'_>, tenant: TenantId, event: &Event) -> Result<(), StoreError> {
    let before = event.before.as_ref().map(Value::to_string);
    let after = event.after.as_ref().map(Value::to_string);
    let params = params![&event.summary, before.as_ref(), after.as_ref(), tenant.0, event.number];
    tx.execute(REWRITE, params)?;
    Ok(())
}

/// Takes away the events before a number, all of which were written before `since`: no change that the journal tells of.
pub fn delete_before(tx: &mut Tx<'_>, tenant: TenantId, number: i64, since: i64) -> Result<(), StoreError> {
    tx.execute(DELETE_BEFORE, params![tenant.0, number])?;
    tx.execute(BEGIN_AT, params![number, since, tenant.0])?;
    Ok(())
}
