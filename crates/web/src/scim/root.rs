//! A query at the root: resources of every type (RFC 7644 §3.4.2.1).
//!
//! The types come one after the other, users first; with `sortBy` they are merged into one order.

use super::Passed;
use super::page::{DEFAULT_COUNT, MAX_COUNT, refuse_sensitive};
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use ::scim::filter::Filter;
use ::scim::list::{ListQuery, list_response};
use ::scim::projection::Projection;
use ::scim::sort::{Sort, SortKey};
use ::scim::{Document, Notes, ResourceDefinition, ScimError, ScimType};
use axum::Extension;
use axum::extract::State;
use provisioning::{Session, groups, users};
use serde_json::Value;
use std::sync::Arc;
use store::Tx;
use store::search::{Page, Selection};

/// How many resources a sorted query at the root may match: all of them are held to be merged.
const MAX_SORTED: i64 = 10_000;

/// `GET /`.
pub async fn list(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let query = exchange.list_query()?;
    find(&app, exchange, query).await
}

/// `POST /.search`.
pub async fn search(State(app): State<App>, Extension(exchange): Passed) -> Result<Answer, Failure> {
    let query = ListQuery::from_search_request(&exchange.json()?)?;
    find(&app, exchange, query).await
}

async fn find(app: &App, exchange: Arc<Exchange>, query: ListQuery) -> Result<Answer, Failure> {
    if query.cursor.is_some() {
        let detail = "A query at the root is paged by startIndex. Use cursors on /Users or /Groups.";
        return Err(ScimError::of(ScimType::InvalidCursor, detail).into());
    }
    let mut notes = Notes::new();
    let session = &exchange.session;
    let kinds = [(Kind::Users, &session.definitions.user), (Kind::Groups, &session.definitions.group)];
    let mut asked = Vec::new();
    for (kind, definition) in
        kinds.into_iter().filter(|(kind, _)| *kind == Kind::Users || session.settings.groups)
    {
        asked.push(Asked::of(&exchange, kind, Arc::clone(definition), &query, &mut notes)?);
    }
    let filters: Vec<&Filter> = asked.iter().filter_map(|asked| asked.filter.as_ref()).collect();
    if names_what_no_type_has(&filters) {
        return Err(
            ScimError::invalid_filter("The filter names an attribute that no resource type has.").into()
        );
    }
    if query.sort_by.is_some() && asked.iter().all(|asked| asked.sort.is_none()) {
        return Err(ScimError::invalid_path("sortBy names an attribute that no resource type has.").into());
    }
    let count = query.count.unwrap_or(DEFAULT_COUNT).min(MAX_COUNT);
    let skip = query.start_index.saturating_sub(1);
    let own = Arc::clone(&exchange);
    let sorted = query.sort_by.is_some();
    let (total, resources) = exchange
        .read_long(app.store(), move |tx| {
            if sorted {
                merged(tx, &own.session, &asked, skip, count)
            } else {
                one_after_the_other(tx, &own.session, &asked, skip, count)
            }
        })
        .await?;
    let body = list_response(total, Some(query.start_index), resources, None, None);
    Ok(Answer::ok(&body, notes))
}

/// Whether one filter, read for each of the types, speaks somewhere of what none of them has.
// Interoperability profile §6.3: that is an error, where RFC 7644 §3.4.2.1 has what another type has unassigned.
fn names_what_no_type_has(filters: &[&Filter]) -> bool {
    let mut readings = filters.iter();
    match readings.next() {
        None => false,
        Some(Filter::Never) => readings.all(|reading| matches!(reading, Filter::Never)),
        Some(_) => (0..2).any(|side| {
            let within: Vec<&Filter> = filters.iter().filter_map(|filter| operand(filter, side)).collect();
            within.len() == filters.len() && names_what_no_type_has(&within)
        }),
    }
}

/// What `and`, `or` and `not` join.
fn operand(filter: &Filter, side: usize) -> Option<&Filter> {
    match (filter, side) {
        (Filter::And(left, _) | Filter::Or(left, _), 0) => Some(left),
        (Filter::And(_, right) | Filter::Or(_, right), _) => Some(right),
        (Filter::Not(inner), 0) => Some(inner),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Users,
    Groups,
}

/// What is asked of one type.
struct Asked {
    kind: Kind,
    definition: Arc<ResourceDefinition>,
    filter: Option<Filter>,
    sort: Option<Sort>,
    projection: Projection,
}

impl Asked {
    fn of(
        exchange: &Exchange,
        kind: Kind,
        definition: Arc<ResourceDefinition>,
        query: &ListQuery,
        notes: &mut Notes,
    ) -> Result<Self, Failure> {
        let mode = exchange.session.mode();
        let filter = query
            .filter
            .as_deref()
            .map(|text| Filter::parse_for_any_type(text, &definition, mode, notes))
            .transpose()?;
        refuse_sensitive(exchange, filter.as_ref())?;
        // An attribute that a type does not have is unassigned there; a bad sortOrder is bad for every type.
        let sort = match query
            .sort_by
            .as_deref()
            .map(|by| Sort::parse(&definition, by, query.sort_order.as_deref()))
        {
            Some(Err(error)) if error.scim_type == Some(ScimType::InvalidPath) => None,
            other => other.transpose()?,
        };
        let (attributes, excluded) = (query.attributes.as_deref(), query.excluded_attributes.as_deref());
        let projection = Projection::parse(&definition, attributes, excluded, mode)?;
        projection.remark(notes);
        Ok(Self { kind, definition, filter, sort, projection })
    }

    fn page(
        &self,
        tx: &mut Tx<'_>,
        session: &Session,
        skip: i64,
        count: i64,
    ) -> Result<Page<Document>, provisioning::Error> {
        let selection = Selection { filter: self.filter.as_ref(), skip, count, ..Selection::default() };
        match self.kind {
            Kind::Users => users::list(tx, session, &selection, self.projection.shows("groups")),
            Kind::Groups => groups::list(tx, session, &selection, self.projection.shows("members")),
        }
    }

    fn shown(&self, document: Document) -> Value {
        Value::Object(self.projection.apply(&self.definition, document))
    }
}

fn one_after_the_other(
    tx: &mut Tx<'_>,
    session: &Session,
    asked: &[Asked],
    mut skip: i64,
    mut count: i64,
) -> Result<(i64, Vec<Value>), provisioning::Error> {
    let (mut total, mut shown) = (0, Vec::new());
    for kind in asked {
        let page = kind.page(tx, session, skip, count)?;
        total += page.total;
        skip = skip.saturating_sub(page.total).max(0);
        count -= i64::try_from(page.rows.len()).unwrap_or(count);
        shown.extend(page.rows.into_iter().map(|document| kind.shown(document)));
    }
    Ok((total, shown))
}

fn merged(
    tx: &mut Tx<'_>,
    session: &Session,
    asked: &[Asked],
    skip: i64,
    count: i64,
) -> Result<(i64, Vec<Value>), provisioning::Error> {
    let mut all: Vec<(Option<SortKey>, Value)> = Vec::new();
    for kind in asked {
        let page = kind.page(tx, session, 0, MAX_SORTED + 1)?;
        if page.total > MAX_SORTED {
            let detail = format!(
                "More than {MAX_SORTED} resources match. Narrow the filter, or query /Users and /Groups."
            );
            return Err(ScimError::of(ScimType::TooMany, detail).into());
        }
        let keyed = page.rows.into_iter().map(|document| {
            let key = kind.sort.as_ref().and_then(|sort| sort.key(&document));
            (key, kind.shown(document))
        });
        all.extend(keyed);
    }
    if let Some(sort) = asked.iter().find_map(|kind| kind.sort.as_ref()) {
        all.sort_by(|(left, _), (right, _)| sort.compare(left, right));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let page = all.into_iter().skip(skip).take(usize::try_from(count).unwrap_or(0));
    Ok((total, page.map(|(_, shown)| shown).collect()))
}
