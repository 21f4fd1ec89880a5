//! Attribute paths (RFC 7644 §3.10): from text to the attribute that a resource type has under that name.
//!
//! A URN is split off by the longest schema URI the resource type knows, in any letter case: URNs hold both `:` and
//! `.` (`…:2.0:User:manager.value`), so nothing else would be right.

use crate::quote::quoted;
use crate::schema::Schema;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use std::sync::Arc;

/// What the text of an attribute path names.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// An attribute or sub-attribute.
    Attribute(AttributeRef),
    /// The container of an extension.
    Extension(Arc<str>),
    /// The base schema's own URN, alone.
    Base,
}

/// Why a path names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Not the form of an attribute path.
    #[error("{} is not an attribute path", quoted(.0))]
    Syntax(String),
    /// A URN that is no schema of the resource type.
    #[error("{} starts with a schema that this resource type does not have", quoted(.0))]
    UnknownSchema(String),
    /// A name that the schema does not have.
    #[error("{} is not an attribute of this resource type", quoted(.0))]
    UnknownAttribute(String),
}

impl ResourceDefinition {
    /// Resolves the text of an attribute path, such as `name.givenName` or `urn:…:User:manager.value`.
    pub fn resolve(&self, text: &str) -> Result<Named, PathError> {
        let Some((extension, schema, rest)) = self.split_urn(text)? else {
            return self.resolve_in(None, &self.base, text, text);
        };
        match rest {
            "" => Ok(extension.map_or(Named::Base, Named::Extension)),
            rest => self.resolve_in(extension, schema, rest, text),
        }
    }

    /// The schema whose URN starts the text, with what follows the separator. `Ok(None)` if there is no URN.
    #[expect(clippy::type_complexity, reason = "a private triple with one caller")]
    fn split_urn<'d, 't>(
        &'d self,
        text: &'t str,
    ) -> Result<Option<(Option<Arc<str>>, &'d Arc<Schema>, &'t str)>, PathError> {
        if !text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
            return Ok(None);
        }
        let schemas = std::iter::once((None, &self.base)).chain(
            self.extensions
                .iter()
                .map(|extension| (Some(Arc::from(extension.schema.id.as_str())), &extension.schema)),
        );
        schemas
            .filter_map(|(extension, schema)| {
                let start = text.get(..schema.id.len())?;
                let rest = &text[schema.id.len()..];
                let rest = if rest.is_empty() { Some(rest) } else { rest.strip_prefix([':', '.']) };
                start.eq_ignore_ascii_case(&schema.id).then_some((extension, schema, rest?))
            })
            .max_by_key(|(_, schema, _)| schema.id.len())
            .map(Some)
            .ok_or_else(|| PathError::UnknownSchema(text.to_owned()))
    }

    fn resolve_in(
        &self,
        extension: Option<Arc<str>>,
        schema: &Schema,
        rest: &str,
        text: &str,
    ) -> Result<Named, PathError> {
        let (name, sub) = rest.split_once('.').map_or((rest, None), |(name, sub)| (name, Some(sub)));
        if !is_attribute_name(name) || sub.is_some_and(|sub| !is_attribute_name(sub)) {
            return Err(PathError::Syntax(text.to_owned()));
        }
        let unknown = || PathError::UnknownAttribute(text.to_owned());
        let common = if extension.is_none() { self.common.attribute(name) } else { None };
        let attribute = common.or_else(|| schema.attribute(name)).ok_or_else(unknown)?.clone();
        let sub = match sub {
            Some(sub) => Some(attribute.sub(sub).ok_or_else(unknown)?.clone()),
            None => None,
        };
        Ok(Named::Attribute(AttributeRef { extension, attribute, sub }))
    }
}

/// Whether the text is an ATTRNAME (RFC 7643 §2.1; a leading `$` as in `$ref`, erratum 8924).
pub fn is_attribute_name(text: &str) -> bool {
    let mut rest = text.strip_prefix('$').unwrap_or(text).chars();
    rest.next().is_some_and(|first| first.is_ascii_alphabetic())
        && rest.all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}
