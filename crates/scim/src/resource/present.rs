//! Showing resources: a stored document with what the service adds to it, in the order people expect.

use super::reader::SCHEMAS;
use crate::Document;
use crate::etag;
use crate::schema::definition::ResourceDefinition;
use crate::schema::{Attribute, Returned};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the service knows of a resource beside its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The identifier.
    pub id: &'a str,
    /// When it was created, in microseconds since 1970 UTC.
    pub created: i64,
    /// When it last changed, in microseconds since 1970 UTC.
    pub last_modified: i64,
    /// The version.
    pub version: i64,
    /// The absolute URI.
    pub location: &'a str,
}

impl Shown<'_> {
    fn meta(&self, resource_type: &str) -> Value {
        json!({
            "resourceType": resource_type,
            "created": date_time(self.created),
            "lastModified": date_time(self.last_modified),
            "location": self.location,
            // RFC 7644 §3.14: the same text as the ETag header.
            "version": etag::tag(self.version),
        })
    }
}

/// The representation of a resource: `schemas`, `id`, `externalId`, the attributes of the base schema, the
/// extensions, what is computed (`groups`, `members`), `meta`.
///
/// `computed` may hold attributes of an extension under its URN (`manager.$ref`); they are shown only where the
/// container has data. Attributes that are never returned are left out; [`crate::projection`] decides the rest.
pub fn present(
    definition: &ResourceDefinition,
    mut stored: Document,
    mut computed: Document,
    shown: &Shown<'_>,
) -> Document {
    let size = stored.len() + computed.len() + 3;
    let containers: Vec<(&str, Document)> = definition
        .extensions
        .iter()
        .filter_map(|extension| {
            let urn = extension.schema.id.as_str();
            let computed = computed.shift_remove(urn);
            let Some(Value::Object(mut stored)) = stored.swap_remove(urn) else { return None };
            let mut container: Document = returned(&extension.schema.attributes, &mut stored).collect();
            if container.is_empty() {
                return None;
            }
            if let Some(Value::Object(computed)) = computed {
                merge(&mut container, computed);
            }
            Some((urn, container))
        })
        .collect();
    let mut document = Document::with_capacity(size);
    // RFC 7643 §3.3: an extension's URI is listed exactly when it has data.
    let urns = std::iter::once(definition.base.id.as_str()).chain(containers.iter().map(|(urn, _)| *urn));
    document.insert(SCHEMAS.to_owned(), urns.collect());
    document.insert("id".to_owned(), Value::from(shown.id));
    document.extend(returned(&definition.common.attributes, &mut stored));
    document.extend(returned(&definition.base.attributes, &mut stored));
    document
        .extend(containers.into_iter().map(|(urn, container)| (urn.to_owned(), Value::Object(container))));
    document.append(&mut computed);
    document.insert("meta".to_owned(), shown.meta(&definition.name));
    document
}

/// Takes the attributes out of a document in the order of the schema, but for those that no answer shows or that hold nothing.
fn returned<'a>(
    attributes: &'a [Arc<Attribute>],
    stored: &'a mut Document,
) -> impl Iterator<Item = (String, Value)> + 'a {
    // RFC 7643 §7: `returned: never` holds for every answer.
    let shown = attributes.iter().filter(|attribute| attribute.returned != Returned::Never);
    shown.filter_map(|attribute| {
        stored.swap_remove_entry(&attribute.name).filter(|(_, value)| !value.is_null())
    })
}

fn merge(container: &mut Document, computed: Document) {
    for (name, value) in computed {
        match (container.get_mut(&name), value) {
            (Some(Value::Object(members)), Value::Object(more)) => members.extend(more),
            (_, value) => {
                container.insert(name, value);
            }
        }
    }
}

/// RFC 7643 §2.3.5: an `xsd:dateTime`, here in UTC with milliseconds.
pub fn date_time(microseconds: i64) -> String {
    let instant = Timestamp::from_microsecond(microseconds).unwrap_or_default();
    format!("{instant:.3}")
}
