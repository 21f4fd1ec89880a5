//! The request bodies of Entra's SCIM client, key for key as in the recorded conversations `entra-default` and
//! `entra-aadOptscim062020`.
//!
//! Pure functions from what Entra knows (a person, members, what differs) to what it sends, in either dialect.

use serde_json::{Map, Value, json};

use super::changes::{Change, What};
use super::roles::{RoleMapping, role_of};
use super::{Dialect, has_phone_at_once, object_id};
use crate::people::Person;
use crate::players::belief::BelievedGroup;
use crate::players::provider::WantedGroup;
use crate::players::wire::{ENTERPRISE, GROUP, USER, patch};

/// The second schema of a group, which no server knows (docs/identity-providers.md E-15).
const MICROSOFT_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

impl Dialect {
    /// The name of an operation, `Add`, `Replace` or `Remove`, as the dialect spells it (E-9).
    pub fn operation(self, name: &str) -> String {
        match self {
            Self::Default => name.to_owned(),
            Self::Compliant => name.to_ascii_lowercase(),
        }
    }
}

/// `POST /Users` (docs/identity-providers.md E-5): the enterprise schema is always named, its object is there only
/// if it has something. A manager is named on create if they are there already (E-19).
pub fn create_user(person: &Person, manager: Option<&str>, mapping: RoleMapping) -> Value {
    let mut body = json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": object_id(person),
        "userName": person.user_name,
        "active": true,
        "displayName": person.display_name,
        "emails": [{ "primary": true, "type": "work", "value": person.email }],
        "meta": { "resourceType": "User" },
        "name": {
            "formatted": format!("{} {}", person.given_name, person.family_name),
            "familyName": person.family_name,
            "givenName": person.given_name,
        },
        "roles": mapping.on_create(role_of(person).as_deref()),
    });
    if has_phone_at_once(person) {
        body["phoneNumbers"] = json!([{ "type": "work", "value": person.phone }]);
    }
    if let Some(work) = &person.work {
        body["title"] = json!(work.title);
        body[ENTERPRISE] = json!({ "department": work.department, "employeeNumber": work.employee_number });
        if let Some(manager) = manager {
            // Both shapes were seen.
            let bare = person.lot.is_multiple_of(2);
            body[ENTERPRISE]["manager"] = if bare { json!(manager) } else { json!({ "value": manager }) };
        }
    }
    body
}

/// `PATCH /Users/{id}` (docs/identity-providers.md E-9 to E-12, E-19, E-21).
pub fn patch_user(dialect: Dialect, mapping: RoleMapping, changes: &[Change]) -> Value {
    let operations: Vec<Value> = match dialect {
        Dialect::Default => changes.iter().flat_map(|change| verbose(change, mapping)).collect(),
        Dialect::Compliant => merged(changes, mapping),
    };
    patch(&operations)
}

/// One operation an attribute, and booleans as strings.
fn verbose(change: &Change, mapping: RoleMapping) -> Vec<Value> {
    let (op, value) = (if change.absent { "Add" } else { "Replace" }, &change.value);
    match &change.what {
        What::Attribute(path) => vec![json!({ "op": op, "path": path, "value": value })],
        What::Active => {
            let word = if *value == Value::Bool(true) { "True" } else { "False" };
            vec![json!({ "op": "Replace", "path": "active", "value": word })]
        }
        What::Manager(lot) => vec![manager(op, value, *lot)],
        What::Role => mapping.operations(Dialect::Default, value.as_str().unwrap_or_default()),
    }
}

/// The shapes in which a manager was seen (E-19).
fn manager(op: &str, id: &Value, lot: u64) -> Value {
    let path = format!("{ENTERPRISE}:manager");
    match lot % 3 {
        _ if id == "" => json!({ "op": op, "path": path, "value": { "value": "" } }),
        0 => json!({ "op": op, "path": path, "value": id }),
        1 => json!({ "op": op, "path": path, "value": { "value": id } }),
        _ => {
            let reference = format!("../Users/{}", id.as_str().unwrap_or_default());
            json!({ "op": op, "path": "manager", "value": [{ "$ref": reference, "value": id }] })
        }
    }
}

/// Value paths and `active` by themselves; all else in one operation without a path for what is new and one
/// for what changes, with dotted keys and keys that begin with a URN.
fn merged(changes: &[Change], mapping: RoleMapping) -> Vec<Value> {
    let mut operations = Vec::new();
    let (mut added, mut replaced) = (Map::new(), Map::new());
    for change in changes {
        let (op, rest) = if change.absent { ("add", &mut added) } else { ("replace", &mut replaced) };
        match &change.what {
            What::Attribute(path) if path.contains('[') => {
                operations.push(json!({ "op": op, "path": path, "value": change.value }));
            }
            What::Attribute(path) => {
                rest.insert(path.clone(), change.value.clone());
            }
            What::Active => {
                operations.push(json!({ "op": "replace", "path": "active", "value": change.value }));
            }
            What::Manager(_) => {
                rest.insert(format!("{ENTERPRISE}:manager"), json!({ "value": change.value }));
            }
            What::Role => {
                let role = change.value.as_str().unwrap_or_default();
                operations.extend(mapping.operations(Dialect::Compliant, role));
            }
        }
    }
    for (op, value) in [("add", added), ("replace", replaced)] {
        if !value.is_empty() {
            operations.push(json!({ "op": op, "value": value }));
        }
    }
    operations
}

/// `POST /Groups` (docs/identity-providers.md E-15): never with members.
pub fn create_group(display_name: &str, external_id: &str) -> Value {
    json!({
        "schemas": [GROUP, MICROSOFT_GROUP],
        "externalId": external_id,
        "displayName": display_name,
        "meta": { "resourceType": "Group" },
    })
}

/// The operations that give a group the names that are `wanted` (docs/identity-providers.md E-18); none if it has them.
pub fn rename_group(dialect: Dialect, before: &BelievedGroup, wanted: &WantedGroup) -> Vec<Value> {
    let mut names = Vec::new();
    if before.display_name != wanted.display_name {
        names.push(("displayName", json!(wanted.display_name)));
    }
    if before.external_id != wanted.external_id {
        names.push(("externalId", json!(wanted.external_id)));
    }
    match dialect {
        Dialect::Default => names
            .into_iter()
            .map(|(path, value)| json!({ "op": "Replace", "path": path, "value": value }))
            .collect(),
        Dialect::Compliant if names.is_empty() => Vec::new(),
        Dialect::Compliant => {
            let value: Map<String, Value> =
                names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            vec![json!({ "op": "replace", "value": value })]
        }
    }
}

/// The operations that add members (docs/identity-providers.md E-16): `together` in one, or one each; both were seen.
pub fn add_members(dialect: Dialect, members: &[&str], together: bool) -> Vec<Value> {
    let operation = dialect.operation("Add");
    let add = |values: &[Value]| json!({ "op": operation, "path": "members", "value": values });
    if dialect == Dialect::Default && together {
        let values: Vec<Value> = members.iter().map(|id| without_reference(id)).collect();
        return vec![add(&values)];
    }
    let values: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    values.chunks(if together { values.len().max(1) } else { 1 }).map(add).collect()
}

/// The operations that remove members (docs/identity-providers.md E-17): by a value, or by a value path.
pub fn remove_members(dialect: Dialect, members: &[&str]) -> Vec<Value> {
    let one = |id: &&str| match dialect {
        Dialect::Default => {
            json!({ "op": "Remove", "path": "members", "value": [without_reference(id)] })
        }
        Dialect::Compliant => json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }),
    };
    members.iter().map(one).collect()
}

fn without_reference(id: &str) -> Value {
    json!({ "$ref": null, "value": id })
}
