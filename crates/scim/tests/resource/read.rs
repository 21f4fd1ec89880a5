//! How the body of a create or replace is read.

use crate::support::{CUSTOM, ENTERPRISE, code, definitions, habits, read, without};
use scim::Mode::{self, Lenient, Strict};
use scim::note::NoteKind;
use scim::schema::definition::{Definitions, Synchronised};
use scim::schema::{GROUP, USER};
use scim::{Notes, resource};
use serde_json::{Value, json};

/// Reads a user without the porch; `schemas` is put in unless there.
fn user(mode: Mode, mut body: Value) -> (Result<Value, scim::ScimError>, Notes) {
    if let Value::Object(members) = &mut body
        && !members.keys().any(|key| key.eq_ignore_ascii_case("schemas"))
    {
        members.insert("schemas".to_owned(), json!([USER, ENTERPRISE, CUSTOM]));
    }
    let mut notes = Notes::new();
    let read = resource::read(&definitions().user, body, mode, &mut notes);
    (read.map(Value::Object), notes)
}

/// R7643-2.1-01, R7643-2.3.8-02: names in any letter case and order come out as the schema has them.
#[test]
fn names_and_order_are_those_of_the_schema() {
    let body = json!({
        "EMAILS": [{ "Primary": true, "VALUE": "a@b" }], "NAME": { "familyname": "B", "GivenName": "A" },
        "Schemas": [USER, ENTERPRISE], "USERNAME": "a",
        "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User": { "Department": "X" }, "externalID": "e",
    });
    for mode in [Lenient, Strict] {
        let read = user(mode, body.clone()).0.unwrap();
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            format!(
                r#"{{"externalId":"e","userName":"a","name":{{"familyName":"B","givenName":"A"}},"emails":[{{"value":"a@b","primary":true}}],"{ENTERPRISE}":{{"department":"X"}}}}"#
            )
        );
    }
}

/// R7643-2.1-02: two keys that fold to one name are refused, at every depth.
#[test]
fn one_name_twice_is_refused() {
    for body in [
        json!({ "userName": "a", "username": "b" }),
        json!({ "userName": "a", "name": { "givenName": "a", "givenname": null } }),
        json!({ "userName": "a", "emails": [{ "value": "a", "Value": "b" }] }),
        json!({ "userName": "a", ENTERPRISE: {}, ENTERPRISE.to_uppercase(): {} }),
        json!({ "userName": "a", ENTERPRISE: { "division": "a", "Division": "b" } }),
        json!({ "schemas": [USER], "SCHEMAS": [USER] }),
    ] {
        for mode in [Lenient, Strict] {
            assert_eq!(code(&user(mode, body.clone()).0), "400 invalidSyntax", "{body}");
        }
    }
}

/// R7643-2.5-01, M-19, Q-20: null and [] are unassigned; "" is on a lenient connection.
#[test]
fn unassigned_attributes_are_left_out() {
    let body = json!({
        "userName": "a", "title": null, "emails": [], "roles": null, "name": { "givenName": null }, "locale": [],
        "phoneNumbers": [null, {}, { "value": null }], ENTERPRISE: { "division": null }, CUSTOM: {},
    });
    for mode in [Lenient, Strict] {
        assert_eq!(user(mode, body.clone()).0.unwrap(), json!({ "userName": "a" }));
    }
    let (read, notes) = user(Lenient, json!({ "userName": "a", "title": "", "emails": "" }));
    assert_eq!(read.unwrap(), json!({ "userName": "a" }));
    assert_eq!(habits(&notes), ["empty-text", "empty-text"]);
    assert_eq!(user(Strict, json!({ "userName": "a", "title": "" })).0.unwrap()["title"], "");
}

/// R7643-2.3.1 to 2.3.8, R7643-2.3.2-01, R7643-2.3.4-01, R7643-2.3.5-01, R7643-2.3.6-01: each value is of its type;
/// the message names the path and what was found.
#[test]
fn types_are_checked() {
    let cases = [
        ("userName", json!(1), "\"userName\" must be text. It was sent as a number."),
        ("userName", json!({ "a": 1 }), "\"userName\" must be text. It was sent as an object."),
        ("active", json!("true"), "\"active\" must be true or false. It was sent as text."),
        ("active", json!([true]), "\"active\" must be true or false. It was sent as a list."),
        ("name", json!("x"), "\"name\" must be an object. It was sent as text."),
        ("name", json!({ "givenName": true }), "\"name.givenName\" must be text. It was sent as a boolean."),
        ("emails", json!({ "value": "a" }), "\"emails\" must be a list. It was sent as an object."),
        ("emails", json!(["a"]), "\"emails\" must be an object. It was sent as text."),
        (
            "emails",
            json!([{ "primary": 1 }]),
            "\"emails.primary\" must be true or false. It was sent as a number.",
        ),
        (
            "x509Certificates",
            json!([{ "value": "!" }]),
            "\"x509Certificates.value\" must be base64. It was sent as text.",
        ),
        (
            ENTERPRISE,
            json!("x"),
            "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\" must be an object. It was sent as text.",
        ),
        (
            ENTERPRISE,
            json!({ "manager": "x" }),
            "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager\" must be an object. It was sent as text.",
        ),
    ];
    for (name, value, message) in cases {
        for mode in [Lenient, Strict] {
            let (read, _) = user(mode, json!({ name: value }));
            assert_eq!(code(&read), "400 invalidValue", "{name}");
            assert_eq!(read.unwrap_err().detail, message);
        }
    }
}

/// R7643-2.3.4-01, R7643-2.3.5-01, R7643-2.3.6-01: what each further type accepts and refuses.
#[test]
fn numbers_dates_and_binaries_have_their_form() {
    let cases = [
        ("seats", json!(10), true),
        ("seats", json!(-3), true),
        ("seats", json!(1.0), false),
        ("seats", serde_json::from_str("1e2").unwrap(), false),
        ("seats", json!("1"), false),
        ("score", json!(1.5), true),
        ("score", json!("1.5"), false),
        ("since", json!("2008-01-23T04:56:22Z"), true),
        ("since", json!("2008-01-23T04:56:22.123+02:00"), true),
        ("since", json!("2024-01-01"), false),
        ("since", json!(1), false),
        ("photo", json!("YWI="), true),
        ("photo", json!("YWI"), true),
        ("photo", json!("YW I"), false),
    ];
    for (name, value, holds) in cases {
        let (read, _) = user(Strict, json!({ "userName": "a", CUSTOM: { name: value } }));
        assert_eq!(read.is_ok(), holds, "{name} {value}: {}", code(&read));
    }
}

/// R7643-2.3.7-01: a strict connection wants a URI; Microsoft's validator sends words and wants them back (E-25).
#[test]
fn references_are_uris_on_a_strict_connection() {
    assert_eq!(code(&user(Strict, json!({ "profileUrl": "no uri" })).0), "400 invalidValue");
    assert!(user(Strict, json!({ "profileUrl": "../Users/1" })).0.is_ok());
    assert_eq!(user(Lenient, json!({ "profileUrl": "no uri" })).0.unwrap()["profileUrl"], "no uri");
}

/// R7644-3.3-02, R7644-3.5.1-04, R7643-3.1-03, R7643-3.1-10, Q-11: read-only attributes are passed over, with a remark.
#[test]
fn read_only_attributes_are_dropped() {
    let body = json!({
        "id": "x", "ID": "y", "meta": { "created": "1999" }, "groups": [{ "value": "g" }], "userName": "a",
        ENTERPRISE: { "manager": { "value": "m", "displayName": "M" } }, CUSTOM: { "state": 7 },
    });
    for mode in [Lenient, Strict] {
        let (read, notes) = user(mode, body.clone());
        assert_eq!(read.unwrap(), json!({ "userName": "a", ENTERPRISE: { "manager": { "value": "m" } } }));
        let told: Vec<&str> = notes.as_slice().iter().map(|note| note.text.as_str()).collect();
        assert_eq!(told.len(), 5, "one remark each, in whatever spelling: {told:?}");
        assert_eq!(told[0], "id is read-only: what was sent was passed over");
        assert_eq!(notes.counts(), [(NoteKind::Ignored, "read-only", 5)]);
    }
    let (read, notes) = user(Lenient, json!({ "userName": "a", "meta": null }));
    assert!(read.is_ok() && notes.as_slice().is_empty(), "nothing was sent, nothing was passed over");
}

/// R7644-3.3-05, RINT-5.3-01, M-33: an unknown attribute is noted and dropped, or refused on a strict connection.
#[test]
fn unknown_attributes_are_noted_or_refused() {
    for (body, path) in [
        (json!({ "userName": "a", "nope": 1 }), "\"nope\""),
        (json!({ "userName": "a", "name": { "nope": 1 } }), "\"name.nope\""),
        (json!({ "userName": "a", "emails": [{ "nope": 1 }] }), "\"emails.nope\""),
        (json!({ "userName": "a", "urn:x:y": { "a": 1 } }), "\"urn:x:y\""),
        (json!({ "userName": "a", CUSTOM: { "nope": 1 } }), "custom:2"),
    ] {
        let (read, notes) = user(Lenient, body.clone());
        assert_eq!(read.unwrap(), json!({ "userName": "a" }));
        assert_eq!(habits(&notes), ["unknown-attribute"]);
        assert!(notes.as_slice()[0].text.contains(path), "{notes:?}");
        assert_eq!(code(&user(Strict, body).0), "400 invalidSyntax");
    }
}

/// R7643-7-05, R7643-4.1.1-02, M-56, Q-25: a password is dropped and stands in no note and no error.
#[test]
fn passwords_are_dropped_and_never_copied() {
    let body = json!({ "userName": "a", "Password": "S3cret-value" });
    let (read, notes) = user(Lenient, body.clone());
    assert_eq!(read.unwrap(), json!({ "userName": "a" }));
    assert_eq!(habits(&notes), ["password-ignored"]);
    assert!(!format!("{notes:?}").contains("S3cret"));
    let refused = user(Strict, body).0;
    assert_eq!(code(&refused), "400 invalidSyntax");
    assert!(!refused.unwrap_err().detail.contains("S3cret"));
}

/// R7643-3-01, R7643-3-02, R7643-3.3-01, M-38, Q-20: what `schemas` must hold.
#[test]
fn schemas_are_checked() {
    let microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    // schemas, lenient, habits there, strict
    let cases: [(Value, &str, &[&str], &str); 10] = [
        (json!([USER]), "ok", &[], "ok"),
        (json!([USER.to_uppercase()]), "ok", &[], "ok"),
        (json!([ENTERPRISE, USER]), "ok", &[], "ok"),
        (json!([USER, USER]), "ok", &[], "400 invalidSyntax"),
        (json!([USER, microsoft]), "ok", &["unknown-schema"], "400 invalidSyntax"),
        (json!([]), "ok", &["missing-schemas"], "400 invalidSyntax"),
        (json!(null), "ok", &["missing-schemas"], "400 invalidSyntax"),
        (
            json!(["urn:scim:schemas:core:1.0"]),
            "ok",
            &["unknown-schema", "missing-schemas"],
            "400 invalidSyntax",
        ),
        (json!([GROUP]), "400 invalidSyntax", &[], "400 invalidSyntax"),
        (json!([USER, 1]), "400 invalidSyntax", &[], "400 invalidSyntax"),
    ];
    for (schemas, lenient, noted, strict) in cases {
        let body = json!({ "schemas": schemas, "userName": "a" });
        let (read, notes) = user(Lenient, body.clone());
        assert!(code(&read).starts_with(lenient), "{schemas}: {}", code(&read));
        if read.is_ok() {
            assert_eq!(habits(&notes), noted, "{schemas}");
        }
        assert!(code(&user(Strict, body).0).starts_with(strict), "{schemas}");
    }
    let body = json!({ "schemas": [USER], ENTERPRISE: { "division": "a" } });
    assert!(user(Lenient, body.clone()).0.is_ok());
    assert_eq!(code(&user(Strict, body).0), "400 invalidSyntax");
    let mut notes = Notes::new();
    let missing = resource::read(&definitions().user, json!({ "userName": "a" }), Strict, &mut notes);
    assert_eq!(code(&missing), "400 invalidSyntax");
}

/// R7644-3.3-08: a body is one object.
#[test]
fn a_body_is_an_object() {
    for body in [json!([]), json!("a"), json!(null), json!(1)] {
        assert_eq!(code(&user(Lenient, body).0), "400 invalidSyntax");
    }
}

/// R7643-2.4-01, R7644-3.5.1 (PUT), M-44: two primary values are refused.
#[test]
fn two_primaries_are_refused() {
    let body = json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] });
    for mode in [Lenient, Strict] {
        assert_eq!(code(&user(mode, body.clone()).0), "400 invalidValue");
    }
}

/// R7643-2.4-03, Q-18: a value stands once for each type, never once for all types.
#[test]
fn values_are_deduplicated_by_type_and_value() {
    let phone = |kind: &str| json!({ "value": "+1", "type": kind });
    let body = json!({
        "phoneNumbers": [phone("work"), phone("mobile"), phone("fax"), phone("Work"), { "value": "+1" }],
        "emails": [{ "value": "A@b" }, { "value": "a@B", "primary": true }],
        "addresses": [{ "locality": "X", "region": "Y" }, { "region": "Y", "locality": "X" }, { "locality": "X" }],
        CUSTOM: { "tags": ["a", "b", "a", "A"] },
    });
    let (read, notes) = user(Lenient, body);
    let read = read.unwrap();
    assert_eq!(
        read["phoneNumbers"],
        json!([phone("work"), phone("mobile"), phone("fax"), { "value": "+1" }])
    );
    assert_eq!(read["emails"], json!([{ "value": "A@b", "primary": true }]));
    assert_eq!(read["addresses"], json!([{ "locality": "X", "region": "Y" }, { "locality": "X" }]));
    assert_eq!(read[CUSTOM]["tags"], json!(["a", "b", "A"]));
    assert_eq!(habits(&notes), ["repeated-value"; 4]);
}

/// Q-19, R7643-7-04: values come out byte for byte: spaces, letter case, decomposed letters, phone numbers.
#[test]
fn values_stay_as_they_are() {
    let body = json!({
        "externalId": "waad|x_\\\"q\\y", "userName": " BJensen\u{301} ", "displayName": "عمر – 研究",
        "phoneNumbers": [{ "value": "tel:+1 (201) 555-0123 " }], CUSTOM: { "score": 1.50, "since": "2008-01-23T04:56:22.1200+02:00" },
    });
    for mode in [Lenient, Strict] {
        let (read, _) = user(mode, body.clone());
        assert_eq!(
            read.unwrap(),
            body.as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != "schemas")
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<Value>()
        );
    }
}

/// R7643-4.2-02, Q-2: members stay in the document as canonical elements, each once; a null $ref is none.
#[test]
fn members_are_left_for_the_caller() {
    let body = json!({
        "schemas": [GROUP], "displayName": "g",
        "Members": [{ "$ref": null, "value": "1", "display": "x" }, { "VALUE": "1", "type": "User" }, { "value": "2" }],
    });
    for mode in [Lenient, Strict] {
        let mut notes = Notes::new();
        let read = resource::read(&definitions().group, body.clone(), mode, &mut notes).unwrap();
        assert_eq!(read["members"], json!([{ "value": "1", "type": "User" }, { "value": "2" }]));
    }
    let body = json!({ "schemas": [GROUP], "displayName": "g", "members": [{ "type": "User" }] });
    assert_eq!(code(&read(&definitions().group, Lenient, body).0), "400 invalidValue");
}

/// What is off is accepted, noted and not stored, on strict connections too.
#[test]
fn attributes_that_are_off_are_accepted_and_noted() {
    let definitions = without(&["title", "name.middleName", &format!("{ENTERPRISE}:costCenter")]);
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "a", "TITLE": "x", "name": { "middlename": "x", "givenName": "A" },
        ENTERPRISE: { "CostCenter": "x", "division": "D" },
    });
    for mode in [Lenient, Strict] {
        let (read, notes) = read(&definitions.user, mode, body.clone());
        let expected =
            json!({ "userName": "a", "name": { "givenName": "A" }, ENTERPRISE: { "division": "D" } });
        assert_eq!(Value::Object(read.unwrap()), expected);
        assert_eq!(habits(&notes), ["not-synchronised"; 3]);
    }
}

/// An extension may be off as a whole; its URN and container are accepted.
#[test]
fn an_extension_can_be_off() {
    let definitions = without(&[ENTERPRISE]);
    assert!(definitions.user.extensions.is_empty());
    let body = json!({ "schemas": [USER, ENTERPRISE], "userName": "a", ENTERPRISE: { "division": "D" } });
    let (read, notes) = read(&definitions.user, Strict, body);
    assert_eq!(Value::Object(read.unwrap()), json!({ "userName": "a" }));
    assert_eq!(habits(&notes), ["not-synchronised"]);
}

/// R7643-4.1.1-01, R7643-4.2-01, RINT-5.1-01, R7644-3.5.1-07: what is missing is called by a name that
/// an administrator knows.
#[test]
fn required_attributes_must_be_there() {
    let name = json!({ "givenName": "A", "familyName": "B" });
    let emails = json!([{ "value": "a@b" }]);
    // standard connection, userName connection
    let cases = [
        (json!({ "userName": "a", "name": name, "emails": emails }), "", ""),
        (json!({ "userName": "a@b", "name": name }), "", ""),
        (json!({ "name": name, "emails": emails }), "a username: \"userName\"", "a username: \"userName\""),
        (
            json!({ "userName": " ", "name": name, "emails": emails }),
            "a username: \"userName\"",
            "a username",
        ),
        (json!({ "userName": "a", "name": name }), "an e-mail address: \"emails\"", ""),
        (
            json!({ "userName": "a", "name": name, "emails": [{ "type": "work" }] }),
            "an e-mail address: \"emails\"",
            "",
        ),
        (json!({ "userName": "a", "emails": emails }), "\"name.familyName\"", ""),
        (
            json!({ "userName": "a", "name": { "familyName": "B" }, "emails": emails }),
            "a first name: \"name.givenName\"",
            "",
        ),
        (
            json!({ "userName": "a", "name": { "givenName": "A", "familyName": "  " }, "emails": emails }),
            "a last name: \"name.familyName\"",
            "",
        ),
    ];
    let standard = Definitions::build(&Synchronised::default());
    for (document, on_standard, on_user_name) in cases {
        for (definitions, expected) in [(&standard, on_standard), (&definitions(), on_user_name)] {
            let checked = resource::check_required(&definitions.user, document.as_object().unwrap());
            match checked {
                Ok(()) => assert_eq!(expected, "", "{document}"),
                Err(error) => {
                    assert!(
                        !expected.is_empty() && error.detail.contains(expected),
                        "{document}: {}",
                        error.detail
                    );
                    assert_eq!(code(&Err::<(), _>(error)), "400 invalidValue");
                }
            }
        }
    }
    let group = resource::check_required(&standard.group, json!({ "externalId": "e" }).as_object().unwrap());
    assert_eq!(
        group.unwrap_err().detail,
        "A Group needs a display name: \"displayName\" is missing or empty. Map an attribute that has a value to it \
         in the identity provider."
    );
    let device = json!({ "userName": "a", CUSTOM: { "devices": [{ "type": "phone" }] } });
    let checked = resource::check_required(&definitions().user, device.as_object().unwrap());
    assert!(checked.unwrap_err().detail.contains("devices.value"));
}

/// R7644-3.5.1-06: what is immutable and has a value must be sent again as it is.
#[test]
fn immutable_values_stay_in_a_replace() {
    let user = |badge: Value| json!({ "userName": "a", CUSTOM: { "badge": badge, "seats": 1 } });
    let cases = [
        (user(json!("7")), user(json!("7")), true),
        (user(json!("7")), user(json!("8")), false),
        (user(json!("7")), json!({ "userName": "a" }), false),
        (user(json!(null)), user(json!("8")), true),
        (json!({ "userName": "a" }), user(json!("8")), true),
    ];
    for (before, after, allowed) in cases {
        let (old, new) = (before.as_object().unwrap(), after.as_object().unwrap());
        let checked = resource::check_immutable(&definitions().user, old, new);
        assert_eq!(code(&checked), if allowed { "ok ()" } else { "400 mutability" }, "{before} {after}");
    }
}

/// What a resource is found by has a key in an index, and an index takes no key of any length. U+0000 ends text elsewhere.
#[test]
fn text_that_no_database_can_keep_is_refused_in_both_modes() {
    let long = "ä".repeat(513);
    let refused = [
        (
            json!({ "userName": "a\0b" }),
            "\"userName\" must be without the character U+0000. It was sent as text.",
        ),
        (
            json!({ "userName": "a", "title": "\0" }),
            "\"title\" must be without the character U+0000. It was sent as text.",
        ),
        (
            json!({ "userName": long }),
            "\"userName\" may have 1024 bytes of UTF-8 at most. It was sent with 1026.",
        ),
        (
            json!({ "userName": "a", "emails": [{ "value": long }] }),
            "\"emails.value\" may have 1024 bytes of UTF-8 at most. It was sent with 1026.",
        ),
    ];
    for mode in [Lenient, Strict] {
        for (body, detail) in &refused {
            let error = user(mode, body.clone()).0.unwrap_err();
            assert_eq!(error.detail, *detail);
            assert_eq!(code(&Err::<(), _>(error)), "400 invalidValue");
        }
        // What nothing is found by may be as long as a body.
        user(mode, json!({ "userName": "ä".repeat(512), "title": long })).0.unwrap();
    }
}
