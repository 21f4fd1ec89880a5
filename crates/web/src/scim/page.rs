//! Lists: from the query to a selection, from a page to a ListResponse.

use crate::error::Failure;
use crate::exchange::{Answer, Exchange};
use ::scim::filter::Filter;
use ::scim::list::{ListQuery, list_response};
use ::scim::projection::Projection;
use ::scim::sort::Sort;
use ::scim::{Document, Notes, ResourceDefinition};
use serde_json::Value;
use store::search::{Page, Selection};

/// How many resources a page holds when the client does not say.
pub const DEFAULT_COUNT: i64 = 100;
/// How many it holds at most.
pub const MAX_COUNT: i64 = 1000;

/// A list as it was asked for, bound to its resource type.
pub struct Asked {
    /// The condition.
    pub filter: Option<Filter>,
    /// The order.
    pub sort: Option<Sort>,
    /// The first result, from 1.
    pub start_index: i64,
    /// How many at most.
    pub count: i64,
    /// Which attributes.
    pub projection: Projection,
    /// What was remarked.
    pub notes: Notes,
}

impl Asked {
    /// Binds a query to a resource type.
    pub fn of(
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
        let sort = query
            .sort_by
            .as_deref()
            .map(|by| Sort::parse(definition, by, query.sort_order.as_deref()))
            .transpose()?;
        let projection =
            Projection::parse(definition, query.attributes.as_deref(), query.excluded_attributes.as_deref())?;
        let count = query.count.unwrap_or(DEFAULT_COUNT).min(MAX_COUNT);
        Ok(Self { filter, sort, start_index: query.start_index, count, projection, notes })
    }

    /// What the archive is asked for.
    pub fn selection(&self) -> Selection<'_> {
        Selection {
            filter: self.filter.as_ref(),
            sort: self.sort.as_ref(),
            skip: self.start_index.saturating_sub(1),
            count: self.count,
        }
    }

    /// The answer.
    pub fn answer(self, definition: &ResourceDefinition, page: Page<Document>) -> Answer {
        let shown = page.rows.into_iter().map(|row| Value::Object(self.projection.apply(definition, row)));
        let body = list_response(page.total, Some(self.start_index), shown.collect(), None, None);
        Answer::ok(&body, self.notes)
    }
}
