//! How conditions are joined and written: letter case, precedence, value paths, spaces, the canonical text.

use crate::definitions::{attribute, user};
use crate::{check, parse, refused};
use scim::filter::Filter;
use scim::{Mode, Notes, ScimType};
use serde_json::json;

/// R7644-3.4.2.2-01: names and operators are read in any letter case.
#[test]
fn names_and_operators_go_in_any_case() {
    check(&[
        (r#"userName eq "bjensen@example.com""#, true),
        (r#"userName Eq "bjensen@example.com""#, true),
        (r#"USERNAME EQ "bjensen@example.com""#, true),
        (r#"NAME.FAMILYNAME eq "jensen" AND Title PR"#, false),
        ("NOT (title PR) Or id pr", true),
        (r#"EMAILS[TYPE eq "work"]"#, true),
    ]);
}

/// R7644-3.4.2.2-08, M-02: not binds tighter than and, and tighter than or; parentheses come first.
#[test]
fn precedence_is_not_and_or() {
    let truth = |value: bool| if value { "id pr" } else { "nickName pr" };
    for bits in 0..8_u8 {
        let holds = [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0];
        let [a, b, c] = holds;
        let [first, second, third] = holds.map(truth);
        check(&[
            (&format!("{first} or {second} and {third}"), a || (b && c)),
            (&format!("{first} and {second} or {third}"), (a && b) || c),
            (&format!("({first} or {second}) and {third}"), (a || b) && c),
            (&format!("not ({first}) and {second}"), !a && b),
            (&format!("not ({first} and {second}) or {third}"), !(a && b) || c),
            (&format!("{first} and not ({second} or {third})"), a && !(b || c)),
        ]);
    }
}

/// R7644-3.4.2.2-09, M-03: `not` stands before parentheses, with or without a space.
#[test]
fn not_stands_before_parentheses() {
    check(&[
        (r#"not(userName eq "x")"#, true),
        (r#"not (userName eq "x")"#, true),
        (r#"emails[not(type eq "work")]"#, true),
        ("not (not (id pr))", true),
    ]);
    let details = refused(&[r#"not userName eq "x""#, "not", "not not (id pr)"]);
    assert_eq!(
        details[0],
        "The filter cannot be read at character 5: expected ( after not, but \"userName\" stands there."
    );
}

/// R7644-3.4.2.2-10, M-04: all conditions inside of [ ] hold of one element; dotted ones may be met by several.
#[test]
fn a_value_path_asks_one_element() {
    check(&[
        (r#"emails[type eq "work" and value co "@work"]"#, true),
        (r#"emails[type eq "work" and value co "@home"]"#, false),
        (r#"emails.type eq "work" and emails.value co "@home""#, true),
        (r#"userName sw "b" and emails[value ew ".example"] or title pr"#, true),
        (r#"urn:example:params:badge:2.0:User:doors[code eq "A1" and opened lt 5]"#, true),
        (r#"urn:example:params:badge:2.0:User:doors[code eq "a1"]"#, false),
        (r#"urn:example:params:badge:2.0:User:tags[value eq "RED"]"#, true),
        (r#"urn:example:params:badge:2.0:User:tags[value sw "r" and value sw "g"]"#, false),
        (r#"schemas[value co "enterprise"]"#, true),
        (r#"phoneNumbers[type eq "work"]"#, false),
    ]);
}

/// R7644-3.4.2.2-11: parentheses, not, or and many terms inside of [ ].
#[test]
fn a_value_path_holds_any_condition() {
    check(&[
        (r#"emails[(type eq "work" or type eq "home") and not (primary eq true)]"#, true),
        (r#"emails[type eq "work" and value pr and primary eq true]"#, true),
        (r#"emails[type eq "x" or type eq "y" or type eq "home"]"#, true),
        (r#"emails[not (type eq "work" or type eq "home")]"#, false),
    ]);
}

/// R7644-3.4.2.2-12 and value paths that are none: nested, on a single value, with foreign names, not closed.
#[test]
fn a_value_path_is_refused_where_it_makes_no_sense() {
    let details = refused(&[
        r#"emails[type eq "w" and emails[type eq "h"]]"#,
        r#"name[givenName eq "x"]"#,
        r#"userName[value eq "x"]"#,
        r#"emails.value[value eq "x"]"#,
        r#"emails[nope eq "x"]"#,
        r#"emails[emails.type eq "x"]"#,
        r#"emails[urn:ietf:params:scim:schemas:core:2.0:User:userName eq "x"]"#,
        r#"emails[type eq "work""#,
        r#"emails[type eq "work")"#,
        "emails[]",
        r#"schemas[type eq "x"]"#,
    ]);
    assert_eq!(
        details[4],
        "The filter cannot be read at character 8: \"nope\" is not an attribute of emails."
    );
    assert_eq!(
        details[1],
        "The filter cannot be read at character 1: name has no elements to choose from with [ ]."
    );
}

/// R7644-3.5.2: the filter inside a PATCH path goes by the names of an element's parts.
#[test]
fn a_filter_on_elements_goes_by_their_parts() {
    let definition = user();
    let emails = attribute(&definition, "emails");
    let parse = |text: &str, mode| Filter::parse_element(text, &emails, mode, &mut Notes::new());
    let work = json!({ "type": "work", "value": "a@b" });
    assert!(
        parse(r#"TYPE eq "Work" and not (primary eq true)"#, Mode::Strict).unwrap().matches_element(&work)
    );
    assert!(!parse(r#"type eq "home" or display pr"#, Mode::Strict).unwrap().matches_element(&work));
    assert!(parse(r#"primary eq "False""#, Mode::Lenient).unwrap().matches_element(&work));
    for text in
        [r#"emails.type eq "work""#, r#"urn:x:y eq "work""#, r#"emails[type eq "work"]"#, "userName pr", ""]
    {
        assert_eq!(
            parse(text, Mode::Lenient).unwrap_err().scim_type,
            Some(ScimType::InvalidFilter),
            "{text}"
        );
    }
    let tags = attribute(&definition, "urn:example:params:badge:2.0:User:tags");
    let red = Filter::parse_element(r#"value eq "RED""#, &tags, Mode::Strict, &mut Notes::new()).unwrap();
    assert!(red.matches_element(&json!("red")) && !red.matches_element(&json!("green")));
    for single in ["name", "userName", "emails.value"] {
        let single = attribute(&definition, single);
        Filter::parse_element("value pr", &single, Mode::Lenient, &mut Notes::new()).unwrap_err();
    }
}

/// R7644-3.4.2.2-25: more spaces than needed are tolerated, anything behind the filter is not.
#[test]
fn spaces_are_tolerated_and_trailing_text_is_not() {
    check(&[
        (r#"  userName   eq   "bjensen@example.com"  "#, true),
        ("( ( userName pr ) )  and  not  ( title pr )", true),
        (r#"emails[ type eq "work" ]"#, true),
    ]);
    refused(&[
        r#"userName eq "x" )"#,
        r#"userName eq "x" "y""#,
        "id pr id pr",
        "(id pr",
        "id pr and",
        "or id pr",
        "()",
        "[",
        "id eq \"x\"]",
        "",
        "   ",
    ]);
}

/// The canonical text of a filter.
#[test]
fn filters_are_written_canonically() {
    let cases = [
        (r#"USERNAME EQ "a\u0062" AND((title pr))"#, r#"userName eq "ab" and title pr"#),
        ("id pr and (id pr and title pr)", "id pr and (id pr and title pr)"),
        ("(id pr and id pr) and title pr", "id pr and id pr and title pr"),
        ("(id pr and id pr) or title pr", "id pr and id pr or title pr"),
        ("(id pr or id pr) and title pr", "(id pr or id pr) and title pr"),
        ("title eq null", "not (title pr)"),
        (r#"emails co "x""#, r#"emails.value co "x""#),
        (r#"EMAILS[TYPE ne "x"]"#, r#"emails[type ne "x"]"#),
        (r#"meta.created gt "2011-05-13T06:42:34+02:00""#, r#"meta.created gt "2011-05-13T04:42:34Z""#),
        (
            r#"URN:example:params:badge:2.0:user:tags[value eq "x"]"#,
            r#"urn:example:params:badge:2.0:User:tags[value eq "x"]"#,
        ),
        (
            "urn:example:params:badge:2.0:User:weight lt 1e2",
            "urn:example:params:badge:2.0:User:weight lt 100",
        ),
    ];
    for (text, canonical) in cases {
        let filter = parse(text, Mode::Strict).unwrap();
        assert_eq!(filter.to_string(), canonical);
        assert_eq!(parse(canonical, Mode::Strict), Ok(filter));
    }
}
