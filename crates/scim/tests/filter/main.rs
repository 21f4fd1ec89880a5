//! Filters: what they mean, what is refused and how, what is tolerated.

mod comparisons;
#[path = "../definitions/mod.rs"]
mod definitions;
mod errors;
mod names;
mod path;
mod properties;
mod structure;
mod values;

use definitions::user;
use scim::filter::Filter;
use scim::{Document, Mode, Notes, ScimError, ScimType};
use serde_json::{Value, json};

fn document(value: Value) -> Document {
    serde_json::from_value(value).expect("a document is an object")
}

/// A user with a value of nearly every kind.
fn barbara() -> Document {
    document(json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "id": "2819c223-7f76",
        "externalId": "BJensen-7",
        "userName": "BJensen@Example.com",
        "name": { "givenName": "Barbara", "familyName": "Jensen" },
        "displayName": "O\"Brien é",
        "title": "",
        "active": false,
        "emails": [
            { "value": "bjensen@work.example", "type": "work", "primary": true },
            { "value": "babs@home.example", "type": "home" },
        ],
        "roles": [{ "value": "admin" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Tour Operations",
            "manager": { "value": "26118915", "displayName": "John" },
        },
        "urn:example:params:badge:2.0:User": {
            "level": 9,
            "weight": 1.5,
            "issued": "2011-05-13T06:42:34+02:00",
            "holder": "https://example.com/a",
            "picture": "QUJD",
            "tags": ["Red", "green"],
            "doors": [{ "code": "A1", "opened": 3 }, { "code": "b2", "opened": 10 }],
        },
        "meta": {
            "resourceType": "User",
            "created": "2011-05-13T04:42:34.000001Z",
            "lastModified": "2011-05-13T04:42:34Z",
        },
    }))
}

fn parse(text: &str, mode: Mode) -> Result<Filter, ScimError> {
    Filter::parse(text, &user(), mode, &mut Notes::new())
}

/// Checks filters, each with whether Barbara meets it, as a strict connection reads them.
fn check(cases: &[(&str, bool)]) {
    check_on(&barbara(), cases);
}

fn check_on(document: &Document, cases: &[(&str, bool)]) {
    for (text, expected) in cases {
        let filter = parse(text, Mode::Strict).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.matches(document), *expected, "{text}");
    }
}

/// Checks that a lenient connection refuses each filter with 400 invalidFilter; gives the details.
fn refused(texts: &[&str]) -> Vec<String> {
    let detail = |text: &&str| {
        let error = parse(text, Mode::Lenient).expect_err(text);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)), "{text}");
        error.detail
    };
    texts.iter().map(detail).collect()
}
