//! The message around the operations, and paths.

use crate::patching::{operations, plan};
use crate::support::{ENTERPRISE, code, definitions, habits, without};
use scim::Mode::{Lenient, Strict};
use scim::patch::PATCH_SCHEMA;
use serde_json::{Value, json};

/// R7644-3.5.2-02 to -04, M-17, M-18: what the message must be. Body, lenient, strict.
#[test]
fn the_message_is_checked() {
    let operation = json!({ "op": "replace", "path": "title", "value": "U" });
    let of = |operation: Value| operations(json!([operation]));
    let syntax = "400 invalidSyntax";
    let cases = [
        (of(operation.clone()), "ok", "ok"),
        (
            json!({ "SCHEMAS": [PATCH_SCHEMA], "operations": [{ "OP": "Replace", "Path": "title", "VALUE": "U" }] }),
            "ok",
            "ok",
        ),
        (json!({ "Operations": [operation] }), "ok", syntax),
        (json!({ "schemas": "x", "Operations": [operation] }), "ok", syntax),
        (json!({ "schemas": [PATCH_SCHEMA], "Operations": operation }), "ok", syntax),
        (json!({ "schemas": [PATCH_SCHEMA], "Operations": [operation], "id": "x" }), "ok", syntax),
        (of(json!({ "op": "replace", "path": "title", "value": "U", "name": "x" })), "ok", syntax),
        (json!({ "schemas": [PATCH_SCHEMA], "Operations": [operation], "operations": [] }), syntax, syntax),
        (of(json!({ "op": "add", "OP": "remove", "path": "title" })), syntax, syntax),
        (json!({ "schemas": [PATCH_SCHEMA] }), syntax, syntax),
        (json!({ "schemas": [PATCH_SCHEMA], "Operations": null }), syntax, syntax),
        (of(json!({ "op": "move", "path": "title" })), syntax, syntax),
        (of(json!({ "path": "title", "value": "U" })), syntax, syntax),
        (of(json!({ "op": 1, "path": "title", "value": "U" })), syntax, syntax),
        (of(json!("add")), syntax, syntax),
        (json!([operation]), syntax, syntax),
        (json!(null), syntax, syntax),
        (of(json!({ "op": "add", "path": 1, "value": "U" })), "400 invalidPath", "400 invalidPath"),
    ];
    for (body, lenient, strict) in cases {
        for (mode, expected) in [(Lenient, lenient), (Strict, strict)] {
            let code = code(&plan(&definitions().user, mode, body.clone()).0);
            assert!(code.starts_with(expected), "{mode:?} {body}: {code}");
        }
    }
}

/// M-18: Microsoft's validator sends no operations and expects success.
#[test]
fn no_operations_change_nothing_on_a_lenient_connection() {
    let (steps, notes) = plan(&definitions().user, Lenient, operations(json!([])));
    assert_eq!(steps.unwrap(), []);
    assert_eq!(habits(&notes), ["empty-operations"]);
    assert_eq!(code(&plan(&definitions().user, Strict, operations(json!([]))).0), "400 invalidSyntax");
}

/// R7644-3.5.2-05, -06, R7644-3.12-06, R7644-3.12-07: paths that name nothing. Path, lenient, strict.
#[test]
fn paths_are_checked() {
    let (path_error, filter_error) = ("400 invalidPath", "400 invalidFilter");
    let cases = [
        ("/emails/0", path_error, path_error),
        ("emails[0]", path_error, path_error),
        ("emails[", path_error, path_error),
        ("emails[]", path_error, path_error),
        ("emails[type eq \"work\"].", path_error, path_error),
        ("emails[type eq \"work\"].value.x", path_error, path_error),
        ("name.givenName.x", path_error, path_error),
        ("user name", path_error, path_error),
        ("é", path_error, path_error),
        (&format!("{ENTERPRISE}[a eq 1]"), path_error, path_error),
        ("emails[foo eq \"x\"].value", filter_error, filter_error),
        ("emails[type eq].value", filter_error, filter_error),
        ("name[givenName eq \"x\"].familyName", filter_error, filter_error),
        ("nope", "ok []", path_error),
        ("name.nope", "ok []", path_error),
        ("emails[type eq \"work\"].nope", "ok []", path_error),
        ("nope[type eq \"work\"].value", "ok []", path_error),
        ("urn:x:y:2.0:User:z", "ok []", path_error),
    ];
    for (path, lenient, strict) in cases {
        for (mode, expected) in [(Lenient, lenient), (Strict, strict)] {
            let body = operations(json!([{ "op": "replace", "path": path, "value": "x" }]));
            let (steps, notes) = plan(&definitions().user, mode, body);
            assert_eq!(code(&steps), expected, "{mode:?} {path}");
            if steps.is_ok() {
                assert_eq!(habits(&notes), ["unknown-attribute"], "{path}");
            }
        }
    }
}

/// An operation on what is off is accepted and noted, on strict connections too.
#[test]
fn operations_on_what_is_off_are_noted() {
    let user = without(&["title", "phoneNumbers", ENTERPRISE]).user;
    for path in
        ["title", "phoneNumbers[type eq \"work\"].value", ENTERPRISE, &format!("{ENTERPRISE}:department")]
    {
        for mode in [Lenient, Strict] {
            let (steps, notes) =
                plan(&user, mode, operations(json!([{ "op": "add", "path": path, "value": "x" }])));
            assert_eq!((steps.unwrap(), habits(&notes)), (Vec::new(), vec!["not-synchronised"]), "{path}");
        }
    }
}
