//! The key of case-insensitive comparison.

use proptest::prelude::*;
use scim::fold::fold;

/// R7644-5-01, RINT-5.2-01, Q-15: case, width and composition do not count.
#[test]
fn texts_that_differ_in_form_alone_have_one_key() {
    let same = [
        ("BJensen@Example.COM", "bjensen@example.com"),
        ("É", "é"),
        ("\u{e9}", "e\u{301}"),
        ("E\u{301}", "\u{e9}"),
        ("ＡＬＩＣＥ", "alice"),
        ("ｶﾞ", "ガ"),
        ("a\u{3000}b", "a b"),
        ("straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("\u{212a}elvin", "kelvin"),
        ("Джон", "ДЖОН"),
        ("ﬀ", "FF"),
    ];
    for (left, right) in same {
        assert_eq!(fold(left), fold(right), "{left} {right}");
    }
}

/// R8265-3-01, M-52: nothing is refused, and what differs otherwise stays apart.
#[test]
fn texts_that_differ_otherwise_have_two_keys() {
    for (left, right) in
        [("a", "á"), ("a b", "ab"), ("a ", "a"), ("ı", "i"), ("İ", "i"), ("o", "0"), ("²", "2"), ("", " ")]
    {
        assert_ne!(fold(left), fold(right), "{left} {right}");
    }
    assert_eq!(fold("First Last\u{0}!"), "first last\u{0}!");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    /// A key is its own key.
    #[test]
    fn folding_twice_changes_nothing(text in any::<String>()) {
        let key = fold(&text);
        prop_assert_eq!(fold(&key), key);
    }

    /// RINT-5.2-01: letters with two cases have one key.
    #[test]
    fn upper_and_lower_case_have_one_key(text in "[a-zA-Zà-öÀ-Öа-яА-Яα-ρ0-9@. -]{0,20}") {
        prop_assert_eq!(fold(&text.to_uppercase()), fold(&text.to_lowercase()));
    }
}
