//! What operators mean, by type.

use crate::{check, check_on, document, parse, refused};
use scim::Mode;
use serde_json::{Value, json};

/// R7644-3.4.2.2-02, -18; R7643-3.1-06, -07; Q-15: identical by type: folded where case does not count, else exact.
#[test]
fn eq_compares_as_the_type_says() {
    check(&[
        (r#"userName eq "BJENSEN@EXAMPLE.COM""#, true),
        (r#"userName eq "bjensen""#, false),
        (r#"externalId eq "BJensen-7""#, true),
        (r#"externalId eq "bjensen-7""#, false),
        (r#"id eq "2819C223-7F76""#, false),
        (r#"displayName eq "o\"BRIEN É""#, true),
        ("active eq false", true),
        ("active eq true", false),
        ("urn:example:params:badge:2.0:User:level eq 9", true),
        ("urn:example:params:badge:2.0:User:level eq 9.0", true),
        ("urn:example:params:badge:2.0:User:weight eq 15e-1", true),
        (r#"urn:example:params:badge:2.0:User:picture eq "QUJD""#, true),
        (r#"urn:example:params:badge:2.0:User:picture eq "qujd""#, false),
        (r#"meta.resourceType eq "User""#, true),
    ]);
}

/// RINT-5.2-01, R7644-5-01, R8265-3-01: filters compare text by the key that uniqueness goes by.
#[test]
fn text_is_folded_with_all_of_unicode() {
    let cases = [
        ("straße", "STRASSE"),
        ("ＡＬＩＣＥ", "alice"),
        ("e\u{301}va", "ÉVA"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("first last", "First Last"),
    ];
    for (stored, asked) in cases {
        let document = document(json!({ "userName": stored }));
        check_on(&document, &[(&format!("userName eq {}", Value::from(asked)), true)]);
    }
}

/// R7644-3.4.2.2-03, M-05: `ne` is true if any value differs and of an unassigned attribute.
#[test]
fn ne_is_true_of_what_is_unassigned() {
    check(&[
        (r#"userName ne "x""#, true),
        (r#"userName ne "bjensen@example.com""#, false),
        (r#"nickName ne "x""#, true),
        (r#"phoneNumbers ne "x""#, true),
        (r#"phoneNumbers.type ne "work""#, true),
        (r#"emails.type ne "work""#, true),
        (r#"roles.value ne "admin""#, false),
        (r#"roles.type ne "work""#, true),
        (r#"not (emails.type eq "work")"#, false),
        (r#"emails[type ne "work"]"#, true),
        (r#"roles[type ne "work"]"#, true),
        (r#"phoneNumbers[type ne "work"]"#, false),
        (r#"urn:example:params:badge:2.0:User:tags ne "red""#, true),
    ]);
}

/// R7644-3.4.2.2-04: part, beginning and end of a text, the whole included.
#[test]
fn parts_of_text_are_found() {
    check(&[
        (r#"userName co "SEN@ex""#, true),
        (r#"userName co "senex""#, false),
        (r#"userName sw "bj""#, true),
        (r#"userName sw "jensen""#, false),
        (r#"userName sw "bjensen@example.com""#, true),
        (r#"userName ew ".COM""#, true),
        (r#"userName ew "example""#, false),
        (r#"userName ew "bjensen@example.com""#, true),
        (r#"externalId co "Jensen""#, true),
        (r#"externalId co "jensen""#, false),
        (r#"externalId sw "bj""#, false),
        (r#"nickName co """#, false),
        (r#"urn:example:params:badge:2.0:User:holder sw "https:""#, true),
    ]);
}

/// R7644-3.4.2.2-05, R7643-2.5-01: present is non-empty, or complex with a non-empty part.
#[test]
fn pr_asks_for_a_value() {
    check(&[
        ("userName pr", true),
        ("name pr", true),
        ("name.givenName pr", true),
        ("name.middleName pr", false),
        ("title pr", false),
        ("emails pr", true),
        ("emails.primary pr", true),
        ("phoneNumbers pr", false),
        ("roles.type pr", false),
        ("active pr", true),
        ("id pr and meta pr and schemas pr", true),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr", true),
    ]);
    let empty = document(json!({ "name": { "givenName": "" }, "emails": [], "title": null, "roles": [{}] }));
    check_on(&empty, &[("name pr", false), ("emails pr", false), ("title pr", false), ("roles pr", false)]);
}

/// R7644-3.4.2.2-06: text by code points, instants in time, numbers by size.
#[test]
fn order_follows_the_type() {
    check(&[
        (r#"userName gt "a""#, true),
        (r#"userName gt "BJENSEN@EXAMPLE.COM""#, false),
        (r#"userName ge "BJENSEN@EXAMPLE.COM""#, true),
        (r#"userName lt "c""#, true),
        (r#"userName le "a""#, false),
        (r#"externalId lt "a""#, true),
        (r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true),
        (r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false),
        (r#"meta.lastModified eq "2011-05-13T00:42:34-04:00""#, true),
        (r#"meta.lastModified eq "2011-05-13T04:42:34.0000004Z""#, true),
        (r#"meta.lastModified lt "2011-05-13T04:42:34.000001Z""#, true),
        (r#"meta.lastModified eq "2011-05-13T04:42:34""#, true),
        (r#"meta.created gt "2011-05-13T04:42:34Z""#, true),
        (r#"urn:example:params:badge:2.0:User:issued eq "2011-05-13T04:42:34Z""#, true),
        ("urn:example:params:badge:2.0:User:level lt 10", true),
        ("urn:example:params:badge:2.0:User:level le 9", true),
        ("urn:example:params:badge:2.0:User:level gt 9", false),
        ("urn:example:params:badge:2.0:User:weight gt -1.5", true),
        (r#"nickName gt "a""#, false),
        (r#"nickName le "z""#, false),
    ]);
}

/// R7644-3.4.2.2-07, R7644-3.12-03: an operator that the type does not know is refused.
#[test]
fn operators_are_refused_where_the_type_does_not_know_them() {
    let mut texts = Vec::new();
    for operator in ["gt", "ge", "lt", "le", "co", "sw", "ew"] {
        texts.push(format!("active {operator} true"));
        texts.push(format!("emails.primary {operator} true"));
    }
    for operator in ["gt", "ge", "lt", "le"] {
        texts.push(format!("x509Certificates.value {operator} \"QUJD\""));
    }
    for operator in ["co", "sw", "ew"] {
        texts.push(format!("urn:example:params:badge:2.0:User:level {operator} 1"));
        texts.push(format!("urn:example:params:badge:2.0:User:weight {operator} 1"));
        texts.push(format!("meta.created {operator} \"2011\""));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let details = refused(&texts);
    assert_eq!(
        details[0],
        "The filter cannot be read at character 8: gt does not apply to active, which is of the type boolean."
    );
}

/// R7644-3.4.2.2-14: a multi-valued attribute matches if any of its values does.
#[test]
fn any_value_is_enough() {
    check(&[
        (r#"emails.value eq "babs@home.example""#, true),
        (r#"urn:example:params:badge:2.0:User:tags eq "GREEN""#, true),
        (r#"urn:example:params:badge:2.0:User:tags eq "blue""#, false),
        ("urn:example:params:badge:2.0:User:doors.opened gt 9", true),
    ]);
}

/// R7644-3.4.2.2-15, M-06: a complex attribute alone means its value if it has one.
#[test]
fn a_complex_attribute_means_its_value() {
    check(&[
        (r#"emails co "home.example""#, true),
        (r#"emails eq "babs@HOME.example""#, true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "26118915""#, true),
    ]);
    let details = refused(&[
        r#"name eq "x""#,
        r#"meta co "x""#,
        r#"addresses eq "x""#,
        r#"urn:example:params:badge:2.0:User:doors eq "A1""#,
    ]);
    assert_eq!(
        details[0],
        "The filter cannot be read at character 1: name has parts. Compare one of them, such as name.formatted."
    );
}

/// R7644-3.4.2.2-16: `schemas` finds the users of an extension.
#[test]
fn schemas_are_compared_like_any_attribute() {
    check(&[
        (r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, true),
        (r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group""#, false),
    ]);
}

/// R7644-3.4.2.2-19, R7643-2.4-02: what counts by default is asked as it counts.
#[test]
fn defaults_count() {
    let silent = document(json!({ "userName": "a", "emails": [{ "value": "a@b" }] }));
    check_on(
        &silent,
        &[
            ("active eq true", true),
            ("active eq false", false),
            ("active ne true", false),
            ("active ne false", true),
            ("active pr", true),
            ("active eq null", false),
            ("emails[primary eq false]", true),
            ("emails[primary ne true]", true),
            ("emails[primary ne false]", false),
            ("emails.primary eq false", true),
            ("emails.primary eq true", false),
            ("emails[primary pr]", false),
            ("phoneNumbers.primary eq false", false),
        ],
    );
    check(&[("emails[primary eq false]", true), ("emails[primary eq false and type eq \"work\"]", false)]);
}

/// R7644-3.4.2.2-23: `eq null` asks for no value, `ne null` for one; nothing else can be asked of null.
#[test]
fn null_is_no_value() {
    check(&[
        ("nickName eq null", true),
        ("nickName ne null", false),
        ("title eq null", true),
        ("userName eq null", false),
        ("name eq null", false),
        ("emails ne null", true),
        ("emails[type eq null]", false),
        ("roles[type eq null]", true),
    ]);
    assert_eq!(parse("title ne null", Mode::Strict), parse("title pr", Mode::Strict));
    assert_eq!(parse("title eq null", Mode::Strict), parse("not (title pr)", Mode::Strict));
    refused(&["title gt null", "title co null", "active le null"]);
}
