//! Members: PATCH as intent. No test in here has a group.

use crate::patching::{operations, plan};
use crate::support::{code, definitions, habits};
use scim::Mode::{self, Lenient, Strict};
use scim::patch::{Op, RowChange, Step, Target};
use scim::{Notes, ScimError};
use serde_json::{Value, json};

fn steps(mode: Mode, list: Value) -> (Result<Vec<Step>, ScimError>, Notes) {
    plan(&definitions().group, mode, operations(list))
}

fn rows(mode: Mode, list: Value) -> Vec<RowChange> {
    let steps = steps(mode, list).0.unwrap_or_else(|error| panic!("{error}"));
    steps
        .into_iter()
        .map(|step| match step {
            Step::Rows { attribute, change } => {
                assert_eq!(attribute, "members");
                change
            }
            Step::Document(operation) => panic!("{operation:?}"),
        })
        .collect()
}

fn member(value: &str) -> Value {
    json!({ "value": value })
}

/// R7644-3.5.2.1-07, R7644-3.5.2.2-03, -04, -10, R7644-3.5.2.3-03, M-15, E-16, E-17, O-14, Q-2: what operations on
/// members mean, in both modes.
#[test]
fn operations_on_members_are_changes_of_rows() {
    let remove = |values: &[&str]| RowChange::Remove(values.iter().map(ToString::to_string).collect());
    let cases = [
        (
            json!({ "op": "add", "path": "members", "value": [{ "$ref": null, "value": "1" }] }),
            vec![RowChange::Add(vec![member("1")])],
        ),
        (
            json!({ "op": "add", "path": "Members", "value": { "VALUE": "1", "display": "x" } }),
            vec![RowChange::Add(vec![member("1")])],
        ),
        (
            json!({ "op": "add", "path": "members", "value": [member("1"), member("1")] }),
            vec![RowChange::Add(vec![member("1")])],
        ),
        (json!({ "op": "add", "path": "members", "value": [] }), vec![]),
        (json!({ "op": "add", "path": "members", "value": null }), vec![]),
        (
            json!({ "op": "replace", "path": "members", "value": [member("1"), member("2")] }),
            vec![RowChange::Replace(vec![member("1"), member("2")])],
        ),
        (json!({ "op": "replace", "path": "members", "value": [] }), vec![RowChange::Clear]),
        (json!({ "op": "replace", "path": "members", "value": null }), vec![RowChange::Clear]),
        (json!({ "op": "remove", "path": "members" }), vec![RowChange::Clear]),
        (
            json!({ "op": "remove", "path": "members", "value": [{ "$ref": null, "value": "1" }, member("2")] }),
            vec![remove(&["1", "2"])],
        ),
        (json!({ "op": "remove", "path": "members", "value": member("1") }), vec![remove(&["1"])]),
        (json!({ "op": "remove", "path": "members", "value": [] }), vec![]),
        (json!({ "op": "remove", "path": "members[value eq \"1\"]" }), vec![remove(&["1"])]),
        (
            json!({ "op": "remove", "path": "members[value eq \"1\" or (value eq \"a]\\\"b\")]" }),
            vec![remove(&["1", "a]\"b"])],
        ),
    ];
    for (operation, expected) in cases {
        for mode in [Lenient, Strict] {
            assert_eq!(rows(mode, json!([operation])), expected, "{mode:?} {operation}");
        }
    }
}

/// R7644-3.5.2.2-04: other filters are handed on.
#[test]
fn other_filters_select_rows() {
    for filter in [
        "type eq \"User\"",
        "value eq \"1\" and type eq \"User\"",
        "not (value eq \"1\")",
        "value sw \"1\"",
        "value eq \"1\" or type eq \"Group\"",
    ] {
        let changes = rows(Lenient, json!([{ "op": "remove", "path": format!("members[{filter}]") }]));
        assert!(matches!(&changes[..], [RowChange::RemoveWhere(_)]), "{filter}: {changes:?}");
    }
}

/// R7643-4.2-02, R7644-3.5.2.3-12: the parts of a member cannot be changed. Operation, lenient, strict.
#[test]
fn parts_of_members_are_immutable() {
    let (refused, path) = ("400 mutability", "400 invalidPath");
    let cases = [
        (json!({ "op": "replace", "path": "members[value eq \"1\"].value", "value": "2" }), refused, refused),
        (json!({ "op": "remove", "path": "members[value eq \"1\"].type" }), refused, refused),
        (json!({ "op": "add", "path": "members[value eq \"1\"].display", "value": "x" }), refused, refused),
        (json!({ "op": "replace", "path": "members.value", "value": "2" }), refused, path),
        (
            json!({ "op": "replace", "path": "members[value eq \"1\"]", "value": { "value": "2" } }),
            refused,
            path,
        ),
        (
            json!({ "op": "replace", "path": "members[type eq \"User\"]", "value": { "value": "2" } }),
            refused,
            path,
        ),
        (
            json!({ "op": "add", "path": "members", "value": [{ "display": "x" }] }),
            "400 invalidValue",
            "400 invalidValue",
        ),
    ];
    for (operation, lenient, strict) in cases {
        assert_eq!(code(&steps(Lenient, json!([operation])).0), lenient, "{operation}");
        assert_eq!(code(&steps(Strict, json!([operation])).0), strict, "{operation}");
    }
}

/// M-13: a change of a member chosen by its own value adds it.
#[test]
fn a_member_chosen_by_its_value_is_added() {
    let (steps, notes) = steps(
        Lenient,
        json!([{ "op": "add", "path": "members[value eq \"1\"]", "value": { "type": "User" } }]),
    );
    let change = RowChange::Add(vec![json!({ "type": "User", "value": "1" })]);
    assert_eq!(steps.unwrap(), [Step::Rows { attribute: "members".to_owned(), change }]);
    assert_eq!(habits(&notes), ["member-by-filter"]);
}

/// O-15: members inside an operation without path are split off.
#[test]
fn members_in_a_value_are_split_off() {
    let value = json!({ "id": "0197", "displayName": "Sales", "members": [member("1")], "externalId": "e" });
    let split = steps(Lenient, json!([{ "op": "replace", "value": value }])).0.unwrap();
    let [Step::Document(operation), Step::Rows { change, .. }] = &split[..] else { panic!("{split:?}") };
    assert_eq!((operation.op, &operation.target), (Op::Replace, &Target::Resource));
    assert_eq!(operation.value, Some(json!({ "externalId": "e", "displayName": "Sales" })));
    assert_eq!(change, &RowChange::Replace(vec![member("1")]));
    assert_eq!(
        rows(Lenient, json!([{ "op": "add", "value": { "members": [member("1")] } }])),
        [RowChange::Add(vec![member("1")])]
    );
    assert_eq!(rows(Lenient, json!([{ "op": "replace", "value": { "members": [] } }])), [RowChange::Clear]);
    assert_eq!(rows(Lenient, json!([{ "op": "add", "value": { "members": null } }])), []);
}

/// RIPS-6.2.6-01, R7644-3.5.2-07: a thousand operations keep their order; neighbours of one kind become one change.
#[test]
fn neighbouring_changes_become_one() {
    let adds =
        (0..1000).map(|n| json!({ "op": "add", "path": "members", "value": [member(&n.to_string())] }));
    let removes = (0..1000).map(|n| json!({ "op": "remove", "path": format!("members[value eq \"{n}\"]") }));
    let changes = rows(Strict, adds.chain(removes).collect());
    let [RowChange::Add(gained), RowChange::Remove(lost)] = &changes[..] else { panic!() };
    assert_eq!((gained.len(), lost.len()), (1000, 1000));
    let alternating = rows(
        Lenient,
        json!([
            { "op": "remove", "path": "members[value eq \"1\"]" }, { "op": "add", "path": "members", "value": [member("1")] },
            { "op": "remove", "path": "members" }, { "op": "add", "path": "members", "value": [member("2")] },
        ]),
    );
    assert_eq!(alternating.len(), 4);
}
