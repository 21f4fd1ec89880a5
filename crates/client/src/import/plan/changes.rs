//! What differs between a user as they should be and as they are, as operations of a PATCH: only what differs is sent.

use serde_json::{Map, Value, json};

use super::{Act, Step, Work};
use crate::import::desired::WantedUser;
use crate::import::held::{HeldUser, path};

/// What differs between somebody as they should be and as they are.
#[derive(Debug, Default)]
pub struct Changes {
    operations: Vec<Value>,
    paths: Vec<String>,
}

impl Changes {
    /// Everything in which a user differs.
    pub fn between(wanted: &WantedUser, attributes: &Map<String, Value>, user: &HeldUser) -> Self {
        let mut changes = Self::default();
        changes.compare("userName", &wanted.user_name.as_str().into(), user.document.get("userName"));
        for (name, value) in attributes {
            let found = user.document.get(name);
            match value {
                Value::Object(members) => {
                    for (member, value) in members {
                        let found = found.and_then(|found| found.get(member));
                        changes.compare(&format!("{name}.{member}"), value, found);
                    }
                }
                other => changes.compare(name, other, found),
            }
        }
        changes
    }

    fn compare(&mut self, path: &str, wanted: &Value, found: Option<&Value>) {
        let is_empty = |value: &Value| value.is_null() || *value == json!([]) || *value == json!("");
        let found = found.filter(|found| !is_empty(found));
        match (wanted, found) {
            (Value::Null, None) => {}
            (Value::Null, Some(_)) => {
                self.operations.push(json!({ "op": "remove", "path": path }));
                self.paths.push(format!("{path} (removed)"));
            }
            (wanted, Some(found)) if agree(wanted, found) => {}
            (wanted, _) => self.replace(path, wanted),
        }
    }

    /// Gives an attribute a value.
    pub fn replace(&mut self, path: &str, value: &Value) {
        self.operations.push(json!({ "op": "replace", "path": path, "value": value }));
        self.paths.push(path.to_owned());
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The step that makes these changes.
    pub fn step(self, act: Act, user: &HeldUser) -> Step {
        Step {
            act,
            subject: user.user_name.clone(),
            detail: self.paths,
            work: Work::Patch { path: path("Users", &user.id), operations: self.operations },
        }
    }
}

/// Whether a server holds what it should; it may hold more of an element (`display`) than it was sent.
fn agree(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len()
                && wanted.iter().all(|item| found.iter().any(|other| agree(item, other)))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(name, value)| found.get(name).is_some_and(|other| agree(value, other)))
        }
        _ => wanted == found,
    }
}
