//! What a player believes the server holds, and how a resource differs from it.
//!
//! The belief is made of what was sent and acknowledged, never of what the server claims afterwards.

use std::collections::BTreeMap;

use serde_json::Value;

use super::wire::ENTERPRISE;
use crate::people::Person;

/// All that a player believes; keyed by the place in the company.
#[derive(Clone, Debug, Default)]
pub struct Belief {
    /// Everybody who was ever pushed.
    pub users: BTreeMap<usize, BelievedUser>,
    /// Every group that is there.
    pub groups: BTreeMap<usize, BelievedGroup>,
    /// Deleted groups: id and name.
    pub deleted_groups: Vec<(String, String)>,
    /// Deleted people: id and user name.
    pub deleted_users: Vec<(String, String)>,
}

impl Belief {
    /// Somebody's deletion was acknowledged: with the user go their memberships.
    pub fn forget(&mut self, person: usize) {
        let Some(user) = self.users.remove(&person) else { return };
        for group in self.groups.values_mut() {
            group.members.remove(&user.id);
        }
        self.deleted_users.push((user.id, user.user_name));
    }
}

/// A user as the server should have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BelievedUser {
    /// The SCIM id.
    pub id: String,
    /// The provider's id.
    pub external_id: String,
    /// `active`.
    pub active: bool,
    /// `userName`.
    pub user_name: String,
    /// `displayName`.
    pub display_name: String,
    /// `name.givenName`.
    pub given_name: String,
    /// `name.familyName`.
    pub family_name: String,
    /// The primary address.
    pub email: String,
    /// The department of the enterprise extension, if it was sent.
    pub department: Option<&'static str>,
    /// `manager.value` of the enterprise extension, if it was sent.
    pub manager: Option<String>,
    /// The `value` of a role, if one was sent.
    pub role: Option<String>,
    /// A telephone number, if one was sent.
    pub phone: Option<String>,
}

/// A group as the server should have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BelievedGroup {
    /// The SCIM id.
    pub id: String,
    /// `displayName`.
    pub display_name: String,
    /// `externalId`, if it was sent; not compared otherwise.
    pub external_id: Option<String>,
    /// SCIM ids of the members, and their user names when they were pushed.
    pub members: BTreeMap<String, String>,
}

impl BelievedUser {
    /// What every provider sends of `person`, whom the server took under `id`.
    pub fn of(id: String, person: &Person) -> Self {
        Self {
            id,
            external_id: person.external_id.clone(),
            active: person.employed,
            user_name: person.user_name.clone(),
            display_name: person.display_name.clone(),
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            email: person.email.clone(),
            department: None,
            manager: None,
            role: None,
            phone: None,
        }
    }

    /// How `found` differs, a line for each attribute; those aside that a server may not sync.
    pub fn differences(&self, found: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        let mut compare = |attribute: &str, expected: Value, pointer: &str| {
            let found = found.pointer(pointer).unwrap_or(&Value::Null);
            if *found != expected {
                lines.push(format!("user {}: {attribute} should be {expected}, is {found}", self.user_name));
            }
        };
        compare("id", self.id.as_str().into(), "/id");
        compare("externalId", self.external_id.as_str().into(), "/externalId");
        compare("active", self.active.into(), "/active");
        compare("userName", self.user_name.as_str().into(), "/userName");
        compare("displayName", self.display_name.as_str().into(), "/displayName");
        compare("name.givenName", self.given_name.as_str().into(), "/name/givenName");
        compare("name.familyName", self.family_name.as_str().into(), "/name/familyName");
        compare("emails[0].value", self.email.as_str().into(), "/emails/0/value");
        lines
    }

    /// How the department of `found` differs.
    pub fn department_difference(&self, found: &Value) -> Option<String> {
        self.difference("department", self.department, department(found))
    }

    /// How the manager of `found` differs.
    pub fn manager_difference(&self, found: &Value) -> Option<String> {
        self.difference("manager", self.manager.as_deref(), manager(found))
    }

    /// How the roles of `found` differ: whether the one that was sent is there.
    pub fn role_difference(&self, found: &Value) -> Option<String> {
        self.missing("role", self.role.as_deref()?, values(found, "roles"))
    }

    /// How the telephone numbers of `found` differ: whether the one that was sent is there.
    pub fn phone_difference(&self, found: &Value) -> Option<String> {
        self.missing("telephone number", self.phone.as_deref()?, values(found, "phoneNumbers"))
    }

    fn missing<'v>(
        &self,
        what: &str,
        expected: &str,
        mut found: impl Iterator<Item = &'v str>,
    ) -> Option<String> {
        found
            .all(|value| value != expected)
            .then(|| format!("user {}: the {what} {expected} is missing", self.user_name))
    }

    fn difference(&self, what: &str, expected: Option<&str>, found: Option<&str>) -> Option<String> {
        (found != expected)
            .then(|| format!("user {}: {what} should be {expected:?}, is {found:?}", self.user_name))
    }
}

/// The department that a user resource carries.
pub fn department(user: &Value) -> Option<&str> {
    user.get(ENTERPRISE)?.get("department")?.as_str()
}

/// The manager that a user resource names.
pub fn manager(user: &Value) -> Option<&str> {
    user.get(ENTERPRISE)?.get("manager")?.get("value")?.as_str()
}

/// The `value` of each element of a multi-valued attribute.
pub fn values<'v>(resource: &'v Value, attribute: &str) -> impl Iterator<Item = &'v str> {
    let elements = resource.get(attribute).and_then(Value::as_array).into_iter().flatten();
    elements.filter_map(|element| element.get("value")?.as_str())
}

impl BelievedGroup {
    /// How `found` differs: a line for the name, and one for each member too few or too many.
    pub fn differences(&self, found: &Value) -> Vec<String> {
        let name = &self.display_name;
        let mut lines = Vec::new();
        let found_name = found.get("displayName").unwrap_or(&Value::Null);
        if found_name != name.as_str() {
            lines.push(format!("group {name}: displayName should be \"{name}\", is {found_name}"));
        }
        if let Some(expected) = &self.external_id {
            let found_id = found.get("externalId").unwrap_or(&Value::Null);
            if found_id != expected.as_str() {
                lines.push(format!("group {name}: externalId should be \"{expected}\", is {found_id}"));
            }
        }
        let mut missing = self.members.clone();
        for member in found.get("members").and_then(Value::as_array).into_iter().flatten() {
            let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
            if missing.remove(id).is_none() {
                let why =
                    if self.members.contains_key(id) { "is there twice" } else { "should not be there" };
                lines.push(format!("group {name}: member {id} {why}"));
            }
        }
        lines.extend(missing.iter().map(|(id, who)| format!("group {name}: member {who} ({id}) is missing")));
        lines
    }
}
