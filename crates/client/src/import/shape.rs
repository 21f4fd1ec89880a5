//! What a server takes of a user, read from its `/Schemas`.
//!
//! What it does not take is not sent, or each run would find it missing again; what it requires is known before anything
//! is sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::held::text;

/// The schema of users.
const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Which attributes of a user a connection takes, and which it requires; paths such as `name.givenName`.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Those it takes; nothing if it does not say.
    pub taken: Option<BTreeSet<String>>,
    /// Those without which it refuses a user.
    pub required: BTreeSet<String>,
}

impl Shape {
    /// Whether it takes an attribute.
    pub fn takes(&self, path: &str) -> bool {
        self.taken.as_ref().is_none_or(|taken| taken.contains(path))
    }

    /// Of a list of schemas, what concerns users.
    pub fn of_schemas(list: &Value) -> Self {
        let schemas = list.get("Resources").and_then(Value::as_array);
        let user = schemas.into_iter().flatten().find(|schema| text(schema, "id") == Some(USER_SCHEMA));
        let Some(user) = user else { return Self::default() };
        let (mut taken, mut required) = (BTreeSet::new(), BTreeSet::new());
        let is_required = |attribute: &Value| attribute.get("required") == Some(&Value::Bool(true));
        for attribute in user.get("attributes").and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = text(attribute, "name") else { continue };
            let subs =
                attribute.get("subAttributes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            for sub in subs {
                let path = format!("{name}.{}", text(sub, "name").unwrap_or_default());
                // Required within something that may be left out is not required of a user.
                if is_required(sub) && is_required(attribute) {
                    required.insert(path.clone());
                }
                taken.insert(path);
            }
            if is_required(attribute) {
                required.insert(name.to_owned());
            }
            taken.insert(name.to_owned());
        }
        Self { taken: Some(taken), required }
    }

    /// Of the attributes of a user, those that it takes.
    pub fn fitting(&self, wanted: &Map<String, Value>) -> Map<String, Value> {
        let fitting = wanted.iter().filter(|(name, _)| self.takes(name)).map(|(name, value)| {
            let value = match value {
                Value::Object(members) => {
                    let members =
                        members.iter().filter(|(member, _)| self.takes(&format!("{name}.{member}")));
                    Value::Object(members.map(|(member, value)| (member.clone(), value.clone())).collect())
                }
                other => other.clone(),
            };
            (name.clone(), value)
        });
        fitting.collect()
    }
}
