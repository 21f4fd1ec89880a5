//! What one resource type means for one connection: base schema, extensions, common attributes, joined.
//!
//! Built from data alone: a new resource type or extension is a new value here, not a new code path.

use super::{Attribute, Schema, Type, Uniqueness, builtin};
use crate::path::Named;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An extension of a resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// The schema.
    pub schema: Arc<Schema>,
    /// Whether every resource must carry it.
    pub required: bool,
}

/// A resource type (RFC 7643 §6) with its schemas resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceDefinition {
    /// The name, such as `User`; also its id.
    pub name: String,
    /// The endpoint relative to the base URI, such as `/Users`.
    pub endpoint: String,
    /// What it is for.
    pub description: String,
    /// The base schema.
    pub base: Arc<Schema>,
    /// The extensions.
    pub extensions: Vec<Extension>,
    /// The common attributes.
    pub common: Arc<Schema>,
    /// Multi-valued attributes of the base schema that are kept as rows of their own and never inside the
    /// document, such as a group's `members`: PATCH turns them into row changes.
    pub rows: Vec<String>,
    /// Attributes that the schemas know and this connection does not synchronise: accepted, noted, not stored.
    /// Written as paths: `title`, or `urn:…:User:costCenter`.
    pub off: Vec<String>,
}

/// An attribute that a path names, with where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeRef {
    /// The extension URN whose container holds it; `None` for the base schema and the common attributes.
    pub extension: Option<Arc<str>>,
    /// The attribute.
    pub attribute: Arc<Attribute>,
    /// The sub-attribute.
    pub sub: Option<Arc<Attribute>>,
}

impl AttributeRef {
    /// The sub-attribute if there is one, else the attribute: what a value is compared with.
    pub fn leaf(&self) -> &Arc<Attribute> {
        self.sub.as_ref().unwrap_or(&self.attribute)
    }

    /// Whether this is the attribute of the base schema or the common ones at `path`, such as `userName` or
    /// `name.givenName`, spelled as the schema spells it.
    pub fn is(&self, path: &str) -> bool {
        if self.extension.is_some() {
            return false;
        }
        match (path.split_once('.'), &self.sub) {
            (None, None) => self.attribute.name == path,
            (Some((name, sub)), Some(own)) => self.attribute.name == name && own.name == sub,
            _ => false,
        }
    }

    /// The path as it is written: `urn:…:User:manager.value`, `name.givenName`.
    pub fn path(&self) -> String {
        let mut path = String::new();
        if let Some(urn) = &self.extension {
            path.push_str(urn);
            path.push(':');
        }
        path.push_str(&self.attribute.name);
        if let Some(sub) = &self.sub {
            path.push('.');
            path.push_str(&sub.name);
        }
        path
    }

    /// The type of the leaf.
    pub fn kind(&self) -> Type {
        self.leaf().kind
    }
}

/// Which attributes must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Required {
    /// userName, an e-mail, given name and family name.
    #[default]
    #[serde(rename = "standard")]
    Standard,
    /// userName alone.
    #[serde(rename = "userName")]
    UserName,
}

/// What a connection synchronises, as far as it shapes its schemas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Synchronised {
    /// Which attributes must be there.
    pub required: Required,
    /// Paths of attributes that are off.
    pub off: Vec<String>,
    /// Further extensions of the User type.
    pub extensions: Vec<Arc<Schema>>,
}

/// The resource types of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Definitions {
    /// Users.
    pub user: Arc<ResourceDefinition>,
    /// Groups.
    pub group: Arc<ResourceDefinition>,
    /// Every schema to publish, discovery schemas included.
    pub schemas: Vec<Arc<Schema>>,
}

impl Synchronised {
    /// The four that the product needs, with what they stand on.
    const STANDARD: [&str; 6] =
        ["userName", "name", "name.givenName", "name.familyName", "emails", "emails.value"];
    /// What is never off beside the required ones: without `active` nobody could be deactivated.
    const ALWAYS_ON: [&str; 1] = ["active"];

    fn is_required(&self, path: &str) -> bool {
        match self.required {
            Required::Standard => Self::STANDARD.contains(&path),
            Required::UserName => path == "userName",
        }
    }
}

impl Definitions {
    /// The resource types of a connection that synchronises this.
    ///
    /// Paths in `off` that name nothing, a common attribute or a required one are passed over.
    pub fn build(synchronised: &Synchronised) -> Definitions {
        let common = Arc::new(builtin::common());
        let mut user = ResourceDefinition {
            name: "User".to_owned(),
            endpoint: "/Users".to_owned(),
            description: "The people that the identity provider sends.".to_owned(),
            base: Arc::new(with_required(builtin::user(), |path| synchronised.is_required(path))),
            extensions: extensions(synchronised),
            common: Arc::clone(&common),
            rows: Vec::new(),
            off: Vec::new(),
        };
        user.switch_off(&synchronised.off);
        let group = ResourceDefinition {
            name: "Group".to_owned(),
            endpoint: "/Groups".to_owned(),
            description: "The groups that the identity provider sends, with their members.".to_owned(),
            base: Arc::new(builtin::group()),
            extensions: Vec::new(),
            common,
            rows: vec!["members".to_owned()],
            off: Vec::new(),
        };
        let schemas = std::iter::once(Arc::clone(&user.base))
            .chain(user.extensions.iter().map(|extension| Arc::clone(&extension.schema)))
            .chain(std::iter::once(Arc::clone(&group.base)))
            .chain(builtin::discovery().into_iter().map(Arc::new))
            .collect();
        Definitions { user: Arc::new(user), group: Arc::new(group), schemas }
    }
}

impl ResourceDefinition {
    /// The extension of a URN, in any letter case.
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// Whether the attribute is kept as rows of its own.
    pub fn is_rows(&self, attribute: &str) -> bool {
        self.rows.iter().any(|rows| rows == attribute)
    }

    /// Whether the text of an attribute path names, or lies within, what this connection does not synchronise.
    pub fn is_off(&self, path: &str) -> bool {
        let own = strip_ignoring_case(path, &self.base.id).and_then(|rest| rest.strip_prefix([':', '.']));
        let path = own.unwrap_or(path);
        self.off.iter().any(|off| {
            strip_ignoring_case(path, off)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.', '[']))
        })
    }

    /// Whether the name is an attribute that the RFC has and this service never takes: it is dropped on arrival and
    /// neither stored, shown nor logged.
    pub fn is_secret(name: &str) -> bool {
        name.eq_ignore_ascii_case("password")
    }

    /// The same resource type, requiring one attribute of the base schema alone.
    pub fn requiring(&self, name: &str) -> Self {
        let base = with_required((*self.base).clone(), |path| path == name);
        Self { base: Arc::new(base), ..self.clone() }
    }

    fn switch_off(&mut self, paths: &[String]) {
        let named: Vec<Named> = paths.iter().filter_map(|path| self.resolve(path).ok()).collect();
        let is_off = |extension: Option<&str>, attribute: &Attribute, sub: Option<&Attribute>| {
            let path =
                sub.map_or_else(|| attribute.name.clone(), |sub| format!("{}.{}", attribute.name, sub.name));
            let standard = [&Synchronised::STANDARD[..], &Synchronised::ALWAYS_ON].concat();
            let kept = extension.is_none() && standard.contains(&path.as_str());
            let required = sub.unwrap_or(attribute).required;
            !kept
                && !required
                && named.iter().any(|named| match named {
                    Named::Extension(urn) => sub.is_none() && extension == Some(&**urn),
                    Named::Base => false,
                    Named::Attribute(named) => {
                        named.extension.as_deref() == extension
                            && named.attribute.name == attribute.name
                            && named.sub.as_ref().map(|sub| &sub.name) == sub.map(|sub| &sub.name)
                    }
                })
        };
        let mut off = Vec::new();
        let base = without(&self.base, |attribute, sub| is_off(None, attribute, sub), "", &mut off);
        for extension in &mut self.extensions {
            let urn = extension.schema.id.clone();
            let is_off = |attribute: &Attribute, sub: Option<&Attribute>| is_off(Some(&urn), attribute, sub);
            extension.schema = Arc::new(without(&extension.schema, is_off, &format!("{urn}:"), &mut off));
        }
        off.extend(
            self.extensions
                .iter()
                .filter(|extension| extension.schema.attributes.is_empty())
                .map(|extension| extension.schema.id.clone()),
        );
        self.extensions.retain(|extension| !extension.schema.attributes.is_empty());
        self.base = Arc::new(base);
        self.off = off;
    }
}

/// The rest of `text` after `start`, compared without regard to case.
fn strip_ignoring_case<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

fn extensions(synchronised: &Synchronised) -> Vec<Extension> {
    let mut extensions = vec![Extension { schema: Arc::new(builtin::enterprise_user()), required: false }];
    for schema in &synchronised.extensions {
        if !extensions.iter().any(|known| known.schema.id.eq_ignore_ascii_case(&schema.id)) {
            // RFC 7643 §6: `required: true` would refuse every user without the extension.
            extensions.push(Extension { schema: Arc::new(with_defaults(schema)), required: false });
        }
    }
    extensions
}

/// The schema with `required` as the connection has it.
fn with_required(mut schema: Schema, is_required: impl Fn(&str) -> bool) -> Schema {
    for attribute in &mut schema.attributes {
        let attribute = Arc::make_mut(attribute);
        attribute.required |= is_required(&attribute.name);
        for sub in &mut attribute.sub_attributes {
            let path = format!("{}.{}", attribute.name, sub.name);
            Arc::make_mut(sub).required |= is_required(&path);
        }
    }
    schema
}

/// The schema with the characteristics written out that RFC 7643 §2.2 gives by default.
fn with_defaults(schema: &Schema) -> Schema {
    fn write_out(attribute: &mut Attribute) {
        match attribute.kind {
            // RFC 7643 §2.3.6, §2.3.7: binary and reference values are case exact.
            Type::Binary | Type::Reference => attribute.case_exact = attribute.case_exact.or(Some(true)),
            Type::String => attribute.case_exact = attribute.case_exact.or(Some(false)),
            _ => {}
        }
        if !matches!(attribute.kind, Type::Boolean | Type::Complex) {
            attribute.uniqueness = attribute.uniqueness.or(Some(Uniqueness::None));
        }
        for sub in &mut attribute.sub_attributes {
            write_out(Arc::make_mut(sub));
        }
    }
    let mut schema = schema.clone();
    for attribute in &mut schema.attributes {
        write_out(Arc::make_mut(attribute));
    }
    schema
}

/// The schema without what `is_off` names; the paths left out go to `off`.
fn without(
    schema: &Schema,
    is_off: impl Fn(&Attribute, Option<&Attribute>) -> bool,
    prefix: &str,
    off: &mut Vec<String>,
) -> Schema {
    let mut schema = schema.clone();
    schema.attributes.retain_mut(|attribute| {
        let mut gone = is_off(attribute, None);
        if !gone && attribute.sub_attributes.iter().any(|sub| is_off(attribute, Some(sub))) {
            let whole = Arc::clone(attribute);
            Arc::make_mut(attribute).sub_attributes.retain(|sub| {
                let gone = is_off(&whole, Some(sub));
                if gone {
                    off.push(format!("{prefix}{}.{}", whole.name, sub.name));
                }
                !gone
            });
            gone = attribute.sub_attributes.is_empty();
        }
        if gone {
            off.push(format!("{prefix}{}", attribute.name));
        }
        !gone
    });
    schema
}
