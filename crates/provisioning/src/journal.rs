//! Looking through a tenant's journal: newest first, a page at a time, narrowed by kind, actor, subject, connection,
//! time and text; and from end to end, for an export.
//!
//! Numbers have no gaps and times hardly ever step back, so a time is found by halving, and a page looks at a bounded
//! number of events: one that ends there says so, and the next goes on.

use crate::Error;
use scim::fold::fold;
use store::events::{self, Event, Wanted as Narrow};
use store::{TenantId, Tx};

/// How many events one page looks at, at most.
pub const REACH: i64 = 100_000;
/// How many events are read in one go, at most.
const CHUNK: i64 = 5000;
/// How much earlier than its neighbours an event can be dated, in microseconds: it has the time at which its request
/// came in, and its number from the commit.
const SLACK: i64 = 3600 * 1_000_000;

/// Which events are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What the archive narrows by.
    pub narrow: Narrow,
    /// The earliest time.
    pub from: Option<i64>,
    /// The time at which it is too late.
    pub until: Option<i64>,
    /// What the sentence has in it, without regard to case.
    pub text: String,
}

/// A page of the journal.
#[derive(Debug, Default)]
pub struct Page {
    /// The events, newest first.
    pub events: Vec<Event>,
    /// The number before which the next page begins; `None` at the end.
    pub next: Option<i64>,
    /// Whether the page ended because it had looked at [`REACH`] events.
    pub is_cut: bool,
}

impl Wanted {
    fn fits(&self, event: &Event, text: &str) -> bool {
        self.from.is_none_or(|from| event.at >= from)
            && self.until.is_none_or(|until| event.at < until)
            && (text.is_empty() || fold(&event.summary).contains(text))
    }

    /// The numbers that can be wanted: those above the first, up to the second.
    fn range(&self, tx: &mut Tx<'_>, tenant: TenantId, last: i64) -> Result<(i64, i64), Error> {
        let after = match self.from {
            Some(from) => first_later(tx, tenant, last, from.saturating_sub(SLACK))? - 1,
            None => 0,
        };
        let last = match self.until {
            Some(until) => first_later(tx, tenant, last, until.saturating_add(SLACK))? - 1,
            None => last,
        };
        Ok((after, last))
    }
}

/// The first number whose event is later than a time; one more than the last if none is. What was pruned is early.
fn first_later(tx: &mut Tx<'_>, tenant: TenantId, last: i64, at: i64) -> Result<i64, Error> {
    let (mut low, mut high) = (1, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if events::by_number(tx, tenant, middle)?.is_some_and(|event| event.at > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// A page of at most `count` events before a number, of a journal whose newest event is `last`.
pub fn page(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    wanted: &Wanted,
    (last, before): (i64, Option<i64>),
    count: usize,
) -> Result<Page, Error> {
    let (after, mut upper) = wanted.range(tx, tenant, last)?;
    upper = before.map_or(upper, |before| upper.min(before.saturating_sub(1)));
    let (text, mut found) = (fold(&wanted.text), Vec::new());
    let (mut size, mut looked_at) = (64, 0);
    // One more than asked for tells whether anything comes after.
    while found.len() <= count && upper > after && looked_at < REACH {
        let (chunk, reached) = chunk(tx, tenant, &wanted.narrow, (after, upper), size)?;
        looked_at += upper - reached;
        upper = reached;
        found.extend(chunk.into_iter().filter(|event| wanted.fits(event, &text)));
        size = CHUNK.min(size * 2);
    }
    let is_full = found.len() > count;
    found.truncate(count);
    let is_cut = !is_full && upper > after;
    let next = if is_full { found.last().map(|event| event.number) } else { is_cut.then_some(upper + 1) };
    Ok(Page { events: found, next, is_cut })
}

/// Events up to a number, newest first, and down to which number all were seen.
fn chunk(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    narrow: &Narrow,
    (after, upper): (i64, i64),
    size: i64,
) -> Result<(Vec<Event>, i64), Error> {
    if narrow.subject.is_empty() {
        let reached = after.max(upper - size);
        let mut rows = events::between(tx, tenant, narrow, (reached, upper))?;
        rows.reverse();
        return Ok((rows, reached));
    }
    // An index holds the events about one thing.
    let rows = events::of_subject_between(tx, tenant, narrow, (after, upper), size)?;
    let is_last = i64::try_from(rows.len()).unwrap_or(i64::MAX) < size;
    let reached = rows.last().filter(|_| !is_last).map_or(after, |event| event.number - 1);
    Ok((rows, reached))
}

/// The next piece of a walk through the journal, oldest first: what is wanted of the events above a number, and the
/// number to go on above. The walk ends at the number `last`; from there on nothing is returned.
pub fn walk(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    wanted: &Wanted,
    (after, last): (i64, i64),
) -> Result<Option<(Vec<Event>, i64)>, Error> {
    let (first, end) = wanted.range(tx, tenant, last)?;
    let after = after.max(first);
    if after >= end {
        return Ok(None);
    }
    let reached = end.min(after + CHUNK / 5);
    let text = fold(&wanted.text);
    let mut rows = events::between(tx, tenant, &wanted.narrow, (after, reached))?;
    rows.retain(|event| wanted.fits(event, &text));
    Ok(Some((rows, reached)))
}
