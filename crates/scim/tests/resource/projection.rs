//! Which attributes an answer shows.

use crate::support::{CUSTOM, ENTERPRISE, code, definitions, habits};
use scim::projection::Projection;
use scim::{Mode, Notes};
use serde_json::{Value, json};

fn document() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE], "id": "1", "externalId": "e", "userName": "a",
        "name": { "givenName": "A", "familyName": "B" },
        "emails": [{ "value": "a@b", "type": "work" }, { "type": "home" }],
        ENTERPRISE: { "department": "D", "manager": { "value": "m", "$ref": "r" } },
        CUSTOM: { "pin": "1", "bio": "b", "tags": ["t"] },
        "meta": { "resourceType": "User", "version": "W/\"1\"" },
    })
}

fn project(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let definition = definitions().user;
    let projection = Projection::parse(&definition, attributes, excluded, Mode::Strict)
        .unwrap_or_else(|error| panic!("{error}"));
    let Value::Object(document) = document() else { panic!() };
    let mut shown = projection.apply(&definition, document);
    // They are always there.
    assert!(shown.remove("schemas").is_some() && shown.remove("id").is_some());
    Value::Object(shown)
}

/// R7644-3.9-02, -06, -07, -08, -09, R7643-7-06, R7643-7-08, M-39, M-40: `attributes` names what is shown instead.
#[test]
fn named_attributes_are_shown_alone() {
    let cases = [
        ("userName", json!({ "userName": "a" })),
        (" USERNAME , externalid", json!({ "externalId": "e", "userName": "a" })),
        ("name.givenName", json!({ "name": { "givenName": "A" } })),
        ("name.givenName,name", json!({ "name": { "givenName": "A", "familyName": "B" } })),
        ("emails.value", json!({ "emails": [{ "value": "a@b" }] })),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!({ "userName": "a" })),
        (&format!("{ENTERPRISE}:Department"), json!({ ENTERPRISE: { "department": "D" } })),
        (&format!("{ENTERPRISE}:manager.value"), json!({ ENTERPRISE: { "manager": { "value": "m" } } })),
        (ENTERPRISE, json!({ ENTERPRISE: { "department": "D", "manager": { "value": "m", "$ref": "r" } } })),
        ("meta.version", json!({ "meta": { "version": "W/\"1\"" } })),
        (&format!("{CUSTOM}:pin"), json!({})),
        (&format!("{CUSTOM}:bio"), json!({ CUSTOM: { "bio": "b" } })),
        ("nope,,password,id", json!({})),
    ];
    for (attributes, expected) in cases {
        assert_eq!(project(Some(attributes), None), expected, "{attributes}");
    }
    let base = project(Some("urn:ietf:params:scim:schemas:core:2.0:User"), None);
    assert!(base.get("userName").is_some() && base.get(ENTERPRISE).is_none());
}

/// R7644-3.9-03, R7643-7-06, R7643-7-07: `excludedAttributes` takes away, never what is always returned.
#[test]
fn excluded_attributes_are_left_out() {
    let shown = project(None, Some("id,schemas,name.givenName,emails,meta,userName"));
    assert_eq!(
        shown,
        json!({
            "externalId": "e", "name": { "familyName": "B" },
            ENTERPRISE: { "department": "D", "manager": { "value": "m", "$ref": "r" } }, CUSTOM: { "tags": ["t"] },
        })
    );
    assert!(project(None, Some(ENTERPRISE)).get(ENTERPRISE).is_none());
    assert_eq!(
        project(None, Some(&format!("{ENTERPRISE}:manager.$ref")))[ENTERPRISE]["manager"],
        json!({ "value": "m" })
    );
}

/// R7644-3.4-01, R7643-7-05, R7643-7-07: without parameters, what is never returned or only on request stays away.
#[test]
fn the_default_set_holds_no_secrets() {
    for shown in [project(None, None), project(Some(" "), Some(""))] {
        assert_eq!(shown[CUSTOM], json!({ "tags": ["t"] }));
        assert_eq!(shown["meta"]["version"], "W/\"1\"");
    }
}

/// R7644-3.9-05: the two exclude each other.
#[test]
fn both_parameters_are_refused() {
    assert_eq!(
        code(&Projection::parse(&definitions().user, Some("id"), Some("name"), Mode::Lenient)),
        "400 invalidValue"
    );
}

/// R7644-3.9-10, E-14: whether members are worth loading is known before.
#[test]
fn what_is_not_shown_need_not_be_loaded() {
    let group = definitions().group;
    let cases = [
        (None, None, true, false),
        (Some("displayName"), None, false, true),
        (Some("MEMBERS.value"), None, true, true),
        (None, Some("members"), false, false),
        (None, Some("members.value"), true, false),
        (Some("nope"), None, false, true),
    ];
    for (attributes, excluded, shows, is_explicit) in cases {
        let projection = Projection::parse(&group, attributes, excluded, Mode::Lenient).unwrap();
        assert_eq!(
            (projection.shows("members"), projection.is_explicit()),
            (shows, is_explicit),
            "{attributes:?} {excluded:?}"
        );
    }
}

/// E-26: Microsoft's collection asks for `attributes=emails[type eq "work"]`; a bare name of an extension is read too.
#[test]
fn names_that_are_no_names_are_read_with_a_remark() {
    let definition = definitions().user;
    let cases = [
        ("emails[type eq \"work\"]", "filter-in-attributes", "emails"),
        ("emails[value eq \"a,b\"].type", "filter-in-attributes", "emails"),
        ("Department", "name-without-urn", ENTERPRISE),
    ];
    for (attributes, habit, shown) in cases {
        let projection = Projection::parse(&definition, Some(attributes), None, Mode::Lenient).unwrap();
        let mut notes = Notes::new();
        projection.remark(&mut notes);
        assert_eq!(habits(&notes), [habit], "{attributes}");
        let Value::Object(document) = document() else { panic!() };
        assert!(projection.apply(&definition, document).contains_key(shown), "{attributes}");
        assert!(
            project(Some(attributes), None).get(shown).is_none(),
            "a strict connection passes over {attributes}"
        );
    }
}
