//! A query at the root: resources of every type (RFC 7644 §3.4.2.1).
//!
//! The types come one after the other, users first; with `sortBy` they are merged into one order.

use super::Passed;
use super::page::{DEFAULT_COUNT, MAX_COUNT, refuse_sensitive};
use super::written;
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use crate::flow::{Flow, Stop};
use ::scim::filter::Filter;
use ::scim::list::{ListQuery, list_head};
use ::scim::projection::Projection;
use ::scim::sort::{Sort, SortKey};
use ::scim::{Document, Notes, ResourceDefinition, ScimError, ScimType};
use axum::Extension;
use axum::extract::State;
use axum::http::Method;
use provisioning::{Session, groups, users};
use std::sync::Arc;
use store::Tx;
use store::mirror_groups::MirrorGroup;
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
    let (own, asked) = (Arc::clone(&exchange), Arc::new(asked));
    let (sorted, start_index) = (query.sort_by.is_some(), query.start_index);
    exchange
        .flow(app.store(), move |tx, flow| {
            let (total, resources) = if sorted {
                merged(tx, &own.session, &asked, skip, count)?
            } else {
                one_after_the_other(tx, &own.session, &asked, skip, count)?
            };
            flow.begin(Answer::ok_head(notes.clone()));
            if own.method == Method::HEAD {
                return Ok(());
            }
            let head = list_head(total, resources.len(), Some(start_index), None, None);
            written::list(flow, &head, resources, |flow, (kind, found)| {
                asked[kind].write(tx, flow, &own.session, found)
            })
        })
        .await
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

/// A resource that was found.
enum Found {
    User(Document),
    /// Its members are read when it is written.
    Group(MirrorGroup),
}

/// What was found, each with the place of its type among those asked for.
type Resources = Vec<(usize, Found)>;

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
    ) -> Result<Page<Found>, provisioning::Error> {
        let selection = Selection { filter: self.filter.as_ref(), skip, count, ..Selection::default() };
        Ok(match self.kind {
            Kind::Users => {
                let page = users::list(tx, session, &selection, self.projection.shows("groups"))?;
                page.map(Found::User)
            }
            Kind::Groups => groups::list(tx, session, &selection)?.map(Found::Group),
        })
    }

    /// The place of a resource in the order that is asked for.
    fn key(
        &self,
        tx: &mut Tx<'_>,
        session: &Session,
        found: &Found,
    ) -> Result<Option<SortKey>, provisioning::Error> {
        let Some(sort) = &self.sort else { return Ok(None) };
        Ok(match found {
            Found::User(document) => sort.key(document),
            Found::Group(group) => {
                let by_members = sort.by.attribute.name == "members";
                sort.key(&groups::document(tx, session, group, by_members)?)
            }
        })
    }

    fn write(&self, tx: &mut Tx<'_>, flow: &mut Flow, session: &Session, found: Found) -> Result<(), Stop> {
        match found {
            Found::User(document) => flow.json(&self.projection.apply(&self.definition, document)),
            Found::Group(group) => written::group(tx, flow, session, &self.projection, &group),
        }
    }
}

fn one_after_the_other(
    tx: &mut Tx<'_>,
    session: &Session,
    asked: &[Asked],
    mut skip: i64,
    mut count: i64,
) -> Result<(i64, Resources), provisioning::Error> {
    let (mut total, mut found) = (0, Vec::new());
    for (place, kind) in asked.iter().enumerate() {
        let page = kind.page(tx, session, skip, count)?;
        total += page.total;
        skip = skip.saturating_sub(page.total).max(0);
        count -= i64::try_from(page.rows.len()).unwrap_or(count);
        found.extend(page.rows.into_iter().map(|row| (place, row)));
    }
    Ok((total, found))
}

fn merged(
    tx: &mut Tx<'_>,
    session: &Session,
    asked: &[Asked],
    skip: i64,
    count: i64,
) -> Result<(i64, Resources), provisioning::Error> {
    let mut all = Vec::new();
    for (place, kind) in asked.iter().enumerate() {
        let page = kind.page(tx, session, 0, MAX_SORTED + 1)?;
        if page.total > MAX_SORTED {
            let detail = format!(
                "More than {MAX_SORTED} resources match. Narrow the filter, or query /Users and /Groups."
            );
            return Err(ScimError::of(ScimType::TooMany, detail).into());
        }
        for row in page.rows {
            all.push((kind.key(tx, session, &row)?, (place, row)));
        }
    }
    if let Some(sort) = asked.iter().find_map(|kind| kind.sort.as_ref()) {
        all.sort_by(|(left, _), (right, _)| sort.compare(left, right));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let page = all.into_iter().skip(skip).take(usize::try_from(count).unwrap_or(0));
    Ok((total, page.map(|(_, found)| found).collect()))
}
