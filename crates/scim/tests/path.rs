//! Attribute paths.

mod definitions;

use definitions::{attribute, group, user};
use proptest::prelude::*;
use scim::path::{Named, PathError, is_attribute_name};
use scim::schema::{ENTERPRISE_USER, USER};

/// R7643-2.1-01, R7644-3.10-01: names are read in any letter case and written as the schema spells them.
#[test]
fn paths_name_attributes_in_any_case() {
    let cases = [
        ("username", "userName"),
        ("NAME.GIVENNAME", "name.givenName"),
        ("emails.value", "emails.value"),
        ("groups.$REF", "groups.$ref"),
        ("META.lastmodified", "meta.lastModified"),
        ("ExternalId", "externalId"),
        ("schemas", "schemas"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName"),
        ("URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:EMAILS.TYPE", "emails.type"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:id", "id"),
    ];
    for (text, path) in cases {
        assert_eq!(attribute(&user(), text).path(), path);
    }
    assert_eq!(attribute(&group(), "Members.Value").path(), "members.value");
}

/// R7644-3.10-02, M-08: the schema is the longest that the type knows; neither `:` nor `.` in it confuses.
#[test]
fn schemas_are_split_off_by_what_is_known() {
    for (rest, path) in
        [(":department", ":department"), (":Manager.VALUE", ":manager.value"), (".department", ":department")]
    {
        let found = attribute(&user(), &format!("{ENTERPRISE_USER}{rest}"));
        assert_eq!(found.extension.as_deref(), Some(ENTERPRISE_USER));
        assert_eq!(found.path(), format!("{ENTERPRISE_USER}{path}"));
    }
}

/// M-09: a schema alone names its container.
#[test]
fn a_schema_alone_names_the_container() {
    assert_eq!(user().resolve(ENTERPRISE_USER), Ok(Named::Extension(ENTERPRISE_USER.into())));
    assert_eq!(user().resolve(&ENTERPRISE_USER.to_uppercase()), Ok(Named::Extension(ENTERPRISE_USER.into())));
    assert_eq!(user().resolve(USER), Ok(Named::Base));
}

/// R7644-3.10-03: what names nothing says why.
#[test]
fn paths_that_name_nothing_say_why() {
    let syntax =
        ["", ".", "a.", ".a", "a.b.c", "a b", "1a", "$", "a:b", "é", "name.given name", "emails[type]"];
    for text in syntax {
        assert_eq!(user().resolve(text), Err(PathError::Syntax(text.to_owned())), "{text}");
    }
    let unknown = ["nope", "name.nope", "userName.value", "department", "password"];
    for text in unknown {
        assert_eq!(user().resolve(text), Err(PathError::UnknownAttribute(text.to_owned())), "{text}");
    }
    let enterprise = [format!("{ENTERPRISE_USER}:userName"), format!("{ENTERPRISE_USER}:id")];
    for text in enterprise {
        assert_eq!(user().resolve(&text), Err(PathError::UnknownAttribute(text.clone())));
    }
    let schema =
        ["urn:foo:bar:x".to_owned(), format!("{USER}s:userName"), format!("{ENTERPRISE_USER}:department")];
    assert!(matches!(user().resolve(&schema[0]), Err(PathError::UnknownSchema(_))));
    assert!(matches!(user().resolve(&schema[1]), Err(PathError::UnknownSchema(_))));
    assert!(matches!(group().resolve(&schema[2]), Err(PathError::UnknownSchema(_))));
}

/// Messages show about 60 characters of the path.
#[test]
fn messages_show_little_of_the_path() {
    let message = user().resolve(&"x".repeat(10_000)).unwrap_err().to_string();
    assert!(message.chars().count() < 120, "{message}");
}

/// R7643 §2.1, erratum 8924: letters, digits, `-`, `_`; a letter first; perhaps a `$` before it.
#[test]
fn attribute_names_have_a_form() {
    for name in ["a", "A1", "a-b_c", "$ref"] {
        assert!(is_attribute_name(name), "{name}");
    }
    for name in ["", "$", "$$a", "1a", "-a", "_a", "a.b", "a:b", "a b", "é"] {
        assert!(!is_attribute_name(name), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No text makes the resolver panic; what it names goes by a path that names the same.
    #[test]
    fn no_path_panics(text in prop_oneof![any::<String>(), "(urn:)?[a-zA-Z$.:é]{0,12}"], prefixed in any::<bool>()) {
        let text = if prefixed { format!("{ENTERPRISE_USER}{text}") } else { text };
        if let Ok(Named::Attribute(found)) = user().resolve(&text) {
            prop_assert_eq!(user().resolve(&found.path()), Ok(Named::Attribute(found)));
        }
    }
}
