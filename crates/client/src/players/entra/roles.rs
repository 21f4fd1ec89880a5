//! Roles in the application, and the three functions by which Entra's mappings send them
//! (docs/identity-providers.md E-21).

use serde_json::{Value, json};

use super::Dialect;
use crate::people::Person;

/// The type that Entra gives to roles.
pub const TYPE: &str = "WindowsAzureActiveDirectoryRole";

/// Which function maps the roles of the application; a setting of its administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleMapping {
    /// One role, patched through `roles[primary eq "True"]`.
    Single,
    /// Roles as JSON within a string, only ever added, by PATCH.
    Complex,
    /// All roles at once, replaced.
    Assertive,
}

impl RoleMapping {
    /// The one that `seed` draws.
    pub fn of(seed: u64) -> Self {
        match seed % 3 {
            0 => Self::Complex,
            1 => Self::Single,
            _ => Self::Assertive,
        }
    }

    /// The function's name, as the mapping shows it.
    pub fn function(self) -> &'static str {
        match self {
            Self::Single => "SingleAppRoleAssignment",
            Self::Complex => "AppRoleAssignmentsComplex",
            Self::Assertive => "AssertiveAppRoleAssignmentsComplex",
        }
    }

    /// The `value` that a role has on the wire.
    pub fn value(self, role: &str) -> String {
        match self {
            Self::Single | Self::Assertive => role.to_owned(),
            Self::Complex => json!({ "id": role, "value": role, "displayName": role }).to_string(),
        }
    }

    /// `roles` of a create.
    pub fn on_create(self, role: Option<&str>) -> Value {
        match (self, role) {
            (Self::Complex, _) | (_, None) => json!([]),
            (Self::Single, Some(role)) => json!([{ "primary": true, "type": TYPE, "value": role }]),
            (Self::Assertive, Some(role)) => json!([assertive(role)]),
        }
    }

    /// The operations that give a role to somebody who is there.
    pub fn operations(self, dialect: Dialect, role: &str) -> Vec<Value> {
        let add = dialect.operation("Add");
        match self {
            Self::Single => [("value", role), ("display", role), ("type", TYPE)]
                .map(|(part, value)| {
                    json!({ "op": add, "path": format!("roles[primary eq \"True\"].{part}"), "value": value })
                })
                .to_vec(),
            Self::Complex => {
                vec![json!({ "op": add, "path": "roles", "value": [{ "value": self.value(role) }] })]
            }
            Self::Assertive => {
                vec![json!({ "op": "replace", "path": "roles", "value": [assertive(role)] })]
            }
        }
    }
}

fn assertive(role: &str) -> Value {
    json!({ "primary": false, "type": TYPE, "display": role, "value": role })
}

/// The role of somebody in the application: one employee in five has one, by department.
pub fn role_of(person: &Person) -> Option<String> {
    let department = person.department().filter(|_| person.lot.is_multiple_of(5))?;
    Some(format!("{department}.Editor"))
}
