//! PATCH (RFC 7644 §3.5.2): from a body to operations, from operations to steps, from steps to a changed document.
//!
//! 1. `parse` binds each operation to the schema and reads its value, so that nothing later meets unknown names or
//!    wrong types.
//! 2. `plan` sorts them: what concerns the document, and what concerns rows (`members`). PATCH is intent: a change of
//!    rows is said as such, and nobody loads a group to add one member.
//! 3. `apply` carries out one operation on a document; `finish` looks at the result after the last one.
//!
//! A document in between may hold `null`: an operation took the value. Only `finish` makes it whole again.

mod apply;
mod chosen;
mod envelope;
mod finish;
mod parse;
mod plan;

pub use apply::apply;
pub use finish::finish;
pub use parse::parse;
pub use plan::plan;

use crate::filter::Filter;
use crate::schema::Attribute;
use crate::schema::definition::AttributeRef;
use serde_json::Value;
use std::sync::Arc;

/// The schema URI of a PATCH body.
pub const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Adds to what is there.
    Add,
    /// Puts in the place of what is there.
    Replace,
    /// Takes away.
    Remove,
}

impl Op {
    /// The operation as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

/// What an operation is aimed at.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The resource itself: no path.
    Resource,
    /// The container of an extension.
    Extension(Arc<str>),
    /// An attribute or sub-attribute.
    Attribute(AttributeRef),
    /// Elements of a multi-valued attribute.
    Element {
        /// The attribute, without sub-attribute.
        attribute: AttributeRef,
        /// Which elements.
        filter: Filter,
        /// The part of them.
        sub: Option<Arc<Attribute>>,
    },
}

/// One operation, bound to the schema. Its value is canonical; `Null`, also within it, says that a value shall go.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What it does.
    pub op: Op,
    /// What it is aimed at.
    pub target: Target,
    /// The value; for a removal, the elements it names, if it names any.
    pub value: Option<Value>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A change of the document, for [`apply`].
    Document(Operation),
    /// A change of rows.
    Rows {
        /// The attribute whose rows change, such as `members`.
        attribute: String,
        /// The change.
        change: RowChange,
    },
}

/// A change of rows. Elements are canonical and have a `value`.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange {
    /// These are there afterwards.
    Add(Vec<Value>),
    /// Exactly these are there afterwards.
    Replace(Vec<Value>),
    /// The rows with these values are gone afterwards.
    Remove(Vec<String>),
    /// The rows that the filter selects are gone afterwards.
    RemoveWhere(Filter),
    /// None is there afterwards.
    Clear,
}
