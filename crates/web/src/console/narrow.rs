//! Narrowing a table by words: a form above it whose field stands in the page's address, so that it works without a
//! script and can be kept. Every word has to stand in one of the texts that a row shows, whatever its case.
//!
//! A table that is whole on its page is narrowed here after it was read; one that goes on page by page is narrowed
//! where it is read, so that pages and total stay right. The form is there once a table has more rows than a person
//! takes in at a glance, and while it is narrowed. None have: tables of facts within a page (what a request changed,
//! figures behind a chart, a guide, a report, a person's sources), and previews, out of whose sight nobody may be put.

use form_urlencoded::Serializer;
use scim::fold::fold;

/// How many rows are taken in at a glance.
const GLANCE: i64 = 8;
/// How much of what was typed counts, in characters.
const LENGTH: usize = 200;
/// How many words of it count.
const WORDS: usize = 10;
/// What says where a page of a list begins: of a list with other rows it says nothing.
const PLACES: [&str; 3] = ["after", "before", "cursor"];

/// What a table is narrowed by.
#[derive(Clone, Debug)]
pub struct Narrow {
    /// What the table is of, such as `tokens`.
    pub what: &'static str,
    /// What the field is called in the address.
    pub field: &'static str,
    /// What was typed.
    pub text: String,
    /// Where the form leads.
    pub action: String,
    /// What else the address asks for.
    pub kept: Vec<(String, String)>,
    /// The address that shows every row.
    pub all: String,
    /// How many rows there are, narrowed or not.
    pub total: i64,
    words: Vec<String>,
}

impl Narrow {
    /// What an address asks of the table that its page is for.
    pub fn of(address: &str, what: &'static str) -> Self {
        Self::read(address, "q", what, "")
    }

    /// The same of another table on it, which stands at the anchor that the field's name is.
    pub fn of_part(address: &str, field: &'static str, what: &'static str) -> Self {
        Self::read(address, field, what, &format!("#{field}"))
    }

    fn read(address: &str, field: &'static str, what: &'static str, anchor: &str) -> Self {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut text = String::new();
        let mut kept = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if name == field {
                text = value.trim().chars().take(LENGTH).collect();
            } else if !value.is_empty() && !PLACES.contains(&name.as_str()) {
                kept.push((name, value));
            }
        }
        let rest = Serializer::new(String::new()).extend_pairs(&kept).finish();
        let rest = if rest.is_empty() { rest } else { format!("?{rest}") };
        Self {
            words: fold(&text).split_whitespace().take(WORDS).map(str::to_owned).collect(),
            action: format!("{path}{anchor}"),
            all: format!("{path}{rest}{anchor}"),
            total: 0,
            what,
            field,
            text,
            kept,
        }
    }

    /// The same of a table of so many rows, only some of which are read.
    #[must_use]
    pub fn among(self, total: i64) -> Self {
        Self { total, ..self }
    }

    /// Whether anything is asked for.
    pub fn is_on(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether the form is there.
    pub fn is_offered(&self) -> bool {
        self.is_on() || self.total > GLANCE
    }

    /// Whether all words stand in what a row shows.
    pub fn has(&self, texts: &[&str]) -> bool {
        let texts: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }

    /// Counts the rows of a table that is whole, and keeps those that are meant. `texts` are what a row shows.
    pub fn keep<T>(&mut self, rows: &mut Vec<T>, texts: impl for<'r> Fn(&'r T) -> Vec<&'r str>) {
        self.total += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if self.is_on() {
            rows.retain(|row| self.has(&texts(row)));
        }
    }

    /// How many rows are shown, and of how many if some are not.
    pub fn told(&self, shown: usize) -> String {
        if self.is_on() { format!("{shown} of {}", self.total) } else { shown.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::Narrow;

    #[test]
    fn every_word_stands_somewhere_in_a_row_whatever_its_case() {
        let narrow = Narrow::of("/t/acme/tokens?q=+ZO%C3%8B++2027+", "tokens");
        assert!(narrow.is_on());
        assert!(narrow.has(&["Token of Zoe\u{308}", "until 2027"]));
        assert!(!narrow.has(&["Token of Zoë", "until 2026"]));
    }

    #[test]
    fn an_address_keeps_what_else_it_asks_for_but_no_place_in_a_list() {
        let narrow = Narrow::of_part("/page?q=a&clients=b&after=c&show=x%26y&empty=", "clients", "clients");
        assert_eq!(narrow.kept, [("q".to_owned(), "a".to_owned()), ("show".to_owned(), "x&y".to_owned())]);
        assert_eq!((narrow.action.as_str(), narrow.text.as_str()), ("/page#clients", "b"));
        assert_eq!(narrow.all, "/page?q=a&show=x%26y#clients");
    }

    #[test]
    fn the_form_is_there_for_a_long_table_and_while_it_narrows() {
        let mut rows: Vec<String> = (0..9).map(|number| format!("row {number}")).collect();
        let mut calm = Narrow::of("/page?q=+", "rows");
        calm.keep(&mut rows, |row| vec![row.as_str()]);
        assert!(!calm.is_on() && calm.is_offered());
        assert_eq!((rows.len(), calm.told(rows.len())), (9, "9".to_owned()));
        let mut on = Narrow::of("/page?q=8", "rows");
        on.keep(&mut rows, |row| vec![row.as_str()]);
        assert_eq!((rows.len(), on.told(rows.len())), (1, "1 of 9".to_owned()));
        let mut few = Narrow::of("/page", "rows");
        few.keep(&mut rows, |row| vec![row.as_str()]);
        assert!(!few.is_offered());
    }
}
