//! Lists, a page at a time: `limit` and an opaque `cursor`, which is sealed and belongs to its query alone.

use super::call::Call;
use super::endpoint::Sample;
use super::problem::Problem;
use crate::scim::cursor::{self, Cursor};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Ordering;
use store::search::Position;

/// The most that a page holds.
pub const MAX: i64 = 200;
/// What a page holds unless something else is asked for.
pub const USUAL: i64 = 50;

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// What the page holds.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

impl<T: Sample> Sample for Page<T> {
    fn sample() -> Self {
        Self { items: vec![T::sample()], next: None }
    }
}

/// Which page is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    /// How many the page holds at most.
    pub limit: i64,
    /// The id that the page before ended with; empty before the first.
    pub after: String,
    fingerprint: String,
}

impl Call {
    /// Which page is asked for.
    ///
    /// # Errors
    /// A limit out of range; a cursor that is not one of this query, or too old.
    pub fn paging(&self) -> Result<Paging, Problem> {
        let fingerprint = self.fingerprint();
        let now = self.app.store().clock().now();
        let known = match self.parameter("cursor") {
            Some(text) => Some(cursor::open(self.app.cursor_key(), &fingerprint, text, now)?),
            None => None,
        };
        let limit = match self.parameter("limit") {
            Some(text) => text.parse().ok().filter(|limit| (1..=MAX).contains(limit)).ok_or_else(|| {
                Problem::malformed(format!("limit takes a number from 1 to {MAX}, not \"{text}\"."))
            })?,
            None => known.as_ref().map_or(USUAL, |known| known.count),
        };
        let after = known.map_or_else(String::new, |known| known.position.id);
        Ok(Paging { limit, after, fingerprint })
    }

    fn fingerprint(&self) -> String {
        let tenant = self.tenant.as_ref().map_or(0, |tenant| tenant.tenant.0).to_string();
        let mut asked: Vec<&(String, String)> = self
            .query
            .iter()
            .filter(|(name, _)| name != "cursor" && name != "limit" && name != "tenant")
            .collect();
        asked.sort();
        let asked = asked.into_iter().flat_map(|(name, value)| [Some(name.as_str()), Some(value.as_str())]);
        cursor::fingerprint(
            [Some("api"), Some(tenant.as_str()), Some(self.path.as_str())].into_iter().chain(asked),
        )
    }

    /// The page that these rows make: as many as were asked for, or one more if others come after.
    pub fn page<T, V>(
        &self,
        paging: &Paging,
        rows: Vec<T>,
        id: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> V,
    ) -> Page<V> {
        let Page { items, next } = self.page_of(paging, rows, id);
        Page { items: items.iter().map(show).collect(), next }
    }

    /// The same of what is shown already.
    pub fn page_of<V>(&self, paging: &Paging, mut rows: Vec<V>, id: impl Fn(&V) -> &str) -> Page<V> {
        let limit = usize::try_from(paging.limit).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| self.cursor(paging, id(row)));
        Page { items: rows, next }
    }

    /// The cursor of the page after this id.
    pub fn cursor(&self, paging: &Paging, id: &str) -> String {
        let place = Cursor { count: paging.limit, position: Position { key: None, id: id.to_owned() } };
        cursor::seal(self.app.cursor_key(), &paging.fingerprint, &place, self.app.store().clock().now())
    }
}

impl Paging {
    /// One more than the page holds: tells whether anything comes after.
    pub fn wanted(&self) -> i64 {
        self.limit + 1
    }

    /// The page's rows of a list that is short enough to be read whole.
    pub fn of_all<T>(&self, mut all: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
        all.sort_by(|one, other| id(one).cmp(id(other)));
        all.retain(|row| id(row).cmp(self.after.as_str()) == Ordering::Greater);
        all.truncate(usize::try_from(self.wanted()).unwrap_or_default());
        all
    }

    /// Where a list that goes backwards through ids begins.
    pub fn before(&self) -> &str {
        // Ids are hexadecimal digits: every one of them comes before this.
        if self.after.is_empty() { "~" } else { &self.after }
    }
}
