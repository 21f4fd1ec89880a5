//! Value paths of PATCH: where the filter starts and ends.

use scim::ScimType;
use scim::filter::parser::split_value_path;

/// R7644-3.5.2: a path with a filter is an attribute, the filter and perhaps a sub-attribute; JSON strings are honoured.
#[test]
fn a_path_is_split_at_its_filter() {
    let cases = [
        ("emails", None),
        ("name.givenName", None),
        ("", None),
        (r#"emails[type eq "work"]"#, Some(("emails", r#"type eq "work""#, ""))),
        (r#"emails[type eq "a]b"].value"#, Some(("emails", r#"type eq "a]b""#, "value"))),
        (r#"emails[type eq "a\"]["].value"#, Some(("emails", r#"type eq "a\"][""#, "value"))),
        (r#"emails[ type eq "é" ].$ref"#, Some(("emails", r#"type eq "é""#, "$ref"))),
        ("members[value eq 7]", Some(("members", "value eq 7", ""))),
        (
            "urn:example:params:x:2.0:User:tags[value eq 7]",
            Some(("urn:example:params:x:2.0:User:tags", "value eq 7", "")),
        ),
    ];
    for (path, expected) in cases {
        assert_eq!(split_value_path(path), Ok(expected), "{path}");
    }
}

/// R7644-3.5.2: a malformed path is 400 invalidPath.
#[test]
fn a_malformed_path_is_refused() {
    let paths = [
        "emails[",
        "emails[type eq \"work]",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]value",
        "emails[type eq \"work\"].",
        "emails[type eq \"work\"].a.b",
        "emails[type eq \"work\"].value ",
        "emails[type eq \"work\"][1]",
        "emails[a[b]]",
        "emails[]",
        "emails[ ]",
        "[type eq \"work\"]",
    ];
    for path in paths {
        let error = split_value_path(path).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidPath)), "{path}");
    }
}
