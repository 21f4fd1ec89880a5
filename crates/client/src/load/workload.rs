//! What is sent: the operations that identity providers spend their time on, as bodies of the size they have.

use super::wire::Asked;
use crate::random::Random;
use bytes::Bytes;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// What the names of a run's users and groups begin with, so that two runs on one connection do not meet.
#[derive(Clone, Debug)]
pub struct Names(pub String);

impl Names {
    /// The username of a number.
    pub fn user(&self, number: usize) -> String {
        format!("{}.{number}@bench.example", self.0)
    }

    /// Creates the user of a number: about 540 bytes, as providers send.
    pub fn create(&self, number: usize) -> Asked {
        let name = self.user(number);
        let body = json!({
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            ],
            "userName": name,
            "externalId": format!("00u{number:017}"),
            "name": { "givenName": format!("Given{number}"), "familyName": format!("Family{number}") },
            "displayName": format!("Given{number} Family{number}"),
            "emails": [{ "value": name, "type": "work", "primary": true }],
            "title": "Engineer",
            "active": true,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "Engineering",
                "employeeNumber": number.to_string(),
            },
        });
        Asked::with(Method::POST, "/Users", text(&body))
    }

    /// Looks for the user of a number, as every provider does before it creates one.
    pub fn look_up(&self, number: usize) -> Asked {
        let filter = format!("userName eq \"{}\"", self.user(number));
        Asked::get(format!("/Users?filter={}", utf8_percent_encode(&filter, NON_ALPHANUMERIC)))
    }

    /// Creates a group with these members.
    pub fn create_group(&self, name: &str, members: &[String]) -> Asked {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("{} {name}", self.0),
            "members": members.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>(),
        });
        Asked::with(Method::POST, "/Groups", text(&body))
    }
}

/// Reads a user.
pub fn read(id: &str) -> Asked {
    Asked::get(format!("/Users/{id}"))
}

/// The first hundred users.
pub fn list() -> Asked {
    Asked::get("/Users?count=100")
}

/// Deactivates or reactivates a user.
pub fn set_active(id: &str, active: bool) -> Asked {
    let operation = json!({ "op": "replace", "value": { "active": active } });
    patch(&format!("/Users/{id}"), &operation)
}

/// Adds members to a group.
pub fn add_members(group: &str, users: &[String]) -> Asked {
    let members: Vec<_> = users.iter().map(|id| json!({ "value": id })).collect();
    patch(&format!("/Groups/{group}"), &json!({ "op": "add", "path": "members", "value": members }))
}

/// Removes a member from a group.
pub fn remove_member(group: &str, user: &str) -> Asked {
    let path = format!("members[value eq \"{user}\"]");
    patch(&format!("/Groups/{group}"), &json!({ "op": "remove", "path": path }))
}

/// Reads a group without its members, as Entra ID does.
pub fn read_group(group: &str) -> Asked {
    Asked::get(format!("/Groups/{group}?excludedAttributes=members"))
}

/// One of these, the same for the same number.
pub fn chosen(ids: &[String], number: usize) -> &str {
    let place = Random::for_purpose(number as u64, 1).below(ids.len());
    ids.get(place).map_or("", String::as_str)
}

fn patch(path: &str, operation: &serde_json::Value) -> Asked {
    let body =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    Asked::with(Method::PATCH, path, text(&body))
}

fn text(body: &serde_json::Value) -> Bytes {
    Bytes::from(body.to_string())
}
