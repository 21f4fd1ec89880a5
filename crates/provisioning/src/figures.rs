//! Figures of a connection's people by day: how many were of which status, and whether more were deactivated today than
//! on other days.
//!
//! The server looks once a minute and writes down the day as it is then, so that the past is read from one row a day,
//! however many people and events there are. A day without a row was like the one before it.

use crate::Error;
use store::connections::Connection;
use store::status_days::{self, Statuses, day_of};
use store::{Scope, Store, StoreError, Tx, activity, connections, tenants};

/// How many days are shown, today being the last.
pub const DAYS: i64 = 57;
/// How many days are kept.
const KEPT: i64 = 400;
/// Of how many whole days one has to know before one can say what is usual.
const ENOUGH: usize = 14;

/// What is usual of a number that is counted by the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// As many as on half of the days.
    pub median: i64,
    /// The least that is usual.
    pub least: i64,
    /// The most that is usual.
    pub most: i64,
}

impl Usual {
    /// What was usual on some days: around the median by three times the median distance from it, and by one at least.
    /// None if there were too few days to say.
    pub fn of(days: &[i64]) -> Option<Self> {
        if days.len() < ENOUGH {
            return None;
        }
        let median = middle(days.to_vec());
        let distance = middle(days.iter().map(|number| (number - median).abs()).collect());
        let spread = (3 * distance).max(1);
        Some(Self { median, least: (median - spread).max(0), most: median + spread })
    }
}

fn middle(mut numbers: Vec<i64>) -> i64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// How many of a connection's users are of which status now.
///
/// # Errors
/// The archive fails.
pub fn now(tx: &mut Tx<'_>, scope: Scope) -> Result<Statuses, StoreError> {
    let counted = activity::statuses(tx, scope)?;
    let number =
        |status: &str| counted.iter().find(|(known, _)| known == status).map_or(0, |(_, number)| *number);
    Ok(Statuses { active: number("active"), deactivated: number("deactivated"), staged: number("staged") })
}

/// How many of a connection's users were of which status on each of the last days, today as it is now. Days before the
/// first that was seen are left out.
///
/// # Errors
/// The archive fails.
pub fn people(tx: &mut Tx<'_>, scope: Scope, at: i64) -> Result<Vec<(i64, Statuses)>, StoreError> {
    let (first, today) = (day_of(at) - DAYS + 1, day_of(at));
    let seen = status_days::since(tx, scope, first)?;
    let mut last = status_days::last_before(tx, scope, first)?.map(|(_, statuses)| statuses);
    let mut days = Vec::new();
    for day in first..today {
        last = seen.iter().find(|(known, _)| *known == day).map(|(_, statuses)| *statuses).or(last);
        days.extend(last.map(|statuses| (day, statuses)));
    }
    days.push((today, now(tx, scope)?));
    Ok(days)
}

/// How many of a connection's users were deactivated on each of the last days of which the events are whole, today last.
///
/// # Errors
/// The archive fails.
pub fn deactivations(
    tx: &mut Tx<'_>,
    connection: &Connection,
    at: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let kept = tenants::by_id(tx, connection.scope.tenant)?.map_or(0, |tenant| tenant.events_since);
    let today = day_of(at);
    // A day of which some events went is not whole.
    let whole = if kept > 0 { day_of(kept) + 1 } else { 0 };
    let first = (today - DAYS + 1).max(whole).max(day_of(connection.created_at)).min(today);
    let counted = status_days::deactivations(tx, connection.scope, first)?;
    let of = |day: i64| counted.iter().find(|(known, _)| *known == day).map_or(0, |(_, number)| *number);
    Ok((first..=today).map(|day| (day, of(day))).collect())
}

/// Writes down the present day of every connection that differs from what was written last.
///
/// # Errors
/// The archive fails.
pub async fn write_down(store: &Store) -> Result<(), Error> {
    for tenant in store.read(tenants::all)? {
        let today = day_of(store.clock().now());
        let stale = store.read(|tx| {
            let mut stale = Vec::new();
            for connection in connections::of_tenant(tx, tenant.tenant)? {
                let seen = now(tx, connection.scope)?;
                let last = status_days::last_before(tx, connection.scope, today + 1)?;
                if last.is_none_or(|(_, last)| last != seen) {
                    stale.push((connection.scope, seen));
                }
            }
            Ok::<_, StoreError>(stale)
        })?;
        if stale.is_empty() {
            continue;
        }
        store
            .write(move |tx| {
                for (scope, seen) in &stale {
                    status_days::put(tx, *scope, today, *seen)?;
                    status_days::delete_before(tx, *scope, today - KEPT)?;
                }
                Ok::<_, Error>(())
            })
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_around_the_median_and_said_of_enough_days_alone() {
        assert_eq!(Usual::of(&[1; 13]), None);
        assert_eq!(Usual::of(&[0; 14]), Some(Usual { median: 0, least: 0, most: 1 }));
        let weeks = [3, 4, 5, 3, 4, 0, 0, 3, 4, 5, 3, 4, 0, 40];
        assert_eq!(Usual::of(&weeks), Some(Usual { median: 4, least: 1, most: 7 }));
    }
}
