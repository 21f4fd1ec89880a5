//! What the server says of itself, so that it is asked for what it offers and given what it requires.

use serde_json::{Value, json};

use super::verdict::{Verdict, skipped};

/// The core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What discovery told; null where it told nothing, and then everything is taken to be offered.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// The ServiceProviderConfig.
    pub config: Value,
    /// The resources of `/Schemas`.
    pub schemas: Vec<Value>,
    /// The resources of `/ResourceTypes`.
    pub resource_types: Vec<Value>,
}

impl Server {
    /// Skips the check if the server says that it does not have the feature, such as `bulk`.
    pub fn offers(&self, feature: &str) -> Verdict {
        if self.config[feature]["supported"] == false {
            return Err(skipped(format!("ServiceProviderConfig says that {feature} is not supported")));
        }
        Ok(())
    }

    /// Skips the check unless the server says that it has the feature.
    pub fn announces(&self, feature: &str) -> Verdict {
        self.offers(feature)?;
        if self.config[feature]["supported"] != true {
            return Err(skipped(format!("ServiceProviderConfig does not announce {feature}")));
        }
        Ok(())
    }

    /// Whether it says that it refuses what the interoperability profile forbids.
    pub fn announces_strictness(&self) -> bool {
        self.config["interopProfileConformant"] == true
    }

    /// Skips the check if the server publishes schemas, and one of these attributes of users is not in them. An attribute
    /// of the enterprise extension is written with its URN and a colon.
    pub fn has(&self, attributes: &[&str]) -> Verdict {
        for name in attributes {
            let (urn, name) = match name.strip_prefix(ENTERPRISE).and_then(|rest| rest.strip_prefix(':')) {
                Some(name) => (ENTERPRISE, name),
                None => (USER, *name),
            };
            self.schema_has(urn, name)?;
        }
        Ok(())
    }

    /// The same for attributes of groups.
    pub fn groups_have(&self, name: &str) -> Verdict {
        self.has_groups()?;
        self.schema_has(GROUP, name)
    }

    /// Skips the check if the server publishes resource types, and Group is not among them.
    pub fn has_groups(&self) -> Verdict {
        if !self.resource_types.is_empty() && !self.resource_types.iter().any(|one| one["schema"] == GROUP) {
            return Err(skipped("the server's /ResourceTypes has no groups"));
        }
        Ok(())
    }

    fn schema_has(&self, urn: &str, name: &str) -> Verdict {
        // externalId, id and meta are common to all resources and stand in no schema (RFC 7643 §3.1).
        if self.schemas.is_empty() || name == "externalId" {
            return Ok(());
        }
        let (name, sub) = name.split_once('.').map_or((name, None), |(name, sub)| (name, Some(sub)));
        let found = self
            .schema(urn)
            .and_then(|schema| attribute(&schema["attributes"], name))
            .filter(|found| sub.is_none_or(|sub| attribute(&found["subAttributes"], sub).is_some()));
        match found {
            Some(_) => Ok(()),
            None => Err(skipped(format!("the server's /Schemas does not have {name} in {urn}"))),
        }
    }

    /// The schema of that URN.
    pub fn schema(&self, urn: &str) -> Option<&Value> {
        self.schemas
            .iter()
            .find(|schema| schema["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(urn)))
    }

    /// Fills in what the schemas require of a resource of this type, and the body does not have yet.
    pub fn fill_in_required(&self, urn: &str, body: &mut Value) {
        if let Some(schema) = self.schema(urn) {
            fill(&schema["attributes"], body);
        }
        let own = self.resource_types.iter().find(|one| one["schema"] == urn);
        let extensions = own.and_then(|one| one["schemaExtensions"].as_array());
        for extension in extensions.into_iter().flatten().filter(|extension| extension["required"] == true) {
            let Some(urn) = extension["schema"].as_str() else { continue };
            let mut part = body.get(urn).cloned().unwrap_or_else(|| json!({}));
            if let Some(schema) = self.schema(urn) {
                fill(&schema["attributes"], &mut part);
            }
            body[urn] = part;
            if let Some(schemas) =
                body["schemas"].as_array_mut().filter(|schemas| !schemas.contains(&json!(urn)))
            {
                schemas.push(json!(urn));
            }
        }
    }
}

fn attribute<'s>(attributes: &'s Value, name: &str) -> Option<&'s Value> {
    let is_it = |one: &&Value| one["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name));
    attributes.as_array()?.iter().find(is_it)
}

fn fill(attributes: &Value, body: &mut Value) {
    for attribute in attributes.as_array().into_iter().flatten() {
        let Some(name) = attribute["name"].as_str() else { continue };
        let is_wanted = attribute["required"] == true && attribute["mutability"] != "readOnly";
        if !is_wanted || !body[name].is_null() || name == "schemas" || name == "id" {
            continue;
        }
        let value = invented(attribute);
        body[name] = if attribute["multiValued"] == true { json!([value]) } else { value };
    }
}

/// A value of the attribute's type.
fn invented(attribute: &Value) -> Value {
    if let Some(canonical) = attribute["canonicalValues"].as_array().and_then(|values| values.first()) {
        return canonical.clone();
    }
    match attribute["type"].as_str().unwrap_or("string") {
        "boolean" => json!(true),
        "integer" => json!(1),
        "decimal" => json!(1.5),
        "dateTime" => json!("2026-01-01T00:00:00Z"),
        "binary" => json!("AA=="),
        "reference" => json!("https://example.com/check"),
        "complex" => {
            let mut value = json!({});
            fill(&attribute["subAttributes"], &mut value);
            value
        }
        _ => json!("check"),
    }
}
