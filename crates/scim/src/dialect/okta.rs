//! Okta: what its SCIM client does otherwise.

use super::Provider;
use super::habit::{Habit, Rewrite, Within};
use crate::Document;
use crate::schema::Mutability;
use crate::schema::definition::ResourceDefinition;

/// `{"op":"replace","value":{"id":"0197…","displayName":"Sales"}}` → `{"op":"replace","value":{"displayName":"Sales"}}`
///
/// Okta renames a group so, and sends it again with every change of members (docs/identity-providers.md O-15).
pub(super) const READ_ONLY_IN_VALUE: Habit = Habit {
    name: "read-only-in-value",
    seen: Provider::Okta,
    meaning: "An operation without path names read-only attributes, such as id, beside others; they are left out.",
    rewrite: Rewrite::Attributes(read_only_in_value),
};

fn read_only_in_value(
    definition: &ResourceDefinition,
    attributes: &mut Document,
    within: Within,
) -> Vec<String> {
    let mut notes = Vec::new();
    // RFC 7644 §3.5.1: in the body of a resource they are no habit; whoever reads it passes over them.
    if within == Within::Patch {
        attributes.retain(|name, _| {
            let attribute = definition.common.attribute(name).or_else(|| definition.base.attribute(name));
            let read_only = attribute.filter(|attribute| attribute.mutability == Mutability::ReadOnly);
            notes.extend(
                read_only.map(|attribute| format!("{} is read-only and was left out", attribute.name)),
            );
            read_only.is_none()
        });
    }
    notes
}
