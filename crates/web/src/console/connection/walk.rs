//! Walks through long lists: each page has an address, which goes on where the page before ended.

use super::place::Place;
use crate::scim::cursor::{self, Cursor};
use store::search::Position;

/// How many lines a page has.
pub const LINES: i64 = 50;

/// Where a page of a list begins, and where the next one is.
pub struct Walk {
    /// Where the page before ended; empty at the beginning.
    pub after: String,
    fingerprint: String,
    /// The list's address without a place in it, to which one can be added.
    address: String,
}

impl Walk {
    /// The page that the address asks for. One that is not of this list, or too old, begins at the beginning.
    pub fn of(place: &Place) -> Self {
        let (path, _) = place.address.split_once('?').unwrap_or((&place.address, ""));
        let mut asked = form_urlencoded::Serializer::new(String::new());
        asked
            .extend_pairs(place.query.pairs().filter(|(name, value)| *name != "cursor" && !value.is_empty()));
        let asked = asked.finish();
        let fingerprint = cursor::fingerprint([Some("console"), Some(path), Some(&asked)]);
        let sent = place.query.optional("cursor");
        let known =
            sent.and_then(|text| cursor::open(place.app.cursor_key(), &fingerprint, text, place.now).ok());
        let address = if asked.is_empty() { format!("{path}?") } else { format!("{path}?{asked}&") };
        Self { after: known.map_or_else(String::new, |known| known.position.id), fingerprint, address }
    }

    /// Whether the page is the first.
    pub fn is_first(&self) -> bool {
        self.after.is_empty()
    }

    /// The place where the page before ended.
    pub fn position(&self) -> Option<Position> {
        (!self.is_first()).then(|| Position { key: None, id: self.after.clone() })
    }

    /// The links around a page that ended with this id, if anything comes after it.
    pub fn pages(&self, place: &Place, total: i64, next: Option<&str>) -> Pages {
        let next = next.map(|id| {
            let at = Cursor { count: LINES, position: Position { key: None, id: id.to_owned() } };
            let cursor = cursor::seal(place.app.cursor_key(), &self.fingerprint, &at, place.now);
            format!("{}cursor={cursor}", self.address)
        });
        let first = self.address.trim_end_matches(['?', '&']).to_owned();
        Pages { total, next, first: (!self.is_first()).then_some(first) }
    }

    /// The links around a page of rows that were read one too many of.
    pub fn cut<T>(&self, place: &Place, total: i64, rows: &mut Vec<T>, id: impl Fn(&T) -> &str) -> Pages {
        let limit = usize::try_from(LINES).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        self.pages(place, total, rows.last().filter(|_| more).map(id))
    }
}

/// The foot of a list.
pub struct Pages {
    /// How many there are in all.
    pub total: i64,
    /// The next page; none after the last.
    pub next: Option<String>,
    /// The beginning; none on the first page.
    pub first: Option<String>,
}
