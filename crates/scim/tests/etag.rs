//! Entity tags.

use scim::etag::{matches, tag};

/// R7643-3.1-14, R7644-3.14-01: tags are weak and say so.
#[test]
fn tags_are_weak() {
    assert_eq!(tag(7), "W/\"7\"");
}

/// R7644-3.14-02, -04, R9110-13-01, M-01: one tag of a list is enough, `W/` does not count, `*` is every version.
#[test]
fn a_header_names_versions() {
    for header in ["W/\"7\"", "\"7\"", "*", "W/\"6\", W/\"7\"", "\"6\",\"7\"", "  W/\"7\"  ", " * "] {
        assert!(matches(header, 7), "{header}");
    }
    for header in ["", "7", "W/7", "W/\"77\"", "\"6\"", "W/\"6\",W/\"8\"", "\"7", "w/\"7\"", "W/W/\"7\"", ","]
    {
        assert!(!matches(header, 7), "{header}");
    }
    assert!(matches(&tag(i64::MAX), i64::MAX));
}
