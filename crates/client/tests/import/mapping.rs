//! The mapping of a pool, C-8.

use client::import::desired::WantedUser;
use client::import::mapping::{desired, is_pool_id};
use serde_json::{Value, json};

use crate::{group, pool, sub, user, with};

/// What becomes of one user.
fn mapped(user: client::import::pool::PoolUser) -> WantedUser {
    desired(&pool(vec![user], Vec::new())).users.remove(0)
}

/// C-8
#[test]
fn a_whole_profile() {
    let wanted = mapped(with(
        user(1),
        &[
            ("name", "Zoë Müller"),
            ("phone_number", "+4915112345678"),
            ("locale", "de-DE"),
            ("zoneinfo", "Europe/Berlin"),
            ("custom:team", "blue"),
        ],
    ));
    assert_eq!((wanted.external_id, wanted.user_name), (sub(1), "user1@acme.example".into()));
    assert!(wanted.active);
    let attributes = json!({
        "name": { "givenName": "Given1", "familyName": "Family1", "formatted": "Zoë Müller" },
        "displayName": "Zoë Müller",
        "emails": [{ "value": "user1@acme.example", "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "+4915112345678", "type": "mobile" }],
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
    });
    assert_eq!(Value::Object(wanted.attributes), attributes);
}

/// What a pool does not have is said to be empty, so that it goes where it was.
#[test]
fn a_profile_of_nothing_but_a_username() {
    let bare = with(user(1), &[("email", ""), ("given_name", ""), ("family_name", " ")]);
    let wanted = mapped(client::import::pool::PoolUser { enabled: false, ..bare });
    assert_eq!((wanted.user_name.as_str(), wanted.active), ("u1", false));
    assert_eq!(
        wanted.attributes["name"],
        json!({ "givenName": null, "familyName": null, "formatted": null })
    );
    for attribute in ["displayName", "emails", "phoneNumbers", "locale", "timezone"] {
        assert_eq!(wanted.attributes[attribute], Value::Null, "{attribute}");
    }
}

#[test]
fn without_a_name_the_parts_are_shown() {
    assert_eq!(mapped(user(3)).attributes["displayName"], "Given3 Family3");
}

/// A native and a federated account of one person may have one address.
#[test]
fn one_address_is_the_username_of_one_user() {
    let shared = [("email", "Ana@acme.example")];
    let names = |users: Vec<_>| -> Vec<String> {
        let desired = desired(&pool(users, Vec::new()));
        desired.users.into_iter().map(|user| user.user_name).collect()
    };
    // The oldest has it, whatever the order.
    let (old, young) = (with(user(1), &shared), with(user(2), &[("email", "ana@acme.example")]));
    assert_eq!(names(vec![young.clone(), old.clone()]), ["u2", "Ana@acme.example"]);
    assert_eq!(names(vec![old.clone(), young.clone()]), ["Ana@acme.example", "u2"]);
    // Who only claims it does not get it.
    let claimed = with(old, &[("email_verified", "false")]);
    assert_eq!(names(vec![claimed, young]), ["u1", "ana@acme.example"]);
}

/// C-8
#[test]
fn groups_are_known_by_pool_and_name() {
    let mut pool = pool(vec![user(1), user(2)], vec![group("admins", &[1, 2, 9])]);
    let groups = desired(&pool).groups.unwrap();
    assert_eq!(groups[0].external_id, "eu-west-1_aBcDeFgHi:admins");
    assert_eq!(groups[0].display_name, "admins");
    // Whoever is not among the users is not among the members.
    assert_eq!(groups[0].members, Some([sub(1), sub(2)].into()));
    pool.groups = None;
    assert_eq!(desired(&pool).groups, None);
}

#[test]
fn what_a_pool_id_looks_like() {
    for id in ["eu-west-1_aBcDeFgHi", "us-gov-west-1_1", "cn-north-1_x"] {
        assert!(is_pool_id(id), "{id}");
    }
    for text in ["", "eu-west-1", "eu-west-1_", "EU-west-1_a", "urn_a", "eu-west-1_a:b"] {
        assert!(!is_pool_id(text), "{text}");
    }
}
