//! The language: SCIM 2.0 (RFC 7643, RFC 7644) as pure functions over JSON.
//!
//! Schemas are data; everything else reads them: how a body is read, which path names what, how a filter is
//! evaluated, what PATCH does, what an answer shows. `dialect` translates what each identity provider says into
//! what the RFC says. Never in here: async, input or output, a clock, a database, tenants.

pub mod bulk;
pub mod dialect;
pub mod discovery;
pub mod error;
pub mod etag;
pub mod filter;
pub mod fold;
pub mod instant;
pub mod list;
pub mod note;
pub mod patch;
pub mod path;
pub mod projection;
mod quote;
pub mod resource;
pub mod schema;
pub mod sort;

pub use dialect::{Mode, Provider};
pub use error::{ScimError, ScimType};
pub use note::{Note, Notes};
pub use schema::definition::ResourceDefinition;

/// A SCIM resource as JSON, attribute names spelled as the schema spells them, extensions under their URN.
pub type Document = serde_json::Map<String, serde_json::Value>;
