//! Plans: what follows from what should be and what is.

use std::collections::BTreeSet;

use client::import::held::{Held, HeldGroup, HeldUser};
use client::import::mapping::desired;
use client::import::plan::{Act, Choices, Plan, Work};
use client::import::pool::{Pool, PoolUser};
use client::import::shape::Shape;
use serde_json::{Value, json};

use crate::{group, pool, sub, user, with};

/// A connection that holds nothing and requires what AccessIQ requires.
fn empty() -> Held {
    let required = ["userName", "name", "name.givenName", "name.familyName", "emails", "emails.value"];
    let shape = Shape { taken: None, required: required.map(str::to_owned).into() };
    Held { users: Vec::new(), groups: Some(Vec::new()), shape }
}

/// A connection that holds what a plan would have made of this pool; ids are `id-` and the externalId.
fn filled(pool: &Pool) -> Held {
    let mut held = empty();
    for step in Plan::make(&desired(pool), &held, &Choices::default()).steps {
        match step.work {
            Work::Create { endpoint: "/Users", external_id, body } => {
                held.users.push(held_user(&external_id, body));
            }
            Work::Create { external_id, .. } => held.groups.as_mut().unwrap().push(HeldGroup {
                id: format!("id-{external_id}"),
                external_id: Some(external_id),
                display_name: step.subject,
                members: BTreeSet::new(),
            }),
            Work::Members { members, .. } => {
                let ids = members.iter().map(|member| match member {
                    client::import::plan::Reference::New(external_id) => format!("id-{external_id}"),
                    client::import::plan::Reference::Known(id) => id.clone(),
                });
                let groups = held.groups.as_mut().unwrap();
                groups.iter_mut().find(|group| group.display_name == step.subject).unwrap().members =
                    ids.collect();
            }
            other => panic!("{other:?}"),
        }
    }
    held
}

fn held_user(external_id: &str, document: Value) -> HeldUser {
    HeldUser {
        id: format!("id-{external_id}"),
        external_id: Some(external_id.to_owned()),
        user_name: document["userName"].as_str().unwrap().to_owned(),
        active: document["active"] == true,
        document,
    }
}

/// What is planned: act, subject, detail.
fn steps(plan: &Plan) -> Vec<(Act, &str, String)> {
    plan.steps.iter().map(|step| (step.act, step.subject.as_str(), step.detail.join(" "))).collect()
}

fn make(pool: &Pool, held: &Held) -> Plan {
    Plan::make(&desired(pool), held, &Choices::default())
}

fn deleting(pool: &Pool, held: &Held, limit: Option<usize>) -> Plan {
    Plan::make(&desired(pool), held, &Choices { delete: true, delete_limit: limit, required: None })
}

fn people(numbers: std::ops::Range<u32>) -> Vec<PoolUser> {
    numbers.map(user).collect()
}

fn operations(plan: &Plan, place: usize) -> Value {
    match &plan.steps[place].work {
        Work::Patch { operations, .. } => json!(operations),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_empty_connection_is_filled() {
    let plan = make(&pool(people(1..3), vec![group("admins", &[1])]), &empty());
    assert_eq!(
        steps(&plan),
        [
            (Act::CreateUser, "user1@acme.example", String::new()),
            (Act::CreateUser, "user2@acme.example", String::new()),
            (Act::CreateGroup, "admins", String::new()),
            (Act::AddMembers, "admins", "user1@acme.example".into()),
        ]
    );
    let Work::Create { body, .. } = &plan.steps[0].work else { panic!() };
    let wanted = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": sub(1),
        "userName": "user1@acme.example",
        "active": true,
        "name": { "givenName": "Given1", "familyName": "Family1", "formatted": "Given1 Family1" },
        "displayName": "Given1 Family1",
        "emails": [{ "value": "user1@acme.example", "type": "work", "primary": true }],
    });
    assert_eq!(*body, wanted);
}

#[test]
fn what_agrees_is_left_as_it_is() {
    let pool = pool(people(1..4), vec![group("admins", &[1, 2]), group("idle", &[])]);
    let plan = make(&pool, &filled(&pool));
    assert_eq!((plan.steps, plan.problems, plan.left_alone), (vec![], vec![], Vec::<String>::new()));
    assert_eq!((plan.unchanged_users, plan.unchanged_groups), (3, 2));
}

/// A server may hold more of an element than it was sent.
#[test]
fn only_what_differs_is_sent() {
    let mut pool = pool(vec![with(user(1), &[("phone_number", "+491"), ("locale", "de")])], Vec::new());
    let mut held = filled(&pool);
    held.users[0].document["emails"][0]["display"] = "shown".into();
    held.users[0].document["title"] = "Boss".into();
    pool.users[0] =
        with(pool.users[0].clone(), &[("phone_number", "+492"), ("locale", ""), ("family_name", "New")]);
    let plan = make(&pool, &held);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].act, Act::UpdateUser);
    let wanted = json!([
        { "op": "replace", "path": "name.familyName", "value": "New" },
        { "op": "replace", "path": "name.formatted", "value": "Given1 New" },
        { "op": "replace", "path": "displayName", "value": "Given1 New" },
        { "op": "replace", "path": "phoneNumbers", "value": [{ "value": "+492", "type": "mobile" }] },
        { "op": "remove", "path": "locale" },
    ]);
    assert_eq!(operations(&plan, 0), wanted);
}

#[test]
fn enabled_and_disabled() {
    let mut pool = pool(people(1..3), Vec::new());
    pool.users[0].enabled = false;
    let held = filled(&pool);
    pool.users[0].enabled = true;
    pool.users[1].enabled = false;
    let plan = make(&pool, &held);
    assert_eq!(
        steps(&plan),
        [
            (Act::DisableUser, "user2@acme.example", String::new()),
            (Act::EnableUser, "user1@acme.example", String::new()),
        ]
    );
    assert_eq!(operations(&plan, 0), json!([{ "op": "replace", "path": "active", "value": false }]));
}

/// Access ends before anything else, and begins last.
#[test]
fn the_order_leaves_nothing_wrong_when_it_is_interrupted() {
    let mut before = pool(people(1..6), vec![group("admins", &[1, 2]), group("old", &[])]);
    let held = filled(&before);
    before.users[2].enabled = false;
    before.users.remove(4);
    before.users.push(user(9));
    before.groups = Some(vec![group("admins", &[2, 9])]);
    let plan = deleting(&before, &held, None);
    let acts: Vec<Act> = plan.steps.iter().map(|step| step.act).collect();
    let wanted = [
        Act::DisableUser,
        Act::RemoveMembers,
        Act::DeleteUser,
        Act::DeleteGroup,
        Act::CreateUser,
        Act::AddMembers,
    ];
    assert_eq!(acts, wanted);
    assert!(Act::ALL.is_sorted());
}

#[test]
fn people_whom_the_connection_would_refuse() {
    let nameless = with(user(1), &[("family_name", ""), ("given_name", "")]);
    let mut pool = pool(vec![nameless, user(2)], vec![group("admins", &[1, 2])]);
    let plan = make(&pool, &empty());
    assert_eq!(plan.problems.len(), 1);
    let wanted = "user1@acme.example (a1b2c3d4-5678-90ab-cdef-000000000001): not sent, because the connection requires \
                  name.familyName (family_name) and name.givenName (given_name)";
    assert_eq!(plan.problems[0], wanted);
    let members = &plan.steps.last().unwrap().detail;
    assert_eq!(*members, ["user2@acme.example"], "who is not sent joins nothing");
    // Whoever is there already loses access all the same, and is in their groups.
    let mut held = filled(&crate::pool(people(1..3), vec![group("admins", &[2])]));
    pool.users[0].enabled = false;
    let plan = make(&pool, &held);
    let wanted = [
        (Act::DisableUser, "user1@acme.example", String::new()),
        (Act::AddMembers, "admins", "user1@acme.example".into()),
    ];
    assert_eq!((steps(&plan), plan.problems.len()), (wanted.to_vec(), 1));
    // A connection that asks for less takes them.
    held.shape.required = ["userName".to_owned()].into();
    assert!(make(&pool, &held).problems.is_empty());
    // And what the operator says comes before what the connection says.
    let required = Some(["displayName".to_owned()].into());
    let plan = Plan::make(&desired(&pool), &held, &Choices { required, ..Choices::default() });
    assert!(plan.problems[0].contains("displayName (name)"), "{:?}", plan.problems);
}

/// What a connection does not take would otherwise be missing again in every run.
#[test]
fn attributes_that_the_connection_does_not_take_are_not_sent() {
    let pool = pool(vec![with(user(1), &[("phone_number", "+491")])], Vec::new());
    let mut held = empty();
    held.shape.taken =
        Some(["name", "name.givenName", "name.familyName", "emails"].map(str::to_owned).into());
    let plan = make(&pool, &held);
    let Work::Create { body, .. } = &plan.steps[0].work else { panic!() };
    assert_eq!(body["name"], json!({ "givenName": "Given1", "familyName": "Family1" }));
    assert!(body.get("phoneNumbers").is_none() && body.get("displayName").is_none());
}

mod names {
    use super::*;

    /// Two may hand names on, if the first moves first.
    #[test]
    fn a_name_is_taken_over_once_it_is_free() {
        let mut pool = pool(people(1..3), Vec::new());
        let held = filled(&pool);
        pool.users[0] = with(pool.users[0].clone(), &[("email", "user2@acme.example")]);
        pool.users[1] = with(pool.users[1].clone(), &[("email", "fresh@acme.example")]);
        let renamed: Vec<String> = make(&pool, &held)
            .steps
            .into_iter()
            .map(|step| format!("{} {}", step.act, step.subject))
            .collect();
        assert_eq!(renamed, ["rename user user2@acme.example", "rename user user1@acme.example"]);
    }

    #[test]
    fn names_that_are_swapped_are_a_problem() {
        let mut pool = pool(people(1..3), Vec::new());
        let held = filled(&pool);
        pool.users[0] = with(pool.users[0].clone(), &[("email", "user2@acme.example")]);
        pool.users[1] = with(pool.users[1].clone(), &[("email", "user1@acme.example")]);
        let plan = make(&pool, &held);
        assert_eq!((plan.steps.len(), plan.problems.len()), (0, 2));
        assert!(plan.problems[0].contains("belongs to another user"), "{:?}", plan.problems);
    }

    /// Somebody who was deleted and made anew has another `sub` and the same address.
    #[test]
    fn a_person_who_was_made_anew() {
        let before = pool(people(1..4), Vec::new());
        let held = filled(&before);
        let again = with(user(8), &[("email", "USER1@acme.example")]);
        let now = pool(vec![again, user(2), user(3)], Vec::new());
        let plan = make(&now, &held);
        assert_eq!((plan.steps.len(), plan.missing_users.len()), (0, 1));
        assert!(
            plan.problems[0].contains("not in the source any more and could be deleted"),
            "{:?}",
            plan.problems
        );
        let plan = deleting(&now, &held, None);
        let wanted = [
            (Act::DeleteUser, "user1@acme.example", String::new()),
            (Act::CreateUser, "USER1@acme.example", String::new()),
        ];
        assert_eq!((steps(&plan), plan.problems.len()), (wanted.to_vec(), 0));
    }

    #[test]
    fn whoever_has_no_external_id_is_linked_by_name() {
        let pool = pool(vec![user(1)], vec![group("admins", &[1])]);
        let mut held = filled(&pool);
        held.users[0].external_id = None;
        held.groups.as_mut().unwrap()[0].external_id = None;
        let plan = make(&pool, &held);
        let wanted = [
            (Act::LinkUser, "user1@acme.example", "externalId".to_owned()),
            (Act::LinkGroup, "admins", "externalId".to_owned()),
        ];
        assert_eq!((steps(&plan), plan.left_alone.len(), plan.problems.len()), (wanted.to_vec(), 0, 0));
    }

    /// Where people sign up by themselves, anybody may claim the address of an administrator.
    #[test]
    fn an_address_that_nobody_verified_links_to_nobody() {
        let verified = pool(vec![user(1)], Vec::new());
        let mut held = filled(&verified);
        held.users[0].external_id = None;
        let claimed = pool(vec![with(user(1), &[("email_verified", "false")])], Vec::new());
        let plan = make(&claimed, &held);
        assert_eq!((plan.steps.len(), plan.problems.len(), plan.left_alone.len()), (0, 1, 1));
        assert!(
            plan.problems[0].contains("not verified that they are the same person"),
            "{:?}",
            plan.problems
        );
    }

    #[test]
    fn whoever_has_another_external_id_is_left_alone() {
        let pool = pool(vec![user(1)], vec![group("admins", &[1])]);
        let mut held = filled(&pool);
        held.users[0].external_id = Some("00u1".into());
        held.groups.as_mut().unwrap()[0].external_id = Some("okta-group".into());
        let plan = make(&pool, &held);
        assert_eq!((plan.steps.len(), plan.problems.len()), (0, 2));
        assert!(plan.problems[0].contains("externalId 00u1") && plan.problems[1].contains("okta-group"));
    }
}

mod deletions {
    use super::*;

    #[test]
    fn without_being_asked_they_are_only_named() {
        let held = filled(&pool(people(1..4), vec![group("old", &[])]));
        let plan = make(&pool(people(1..3), Vec::new()), &held);
        assert_eq!((plan.steps.len(), plan.problems.len()), (0, 0));
        assert_eq!(
            (plan.missing_users, plan.missing_groups),
            (vec!["user3@acme.example".into()], vec!["old".into()])
        );
    }

    /// Ten, or a tenth of those there are.
    #[test]
    fn the_limit_holds_for_users() {
        for (there_were, missing, allowed) in
            [(40, 10, true), (40, 11, false), (200, 20, true), (200, 21, false)]
        {
            let held = filled(&pool(people(0..there_were), Vec::new()));
            let now = pool(people(missing..there_were), Vec::new());
            let plan = deleting(&now, &held, None);
            let deleted = plan.counts().get(&Act::DeleteUser).copied();
            let missing = missing as usize;
            assert_eq!(deleted, allowed.then_some(missing), "{there_were} {missing}");
            assert_eq!(plan.problems.is_empty(), allowed, "{there_were} {missing}");
            if !allowed {
                assert_eq!(plan.missing_users.len(), missing);
                assert!(
                    plan.problems[0].contains(&format!("--delete-limit {missing}")),
                    "{:?}",
                    plan.problems
                );
                assert!(deleting(&now, &held, Some(missing)).problems.is_empty());
            }
        }
    }

    #[test]
    fn the_limit_holds_for_groups() {
        let names: Vec<String> = (0..12).map(|number| format!("g{number}")).collect();
        let held = filled(&pool(people(1..3), names.iter().map(|name| group(name, &[])).collect()));
        let now = pool(people(1..3), vec![group("g0", &[])]);
        let plan = deleting(&now, &held, None);
        assert_eq!((plan.steps.len(), plan.missing_groups.len(), plan.problems.len()), (0, 11, 1));
        assert_eq!(deleting(&now, &held, Some(11)).counts().get(&Act::DeleteGroup), Some(&11));
    }

    /// The wrong pool, or an empty one, against a small connection.
    #[test]
    fn a_connection_of_which_nobody_is_in_the_pool() {
        let held = filled(&pool(people(1..4), Vec::new()));
        for now in [pool(people(7..9), Vec::new()), pool(Vec::new(), Vec::new())] {
            let plan = deleting(&now, &held, None);
            assert_eq!((plan.counts().get(&Act::DeleteUser), plan.missing_users.len()), (None, 3));
            assert!(plan.problems[0].contains("Is it the right connection?"), "{:?}", plan.problems);
            assert_eq!(deleting(&now, &held, Some(3)).counts().get(&Act::DeleteUser), Some(&3));
        }
    }

    #[test]
    fn what_did_not_come_from_a_pool_is_never_deleted() {
        let mut held = filled(&pool(people(1..4), vec![group("admins", &[]), group("staff", &[])]));
        held.users[1].external_id = None;
        held.users[2].external_id = Some("00u-okta".into());
        let groups = held.groups.as_mut().unwrap();
        groups[0].external_id = None;
        groups[1].external_id = Some("okta-group".into());
        let plan = deleting(&pool(people(1..2), Vec::new()), &held, Some(1000));
        assert_eq!((plan.steps.len(), plan.problems.len()), (0, 0));
        assert_eq!(plan.left_alone.len(), 4, "{:?}", plan.left_alone);
    }

    /// Whose users they are cannot be told.
    #[test]
    fn a_connection_that_another_pool_feeds_too() {
        let mut held = filled(&pool(people(1..4), vec![group("admins", &[])]));
        held.groups.as_mut().unwrap()[0].external_id = Some("us-east-1_Other:admins".into());
        let plan = deleting(&pool(people(1..3), Vec::new()), &held, Some(1000));
        assert_eq!((plan.steps.len(), plan.missing_users.len()), (0, 1));
        assert!(plan.problems[0].contains("us-east-1_Other:admins"), "{:?}", plan.problems);
    }
}

mod members {
    use super::*;

    #[test]
    fn only_members_of_the_pool_are_removed() {
        let before = pool(people(1..4), vec![group("admins", &[1, 2])]);
        let mut held = filled(&before);
        held.groups.as_mut().unwrap()[0].members.insert("id-of-somebody-else".into());
        let plan = make(&pool(people(1..4), vec![group("admins", &[2, 3])]), &held);
        let wanted = [
            (Act::RemoveMembers, "admins", "user1@acme.example".to_owned()),
            (Act::AddMembers, "admins", "user3@acme.example".to_owned()),
        ];
        assert_eq!(steps(&plan), wanted);
        assert_eq!(plan.left_alone, ["group admins: 1 members who are not of the source"]);
    }

    /// Somebody who is gone from the pool keeps nothing that the pool gave.
    #[test]
    fn who_is_missing_leaves_groups_even_if_nobody_is_deleted() {
        let held = filled(&pool(people(1..4), vec![group("admins", &[1, 3])]));
        let plan = make(&pool(people(1..3), vec![group("admins", &[1])]), &held);
        assert_eq!(steps(&plan), [(Act::RemoveMembers, "admins", "user3@acme.example".into())]);
    }

    #[test]
    fn what_was_not_read_is_not_touched() {
        let before = pool(people(1..3), vec![group("admins", &[1, 2]), group("old", &[])]);
        let held = filled(&before);
        let mut unread = group("admins", &[]);
        unread.members = None;
        let plan = make(&pool(people(1..3), vec![unread]), &held);
        assert!(plan.steps.is_empty(), "{:?}", plan.steps);
        let without_groups = Pool { groups: None, ..pool(people(1..3), Vec::new()) };
        let plan = deleting(&without_groups, &held, None);
        assert!(plan.steps.is_empty() && plan.missing_groups.is_empty());
    }

    #[test]
    fn a_connection_without_groups() {
        let mut held = empty();
        held.groups = None;
        let plan = make(&pool(people(1..3), vec![group("admins", &[1])]), &held);
        assert_eq!(plan.counts().len(), 1);
        assert_eq!(plan.left_alone, ["groups: the connection does not synchronise them"]);
    }

    #[test]
    fn one_operation_for_each_who_leaves() {
        use client::import::plan::operations;
        let ids = ["a".to_owned(), "b\"".to_owned()];
        let wanted =
            json!([{ "op": "add", "path": "members", "value": [{ "value": "a" }, { "value": "b\"" }] }]);
        assert_eq!(json!(operations(Act::AddMembers, &ids)), wanted);
        let wanted = json!([
            { "op": "remove", "path": "members[value eq \"a\"]" },
            { "op": "remove", "path": "members[value eq \"b\\\"\"]" },
        ]);
        assert_eq!(json!(operations(Act::RemoveMembers, &ids)), wanted);
    }
}

#[test]
fn two_users_with_one_external_id() {
    let pool = pool(vec![user(1)], Vec::new());
    let mut held = filled(&pool);
    let mut twin = held.users[0].clone();
    twin.id = "twin".into();
    held.users.push(twin);
    let plan = deleting(&pool, &held, None);
    assert!(
        plan.steps.is_empty() && plan.problems[0].contains("2 users with the externalId"),
        "{:?}",
        plan.problems
    );
}
