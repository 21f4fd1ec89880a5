//! The quirks of docs/identity-providers.md §7 that a resource or a PATCH shows, each with the outcome it requires. The others (Q-8, Q-10,
//! Q-13 to Q-17, Q-22 to Q-24, Q-26, Q-27) concern lists, identifiers and HTTP.

use crate::patching::{operations, patch, plan};
use crate::support::{CUSTOM, ENTERPRISE, code, definitions, habits, read, without};
use scim::Mode::{Lenient, Strict};
use scim::patch::{RowChange, Step};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn patched(before: &Value, list: Value) -> Value {
    let changed = patch(&definitions().user, Lenient, before, operations(list)).0;
    changed.unwrap_or_else(|error| panic!("{error}")).0
}

fn changes(list: Value) -> Vec<Step> {
    plan(&definitions().group, Lenient, operations(list)).0.unwrap_or_else(|error| panic!("{error}"))
}

/// Q-1, E-11: the text "False" deactivates.
#[test]
fn q1_booleans_as_text() {
    let before = json!({ "userName": "a", "active": true });
    let after = patched(&before, json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    assert_eq!(after["active"], false);
    let body = json!({ "schemas": [USER], "userName": "a", "active": "True", "roles": [{ "primary": "True", "value": "r" }] });
    let (read, notes) = read(&definitions().user, Lenient, body.clone());
    assert_eq!(
        Value::Object(read.unwrap()),
        json!({ "userName": "a", "active": true, "roles": [{ "value": "r", "primary": true }] })
    );
    assert_eq!(habits(&notes), ["string-boolean", "string-boolean"]);
    assert_eq!(code(&crate::support::read(&definitions().user, Strict, body).0), "400 invalidValue");
}

/// Q-2, E-17: a removal with a value removes what it lists; without, everyone.
#[test]
fn q2_remove_members_with_a_value() {
    let listed = json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "u1" }] }]);
    let change = RowChange::Remove(vec!["u1".to_owned()]);
    assert_eq!(changes(listed), [Step::Rows { attribute: "members".to_owned(), change }]);
    let all = changes(json!([{ "op": "remove", "path": "members" }]));
    assert_eq!(all, [Step::Rows { attribute: "members".to_owned(), change: RowChange::Clear }]);
}

/// Q-3, E-10: a replacement whose filter selects nothing creates.
#[test]
fn q3_replace_creates() {
    let list =
        json!([{ "op": "Replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+20 2 1234" }]);
    let after = patched(&json!({ "userName": "a" }), list);
    assert_eq!(after["phoneNumbers"], json!([{ "type": "work", "value": "+20 2 1234" }]));
}

/// Q-4, E-9: keys that are paths never end up as keys.
#[test]
fn q4_flattened_keys() {
    let value = json!({ "name.givenName": "Zoë", format!("{ENTERPRISE}:department"): "X", format!("{ENTERPRISE}:manager"): "m" });
    let before = json!({ "userName": "a", "name": { "familyName": "B" }, ENTERPRISE: { "division": "V" } });
    let after = patched(&before, json!([{ "op": "replace", "value": value }]));
    let enterprise = json!({ "division": "V", "department": "X", "manager": { "value": "m" } });
    assert_eq!(
        after,
        json!({ "userName": "a", "name": { "familyName": "B", "givenName": "Zoë" }, ENTERPRISE: enterprise })
    );
}

/// Q-5, E-19, M-31: every shape in which a manager comes and goes.
#[test]
fn q5_managers() {
    let path = format!("{ENTERPRISE}:manager");
    let reference = json!({ "value": "m", "$ref": "https://h/Users/m" });
    let sets = [
        (json!({ "op": "Add", "path": path, "value": "m" }), json!({ "value": "m" })),
        (json!({ "op": "Replace", "path": path, "value": { "value": "m" } }), json!({ "value": "m" })),
        (json!({ "op": "Add", "path": "manager", "value": [reference] }), reference.clone()),
        (
            json!({ "op": "Add", "path": format!("{ENTERPRISE}.manager"), "value": "m" }),
            json!({ "value": "m" }),
        ),
        (json!({ "op": "Add", "path": format!("{path}.value"), "value": "m" }), json!({ "value": "m" })),
        (json!({ "op": "add", "path": ENTERPRISE, "value": { "manager": "m" } }), json!({ "value": "m" })),
        (json!({ "op": "add", "value": { ENTERPRISE: { "manager": "m" } } }), json!({ "value": "m" })),
        (json!({ "op": "add", "value": { "manager": "m" } }), json!({ "value": "m" })),
    ];
    for (operation, manager) in sets {
        let after = patched(&json!({ "userName": "a" }), json!([operation]));
        assert_eq!(after, json!({ "userName": "a", ENTERPRISE: { "manager": manager } }), "{operation}");
    }
    let before = json!({ "userName": "a", ENTERPRISE: { "manager": reference } });
    for value in [
        json!(""),
        json!({ "value": "" }),
        json!(null),
        json!([]),
        json!({ "value": null, "displayName": " " }),
        json!([{ "value": "" }]),
    ] {
        for operation in [
            json!({ "op": "Replace", "path": path, "value": value }),
            json!({ "op": "Add", "path": "manager", "value": value }),
            json!({ "op": "replace", "value": { ENTERPRISE: { "manager": value } } }),
            json!({ "op": "Remove", "path": path, "value": value }),
        ] {
            assert_eq!(patched(&before, json!([operation])), json!({ "userName": "a" }), "{operation}");
        }
    }
    for manager in [json!("m"), json!({ "value": "m" }), json!(["m"])] {
        for body in [
            json!({ "schemas": [USER], "userName": "a", "manager": manager }),
            json!({ "schemas": [USER], "userName": "a", ENTERPRISE: { "Manager": manager } }),
        ] {
            let (read, _) = read(&definitions().user, Lenient, body);
            assert_eq!(read.unwrap()[ENTERPRISE], json!({ "manager": { "value": "m" } }));
        }
    }
}

/// Q-6, E-21: the text "True" in a filter on a boolean; three operations make one role, with a boolean in it.
#[test]
fn q6_primary_true_as_text_in_a_filter() {
    let list = json!([
        { "op": "Add", "path": "roles[primary eq \"True\"].type", "value": "T" },
        { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin" },
        { "op": "Add", "path": "roles[primary eq \"True\"].display", "value": "Administrator" },
    ]);
    let role = json!([{ "primary": true, "type": "T", "value": "Admin", "display": "Administrator" }]);
    assert_eq!(patched(&json!({ "userName": "a" }), list.clone())["roles"], role);
    let before =
        json!({ "userName": "a", "roles": [{ "value": "Old", "primary": true }, { "value": "Other" }] });
    assert_eq!(patched(&before, list)["roles"][1], json!({ "value": "Other" }));
}

/// Q-7, E-21: JSON as the text of a role stays text.
#[test]
fn q7_roles_as_json_in_text() {
    let value = json!([{ "value": "{\"id\":\"06b0\",\"value\":\"Admin\",\"displayName\":\"Admin\"}" }]);
    let after =
        patched(&json!({ "userName": "a" }), json!([{ "op": "Add", "path": "roles", "value": value }]));
    assert_eq!(after["roles"], value);
}

/// Q-9: what changes nothing leaves an equal document.
#[test]
fn q9_no_ops() {
    let before = json!({ "userName": "a", "active": false, "emails": [{ "value": "a@b", "type": "work" }] });
    for operation in [
        json!({ "op": "replace", "path": "active", "value": "False" }),
        json!({ "op": "add", "path": "emails", "value": [{ "type": "Work", "value": "A@B" }] }),
        json!({ "op": "remove", "path": "emails[value eq \"x\"]" }),
        json!({ "op": "remove", "path": "phoneNumbers", "value": [{ "value": "1" }] }),
    ] {
        assert_eq!(patched(&before, json!([operation])), before, "{operation}");
    }
}

/// Q-11, O-8: Okta sends back what we returned: read-only and foreign parts are no error.
#[test]
fn q11_echoed_resources() {
    let body = json!({
        "schemas": [USER], "id": "1", "meta": { "location": "https://stale.example/x", "version": "W/\"1\"" }, "groups": [],
        "userName": "a", "oktaOnly": { "x": [1] }, "password": "x",
    });
    let (read, notes) = read(&definitions().user, Lenient, body);
    assert_eq!(Value::Object(read.unwrap()), json!({ "userName": "a" }));
    assert_eq!(
        habits(&notes),
        ["read-only", "read-only", "read-only", "unknown-attribute", "password-ignored"]
    );
}

/// Q-12, O-15: an id beside the new name is no mutability error.
#[test]
fn q12_rename_with_an_id() {
    let steps = changes(json!([{ "op": "replace", "value": { "id": "1", "displayName": "Sales" } }]));
    let [Step::Document(operation)] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!(operation.value, Some(json!({ "displayName": "Sales" })));
}

/// Q-18, E-25: one number under three types is three numbers.
#[test]
fn q18_one_value_under_several_types() {
    let phones = json!([{ "value": "1", "type": "work" }, { "value": "1", "type": "mobile" }, { "value": "1", "type": "fax" }]);
    let (read, _) = read(
        &definitions().user,
        Lenient,
        json!({ "schemas": [USER], "userName": "a", "phoneNumbers": phones }),
    );
    assert_eq!(read.unwrap()["phoneNumbers"], phones);
    let after = patched(
        &json!({ "userName": "a" }),
        json!([{ "op": "add", "path": "phoneNumbers", "value": phones }]),
    );
    assert_eq!(after["phoneNumbers"], phones);
}

/// Q-19, E-22: values of a PATCH stay byte for byte.
#[test]
fn q19_values_stay() {
    let list = json!([{ "op": "replace", "path": "userName", "value": " O'Brien+HR@X " }, { "op": "add", "path": "emails[type eq \"Work \"].value", "value": " a " }]);
    let after = patched(&json!({ "userName": "a" }), list);
    assert_eq!(
        after,
        json!({ "userName": " O'Brien+HR@X ", "emails": [{ "type": "Work ", "value": " a " }] })
    );
}

/// Q-20, E-5, E-15, E-26: unknown schemas, capitals, nulls, empty text, the malformed URN.
#[test]
fn q20_odd_bodies() {
    let body = json!({
        "Schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User", "http://schemas.microsoft.com/2006/11/x"],
        "UserName": "a", "Active": true, "Emails": [{ "Primary": true, "Value": "a@b" }], "addresses": null, "title": "",
        "phoneNumbers": null, "manager": null, "Department": "D", "Name": { "Formatted": " " }, "Manager.Value": "m",
    });
    let (read, _) = read(&definitions().user, Lenient, body);
    let expected = json!({
        "userName": "a", "active": true, "emails": [{ "value": "a@b", "primary": true }],
        ENTERPRISE: { "department": "D", "manager": { "value": "m" } },
    });
    assert_eq!(Value::Object(read.unwrap()), expected);
}

/// Q-25, O-11: a PATCH of the password is a success without effect.
#[test]
fn q25_passwords() {
    for operation in [
        json!({ "op": "replace", "value": { "password": "S3cret" } }),
        json!({ "op": "replace", "path": "password", "value": "S3cret" }),
    ] {
        let (steps, notes) = plan(&definitions().user, Lenient, operations(json!([operation])));
        assert_eq!((steps.unwrap(), habits(&notes)), (Vec::new(), vec!["password-ignored"]));
        assert!(!format!("{notes:?}").contains("S3cret"));
    }
}

/// Q-28, E-25: a manager is text; nobody is looked up.
#[test]
fn q28_unknown_managers() {
    let after = patched(
        &json!({ "userName": "a" }),
        json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "junk é" }]),
    );
    assert_eq!(after[ENTERPRISE]["manager"]["value"], "junk é");
}

/// E-26: an extra id in the body, an extra name in an operation, a member as bare text.
#[test]
fn the_shapes_of_the_postman_collection() {
    let body = json!({ "id": "1", "schemas": [scim::patch::PATCH_SCHEMA], "Operations": [{ "name": "addMember", "op": "add", "path": "members", "value": "string id 1" }] });
    let (steps, _) = plan(&definitions().group, Lenient, body.clone());
    let change = RowChange::Add(vec![json!({ "value": "string id 1" })]);
    assert_eq!(steps.unwrap(), [Step::Rows { attribute: "members".to_owned(), change }]);
    assert_eq!(code(&plan(&definitions().group, Strict, body).0), "400 invalidSyntax");
}

/// L-3: OneLogin's template with its macros unset.
#[test]
fn a_template_with_unset_macros() {
    let body = json!({
        "schemas": ["urn:scim:schemas:core:1.0"], "userName": "a", "name": { "givenName": "A", "familyName": " ", "formatted": "" },
        "emails": [{ "value": "", "type": "work", "primary": true }, { "value": "a@b", "type": "home" }], "title": " ",
        ENTERPRISE: { "manager": { "value": "", "displayName": " " }, "department": "" }, CUSTOM: { "tags": ["", "a"] },
    });
    let (read, _) = read(&definitions().user, Lenient, body);
    let expected = json!({ "userName": "a", "name": { "givenName": "A" }, "emails": [{ "value": "a@b", "type": "home" }], CUSTOM: { "tags": ["a"] } });
    assert_eq!(Value::Object(read.unwrap()), expected);
}

/// Habits do not bring back what is off.
#[test]
fn what_is_off_stays_off() {
    let user = without(&[&format!("{ENTERPRISE}:manager"), "title"]).user;
    let value =
        json!({ "manager": "m", format!("{ENTERPRISE}:manager"): "m", "title": "T", "nickName": "N" });
    let (steps, _) = plan(&user, Lenient, operations(json!([{ "op": "add", "value": value }])));
    let [Step::Document(operation)] = &steps.unwrap()[..] else { panic!() };
    assert_eq!(operation.value, Some(json!({ "nickName": "N" })));
}
