//! Which requests a page of activity shows: outcome, operation, person, time. The whole of it stands in the query of
//! the page's address.

use super::line::readable;
use ::scim::fold::fold;
use ::scim::instant;
use provisioning::{Error, access, find};
use serde_json::Value;
use store::activity::{Stretch, first_id, is_failure};
use store::requests::Record;
use store::{Scope, Tx, mirror_users};

/// How long the words for a person may be, in characters.
const LENGTH: usize = 200;

/// What may be chosen as outcome: the word in the query, and what it is called.
pub const OUTCOMES: &[(&str, &str)] = &[
    ("", "Any outcome"),
    ("changed", "Changed something"),
    ("unchanged", "Changed nothing"),
    ("corrected", "Read with remarks"),
    ("failed", "Failed"),
];

/// What may be chosen as operation.
pub const OPERATIONS: &[(&str, &str)] = &[
    ("", "Any operation"),
    ("create", "Create"),
    ("update", "Update"),
    ("delete", "Delete"),
    ("read", "Read or look for"),
    ("users", "Anything about users"),
    ("groups", "Anything about groups"),
];

/// A filter of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of [`OUTCOMES`].
    pub outcome: String,
    /// One of [`OPERATIONS`].
    pub operation: String,
    /// A username, a group's name, an id, or any words.
    pub who: String,
    /// From when on, as it was typed.
    pub from: String,
    /// Until when.
    pub until: String,
    /// Whether new requests are shown as they come.
    pub is_live: bool,
}

/// A filter with what the archive knows of its words.
#[derive(Clone, Debug)]
pub struct Sought {
    filter: Filter,
    /// The words, folded, and the ids of whom they name.
    needles: Vec<String>,
}

impl Filter {
    /// Reads a query: the filter, and the id before which the page begins.
    ///
    /// # Errors
    /// A value that cannot be read, with what is taken.
    pub fn read(query: Option<&str>) -> (Self, Option<String>, Result<(), String>) {
        let mut filter = Self { is_live: true, ..Self::default() };
        let mut before = None;
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim().to_owned();
            match name.as_ref() {
                "outcome" => filter.outcome = value,
                "operation" => filter.operation = value,
                "who" => filter.who = value,
                "from" => filter.from = value,
                "until" => filter.until = value,
                "live" => filter.is_live = value != "off",
                "before" => before = Some(value).filter(|before| !before.is_empty()),
                _ => {}
            }
        }
        let checked = filter.check();
        (filter, before, checked)
    }

    fn check(&self) -> Result<(), String> {
        let is_one_of = |known: &[(&str, &str)], word: &str| known.iter().any(|(name, _)| *name == word);
        if !is_one_of(OUTCOMES, &self.outcome) {
            return Err("That outcome is not one of the list. Choose one.".to_owned());
        }
        if !is_one_of(OPERATIONS, &self.operation) {
            return Err("That operation is not one of the list. Choose one.".to_owned());
        }
        if self.who.chars().count() > LENGTH {
            return Err(format!("Person or group: write {LENGTH} characters at most."));
        }
        let (from, until) = (time("From", &self.from)?, time("Until", &self.until)?);
        match (from, until) {
            (Some(from), Some(until)) if from >= until => Err("From must lie before until.".to_owned()),
            _ => Ok(()),
        }
    }

    /// Whether it leaves everything in.
    pub fn is_empty(&self) -> bool {
        [&self.outcome, &self.operation, &self.who, &self.from, &self.until]
            .iter()
            .all(|part| part.is_empty())
    }

    /// The filter as a query, with `more` behind it.
    pub fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let own = [
            ("outcome", &self.outcome),
            ("operation", &self.operation),
            ("who", &self.who),
            ("from", &self.from),
            ("until", &self.until),
        ];
        for (name, value) in own.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.extend_pairs(more).finish()
    }

    /// The stretch of records that its times name, and that ends before an id.
    pub fn stretch(&self, before: Option<&str>) -> Stretch {
        let at = |text: &str| time("", text).ok().flatten();
        let until = at(&self.until).map_or_else(|| "~".to_owned(), first_id);
        let until = before.map_or(until.clone(), |before| until.min(before.to_owned()));
        Stretch { since: at(&self.from).map_or_else(String::new, first_id), until }
    }

    /// The filter, once it is known whom it means.
    pub fn sought(self, tx: &mut Tx<'_>, scope: Scope) -> Result<Sought, Error> {
        let needles = if self.who.is_empty() { Vec::new() } else { needles(tx, scope, &self.who)? };
        Ok(Sought { filter: self, needles })
    }
}

/// An instant that was typed, in UTC if no zone is said.
fn time(field: &str, text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let refused =
        || format!("{field}: \u{201c}{text}\u{201d} is no time. Write it like 2026-05-03T12:00 (UTC).");
    instant::microseconds(text).map(Some).ok_or_else(refused)
}

/// The words themselves, and the ids of the user or group that they name: requests name people by id.
fn needles(tx: &mut Tx<'_>, scope: Scope, who: &str) -> Result<Vec<String>, Error> {
    let mut needles = vec![fold(who)];
    if let Some(user) = known(access::find_user(tx, scope.tenant, who))? {
        let own = mirror_users::of_user(tx, scope, &user.id)?.into_iter();
        needles.extend(own.filter(|(connection, _)| *connection == scope.connection).map(|(_, id)| id));
        needles.push(user.id);
    }
    if let Some(user) = mirror_users::by_id(tx, scope, who)? {
        needles.push(user.user_id);
    }
    if let Some(group) = known(find::group(tx, scope, who))? {
        needles.push(group.id);
    }
    Ok(needles)
}

/// What was found; nothing if the words name nobody, or several.
fn known<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_) | Error::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Sought {
    /// Whether an index holds what failed, and so finds it at once.
    pub fn is_of_failures(&self) -> bool {
        self.filter.outcome == "failed"
    }

    /// Whether a record is meant.
    pub fn has(&self, record: &Record) -> bool {
        self.has_outcome(record) && self.has_operation(record) && self.has_person(record)
    }

    fn has_outcome(&self, record: &Record) -> bool {
        let failed = is_failure(record.status, &record.method);
        let has_any = |list: &Option<Value>| {
            list.as_ref().and_then(Value::as_array).is_some_and(|list| !list.is_empty())
        };
        match self.filter.outcome.as_str() {
            "changed" => has_any(&record.changes),
            "unchanged" => !has_any(&record.changes) && !failed,
            "corrected" => has_any(&record.notes),
            "failed" => failed,
            _ => true,
        }
    }

    fn has_operation(&self, record: &Record) -> bool {
        let is_search = record.path.ends_with("/.search");
        match self.filter.operation.as_str() {
            "create" => record.method == "POST" && !is_search,
            "update" => matches!(record.method.as_str(), "PUT" | "PATCH"),
            "delete" => record.method == "DELETE",
            "read" => is_search || matches!(record.method.as_str(), "GET" | "HEAD"),
            "users" => record.path.starts_with("/Users"),
            "groups" => record.path.starts_with("/Groups"),
            _ => true,
        }
    }

    fn has_person(&self, record: &Record) -> bool {
        if self.needles.is_empty() {
            return true;
        }
        let changes = record.changes.as_ref().map(Value::to_string);
        let query = record.query.as_deref().map(readable);
        let texts = [
            Some(&record.path),
            query.as_ref(),
            record.request_body.as_ref(),
            changes.as_ref(),
            record.error.as_ref(),
        ];
        texts.into_iter().flatten().any(|text| {
            let text = fold(text);
            self.needles.iter().any(|needle| text.contains(needle.as_str()))
        })
    }
}
