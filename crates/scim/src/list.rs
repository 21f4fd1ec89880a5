//! Lists: query parameters, the SearchRequest message and the ListResponse message (RFC 7644 §3.4.2, §3.4.3; cursors
//! RFC 9865).
//!
//! Both ways of asking end in one [`ListQuery`]. What the parameters mean for a resource type is read by `Filter`,
//! `Sort` and `projection`.

use crate::Document;
use crate::error::{ScimError, ScimType};
use percent_encoding::percent_decode;
use serde_json::{Value, json};

/// The schema URI of a list.
pub const LIST_RESPONSE_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The member that holds the results of a list, after all others.
pub const RESOURCES: &str = "Resources";
/// The schema URI of a search.
pub const SEARCH_REQUEST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What a client asks of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Which resources.
    pub filter: Option<String>,
    /// The attribute that the order goes by.
    pub sort_by: Option<String>,
    /// `ascending` or `descending`, not yet checked.
    pub sort_order: Option<String>,
    /// The first result, counted from 1; at least 1.
    pub start_index: i64,
    /// How many results at most; at least 0.
    pub count: Option<i64>,
    /// Where the last page ended; empty to start paging by cursor.
    pub cursor: Option<String>,
    /// The attributes to show, separated by commas.
    pub attributes: Option<String>,
    /// The attributes not to show, separated by commas.
    pub excluded_attributes: Option<String>,
}

/// The parameters by name; [`Parameters`] holds their values in the same order.
const NAMES: [&str; 8] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"];

/// The parameters given, as text.
#[derive(Default)]
struct Parameters([Option<String>; NAMES.len()]);

impl ListQuery {
    /// Reads the query of a URI, the part behind `?`.
    pub fn from_query(raw_query: &str) -> Result<Self, ScimError> {
        let mut parameters = Parameters::default();
        for pair in raw_query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // RFC 7644 §3.4.2: unknown parameters are ignored.
            let Some(place) = decode(name).as_deref().and_then(place_of) else { continue };
            let Some(value) = decode(value) else {
                return Err(invalid(place, "is not UTF-8 once its percent-encoding is read"));
            };
            parameters.put(place, value)?;
        }
        parameters.finish()
    }

    /// Reads a SearchRequest.
    pub fn from_search_request(body: &Value) -> Result<Self, ScimError> {
        let Some(body) = body.as_object() else {
            return Err(ScimError::invalid_syntax("The body of a search must be a JSON object."));
        };
        let schemas = body
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("schemas"))
            .and_then(|(_, s)| s.as_array());
        let is_search =
            |schema: &Value| schema.as_str().is_some_and(|s| s.eq_ignore_ascii_case(SEARCH_REQUEST_SCHEMA));
        // RFC 7644 §3.4.3: a search says what it is.
        if !schemas.is_some_and(|schemas| schemas.iter().any(is_search)) {
            let detail = format!("\"schemas\" of a search must hold \"{SEARCH_REQUEST_SCHEMA}\".");
            return Err(ScimError::invalid_syntax(detail));
        }
        let mut parameters = Parameters::default();
        let has_cursor =
            body.iter().any(|(name, value)| name.eq_ignore_ascii_case("cursor") && !value.is_null());
        for (name, value) in body {
            let Some(place) = place_of(name).filter(|_| !value.is_null()) else { continue };
            match text_of(place, value) {
                Some(text) => parameters.put(place, text)?,
                None if NAMES[place] == "count" => return Err(not_a_number(place, has_cursor)),
                None => return Err(invalid(place, "has the wrong JSON type")),
            }
        }
        parameters.finish()
    }
}

impl Parameters {
    fn put(&mut self, place: usize, value: String) -> Result<(), ScimError> {
        if self.0[place].replace(value).is_some() {
            return Err(invalid(place, "is given more than once. Give it once"));
        }
        Ok(())
    }

    fn finish(self) -> Result<ListQuery, ScimError> {
        let [filter, sort_by, sort_order, start_index, count, cursor, attributes, excluded_attributes] =
            self.0;
        if filter.as_ref().is_some_and(|filter| filter.trim().is_empty()) {
            return Err(invalid(0, "is empty. Leave it out, or give a condition such as userName eq \"a\""));
        }
        // RFC 9865 §2: a page is found by index or by cursor, not by both.
        if cursor.is_some() && start_index.is_some() {
            let detail = "startIndex and cursor exclude each other. Give one of them.";
            return Err(ScimError::of(ScimType::InvalidCursor, detail));
        }
        let by_cursor = cursor.is_some();
        // RFC 7644 §3.4.2.4: a startIndex below 1 is 1, a negative count is 0.
        let start_index =
            start_index.map_or(Ok(1), |text| integer(&text).ok_or_else(|| not_a_number(3, by_cursor)))?;
        let count = count.map(|text| integer(&text).ok_or_else(|| not_a_number(4, by_cursor))).transpose()?;
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Ok(ListQuery {
            filter,
            sort_by: given(sort_by),
            sort_order: given(sort_order),
            start_index: start_index.max(1),
            count: count.map(|count| count.max(0)),
            cursor,
            attributes: given(attributes),
            excluded_attributes: given(excluded_attributes),
        })
    }
}

/// What a page of so many results says before the results themselves. `total` counts all matches; `start_index` is left out under cursor paging.
pub fn list_head(
    total: i64,
    items: usize,
    start_index: Option<i64>,
    next_cursor: Option<&str>,
    previous_cursor: Option<&str>,
) -> Document {
    let mut head = Document::new();
    head.insert("schemas".into(), json!([LIST_RESPONSE_SCHEMA]));
    head.insert("totalResults".into(), total.into());
    // RFC 7644 §3.4.2: itemsPerPage is how many this page holds.
    head.insert("itemsPerPage".into(), items.into());
    if let Some(start_index) = start_index {
        head.insert("startIndex".into(), start_index.into());
    }
    for (name, cursor) in [("nextCursor", next_cursor), ("previousCursor", previous_cursor)] {
        if let Some(cursor) = cursor {
            head.insert(name.into(), cursor.into());
        }
    }
    head
}

/// A page of results, with all of them.
pub fn list_response(
    total: i64,
    start_index: Option<i64>,
    resources: Vec<Value>,
    next_cursor: Option<&str>,
    previous_cursor: Option<&str>,
) -> Value {
    let mut response = list_head(total, resources.len(), start_index, next_cursor, previous_cursor);
    // RFC 7644 §3.4.2 lets an empty list leave `Resources` out; clients want it there.
    response.insert(RESOURCES.to_owned(), Value::Array(resources));
    Value::Object(response)
}

fn place_of(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))
}

/// The text behind form encoding, decoded once: `+` is a space, `%2B` a plus.
fn decode(raw: &str) -> Option<String> {
    let spaced = raw.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The value of a SearchRequest's member as a query would give it; `None` if it has the wrong type.
fn text_of(place: usize, value: &Value) -> Option<String> {
    match (NAMES[place], value) {
        ("startIndex" | "count", Value::Number(number)) => Some(number.to_string()),
        ("startIndex" | "count", _) => None,
        (_, Value::String(text)) => Some(text.clone()),
        // RFC 7644 §3.4.3: lists of attributes are arrays here.
        ("attributes" | "excludedAttributes", Value::Array(names)) => {
            names.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|names| names.join(","))
        }
        _ => None,
    }
}

/// A whole number; one beyond what is counted in stands for the greatest or least.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if digits.len() < text.len() { i64::MIN } else { i64::MAX }))
}

fn not_a_number(place: usize, by_cursor: bool) -> ScimError {
    // RFC 9865 §2.1: a page size that is no number has its own code under cursor paging.
    let scim_type = if by_cursor { ScimType::InvalidCount } else { ScimType::InvalidValue };
    ScimError::of(scim_type, format!("{} is not a whole number.", NAMES[place]))
}

fn invalid(place: usize, problem: &str) -> ScimError {
    let scim_type = if NAMES[place] == "filter" { ScimType::InvalidFilter } else { ScimType::InvalidValue };
    ScimError::of(scim_type, format!("The parameter {} {problem}.", NAMES[place]))
}
