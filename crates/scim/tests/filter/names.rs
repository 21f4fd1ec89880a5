//! Which attributes a filter can name: schemas, other types, secrets, what identity providers ask.

use crate::definitions::{group, user};
use crate::{barbara, check, document, refused};
use scim::filter::Filter;
use scim::{Mode, Notes};
use serde_json::json;

/// R7644-3.10-01, -02, -03, M-08: names may start with a schema that the type has, in any letter case.
#[test]
fn names_may_start_with_their_schema() {
    check(&[
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq "jensen""#, true),
        (r#"URN:IETF:params:scim:schemas:core:2.0:user:USERNAME sw "b""#, true),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tour operations""#,
            true,
        ),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26118915""#, true),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"]"#, true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter ne "7""#, true),
    ]);
    refused(&[
        r#"urn:foo:bar:x eq "1""#,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
        "urn:ietf:params:scim:schemas:core:2.0:User pr",
        r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[urn:x:y eq "work"]"#,
    ]);
}

/// E-5, E-19: the name of an extension's attribute alone, or behind a malformed URN, is a habit; a strict connection
/// refuses it.
#[test]
fn names_without_their_urn_are_corrected_or_refused() {
    let cases = [
        (r#"department eq "tour operations""#, true),
        (r#"id eq "2819c223-7f76" and manager eq "26118915""#, true),
        (r#"Manager.Value eq "26118915""#, true),
        ("not (costCenter pr)", true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department sw "tour""#, true),
    ];
    for (text, expected) in cases {
        let mut notes = Notes::new();
        let filter = Filter::parse(text, &user(), Mode::Lenient, &mut notes).unwrap();
        assert_eq!(filter.matches(&barbara()), expected, "{text}");
        assert_eq!(notes.as_slice()[0].habit, "name-without-urn", "{text}");
        Filter::parse(text, &user(), Mode::Strict, &mut Notes::new()).unwrap_err();
    }
    // What is never returned is no attribute by its bare name either.
    let details = refused(&[r#"pin eq "x""#, r#"emails[department eq "x"]"#]);
    assert!(details[0].ends_with("\"pin\" is not an attribute of User."), "{details:?}");
}

/// R7644-3.12-04: what is never returned cannot be asked for, and the answer is that of an unknown name.
#[test]
fn secrets_are_not_attributes() {
    let details = refused(&[
        r#"password eq "x""#,
        "urn:example:params:badge:2.0:User:pin pr",
        r#"urn:example:params:badge:2.0:User:doors[secret eq "x"]"#,
        r#"urn:example:params:badge:2.0:User:doors.secret eq "x""#,
    ]);
    assert_eq!(
        details[0],
        "The filter cannot be read at character 1: \"password\" is not an attribute of User."
    );
    assert!(details[1].ends_with("2.0:User:pin\" is not an attribute of User."));
}

/// RIPS-5.4-01, RIPS-6.2-02, RINT-6.3-02: the filters that identity providers send.
#[test]
fn lookups_of_identity_providers_are_understood() {
    check(&[
        (r#"userName eq "bjensen@example.com""#, true),
        (r#"externalId eq "BJensen-7""#, true),
        (r#"emails[value eq "bjensen@work.example"]"#, true),
        (r#"emails[type eq "work" and value eq "bjensen@work.example"]"#, true),
    ]);
    let team = document(
        json!({ "id": "7", "displayName": "Équipe", "members": [{ "value": "u1" }, { "value": "u2" }] }),
    );
    for (text, expected) in [
        (r#"displayName eq "éQUIPE""#, true),
        (r#"externalId eq "x""#, false),
        (r#"members[value eq "u2"]"#, true),
        (r#"id eq "7" and members eq "u1""#, true),
        (r#"id eq "7" and members.value eq "U1""#, false),
        ("members.$ref pr", false),
    ] {
        let filter = Filter::parse(text, &group(), Mode::Strict, &mut Notes::new()).unwrap();
        assert_eq!(filter.matches(&team), expected, "{text}");
    }
}

/// R7644-3.4.2.1-01: asked of several types, an attribute that this type does not have is unassigned.
#[test]
fn attributes_of_other_types_are_unassigned() {
    let team = document(json!({ "id": "7", "displayName": "Team", "meta": { "resourceType": "Group" } }));
    let cases = [
        (r#"meta.resourceType eq "User""#, false),
        (r#"meta.resourceType eq "Group""#, true),
        ("userName pr", false),
        (r#"userName eq "a""#, false),
        (r#"userName gt "a" or displayName eq "team""#, true),
        (r#"userName ne "a""#, true),
        ("userName eq null", true),
        ("userName ne null", false),
        (r#"not (userName eq "a")"#, true),
        (r#"emails[type eq "work" and (value pr or not (primary eq true))]"#, false),
        (r#"emails[type eq "work"].value eq "a""#, false),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "a""#, false),
        (r#"members[kind eq "a"]"#, false),
    ];
    for (text, expected) in cases {
        let filter = Filter::parse_for_any_type(text, &group(), Mode::Lenient, &mut Notes::new()).unwrap();
        assert_eq!(filter.matches(&team), expected, "{text}");
        let again =
            Filter::parse_for_any_type(&filter.to_string(), &group(), Mode::Strict, &mut Notes::new());
        assert_eq!(again.as_ref(), Ok(&filter), "{text}: {filter}");
    }
    for text in [
        "user name pr",
        "userName",
        "1x pr",
        "emails[a[b pr]]",
        "emails[a.b pr]",
        "userName gt null",
        "x[y pr",
    ] {
        Filter::parse_for_any_type(text, &group(), Mode::Lenient, &mut Notes::new()).unwrap_err();
    }
}
