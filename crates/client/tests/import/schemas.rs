//! What a server's `/Schemas` say of a user.

use client::import::shape::Shape;
use serde_json::json;

#[test]
fn what_is_taken_and_what_is_required() {
    let sub = |name: &str, required: bool| json!({ "name": name, "required": required });
    let schemas = json!({ "Resources": [
        { "id": "urn:ietf:params:scim:schemas:core:2.0:Group", "attributes": [sub("displayName", true)] },
        { "id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [
            sub("userName", true),
            { "name": "name", "required": true, "subAttributes": [sub("givenName", true), sub("formatted", false)] },
            { "name": "phoneNumbers", "required": false, "subAttributes": [sub("value", true)] },
        ] },
    ] });
    let shape = Shape::of_schemas(&schemas);
    assert!(shape.takes("name.formatted") && shape.takes("phoneNumbers.value"));
    assert!(!shape.takes("name.familyName") && !shape.takes("displayName"));
    // A phone number needs a value; nobody needs a phone number.
    assert_eq!(shape.required, ["name", "name.givenName", "userName"].map(str::to_owned).into());
}

#[test]
fn a_server_that_does_not_say_takes_everything() {
    let shape = Shape::of_schemas(&json!({ "Resources": [] }));
    assert!(shape.takes("name.familyName") && shape.required.is_empty());
}
