//! Lists: a filter, an order and a page, answered by SQL as far as columns and index tables reach.
//!
//! The filter compiles to a predicate that holds for every match; where it says exactly the same as the filter, SQL
//! counts and pages alone. Otherwise the rows it leaves are judged by [`scim::filter::Filter::matches`], the other
//! reader of the same tree. Text reaches SQL only as a parameter.

mod compile;

use crate::engine::{Param, Row, Tx};
use crate::mirror_groups::{self, MirrorGroup};
use crate::mirror_users::{self, MirrorUser};
use crate::{Scope, StoreError};
use compile::{Narrowed, Value};
use scim::Document;
use scim::filter::Filter;
use scim::sort::{Sort, SortKey};

/// What is looked for, and which page of it.
pub struct Selection<'a> {
    /// The condition.
    pub filter: Option<&'a Filter>,
    /// The order; by creation if none.
    pub sort: Option<&'a Sort>,
    /// How many matches come before the page.
    pub skip: i64,
    /// How many the page holds at most.
    pub count: i64,
}

/// A page of matches.
#[derive(Debug)]
pub struct Page<T> {
    /// How many match in all.
    pub total: i64,
    /// Those of the page.
    pub rows: Vec<T>,
}

/// What a kind of resource needs to be searched.
struct Table<T> {
    columns: &'static str,
    kind: compile::Kind,
    read: fn(&Row<'_>) -> Result<T, StoreError>,
}

const USERS: Table<MirrorUser> = Table {
    columns: "id, user_id, document, active, version, created_at, modified_at",
    kind: compile::Kind::User,
    read: mirror_users::read,
};

const GROUPS: Table<MirrorGroup> = Table {
    columns: "id, document, version, created_at, modified_at",
    kind: compile::Kind::Group,
    read: mirror_groups::read,
};

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

fn search<T>(
    tx: &mut Tx<'_>,
    scope: Scope,
    table: &Table<T>,
    selection: &Selection<'_>,
    show: impl FnMut(&mut Tx<'_>, &T) -> Result<Document, StoreError>,
) -> Result<Page<T>, StoreError> {
    let narrowed = compile::narrow(table.kind, scope, selection.filter);
    if narrowed.exact && selection.sort.is_none() {
        page_in_sql(tx, table, &narrowed, selection)
    } else {
        page_in_memory(tx, table, &narrowed, selection, show)
    }
}

fn page_in_sql<T>(
    tx: &mut Tx<'_>,
    table: &Table<T>,
    narrowed: &Narrowed,
    selection: &Selection<'_>,
) -> Result<Page<T>, StoreError> {
    let mut rows = Vec::new();
    if selection.count > 0 {
        let sql = narrowed.page(table.columns);
        let mut params = narrowed.params();
        params.extend([Param::Int(selection.count), Param::Int(selection.skip)]);
        tx.for_each(&sql, &params, |row| {
            rows.push((table.read)(row)?);
            Ok(true)
        })?;
    }
    // A page that came out shorter than asked for has reached the end: no need to count.
    let seen = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let total = if (seen > 0 || selection.skip == 0) && seen < selection.count {
        selection.skip + seen
    } else {
        let mut total = 0;
        tx.for_each(&narrowed.total(), &narrowed.params(), |row| {
            total = row.int(0)?;
            Ok(false)
        })?;
        total
    };
    Ok(Page { total, rows })
}

fn page_in_memory<T>(
    tx: &mut Tx<'_>,
    table: &Table<T>,
    narrowed: &Narrowed,
    selection: &Selection<'_>,
    mut show: impl FnMut(&mut Tx<'_>, &T) -> Result<Document, StoreError>,
) -> Result<Page<T>, StoreError> {
    let mut candidates = Vec::new();
    tx.for_each(&narrowed.all(table.columns), &narrowed.params(), |row| {
        candidates.push((table.read)(row)?);
        Ok(true)
    })?;
    let mut matches: Vec<(Option<SortKey>, T)> = Vec::new();
    for candidate in candidates {
        let document = show(tx, &candidate)?;
        if selection.filter.is_none_or(|filter| filter.matches(&document)) {
            let key = selection.sort.and_then(|sort| sort.key(&document));
            matches.push((key, candidate));
        }
    }
    if let Some(sort) = selection.sort {
        // A stable sort over rows in the order of creation: equal keys keep that order, so pages fit together.
        matches.sort_by(|(left, _), (right, _)| sort.compare(left, right));
    }
    let total = i64::try_from(matches.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(selection.skip).unwrap_or(usize::MAX);
    let count = usize::try_from(selection.count).unwrap_or(0);
    let rows = matches.into_iter().skip(skip).take(count).map(|(_, row)| row).collect();
    Ok(Page { total, rows })
}

impl Narrowed {
    fn params(&self) -> Vec<Param<'_>> {
        let text = |value| match value {
            &Value::Int(value) => Param::Int(value),
            Value::Text(value) => Param::Text(value),
        };
        self.values.iter().map(text).collect()
    }

    fn all(&self, columns: &str) -> String {
        format!("select {columns} from {} where {} order by id", self.table, self.predicate)
    }

    fn page(&self, columns: &str) -> String {
        let next = self.values.len() + 1;
        format!("{} limit ${next} offset ${}", self.all(columns), next + 1)
    }

    fn total(&self) -> String {
        format!("select count(*) from {} where {}", self.table, self.predicate)
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

/// The statements that a filter leads to, for the test that reads their query plans.
#[doc(hidden)]
pub fn explain(
    tx: &mut Tx<'_>,
    scope: Scope,
    users: bool,
    filter: &Filter,
) -> Result<(bool, Vec<String>), StoreError> {
    let (kind, columns) = if users { (USERS.kind, USERS.columns) } else { (GROUPS.kind, GROUPS.columns) };
    let narrowed = compile::narrow(kind, scope, Some(filter));
    let mut plan = Vec::new();
    tx.for_each(&format!("explain query plan {}", narrowed.all(columns)), &narrowed.params(), |row| {
        plan.push(row.text(3)?);
        Ok(true)
    })?;
    Ok((narrowed.exact, plan))
}
