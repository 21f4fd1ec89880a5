//! The bodies and paths of the Entra players, held against the recorded conversations `entra-default` and
//! `entra-aadOptscim062020`.

use std::collections::BTreeMap;

use client::people::{Company, Person};
use client::players::belief::BelievedGroup;
use client::players::entra::bodies::{
    add_members, create_group, create_user, patch_user, remove_members, rename_group,
};
use client::players::entra::changes::{Change, What, add_role, between, set_active};
use client::players::entra::roles::{RoleMapping, role_of};
use client::players::entra::{Dialect, has_phone_at_once, lookup_path};
use client::players::provider::WantedGroup;
use client::players::wire::{ENTERPRISE, patch};
use serde_json::{Value, json};

use crate::recorded::{body, shape_text, target};

const SINGLE: RoleMapping = RoleMapping::Single;

fn somebody(fits: impl Fn(&Person) -> bool) -> Person {
    Company::found(400, 0, 1).people.into_iter().find(fits).unwrap()
}

fn employee(person: &Person) -> bool {
    person.work.is_some()
}

/// Nothing of theirs is sent that the recorded person has not.
fn plain(person: &Person) -> bool {
    role_of(person).is_none() && !has_phone_at_once(person)
}

/// Changes as the operations of a recorded body have them, all of attributes.
fn changes_of(operations: &Value, absent: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut attribute = |path: &str, value: &Value| {
        changes.push(Change { what: What::Attribute(path.to_owned()), absent, value: value.clone() });
    };
    for operation in operations.as_array().unwrap() {
        match operation["path"].as_str() {
            Some(path) => attribute(path, &operation["value"]),
            None => {
                operation["value"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .for_each(|(path, value)| attribute(path, value));
            }
        }
    }
    changes
}

/// E-5
/// E-19
/// E-21
#[test]
fn a_create_has_the_keys_of_the_recorded_one() {
    let mut body_of = create_user(&somebody(|who| employee(who) && plain(who)), None, SINGLE);
    assert!(body_of[ENTERPRISE].as_object_mut().unwrap().remove("employeeNumber").is_some());
    assert_eq!(shape_text(&body_of), shape_text(&body("entra-default-06")));
    let contractor = create_user(&somebody(|who| !employee(who) && plain(who)), None, SINGLE);
    assert_eq!(shape_text(&contractor), shape_text(&body("entra-default-14")));
    for (even, manager) in [(true, json!("m")), (false, json!({ "value": "m" }))] {
        let person = somebody(|who| employee(who) && who.lot.is_multiple_of(2) == even);
        assert_eq!(create_user(&person, Some("m"), SINGLE)[ENTERPRISE]["manager"], manager);
    }
    let editor = somebody(|who| role_of(who).is_some());
    let role = role_of(&editor).unwrap();
    let kind = "WindowsAzureActiveDirectoryRole";
    for (mapping, roles) in [
        (SINGLE, json!([{ "primary": true, "type": kind, "value": role }])),
        (RoleMapping::Assertive, json!([{ "primary": false, "type": kind, "display": role, "value": role }])),
        (RoleMapping::Complex, json!([])),
    ] {
        assert_eq!(create_user(&editor, None, mapping)["roles"], roles);
    }
}

/// E-9
/// E-10
/// E-11
/// E-12
#[test]
fn without_a_flag_every_attribute_is_an_operation_and_active_is_text() {
    let said = |changes: &[Change]| patch_user(Dialect::Default, SINGLE, changes);
    for (step, absent) in
        [("entra-default-31", false), ("entra-default-33", false), ("entra-default-34", true)]
    {
        assert_eq!(said(&changes_of(&body(step)["Operations"], absent)), body(step), "{step}");
    }
    assert_eq!(said(&[set_active(false)]), body("entra-default-51"));
    assert_eq!(said(&[set_active(true)]), body("entra-default-54"));
}

/// E-9
/// E-11
///
#[test]
fn with_the_flag_attributes_are_merged_and_active_is_a_boolean() {
    let said = |changes: &[Change]| patch_user(Dialect::Compliant, SINGLE, changes);
    for (step, absent) in [("entra-aadOptscim062020-27", false), ("entra-aadOptscim062020-30", true)] {
        assert_eq!(said(&changes_of(&body(step)["Operations"], absent)), body(step), "{step}");
    }
    assert_eq!(said(&[set_active(false)]), body("entra-aadOptscim062020-32"));
    assert_eq!(said(&[set_active(true)]), body("entra-aadOptscim062020-35"));
}

/// E-19
#[test]
fn a_manager_is_named_in_each_shape_that_was_seen_and_cleared() {
    let said = |lot, absent, id: &str| {
        let change = Change { what: What::Manager(lot), absent, value: id.into() };
        patch_user(Dialect::Default, SINGLE, &[change])
    };
    assert_eq!(said(3, true, "{{userId:alice}}"), body("entra-default-41"));
    let path = format!("{ENTERPRISE}:manager");
    let object = json!({ "op": "Add", "path": path, "value": { "value": "m" } });
    assert_eq!(said(4, true, "m"), patch(&[object]));
    assert_eq!(shape_text(&said(5, true, "m")), shape_text(&body("entra-default-43")));
    assert_eq!(said(5, false, ""), body("entra-default-44"));
}

/// E-21
#[test]
fn a_role_is_given_by_each_of_the_three_functions() {
    let said = |mapping| patch_user(Dialect::Default, mapping, &[add_role("25")]);
    assert_eq!(shape_text(&said(SINGLE)), shape_text(&body("entra-default-46")));
    assert_eq!(shape_text(&said(RoleMapping::Complex)), shape_text(&body("entra-default-48")));
    let mut assertive = body("entra-default-49");
    assertive["Operations"][0]["value"].as_array_mut().unwrap().truncate(1);
    assert_eq!(shape_text(&said(RoleMapping::Assertive)), shape_text(&assertive));
}

/// E-14
/// E-15
/// E-16
/// E-17
/// E-18
#[test]
fn groups_and_members_are_said_as_recorded() {
    let created = create_group("Équipe R&D – 研究", "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159");
    assert_eq!(created, body("entra-default-22"));
    let members = ["{{userId:alice}}", "{{userId:zoe}}", "{{userId:taro}}", "{{userId:sean}}"];
    let one_each = ["{{userId:sean}}", "{{userId:omar}}"];
    let before = BelievedGroup {
        id: "g".into(),
        display_name: "old".into(),
        external_id: Some("x".into()),
        members: BTreeMap::default(),
    };
    let wanted = WantedGroup {
        display_name: "Research".into(),
        external_id: Some("x".into()),
        members: BTreeMap::default(),
        other_name: None,
    };
    for (operations, step) in [
        (add_members(Dialect::Default, &members[..3], true), "entra-default-23"),
        (add_members(Dialect::Default, &one_each, false), "entra-default-24"),
        (remove_members(Dialect::Default, &one_each[..1]), "entra-default-27"),
        (rename_group(Dialect::Default, &before, &wanted), "entra-default-29"),
        (add_members(Dialect::Compliant, &members, true), "entra-aadOptscim062020-23"),
        (remove_members(Dialect::Compliant, &one_each[..1]), "entra-aadOptscim062020-24"),
    ] {
        assert_eq!(patch(&operations), body(step), "{step}");
    }
    let pathless = json!({ "op": "replace", "value": { "displayName": "Research" } });
    assert_eq!(rename_group(Dialect::Compliant, &before, &wanted), [pathless]);
    let same = WantedGroup { display_name: "old".into(), ..wanted };
    assert!(rename_group(Dialect::Compliant, &before, &same).is_empty());
}

/// E-1
/// E-4
/// E-14
#[test]
fn lookups_are_encoded_as_recorded() {
    for (endpoint, attribute, value, step) in [
        ("Users", "userName", "2f4b5c8e-7f3d-4c0e-9a55-3b7a1e0c9d11", "entra-default-01"),
        ("Groups", "displayName", "2f4b5c8e-7f3d-4c0e-9a55-3b7a1e0c9d11", "entra-default-02"),
        ("Users", "userName", "sean.o'brien+hr@contoso.example", "entra-default-11"),
        ("Groups", "displayName", "Équipe R&D – 研究", "entra-default-21"),
    ] {
        assert_eq!(lookup_path(endpoint, attribute, value), target(step));
    }
}

/// What is as it should be is not sent again; what is not, is found wherever it is.
#[test]
fn only_what_differs_is_a_change() {
    let mut person = somebody(|who| role_of(who).is_some());
    person.employed = true;
    let mut found = create_user(&person, None, SINGLE);
    found[ENTERPRISE]["manager"] = json!({ "value": "m" });
    found["phoneNumbers"] = json!([{ "type": "work", "value": person.phone }]);
    assert_eq!(between(&found, &person, Some("m"), SINGLE), []);
    found["emails"][0]["value"] = "old@acme.example".into();
    found["active"] = json!(false);
    found["roles"] = json!([]);
    found[ENTERPRISE]["department"] = "old".into();
    found.as_object_mut().unwrap().remove("phoneNumbers");
    let changes = between(&found, &person, None, SINGLE);
    let whats: Vec<(&What, bool)> = changes.iter().map(|change| (&change.what, change.absent)).collect();
    let attribute = |path: &str| What::Attribute(path.to_owned());
    assert_eq!(
        whats,
        [
            (&attribute("emails[type eq \"work\"].value"), false),
            (&attribute("phoneNumbers[type eq \"work\"].value"), true),
            (&attribute(&format!("{ENTERPRISE}:department")), false),
            (&What::Active, false),
            (&What::Manager(person.lot), false),
            (&What::Role, true),
        ]
    );
}
