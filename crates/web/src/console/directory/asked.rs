//! What an address asks for besides its path, and the same address with something else asked for.

use crate::console::desk::Desk;
use form_urlencoded::Serializer;

/// The query of a page.
#[derive(Clone, Debug)]
pub struct Asked {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Asked {
    /// What the present page's address asks for.
    pub fn of(desk: &Desk) -> Self {
        let (path, query) = desk.address.split_once('?').unwrap_or((&desk.address, ""));
        Self { path: path.to_owned(), pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
    }

    /// The value of a name, without spaces around it; empty if it is not asked for.
    pub fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// The address with these values instead; what gets an empty one is not asked for any more.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        self.at(&self.path, changes)
    }

    /// The same at another path.
    pub fn at(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        let kept = self.pairs.iter().filter(|(name, value)| {
            !value.trim().is_empty() && changes.iter().all(|(changed, _)| changed != name)
        });
        query.extend_pairs(kept).extend_pairs(changes.iter().filter(|(_, value)| !value.is_empty()));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}
