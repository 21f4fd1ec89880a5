//! The body and the lookup of the Auth0 player, held against the conversation `auth0`.

use std::collections::HashSet;

use client::people::Company;
use client::players::auth0::bodies::user;
use client::players::auth0::{external_id, lookup_path};

use crate::recorded::{body, shape_text, target};

///
///
#[test]
fn the_body_has_the_keys_of_the_conversation() {
    let person = &Company::found(3, 0, 1).people[2];
    for step in ["auth0-01", "auth0-08"] {
        assert_eq!(shape_text(&user(person)), shape_text(&body(step)), "{step}");
    }
    assert_eq!(user(person)["active"], person.employed);
}

///
#[test]
fn lookups_are_encoded_as_in_the_conversation() {
    for (external_id, step) in [
        ("auth0|65f0c0ffee0123456789abcd", "auth0-06"),
        ("waad|x_\\\"quoted\\y", "auth0-09"),
        ("samlp|contoso|sean.o'brien", "auth0-10"),
    ] {
        assert_eq!(lookup_path(external_id), target(step));
    }
}

/// An account of Auth0's own database gets another id when it is made anew, one of a company's directory does not.
#[test]
fn external_ids_are_of_several_connections_and_their_own() {
    let people = Company::found(400, 0, 1).people;
    let ids: HashSet<String> = people.iter().map(external_id).collect();
    assert_eq!(ids.len(), 400);
    for connection in ["auth0|", "google-oauth2|", "samlp|acme|", "ad|acme|ACME\\"] {
        assert!(ids.iter().any(|id| id.starts_with(connection)), "{connection}");
    }
    for person in people {
        let before = external_id(&person);
        let anew = external_id(&client::people::Person { account: 1, ..person });
        assert_eq!(before == anew, !before.starts_with("auth0|"), "{before}");
    }
}
