//! Lists: what is asked and how it is answered.

use proptest::prelude::*;
use scim::ScimType;
use scim::list::{ListQuery, SEARCH_REQUEST_SCHEMA, list_response};
use serde_json::{Value, json};

fn query(raw: &str) -> ListQuery {
    ListQuery::from_query(raw).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

fn search(mut members: Value) -> ListQuery {
    members["schemas"] = json!([SEARCH_REQUEST_SCHEMA]);
    ListQuery::from_search_request(&members).unwrap_or_else(|error| panic!("{members}: {error}"))
}

fn refused(raw: &str) -> (u16, Option<ScimType>) {
    let error = ListQuery::from_query(raw).expect_err(raw);
    (error.status, error.scim_type)
}

fn search_refused(mut members: Value) -> (u16, Option<ScimType>) {
    if members.get("schemas").is_none() {
        members["schemas"] = json!([SEARCH_REQUEST_SCHEMA]);
    }
    let error = ListQuery::from_search_request(&members).expect_err(&members.to_string());
    (error.status, error.scim_type)
}

const INVALID_VALUE: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidValue));
const INVALID_FILTER: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidFilter));
const INVALID_SYNTAX: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidSyntax));
const INVALID_COUNT: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidCount));
const INVALID_CURSOR: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidCursor));

/// R7644-3.4.2-06: without parameters, or with unknown ones, the list starts at 1.
#[test]
fn unknown_parameters_are_ignored() {
    let nothing = query("");
    assert_eq!(nothing.start_index, 1);
    assert_eq!((&nothing.filter, nothing.count, &nothing.cursor), (&None, None, &None));
    for raw in ["foo=1", "&&", "=", "foo", "foo=%FF&foo=2", "%FF=1", "filters=x"] {
        assert_eq!(query(raw), nothing, "{raw}");
    }
}

/// R7644-3.4.2.2-27, M-49, Q-14: decoded once; a plus is a space, `%2B` a plus.
#[test]
fn percent_encoding_is_read_once() {
    for raw in [
        "filter=userName%20eq%20%22a%2Bb%22",
        "filter=userName+eq+%22a%2Bb%22",
        "FILTER=userName%20eq+\"a%2bb\"",
    ] {
        assert_eq!(query(raw).filter.as_deref(), Some("userName eq \"a+b\""), "{raw}");
    }
    assert_eq!(query("filter=a%2520b").filter.as_deref(), Some("a%20b"));
    assert_eq!(query("filter=%22%C3%A9%22").filter.as_deref(), Some("\"é\""));
    assert_eq!(query("filter=100%25+or+5%").filter.as_deref(), Some("100% or 5%"));
    assert_eq!(query("filter=a=b").filter.as_deref(), Some("a=b"));
    assert_eq!(
        query("excludedAttributes=members&filter=id+pr").excluded_attributes.as_deref(),
        Some("members")
    );
    assert_eq!(query("%66ilter=id+pr").filter.as_deref(), Some("id pr"));
    assert_eq!(refused("filter=%FF"), INVALID_FILTER);
    assert_eq!(refused("sortBy=%C3"), INVALID_VALUE);
}

/// R7644-3.4.2-07, -08: an empty filter and a repeated parameter are refused.
#[test]
fn empty_filters_and_repetitions_are_refused() {
    assert_eq!(refused("filter="), INVALID_FILTER);
    assert_eq!(refused("filter"), INVALID_FILTER);
    assert_eq!(refused("filter=+%20"), INVALID_FILTER);
    assert_eq!(refused("filter=id+pr&filter=id+pr"), INVALID_FILTER);
    assert_eq!(refused("filter=id+pr&Filter=id+pr"), INVALID_FILTER);
    assert_eq!(refused("count=1&count=1"), INVALID_VALUE);
    assert_eq!(refused("attributes=a&attributes=b"), INVALID_VALUE);
}

/// R7644-3.4.2.4-01, M-27: a startIndex below 1 is 1.
#[test]
fn the_start_index_is_at_least_one() {
    for (raw, expected) in [("0", 1), ("-5", 1), ("1", 1), ("7", 7), ("999999", 999_999)] {
        assert_eq!(query(&format!("startIndex={raw}")).start_index, expected);
    }
    assert_eq!(query("startIndex=99999999999999999999").start_index, i64::MAX);
    assert_eq!(query("startIndex=-99999999999999999999").start_index, 1);
}

/// R7644-3.4.2.4-03, R9865-2-05: a negative count is 0.
#[test]
fn the_count_is_at_least_zero() {
    for (raw, expected) in
        [("-1", 0), ("0", 0), ("5", 5), ("100000", 100_000), ("99999999999999999999", i64::MAX)]
    {
        assert_eq!(query(&format!("count={raw}")).count, Some(expected));
    }
}

/// R7644-3.4.2.4-06, R9865-2.1-03: what is no whole number is refused.
#[test]
fn numbers_are_whole() {
    for raw in ["abc", "", "1.0", "1e3", "+1", "0x10", "--1", "-", "1 ", "٣"] {
        assert_eq!(refused(&format!("count={raw}")), INVALID_VALUE, "{raw}");
        assert_eq!(refused(&format!("startIndex={raw}")), INVALID_VALUE, "{raw}");
        assert_eq!(refused(&format!("cursor&count={raw}")), INVALID_COUNT, "{raw}");
        assert_eq!(refused(&format!("count={raw}&cursor=x")), INVALID_COUNT, "{raw}");
    }
}

/// R9865-2-01, -09: an empty cursor starts paging by cursor; it excludes startIndex.
#[test]
fn cursors_may_be_empty() {
    for raw in ["cursor", "cursor=", "cursor&count=10", "count=10&cursor="] {
        assert_eq!(query(raw).cursor.as_deref(), Some(""), "{raw}");
    }
    assert_eq!(query("cursor=VZ-._~").cursor.as_deref(), Some("VZ-._~"));
    assert_eq!(query("count=10").cursor, None);
    assert_eq!(refused("cursor=&startIndex=1"), INVALID_CURSOR);
}

/// Names without a value are as if they were not given.
#[test]
fn empty_names_are_not_given() {
    let empty = query("sortBy=&sortOrder=&attributes=&excludedAttributes=");
    assert_eq!(empty, query(""));
}

/// R7644-3.4.3-05, R9865-3-01: a SearchRequest asks the same as the query of a URI.
#[test]
fn a_search_asks_the_same_as_a_query() {
    let from_uri = query(
        "filter=userName+sw+%22a%22&sortBy=userName&sortOrder=descending&startIndex=3&count=10&attributes=userName,emails",
    );
    let members = json!({
        "filter": "userName sw \"a\"", "sortBy": "userName", "sortOrder": "descending", "startIndex": 3, "count": 10,
        "attributes": ["userName", "emails"],
    });
    assert_eq!(search(members), from_uri);
    assert_eq!(search(json!({ "cursor": "", "count": -3 })), query("cursor&count=-3"));
    assert_eq!(search(json!({ "excludedAttributes": ["members"] })), query("excludedAttributes=members"));
    assert_eq!(search(json!({})), query(""));
    assert_eq!(search(json!({ "FILTER": "id pr", "foo": [1], "count": null })), query("filter=id+pr"));
}

/// R7644-3.4.3-01: attributes are an array; a text with commas is understood.
#[test]
fn attributes_of_a_search_are_a_list() {
    assert_eq!(
        search(json!({ "attributes": "userName,emails" })).attributes.as_deref(),
        Some("userName,emails")
    );
    assert_eq!(
        search(json!({ "attributes": ["userName", "emails"] })).attributes.as_deref(),
        Some("userName,emails")
    );
    assert_eq!(search(json!({ "attributes": [] })).attributes, None);
}

/// R7644-3.4.3-04: a search says that it is one.
#[test]
fn a_search_holds_its_schema() {
    for schemas in [json!([]), json!(null), json!(SEARCH_REQUEST_SCHEMA), json!(["urn:x"]), json!([1])] {
        assert_eq!(search_refused(json!({ "schemas": schemas, "filter": "id pr" })), INVALID_SYNTAX);
    }
    for body in [json!([]), json!("a"), json!(null), json!({ "filter": "id pr" })] {
        let error = ListQuery::from_search_request(&body).unwrap_err();
        assert_eq!((error.status, error.scim_type), INVALID_SYNTAX);
    }
    let body = json!({ "Schemas": [SEARCH_REQUEST_SCHEMA.to_uppercase()], "count": 1 });
    assert_eq!(ListQuery::from_search_request(&body).unwrap().count, Some(1));
}

/// R7644-3.4.3-06: values of the wrong JSON type are refused.
#[test]
fn values_of_a_search_have_their_type() {
    assert_eq!(search_refused(json!({ "count": "x" })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "count": "10" })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "count": 1.5 })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "count": 1e30 })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "startIndex": [1] })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "count": "10", "cursor": "" })), INVALID_COUNT);
    assert_eq!(search_refused(json!({ "cursor": "", "count": 1.5 })), INVALID_COUNT);
    assert_eq!(search_refused(json!({ "attributes": [1] })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "attributes": { "a": 1 } })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "filter": ["id pr"] })), INVALID_FILTER);
    assert_eq!(search_refused(json!({ "filter": "" })), INVALID_FILTER);
    assert_eq!(search_refused(json!({ "sortBy": true })), INVALID_VALUE);
    assert_eq!(search_refused(json!({ "cursor": "a", "startIndex": 1 })), INVALID_CURSOR);
    assert_eq!(search_refused(json!({ "count": 1, "Count": 2 })), INVALID_VALUE);
}

/// R7644-3.4.2-02, -03, -05, -10, M-24, M-25: the message, `Resources` there even when empty.
#[test]
fn a_list_says_how_much_there_is() {
    let page = list_response(7, Some(3), vec![json!({ "id": "a" }), json!({ "id": "b" })], None, None);
    assert_eq!(
        page.to_string(),
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":7,\
         \"itemsPerPage\":2,\"startIndex\":3,\"Resources\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"
    );
    let empty = list_response(0, Some(1), Vec::new(), None, None);
    assert_eq!(empty["Resources"], json!([]));
    assert_eq!((&empty["totalResults"], &empty["itemsPerPage"]), (&json!(0), &json!(0)));
}

/// R9865-2-02, -03, -07: cursors where there are any; then no startIndex.
#[test]
fn a_list_by_cursor_shows_its_cursors() {
    let first = list_response(7, None, vec![json!({ "id": "a" })], Some("n"), None);
    assert_eq!(first["nextCursor"], "n");
    assert!(first.get("startIndex").is_none() && first.get("previousCursor").is_none());
    let last = list_response(7, None, Vec::new(), None, Some("p"));
    assert_eq!(last["previousCursor"], "p");
    assert!(last.get("nextCursor").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No query makes the reader panic, and the numbers it gives are in range.
    #[test]
    fn no_query_panics(
        raw in prop_oneof![any::<String>(), "((filter|count|startIndex|cursor|sortBy)=?[%0-9a-f+-]{0,5}&?){0,4}"],
    ) {
        if let Ok(query) = ListQuery::from_query(&raw) {
            prop_assert!(query.start_index >= 1 && query.count.is_none_or(|count| count >= 0));
        }
    }
}
