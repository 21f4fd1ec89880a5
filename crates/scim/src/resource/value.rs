//! Single values: whether one is of its attribute's type (RFC 7643 §2.3), and whether it is one at all.

use crate::dialect::Mode;
use crate::instant;
use crate::schema::Type;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use serde_json::Value;

/// RFC 7643 §2.3.6: base64 whose padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a simple value is of the type; otherwise what is expected, for a message.
pub(crate) fn check(kind: Type, value: &Value, mode: Mode) -> Result<(), &'static str> {
    let (holds, expected) = match kind {
        Type::String => (value.is_string(), "text"),
        Type::Boolean => (value.is_boolean(), "true or false"),
        Type::Decimal => (value.is_number(), "a number"),
        // RFC 7643 §2.3.4: neither fraction nor exponent; `1.0` and `1e2` are no integers.
        Type::Integer => (value.is_i64() || value.is_u64(), "a whole number"),
        Type::DateTime => (
            value.as_str().is_some_and(|text| instant::microseconds(text).is_some()),
            "a date with a time, such as 2026-01-31T12:00:00Z",
        ),
        Type::Reference => (value.as_str().is_some_and(|text| is_reference(text, mode)), "a URI"),
        Type::Binary => (value.as_str().is_some_and(|text| BASE64.decode(text).is_ok()), "base64"),
        Type::Complex => (value.is_object(), "an object"),
    };
    if holds { Ok(()) } else { Err(expected) }
}

/// RFC 7643 §2.3.7: an absolute or relative URI. A lenient connection keeps any text: Microsoft's validator sends
/// random words as `profileUrl` and expects them back.
fn is_reference(text: &str, mode: Mode) -> bool {
    let breaks = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    mode == Mode::Lenient || !text.contains(breaks)
}

/// What a value is, for a message; never the value itself.
pub(crate) fn form(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Whether there is nothing in the value. RFC 7643 §2.5: null, an empty list and no attribute at all are one state;
/// text of spaces alone says nothing either.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
