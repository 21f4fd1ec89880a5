//! Sorting.

mod definitions;

use definitions::{attribute, group, user};
use scim::sort::{Sort, SortKey};
use scim::{ResourceDefinition, ScimType};
use serde_json::{Value, json};

fn sort(by: &str, order: Option<&str>) -> Sort {
    Sort::parse(&user(), by, order).unwrap_or_else(|error| panic!("{by}: {error}"))
}

fn key(sort: &Sort, document: &Value) -> Option<SortKey> {
    sort.key(document.as_object().expect("a document is an object"))
}

/// The documents in order, as the positions they had.
fn sorted(by: &str, order: Option<&str>, documents: &[Value]) -> Vec<usize> {
    let sort = sort(by, order);
    let mut positions: Vec<usize> = (0..documents.len()).collect();
    positions
        .sort_by(|left, right| sort.compare(&key(&sort, &documents[*left]), &key(&sort, &documents[*right])));
    positions
}

/// R7644-3.4.2.3-02: ascending unless said; another order is 400 invalidValue.
#[test]
fn the_order_is_ascending_unless_said() {
    let users = [json!({ "userName": "b" }), json!({ "userName": "c" }), json!({ "userName": "a" })];
    assert_eq!(sorted("userName", None, &users), [2, 0, 1]);
    assert_eq!(sorted("userName", Some("ascending"), &users), [2, 0, 1]);
    assert_eq!(sorted("USERNAME", Some("Descending"), &users), [1, 0, 2]);
    for order in ["desc", "", "up"] {
        let error = Sort::parse(&user(), "userName", Some(order)).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
    }
}

/// R7644-3.4.2.3-03: resources without a value come last in ascending order, first in descending.
#[test]
fn missing_values_are_the_greatest() {
    let users = [
        json!({}),
        json!({ "title": "x" }),
        json!({ "title": null }),
        json!({ "title": "a" }),
        json!({ "title": "" }),
    ];
    assert_eq!(sorted("title", None, &users), [3, 1, 0, 2, 4]);
    assert_eq!(sorted("title", Some("descending"), &users), [0, 2, 4, 1, 3]);
}

/// R7644-3.4.2.3-04: text is folded unless letter case counts.
#[test]
fn letter_case_counts_where_the_schema_says_so() {
    let named = |name: &str| json!({ "userName": name, "externalId": name });
    let users = [named("b"), named("A"), named("c"), named("É"), named("e\u{301}")];
    assert_eq!(sorted("userName", None, &users), [1, 0, 2, 3, 4]);
    assert_eq!(sorted("externalId", None, &users[..3]), [1, 0, 2]);
    assert_eq!(sorted("externalId", None, &[named("a"), named("B")]), [1, 0]);
    let sort = sort("userName", None);
    assert_eq!(key(&sort, &users[3]), key(&sort, &users[4]));
}

/// R7644-3.4.2.3-05: a multi-valued attribute goes by its primary value, else by the first.
#[test]
fn the_primary_value_counts() {
    let users = [
        json!({ "emails": [{ "value": "a" }, { "value": "z", "primary": true }] }),
        json!({ "emails": [{ "value": "m", "primary": false }, { "value": "a" }] }),
        json!({ "emails": [] }),
    ];
    assert_eq!(sorted("emails.value", None, &users), [1, 0, 2]);
    assert_eq!(sorted("emails", None, &users), [1, 0, 2]);
    assert_eq!(sort("emails", None).by, attribute(&user(), "emails.value"));
    let tags = "urn:example:params:badge:2.0:User:tags";
    let tagged = |tags: Value| json!({ "urn:example:params:badge:2.0:User": { "tags": tags } });
    assert_eq!(key(&sort(tags, None), &tagged(json!(["B", "a"]))), Some(SortKey::Text("b".to_owned())));
}

/// R7644-3.4.2.3-06: a complex attribute needs a sub-attribute; what names nothing is 400 invalidPath.
#[test]
fn sort_by_names_an_attribute_with_a_value() {
    assert_eq!(sort("name.givenName", None).by, attribute(&user(), "name.givenName"));
    let refused = |definition: &ResourceDefinition, by: &str| {
        let error = Sort::parse(definition, by, None).expect_err(by);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidPath)), "{by}");
        error.detail
    };
    assert_eq!(refused(&user(), "name"), "sortBy: \"name\" has parts. Sort by one of them.");
    assert_eq!(refused(&user(), "nope"), "sortBy: \"nope\" is not an attribute of User.");
    assert_eq!(refused(&group(), "userName"), "sortBy: \"userName\" is not an attribute of Group.");
    assert_eq!(refused(&user(), "password"), "sortBy: \"password\" is not an attribute of User.");
    for by in [
        "",
        "meta",
        "addresses",
        "name.nope",
        "urn:x:y",
        "userName desc",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:example:params:badge:2.0:User:pin",
        "urn:example:params:badge:2.0:User:doors.secret",
    ] {
        refused(&user(), by);
    }
}

/// R7644-3.4.2.3-07: instants by time, numbers by size, booleans false before true.
#[test]
fn the_order_follows_the_type() {
    let created = |at: &str| json!({ "meta": { "created": at } });
    let users = [
        created("2011-05-13T04:42:34Z"),
        created("2011-05-13T05:00:00+02:00"),
        created("2010-12-31T00:00:00Z"),
    ];
    assert_eq!(sorted("meta.created", None, &users), [2, 1, 0]);
    let badge = |level: i64| json!({ "urn:example:params:badge:2.0:User": { "level": level } });
    let users = [badge(10), badge(9), badge(-1)];
    assert_eq!(sorted("urn:example:params:badge:2.0:User:level", None, &users), [2, 1, 0]);
    let users = [json!({}), json!({ "active": false }), json!({ "active": true })];
    assert_eq!(sorted("active", None, &users), [1, 0, 2]);
    let users =
        [json!({}), json!({ "emails": [{ "primary": true }] }), json!({ "emails": [{ "value": "a" }] })];
    assert_eq!(sorted("emails.primary", None, &users), [2, 1, 0]);
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    assert_eq!(sort(manager, None).by.path(), format!("{manager}.value"));
}

/// A value of another type than the schema's has no place.
#[test]
fn values_of_another_type_are_missing() {
    for value in [json!(1), json!({}), json!([]), json!(true)] {
        assert_eq!(key(&sort("title", None), &json!({ "title": value })), None);
    }
    assert_eq!(key(&sort("meta.created", None), &json!({ "meta": { "created": "yesterday" } })), None);
}
