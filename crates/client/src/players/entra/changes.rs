//! What differs between a person as Entra has them and the resource that the server returned.
//!
//! A change is an attribute's path and its value; how it is said in a dialect is in `bodies`.

use serde_json::{Value, json};

use super::object_id;
use super::roles::{RoleMapping, role_of};
use crate::people::Person;
use crate::players::belief::{manager, values};
use crate::players::wire::ENTERPRISE;

/// An attribute that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What of the resource.
    pub what: What,
    /// True if the server has no value there yet.
    pub absent: bool,
    /// The value it should have.
    pub value: Value,
}

/// What of a resource changes.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The attribute at a path.
    Attribute(String),
    /// Whether somebody is active.
    Active,
    /// The manager, by id; an empty one clears. The number draws one of the shapes that were seen (E-19).
    Manager(u64),
    /// The role in the application.
    Role,
}

/// All that differs in `found`.
pub fn between(found: &Value, person: &Person, boss: Option<&str>, mapping: RoleMapping) -> Vec<Change> {
    let mut changes = Vec::new();
    for (path, value) in attributes(person) {
        let present = value_at(found, &path);
        if present != Some(&value) {
            changes.push(Change { what: What::Attribute(path), absent: present.is_none(), value });
        }
    }
    if found.get("active") != Some(&Value::Bool(person.employed)) {
        changes.push(set_active(person.employed));
    }
    let present = manager(found);
    if present != boss {
        let value = boss.unwrap_or_default().into();
        changes.push(Change { what: What::Manager(person.lot), absent: present.is_none(), value });
    }
    let role = role_of(person);
    if let Some(role) = role.filter(|role| values(found, "roles").all(|value| value != mapping.value(role))) {
        changes.push(add_role(&role));
    }
    changes
}

/// Disable, or restore (E-11, E-12).
pub fn set_active(active: bool) -> Change {
    Change { what: What::Active, absent: false, value: active.into() }
}

/// Give a role.
pub fn add_role(role: &str) -> Change {
    Change { what: What::Role, absent: true, value: role.into() }
}

/// What Entra's mapping has of a person: a path and a value each.
fn attributes(person: &Person) -> Vec<(String, Value)> {
    let formatted = format!("{} {}", person.given_name, person.family_name);
    let mut attributes = vec![
        ("displayName".to_owned(), json!(person.display_name)),
        (work("emails"), json!(person.email)),
        ("name.givenName".to_owned(), json!(person.given_name)),
        ("name.familyName".to_owned(), json!(person.family_name)),
        ("name.formatted".to_owned(), json!(formatted)),
        ("externalId".to_owned(), json!(object_id(person))),
        ("userName".to_owned(), json!(person.user_name)),
        (work("phoneNumbers"), json!(person.phone)),
    ];
    if let Some(work) = &person.work {
        attributes.extend([
            ("title".to_owned(), json!(work.title)),
            (format!("{ENTERPRISE}:department"), json!(work.department)),
            (format!("{ENTERPRISE}:employeeNumber"), json!(work.employee_number)),
        ]);
    }
    attributes
}

fn work(attribute: &str) -> String {
    format!("{attribute}{OF_WORK}value")
}

const OF_WORK: &str = "[type eq \"work\"].";

/// What a resource has at one of the paths of [`attributes`].
fn value_at<'v>(resource: &'v Value, path: &str) -> Option<&'v Value> {
    if let Some((attribute, part)) = path.split_once(OF_WORK) {
        let elements = resource.get(attribute)?.as_array()?;
        let element =
            elements.iter().find(|element| element.get("type").is_some_and(|kind| kind == "work"))?;
        return element.get(part);
    }
    if let Some(name) = path.strip_prefix(ENTERPRISE) {
        return resource.get(ENTERPRISE)?.get(name.trim_start_matches(':'));
    }
    path.split('.').try_fold(resource, |value, part| value.get(part))
}
