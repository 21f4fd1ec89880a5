//! What a refused filter is told, and where the limits are.

use crate::{check, refused};
use scim::filter::{MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH};

/// R7644-3.4.2.2-17, RINT-6.3-01: unknown operators and names are refused and named, with the place.
#[test]
fn errors_name_the_place_and_what_is_expected() {
    let cases = [
        (
            r#"userName regex "x""#,
            "The filter cannot be read at character 10: \"regex\" is not an operator. \
             Use eq, ne, co, sw, ew, gt, ge, lt, le or pr.",
        ),
        (r#"foo eq "x""#, "The filter cannot be read at character 1: \"foo\" is not an attribute of User."),
        (
            r#"displayName eq "é" and emails.kind eq "x""#,
            "The filter cannot be read at character 24: \"emails.kind\" is not an attribute of User.",
        ),
        (
            "userName",
            "The filter cannot be read at character 9: \
             expected an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr, but the filter ends.",
        ),
        ("userName eq", "The filter cannot be read at character 12: expected a value, but the filter ends."),
        (
            r#"userName eq "x" )"#,
            "The filter cannot be read at character 17: \
             expected and, or, or the end of the filter, but \")\" stands there.",
        ),
        (
            r#"userName eq "x"#,
            "The filter cannot be read at character 13: \
             the text that starts here has no closing quotation mark.",
        ),
        (
            r#""x" eq userName"#,
            "The filter cannot be read at character 1: \
             expected the name of an attribute, but \"\"x\"\" stands there.",
        ),
    ];
    for (text, detail) in cases {
        assert_eq!(refused(&[text]), [detail]);
    }
}

/// Errors show about 60 characters of what was sent and no control characters.
#[test]
fn errors_show_little_of_the_input() {
    let long = "x".repeat(5000);
    for text in [format!("{long} eq \"a\""), format!("id {long}"), format!("id eq \"a\" {long}")] {
        let detail = &refused(&[&text])[0];
        assert!(detail.chars().count() < 250, "{detail}");
        assert!(!detail.contains(&"x".repeat(61)));
    }
    assert!(!refused(&["a\u{7}b eq \"a\""])[0].contains('\u{7}'));
}

/// R7644-3.4.2.2-26: length, depth and number of conditions are bounded; what is too much is refused fast.
#[test]
fn filters_are_bounded() {
    let deep = |levels: usize| format!("{}id pr{}", "(".repeat(levels), ")".repeat(levels));
    let many = |conditions: usize| vec!["id pr"; conditions].join(" or ");
    let nots = |levels: usize| format!("{}id pr{}", "not (".repeat(levels), ")".repeat(levels));
    check(&[(&deep(MAX_DEPTH), true), (&many(MAX_CONDITIONS), true), (&nots(MAX_DEPTH), true)]);
    refused(&[
        &deep(MAX_DEPTH + 1),
        &many(MAX_CONDITIONS + 1),
        &nots(MAX_DEPTH + 1),
        &"(".repeat(10_000),
        &"[".repeat(10_000),
        &"emails[".repeat(2_000),
        &format!("userName eq \"{}\"", "x".repeat(MAX_LENGTH)),
    ]);
    // The depth is that of the place, not the number of parentheses.
    check(&[(&vec!["(id pr)"; 100].join(" and "), true)]);
}
