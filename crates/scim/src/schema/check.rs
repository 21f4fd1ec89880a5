//! Checks a schema that somebody wants to add: a tenant's own extension (RFC 7643 §7).
//!
//! What is accepted here can be published, validated, filtered, patched and sorted like the built-in schemas, because
//! everything else reads schemas as data.

use super::{Attribute, Schema, Type};
use crate::path::is_attribute_name;
use serde_json::Value;

/// The schema URI of a schema resource.
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// Where the standard's own schemas and messages live: not a place for others.
const RESERVED: [&str; 2] = ["urn:ietf:params:scim:schemas:core:", "urn:ietf:params:scim:api:"];
/// How many attributes and sub-attributes a schema may have in all.
const MAX_ATTRIBUTES: usize = 200;

impl Schema {
    /// Reads an extension from a Schema resource.
    ///
    /// # Errors
    /// A sentence that says what is wrong and where.
    pub fn read_extension(resource: &Value) -> Result<Self, String> {
        let schemas = resource.get("schemas").and_then(Value::as_array);
        if schemas.is_some_and(|schemas| !schemas.iter().any(|schema| schema == SCHEMA)) {
            return Err(format!("This is no schema: its \"schemas\" do not hold \"{SCHEMA}\"."));
        }
        let schema: Self = serde_json::from_value(resource.clone())
            .map_err(|error| format!("The schema does not have the form of RFC 7643 §7: {error}."))?;
        check_id(&schema.id)?;
        if schema.name.trim().is_empty() {
            return Err("The schema has no name.".into());
        }
        let all = schema.attributes.iter().map(|attribute| 1 + attribute.sub_attributes.len()).sum::<usize>();
        if all == 0 || all > MAX_ATTRIBUTES {
            return Err(format!("The schema has {all} attributes; 1 to {MAX_ATTRIBUTES} are possible."));
        }
        check_attributes(&schema.attributes, "")?;
        Ok(schema)
    }

    /// Whether every resource that fits `self` fits `other` as well: nothing is gone and nothing has another type.
    ///
    /// # Errors
    /// A sentence that names the first attribute that stands in the way.
    pub fn grows_into(&self, other: &Self) -> Result<(), String> {
        for before in &self.attributes {
            let after = other.attribute(&before.name).ok_or_else(|| gone(&before.name))?;
            same_shape(before, after, &before.name)?;
            for sub in &before.sub_attributes {
                let path = format!("{}.{}", before.name, sub.name);
                same_shape(sub, after.sub(&sub.name).ok_or_else(|| gone(&path))?, &path)?;
            }
        }
        Ok(())
    }
}

fn gone(path: &str) -> String {
    format!("\"{path}\" is gone from the schema; users may have values for it. Keep it.")
}

fn same_shape(before: &Attribute, after: &Attribute, path: &str) -> Result<(), String> {
    if (before.kind, before.multi_valued, before.is_case_exact())
        != (after.kind, after.multi_valued, after.is_case_exact())
    {
        return Err(format!(
            "\"{path}\" cannot change its type, multiValued or caseExact. Add an attribute of another name."
        ));
    }
    if after.required && !before.required {
        return Err(format!("\"{path}\" cannot become required: users there are may lack it."));
    }
    Ok(())
}

fn check_id(id: &str) -> Result<(), String> {
    let parts: Vec<&str> = id.split(':').collect();
    let legal = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|character| character.is_ascii_alphanumeric() || "-._".contains(character))
    };
    if parts.len() < 3 || !parts[0].eq_ignore_ascii_case("urn") || !parts.iter().all(legal) {
        return Err(format!(
            "\"{id}\" is no URN. Write it like urn:example:params:scim:schemas:extension:acme:2.0:User."
        ));
    }
    let lower = id.to_ascii_lowercase();
    if RESERVED.iter().any(|reserved| lower.starts_with(reserved)) {
        return Err(format!("\"{id}\" belongs to the standard. Choose a URN of your own."));
    }
    Ok(())
}

fn check_attributes(attributes: &[std::sync::Arc<Attribute>], above: &str) -> Result<(), String> {
    for (index, attribute) in attributes.iter().enumerate() {
        let path = format!("{above}{}", attribute.name);
        if !is_attribute_name(&attribute.name) {
            return Err(format!("\"{path}\" is no attribute name: a letter, then letters, digits, - or _."));
        }
        if attributes[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&attribute.name)) {
            return Err(format!("\"{path}\" is there twice."));
        }
        let complex = attribute.kind == Type::Complex;
        // RFC 7643 §2.3.8: a complex attribute has parts, and none of them is complex.
        if complex && !above.is_empty() {
            return Err(format!(
                "\"{path}\" is complex within a complex attribute, which the standard does not allow."
            ));
        }
        if complex == attribute.sub_attributes.is_empty() {
            return Err(format!("\"{path}\": a complex attribute has subAttributes, and no other has."));
        }
        check_attributes(&attribute.sub_attributes, &format!("{path}."))?;
    }
    Ok(())
}
