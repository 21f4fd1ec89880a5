//! Auth0: what its Action for outbound SCIM does otherwise.

use super::Provider;
use super::habit::{Habit, Rewrite, Within};
use crate::Document;
use crate::resource::reader::SCHEMAS;
use crate::schema::definition::ResourceDefinition;

/// `{"op":"replace","value":{"schemas":["urn:…:User"],"active":true}}` → `{"op":"replace","value":{"active":true}}`
///
/// Auth0 can send a whole resource as the value of one operation (docs/identity-providers.md A-9).
pub(super) const SCHEMAS_IN_VALUE: Habit = Habit {
    name: "schemas-in-value",
    seen: Provider::Auth0,
    meaning: "An operation without path carries the schemas of a whole resource; they are left out.",
    rewrite: Rewrite::Attributes(schemas_in_value),
};

fn schemas_in_value(_: &ResourceDefinition, attributes: &mut Document, within: Within) -> Vec<String> {
    let before = attributes.len();
    if within == Within::Patch {
        attributes.retain(|name, _| !name.eq_ignore_ascii_case(SCHEMAS));
    }
    if attributes.len() < before { vec!["schemas in the value was left out".to_owned()] } else { Vec::new() }
}
