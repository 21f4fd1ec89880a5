//! The one request body of Auth0's Action, key for key as in the conversation `auth0`.

use serde_json::{Value, json};

use super::external_id;
use crate::people::Person;
use crate::players::wire::USER;

/// `POST /Users` and `PUT /Users/{id}` alike (docs/identity-providers.md ).
pub fn user(person: &Person) -> Value {
    let nickname = person.email.split('@').next().unwrap_or_default();
    json!({
        "schemas": [USER],
        "externalId": external_id(person),
        "active": person.employed,
        "userName": person.user_name,
        "emails": [{ "value": person.email, "type": "work", "primary": true }],
        "name": {
            "givenName": person.given_name,
            "familyName": person.family_name,
            "formatted": person.display_name,
        },
        "displayName": person.display_name,
        "nickName": nickname,
    })
}
