//! Resources: from the body of a request to a canonical document, and from a stored document to what is shown.
//!
//! The schemas alone say what an attribute is called, of which type it is and who may write it; nothing in here
//! knows a single attribute of a user. A canonical document has the schema's spelling and order, no unassigned
//! attributes, nothing read-only and no `schemas`; values stand as they were sent, byte for byte.

pub(crate) mod elements;
mod immutable;
mod present;
pub(crate) mod reader;
pub(crate) mod required;
mod strip;
pub(crate) mod value;

pub use immutable::check_immutable;
pub use present::{Shown, date_time, present};
pub use required::{check_required, is_address};
pub use strip::strip;

use crate::Document;
use crate::dialect::Mode;
use crate::error::ScimError;
use crate::note::Notes;
use crate::schema::definition::ResourceDefinition;
use reader::{Purpose, Reader};
use serde_json::Value;

/// Reads the body of a create or replace.
///
/// Attributes kept as rows (`members`) stay in the document, as a list of canonical elements: the caller takes them
/// out. Whether required attributes are there is [`check_required`]'s question.
///
/// Errors: `400 invalidSyntax` for what no schema explains, `400 invalidValue` for a value of the wrong type.
pub fn read(
    definition: &ResourceDefinition,
    body: Value,
    mode: Mode,
    notes: &mut Notes,
) -> Result<Document, ScimError> {
    // RFC 7644 §3.3, §3.5.1: the body is one resource.
    let Value::Object(body) = body else {
        let name = &definition.name;
        return Err(ScimError::invalid_syntax(format!(
            "The body must be one JSON object that holds a {name}."
        )));
    };
    Reader { definition, mode, purpose: Purpose::Whole, notes }.attributes(body)
}
