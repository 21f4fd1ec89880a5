//! Retention: how long events and records are kept, and that older ones go, some at a time, in the background.
//!
//! Events go from the oldest on, so that the numbers of those left have no gap. What an event alone explained, who gave
//! a membership that still stands, is written on the membership before the event goes.

use crate::Error;
use crate::people::{Act, time};
use crate::tokens::DAY;
use serde_json::{Value, json};
use store::events::{self, Event};
use store::memberships::{self, Reason};
use store::tenants::{self, Tenant};
use store::{Scope, Store, TenantId, Tx, connections, requests};

/// How many events or records go in one step: the writer is held for some milliseconds.
const A_STEP: i64 = 500;
/// The longest that something is kept without being kept for good, in days: a hundred years.
const MOST_DAYS: i64 = 36_500;

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// As long as the tenant.
    All,
    /// So many days.
    Days(i64),
}

impl Keep {
    /// From a number of days, of which 0 stands for all.
    pub fn of(days: u32) -> Self {
        if days == 0 { Self::All } else { Self::Days(i64::from(days)) }
    }

    fn days(self) -> Option<i64> {
        match self {
            Self::All => None,
            Self::Days(days) => Some(days),
        }
    }
}

/// What a person wants to be kept: what is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// How long events are kept.
    pub events: Option<Keep>,
    /// How long records of requests are kept.
    pub records: Option<Keep>,
    /// Whether the person knows that what is older goes for good.
    pub confirmed: bool,
}

/// Changes how long events and records are kept.
pub(crate) fn change(act: &mut Act<'_, '_>, before: &Tenant, wanted: Wanted) -> Result<(), Error> {
    let kept = (
        wanted.events.map_or(before.keep_events, Keep::days),
        wanted.records.map_or(before.keep_records, Keep::days),
    );
    if kept == (before.keep_events, before.keep_records) {
        return Ok(());
    }
    if [kept.0, kept.1].iter().flatten().any(|days| !(1..=MOST_DAYS).contains(days)) {
        return Err(Error::invalid(format!(
            "Events and records are kept for 1 to {MOST_DAYS} days, or for good with 0."
        )));
    }
    let after = Tenant { keep_events: kept.0, keep_records: kept.1, ..before.clone() };
    if !wanted.confirmed {
        let mut gone = Vec::new();
        if let Some(days) = kept.0.filter(|_| is_event_due(act.tx, &after, act.at).unwrap_or(true)) {
            gone.push(format!("events older than {days} days"));
        }
        if let Some(days) = kept.1.filter(|_| is_record_due(act.tx, &after, act.at).unwrap_or(true)) {
            gone.push(format!("records older than {days} days"));
        }
        if !gone.is_empty() {
            return Err(Error::Unconfirmed(format!("This would remove {}, for good.", gone.join(" and "))));
        }
    }
    let change = tenants::set_kept(act.tx, before.tenant, kept.0, kept.1)?;
    let told = |events: Option<i64>, records: Option<i64>| {
        Some(json!({ "keepEventsDays": events, "keepRecordsDays": records }))
    };
    let old = told(before.keep_events, before.keep_records);
    let words = |days: Option<i64>| days.map_or_else(|| "for good".to_owned(), |days| format!("{days} days"));
    let summary = format!("Events are kept {}, records {}", words(kept.0), words(kept.1));
    let subject = ("tenant", before.name.as_str());
    act.record(change, "tenant.retention_changed", subject, None, summary, old, told(kept.0, kept.1));
    Ok(())
}

/// The instant before which something is too old.
fn horizon(days: Option<i64>, now: i64) -> Option<i64> {
    days.map(|days| now - days * DAY)
}

fn is_event_due(tx: &mut Tx<'_>, tenant: &Tenant, now: i64) -> Result<bool, Error> {
    let Some(horizon) = horizon(tenant.keep_events, now) else { return Ok(false) };
    let oldest = events::after(tx, tenant.tenant, tenant.first_event - 1, 1)?;
    Ok(oldest.first().is_some_and(|event| event.at < horizon))
}

fn is_record_due(tx: &mut Tx<'_>, tenant: &Tenant, now: i64) -> Result<bool, Error> {
    let Some(horizon) = horizon(tenant.keep_records, now) else { return Ok(false) };
    for connection in connections::of_tenant(tx, tenant.tenant)? {
        let oldest = requests::oldest(tx, connection.scope, 1)?;
        if oldest.first().is_some_and(|(_, at)| *at < horizon) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes one step for every tenant of which something is too old. Returns whether there was any.
///
/// # Errors
/// The archive fails.
pub async fn prune(store: &Store) -> Result<bool, Error> {
    let mut any = false;
    for tenant in store.read(tenants::all)? {
        let now = store.clock().now();
        let due = store
            .read(|tx| Ok::<_, Error>((is_event_due(tx, &tenant, now)?, is_record_due(tx, &tenant, now)?)))?;
        if due == (false, false) {
            continue;
        }
        any = true;
        store.write(move |tx| step(tx, tenant.tenant, now)).await?;
    }
    Ok(any)
}

fn step(tx: &mut Tx<'_>, tenant: TenantId, now: i64) -> Result<(), Error> {
    // Read anew: somebody may have chosen to keep more since.
    let Some(tenant) = tenants::by_id(tx, tenant)? else { return Ok(()) };
    if let Some(horizon) = horizon(tenant.keep_events, now) {
        prune_events(tx, &tenant, horizon)?;
    }
    if let Some(horizon) = horizon(tenant.keep_records, now) {
        for connection in connections::of_tenant(tx, tenant.tenant)? {
            prune_records(tx, connection.scope, horizon)?;
        }
    }
    Ok(())
}

fn prune_events(tx: &mut Tx<'_>, tenant: &Tenant, horizon: i64) -> Result<(), Error> {
    let page = events::after(tx, tenant.tenant, tenant.first_event - 1, A_STEP)?;
    let mut since = tenant.events_since;
    let mut first = tenant.first_event;
    for event in page.iter().take_while(|event| event.at < horizon) {
        remember_giver(tx, tenant.tenant, event)?;
        since = since.max(event.at + 1);
        first = event.number + 1;
    }
    if first > tenant.first_event {
        events::delete_before(tx, tenant.tenant, first, since)?;
    }
    Ok(())
}

fn prune_records(tx: &mut Tx<'_>, scope: Scope, horizon: i64) -> Result<(), Error> {
    let old = requests::oldest(tx, scope, A_STEP)?;
    if let Some((last, _)) = old.iter().take_while(|(_, at)| *at < horizon).last() {
        requests::delete_until(tx, scope, last)?;
    }
    Ok(())
}

/// Writes on a membership that stands who gave it, if the event tells that.
fn remember_giver(tx: &mut Tx<'_>, tenant: TenantId, event: &Event) -> Result<(), Error> {
    let (Some((organization, role, reason)), Some(actor)) = (given(event), &event.actor.1) else {
        return Ok(());
    };
    let giver = format!("{}:{actor}", event.actor.0);
    memberships::remember_giver(tx, tenant, &event.subject.1, (&organization, &role, &reason), &giver)?;
    Ok(())
}

/// The membership that an event tells the start of: organization, role, reason.
pub(crate) fn given(event: &Event) -> Option<(String, String, Reason)> {
    if event.kind != "membership.started" {
        return None;
    }
    let after = event.after.as_ref()?;
    let text = |pointer: &str| after.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let connection = event.connection.unwrap_or(0);
    let reason = match text("/reason/kind")?.as_str() {
        "group" => Reason::Group { connection, group: text("/reason/group")? },
        "rule" => Reason::Rule { connection, rule: text("/reason/rule")? },
        "hand" => Reason::Hand,
        _ => return None,
    };
    Some((text("/organization/id")?, text("/role/id")?, reason))
}

/// What is said of something that happened before the oldest event that is kept.
pub(crate) fn forgotten(tenant: &Tenant, at: i64) -> Option<String> {
    (at < tenant.events_since).then(|| format!("events before {} are not kept", time(tenant.events_since)))
}
