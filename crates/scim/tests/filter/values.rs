//! How values are written, and which habits are corrected.

use crate::definitions::user;
use crate::{barbara, check, parse, refused};
use scim::filter::Filter;
use scim::{Mode, Notes, ScimType};

/// R7644-3.4.2.2-13, Q-14: Entra's comparison behind [ ] is read as one inside of it; strict refuses.
#[test]
fn a_comparison_behind_a_value_path_is_corrected() {
    let text = r#"emails[type eq "work"].value eq "BJENSEN@work.example""#;
    let mut notes = Notes::new();
    let filter = Filter::parse(text, &user(), Mode::Lenient, &mut notes).unwrap();
    assert!(filter.matches(&barbara()));
    let inside = r#"emails[type eq "work" and value eq "BJENSEN@work.example"]"#;
    assert_eq!(filter, parse(inside, Mode::Strict).unwrap());
    assert_eq!(
        notes.as_slice().iter().map(|note| &*note.habit).collect::<Vec<_>>(),
        ["value-path-comparison"]
    );

    let other = parse(r#"emails[type eq "home"].value eq "bjensen@work.example""#, Mode::Lenient).unwrap();
    assert!(!other.matches(&barbara()));
    assert!(
        parse(r#"emails[type eq "home"].value pr and id pr"#, Mode::Lenient).unwrap().matches(&barbara())
    );

    let error = parse(text, Mode::Strict).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
    refused(&[
        r#"emails[type eq "work"] .value eq "x""#,
        r#"emails[type eq "work"].nope eq "x""#,
        r#"emails[type eq "work"] eq "x""#,
        r#"emails[type eq "work"]."#,
        r#"emails[type eq "work"].value"#,
    ]);
}

/// R7644-3.4.2.2-20: texts are JSON strings, escapes decoded.
#[test]
fn texts_are_json_strings() {
    check(&[
        (r#"displayName eq "O\"Brien \u00e9""#, true),
        (r#"displayName sw "\u004f\"""#, true),
        (r#"displayName eq "a\\""#, false),
        (r#"displayName co ") and (""#, false),
        (r#"displayName co "😀""#, false),
    ]);
    refused(&[
        r#"displayName eq "\x""#,
        r#"displayName eq "\ud800""#,
        "displayName eq \"a\nb\"",
        r#"displayName eq "\""#,
        r#"displayName eq "\u12""#,
    ]);
}

/// R7644-3.4.2.2-21, M-07, Q-14: text without quotation marks is a habit; single quotation marks are an error.
#[test]
fn unquoted_text_is_corrected_or_refused() {
    let cases = [
        ("externalId eq BJensen-7", true),
        ("externalId eq 12345", false),
        ("userName eq bjensen@example.com and id pr", true),
        ("(userName eq bjensen@example.com)", true),
        ("meta.lastModified ge 2011-05-13T04:42:34Z", true),
        ("emails[type eq work]", true),
        ("nickName ne true", true),
    ];
    for (text, expected) in cases {
        let mut notes = Notes::new();
        let filter = Filter::parse(text, &user(), Mode::Lenient, &mut notes).unwrap();
        assert_eq!(filter.matches(&barbara()), expected, "{text}");
        let note = notes.as_slice().last().unwrap();
        assert_eq!(note.habit, "unquoted-filter-value");
        assert!(!note.text.contains("bjensen"), "notes name the attribute, not the value");
        let error = parse(text, Mode::Strict).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter), "{text}");
    }
    let details =
        refused(&["userName eq 'john'", "userName eq john doe", "userName eq (john)", "userName eq [1]"]);
    assert_eq!(
        details[0],
        "The filter cannot be read at character 13: \
         userName is compared with a text in double quotation marks."
    );
}

/// R7644-3.4.2.2-22, M-32: booleans in any letter case, or as text, are a habit.
#[test]
fn booleans_in_other_forms_are_corrected_or_refused() {
    for text in ["active eq False", "active eq \"False\"", "active eq FALSE", "emails[primary eq \"True\"]"] {
        let mut notes = Notes::new();
        let filter = Filter::parse(text, &user(), Mode::Lenient, &mut notes).unwrap();
        assert!(filter.matches(&barbara()), "{text}");
        assert_eq!(notes.as_slice()[0].habit, "string-boolean");
        parse(text, Mode::Strict).unwrap_err();
    }
    refused(&["active eq yes", "active eq 1", "active eq \"\""]);
}

/// R7644-3.4.2.2-24: a value of another type than the attribute's is refused.
#[test]
fn values_have_the_type_of_the_attribute() {
    refused(&[
        r#"meta.created gt "abc""#,
        r#"meta.created gt "2011-05-13""#,
        "meta.created gt true",
        r#"urn:example:params:badge:2.0:User:level eq "x""#,
        "urn:example:params:badge:2.0:User:level eq 1.5",
        "urn:example:params:badge:2.0:User:level eq 1e999",
        "urn:example:params:badge:2.0:User:level eq 01",
        "urn:example:params:badge:2.0:User:weight eq NaN",
        "urn:example:params:badge:2.0:User:weight eq true",
    ]);
    for text in ["userName eq 5", "userName eq true"] {
        parse(text, Mode::Strict).unwrap_err();
    }
}
