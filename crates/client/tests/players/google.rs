//! The bodies and paths of the Google player, held against the conversation `google`.

use client::people::Company;
use client::players::google::bodies::{patch_user, replace_user, set_active, user};
use client::players::google::{Verb, lookup_path};
use serde_json::json;

use crate::recorded::{body, shape_text, target};

/// G-4
/// G-5
/// G-6
#[test]
fn bodies_have_the_keys_of_the_conversation() {
    let person = &Company::found(3, 0, 1).people[2];
    assert_eq!(shape_text(&user(person)), shape_text(&body("google-05")));
    assert_eq!(shape_text(&replace_user("u", person)), shape_text(&body("google-10")));
    assert_eq!(set_active(false), body("google-12"));
    assert_eq!(set_active(true), body("google-15"));
    let mut patched = patch_user(person);
    let value = patched["Operations"][0]["value"].take();
    assert_eq!(value["name"], user(person)["name"]);
    patched["Operations"][0]["value"] = json!({ "displayName": person.display_name, "name": value["name"] });
    assert_eq!(shape_text(&patched), shape_text(&body("google-11")));
    assert_eq!((Verb::of(1), Verb::of(2)), (Verb::Put, Verb::Patch));
}

/// G-4
#[test]
fn the_lookup_is_encoded_as_in_the_conversation() {
    assert_eq!(lookup_path("alice.nguyen@contoso.example"), target("google-04"));
}
