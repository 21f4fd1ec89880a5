//! Lists: from the query to a selection, from a page to a ListResponse; by index, or by cursor (RFC 9865).

use super::cursor::{self, Cursor};
use crate::App;
use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use ::scim::filter::Filter;
use ::scim::list::{ListQuery, RESOURCES, list_head};
use ::scim::projection::Projection;
use ::scim::sort::Sort;
use ::scim::{Document, Notes, ResourceDefinition, ScimError, ScimType};
use axum::http::Method;
use serde_json::Value;
use store::search::{Page, Position, Selection};

/// How many resources a page holds when the client does not say.
pub const DEFAULT_COUNT: i64 = 100;
/// How many it holds at most.
pub const MAX_COUNT: i64 = 1000;

/// A list as it was asked for, bound to its resource type.
pub struct Asked {
    filter: Option<Filter>,
    sort: Option<Sort>,
    count: i64,
    start: Start,
    /// Which attributes.
    pub projection: Projection,
    notes: Notes,
}

/// Where a page starts.
enum Start {
    /// At a number, from 1.
    Index(i64),
    /// Where the page before ended; at the beginning without one. The fingerprint is the walk's.
    Cursor { after: Option<Position>, fingerprint: String },
}

impl Asked {
    /// Binds a query to a resource type.
    pub fn of(
        app: &App,
        exchange: &Exchange,
        definition: &ResourceDefinition,
        query: &ListQuery,
    ) -> Result<Self, Failure> {
        let mut notes = Notes::new();
        let mode = exchange.session.mode();
        let filter = query
            .filter
            .as_deref()
            .map(|text| Filter::parse(text, definition, mode, &mut notes))
            .transpose()?;
        refuse_sensitive(exchange, filter.as_ref())?;
        let sort = query
            .sort_by
            .as_deref()
            .map(|by| Sort::parse(definition, by, query.sort_order.as_deref()))
            .transpose()?;
        let (attributes, excluded) = (query.attributes.as_deref(), query.excluded_attributes.as_deref());
        let projection = Projection::parse(definition, attributes, excluded, mode)?;
        projection.remark(&mut notes);
        let (start, count) = start(app, exchange, definition, query)?;
        Ok(Self { filter, sort, count, start, projection, notes })
    }

    /// What the archive is asked for.
    pub fn selection(&self) -> Selection<'_> {
        let (skip, after) = match &self.start {
            Start::Index(start_index) => (start_index.saturating_sub(1), None),
            Start::Cursor { after, .. } => (0, after.as_ref()),
        };
        Selection {
            filter: self.filter.as_ref(),
            within: None,
            sort: self.sort.as_ref(),
            skip,
            after,
            count: self.count,
        }
    }

    /// The answer.
    pub fn answer(
        self,
        app: &App,
        exchange: &Exchange,
        definition: &ResourceDefinition,
        page: Page<Document>,
    ) -> Answer {
        let mut body = self.head(app, exchange, &page);
        let shown = page.rows.into_iter().map(|row| Value::Object(self.projection.apply(definition, row)));
        body.insert(RESOURCES.to_owned(), shown.collect());
        Answer::ok(&body, self.notes)
    }

    /// How the answer begins.
    pub fn opening(&self) -> Answer {
        Answer::ok_head(self.notes.clone())
    }

    /// What the list says of a page before its resources.
    pub fn head<T>(&self, app: &App, exchange: &Exchange, page: &Page<T>) -> Document {
        let items = page.rows.len();
        match &self.start {
            Start::Index(start_index) => list_head(page.total, items, Some(*start_index), None, None),
            Start::Cursor { fingerprint, .. } => {
                let next = page.next.clone().map(|position| {
                    let cursor = Cursor { count: self.count, position };
                    cursor::seal(app.cursor_key(), fingerprint, &cursor, exchange.session.at)
                });
                list_head(page.total, items, None, next.as_deref(), None)
            }
        }
    }
}

/// RFC 7644 §7.5.2: what the administrator calls sensitive does not travel in a URI, which logs keep.
pub(super) fn refuse_sensitive(exchange: &Exchange, filter: Option<&Filter>) -> Result<(), Failure> {
    let mut sensitive = exchange.session.settings.sensitive.iter();
    let found = sensitive.find(|name| filter.is_some_and(|filter| filter.mentions(name)));
    match found {
        Some(name) if exchange.method != Method::POST => {
            let detail = format!("A filter on {name} may not stand in a URI. Send it by POST to /.search.");
            Err(ScimError::of(ScimType::Sensitive, detail).into())
        }
        _ => Ok(()),
    }
}

/// Where the page starts and how many it holds.
fn start(
    app: &App,
    exchange: &Exchange,
    definition: &ResourceDefinition,
    query: &ListQuery,
) -> Result<(Start, i64), Failure> {
    let count = query.count.map(|count| count.min(MAX_COUNT));
    let Some(text) = &query.cursor else {
        return Ok((Start::Index(query.start_index), count.unwrap_or(DEFAULT_COUNT)));
    };
    let fingerprint = cursor::fingerprint([
        Some(exchange.session.base_url.as_str()),
        Some(definition.endpoint.as_str()),
        query.filter.as_deref(),
        query.sort_by.as_deref(),
        query.sort_order.as_deref(),
        query.attributes.as_deref(),
        query.excluded_attributes.as_deref(),
    ]);
    if text.is_empty() {
        return Ok((Start::Cursor { after: None, fingerprint }, count.unwrap_or(DEFAULT_COUNT)));
    }
    let cursor = cursor::open(app.cursor_key(), &fingerprint, text, exchange.session.at)?;
    // RFC 9865 §2.1: the page size stays the same throughout a walk.
    if count.is_some_and(|count| count != cursor.count) {
        let detail = format!(
            "count changed within the walk. Go on with count={}, or start again with an empty cursor.",
            cursor.count
        );
        return Err(ScimError::of(ScimType::InvalidCount, detail).into());
    }
    Ok((Start::Cursor { after: Some(cursor.position), fingerprint }, cursor.count))
}
