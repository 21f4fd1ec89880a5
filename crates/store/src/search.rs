//! Lists: a filter, an order and a page, answered by SQL as far as columns and index tables reach.
//!
//! The filter compiles to a predicate that holds for every match; where it says exactly the same as the filter, SQL
//! counts and pages alone. Otherwise the rows it leaves are judged by [`scim::filter::Filter::matches`], the other
//! reader of the same tree. Text reaches SQL only as a parameter.

mod compile;
mod within;

use crate::counts;
use crate::engine::{Param, Row, Tx};
use crate::mirror_groups::{self, MirrorGroup};
use crate::mirror_users::{self, MirrorUser};
use crate::users::{self as directory, User};
use crate::{Scope, StoreError, TenantId};
use compile::{Narrowed, Value};
use scim::Document;
use scim::filter::Filter;
use scim::sort::{Sort, SortKey};
pub use within::Within;

/// What is looked for, and which page of it.
#[derive(Clone, Copy, Default)]
pub struct Selection<'a> {
    /// The condition.
    pub filter: Option<&'a Filter>,
    /// Among whom; among all if nothing is said.
    pub within: Option<&'a Within>,
    /// The order; by creation if none.
    pub sort: Option<&'a Sort>,
    /// How many matches come before the page; counted from `after` if that is given.
    pub skip: i64,
    /// Where the page before ended.
    pub after: Option<&'a Position>,
    /// How many the page holds at most.
    pub count: i64,
}

/// The place of a resource in an order. It holds whatever comes and goes around it, so a walk from place to place
/// meets everything that is there throughout exactly once.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The key of the order; `None` without an order or without a value.
    pub key: Option<SortKey>,
    /// The id, which breaks ties.
    pub id: String,
}

/// A page of matches.
#[derive(Debug)]
pub struct Page<T> {
    /// How many match in all.
    pub total: i64,
    /// Those of the page.
    pub rows: Vec<T>,
    /// Where the page ended; `None` if nothing comes after it.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// The same page with what `make` makes of each row.
    pub fn map<M>(self, make: impl FnMut(T) -> M) -> Page<M> {
        Page { total: self.total, rows: self.rows.into_iter().map(make).collect(), next: self.next }
    }
}

/// What a kind of resource needs to be searched.
struct Table<T> {
    columns: &'static str,
    kind: compile::Kind,
    /// As what all of them are counted, where they are.
    counted: Option<counts::Kind>,
    read: fn(&Row<'_>) -> Result<T, StoreError>,
    by_id: fn(&mut Tx<'_>, Scope, &str) -> Result<Option<T>, StoreError>,
    id: fn(&T) -> &str,
}

const USERS: Table<MirrorUser> = Table {
    columns: "id, user_id, document, active, feeds, version, created_at, modified_at",
    kind: compile::Kind::User,
    counted: Some(counts::Kind::User),
    read: mirror_users::read,
    by_id: mirror_users::by_id,
    id: |user| &user.id,
};

const GROUPS: Table<MirrorGroup> = Table {
    columns: "id, document, version, created_at, modified_at",
    kind: compile::Kind::Group,
    counted: Some(counts::Kind::Group),
    read: mirror_groups::read,
    by_id: mirror_groups::by_id,
    id: |group| &group.id,
};

const PEOPLE: Table<User> = Table {
    columns: "id, connection_id, status, linked, user_name, external_id, email, given_name, family_name, display_name,
        locked_at, version, created_at, modified_at",
    kind: compile::Kind::Person,
    counted: None,
    read: directory::read,
    by_id: |tx, scope, id| directory::by_id(tx, scope.tenant, id),
    id: |user| &user.id,
};

/// How many rows are judged at a time: what a search holds in memory does not grow with the connection.
const CHUNK: i64 = 500;

/// A page of users. `show` makes of a row the document that a filter and an order speak about.
pub fn users(
    tx: &mut Tx<'_>,
    scope: Scope,
    selection: &Selection<'_>,
    show: impl FnMut(&mut Tx<'_>, &MirrorUser) -> Result<Document, StoreError>,
) -> Result<Page<MirrorUser>, StoreError> {
    search(tx, scope, &USERS, selection, show)
}

/// A page of groups. `show` makes of a row the document that a filter and an order speak about.
pub fn groups(
    tx: &mut Tx<'_>,
    scope: Scope,
    selection: &Selection<'_>,
    show: impl FnMut(&mut Tx<'_>, &MirrorGroup) -> Result<Document, StoreError>,
) -> Result<Page<MirrorGroup>, StoreError> {
    search(tx, scope, &GROUPS, selection, show)
}

/// A page of the users of a tenant's directory. `show` makes of a row the document that a filter speaks about.
pub fn people(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    selection: &Selection<'_>,
    show: impl FnMut(&mut Tx<'_>, &User) -> Result<Document, StoreError>,
) -> Result<Page<User>, StoreError> {
    search(tx, Scope { tenant, connection: 0 }, &PEOPLE, selection, show)
}

fn search<T>(
    tx: &mut Tx<'_>,
    scope: Scope,
    table: &Table<T>,
    selection: &Selection<'_>,
    show: impl FnMut(&mut Tx<'_>, &T) -> Result<Document, StoreError>,
) -> Result<Page<T>, StoreError> {
    let is_folded = table.kind != compile::Kind::Person || directory::are_folded(tx, scope.tenant)?;
    let narrowed = compile::narrow(table.kind, scope, (selection.within, is_folded), selection.filter);
    match selection.sort {
        None if narrowed.exact => page_in_sql(tx, scope, table, &narrowed, selection),
        None => page_in_memory(tx, table, &narrowed, selection, show),
        Some(sort) => page_in_order(tx, scope, table, &narrowed, selection, sort, show),
    }
}

/// SQL says exactly what the filter says: it pages and counts alone.
fn page_in_sql<T>(
    tx: &mut Tx<'_>,
    scope: Scope,
    table: &Table<T>,
    narrowed: &Narrowed,
    selection: &Selection<'_>,
) -> Result<Page<T>, StoreError> {
    let after = selection.after.map_or("", |position| &position.id);
    let mut rows = if selection.count > 0 {
        // One more than asked for tells whether anything comes after.
        narrowed.read(tx, table, after, selection.count.saturating_add(1), selection.skip)?
    } else {
        Vec::new()
    };
    let more = cut(&mut rows, selection.count);
    let seen = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    // A page that reached the end from the start has been counted already.
    let at_end = after.is_empty() && !more && (seen > 0 || selection.skip == 0) && selection.count > 0;
    let total = match (at_end, selection.filter, table.counted.filter(|_| selection.within.is_none())) {
        (true, ..) => selection.skip + seen,
        (false, None, Some(kind)) => counts::of(tx, scope, kind)?,
        _ => narrowed.count(tx)?,
    };
    let next = rows.last().filter(|_| more).map(|row| Position { key: None, id: (table.id)(row).to_owned() });
    Ok(Page { total, rows, next })
}

/// Cuts rows to a count; returns whether there were more.
fn cut<T>(rows: &mut Vec<T>, count: i64) -> bool {
    let count = usize::try_from(count).unwrap_or(0);
    let more = rows.len() > count;
    rows.truncate(count);
    more
}

/// Memory judges what SQL leaves, in the order of creation.
fn page_in_memory<T>(
    tx: &mut Tx<'_>,
    table: &Table<T>,
    narrowed: &Narrowed,
    selection: &Selection<'_>,
    mut show: impl FnMut(&mut Tx<'_>, &T) -> Result<Document, StoreError>,
) -> Result<Page<T>, StoreError> {
    let (mut total, mut skipped, mut rows) = (0, 0, Vec::new());
    let after = selection.after.map_or("", |position| position.id.as_str());
    for_each_candidate(tx, table, narrowed, |tx, candidate| {
        let document = show(tx, &candidate)?;
        if selection.filter.is_some_and(|filter| !filter.matches(&document)) {
            return Ok(());
        }
        total += 1;
        if (table.id)(&candidate) > after {
            skipped += 1;
            let wanted =
                skipped > selection.skip && rows.len() <= usize::try_from(selection.count).unwrap_or(0);
            if wanted {
                rows.push(candidate);
            }
        }
        Ok(())
    })?;
    let more = cut(&mut rows, selection.count);
    let next = rows.last().filter(|_| more).map(|row| Position { key: None, id: (table.id)(row).to_owned() });
    Ok(Page { total, rows, next })
}

/// Memory judges and sorts: of each match only its place is kept, the rows of the page are read again.
fn page_in_order<T>(
    tx: &mut Tx<'_>,
    scope: Scope,
    table: &Table<T>,
    narrowed: &Narrowed,
    selection: &Selection<'_>,
    sort: &Sort,
    mut show: impl FnMut(&mut Tx<'_>, &T) -> Result<Document, StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut places = Vec::new();
    for_each_candidate(tx, table, narrowed, |tx, candidate| {
        let document = show(tx, &candidate)?;
        if selection.filter.is_none_or(|filter| filter.matches(&document)) {
            places.push(Position { key: sort.key(&document), id: (table.id)(&candidate).to_owned() });
        }
        Ok(())
    })?;
    let order = |left: &Position, right: &Position| {
        sort.compare(&left.key, &right.key).then_with(|| left.id.cmp(&right.id))
    };
    places.sort_by(order);
    let total = i64::try_from(places.len()).unwrap_or(i64::MAX);
    if let Some(after) = selection.after {
        places.retain(|place| order(place, after).is_gt());
    }
    let skip = usize::try_from(selection.skip).unwrap_or(usize::MAX);
    let mut places: Vec<Position> = places.into_iter().skip(skip).collect();
    let more = cut(&mut places, selection.count);
    let mut rows = Vec::with_capacity(places.len());
    for place in &places {
        rows.extend((table.by_id)(tx, scope, &place.id)?);
    }
    Ok(Page { total, rows, next: places.pop().filter(|_| more) })
}

/// Hands over every row that the predicate leaves, a chunk at a time.
fn for_each_candidate<T>(
    tx: &mut Tx<'_>,
    table: &Table<T>,
    narrowed: &Narrowed,
    mut judge: impl FnMut(&mut Tx<'_>, T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let chunk = narrowed.read(tx, table, &after, CHUNK, 0)?;
        let Some(last) = chunk.last() else { return Ok(()) };
        (table.id)(last).clone_into(&mut after);
        for candidate in chunk {
            judge(tx, candidate)?;
        }
    }
}

impl Narrowed {
    fn params(&self) -> Vec<Param<'_>> {
        let text = |value| match value {
            &Value::Int(value) => Param::Int(value),
            Value::Text(value) => Param::Text(value),
        };
        self.values.iter().map(text).collect()
    }

    /// Rows after an id, in the order of creation.
    fn read<T>(
        &self,
        tx: &mut Tx<'_>,
        table: &Table<T>,
        after: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<T>, StoreError> {
        let mut params = self.params();
        // From the start no place is named: that keeps a key's own index the obvious one to use.
        params.extend((!after.is_empty()).then_some(Param::Text(after)));
        params.extend([Param::Int(limit), Param::Int(offset)]);
        let mut rows = Vec::new();
        tx.for_each(&self.statement(table.columns, !after.is_empty()), &params, |row| {
            rows.push((table.read)(row)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    fn statement(&self, columns: &str, after: bool) -> String {
        let mut next = self.values.len() + 1;
        let mut sql = format!("select {columns} from {} where {}", self.table, self.predicate);
        if after {
            sql = format!("{sql} and id > ${next}");
            next += 1;
        }
        format!("{sql} order by id limit ${next} offset ${}", next + 1)
    }

    fn count(&self, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
        let sql = format!("select count(*) from {} where {}", self.table, self.predicate);
        let mut total = 0;
        tx.for_each(&sql, &self.params(), |row| {
            total = row.int(0)?;
            Ok(false)
        })?;
        Ok(total)
    }
}

/// Whether a search for users is as short as a read by id: its filter names a key that an index finds at once.
pub fn is_keyed_for_users(selection: &Selection<'_>) -> bool {
    selection.filter.is_some_and(|filter| compile::is_keyed(compile::Kind::User, filter))
}

/// Whether a search for groups is as short as a read by id.
pub fn is_keyed_for_groups(selection: &Selection<'_>) -> bool {
    selection.filter.is_some_and(|filter| compile::is_keyed(compile::Kind::Group, filter))
}

/// Whether a search for users of a directory is as short as a read by id.
pub fn is_keyed_for_people(selection: &Selection<'_>) -> bool {
    selection.filter.is_some_and(|filter| compile::is_keyed(compile::Kind::Person, filter))
}

/// What a search is for, to the test that reads query plans.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Users of a connection.
    Users,
    /// Groups of a connection.
    Groups,
    /// Users of a tenant's directory.
    People,
}

/// The statement that a filter leads to, and whether it says all that the filter says: for the tests that read query
/// plans.
#[doc(hidden)]
pub fn statement_of(scope: Scope, sought: Sought, filter: &Filter) -> (bool, String) {
    let (kind, columns) = match sought {
        Sought::Users => (USERS.kind, USERS.columns),
        Sought::Groups => (GROUPS.kind, GROUPS.columns),
        Sought::People => (PEOPLE.kind, PEOPLE.columns),
    };
    let narrowed = compile::narrow(kind, scope, (None, true), Some(filter));
    (narrowed.exact, narrowed.statement(columns, false))
}
