//! Single values: whether one is of its attribute's type (RFC 7643 §2.3), and whether it is one at all.

use crate::dialect::Mode;
use crate::error::ScimError;
use crate::instant;
use crate::schema::{Attribute, Form, Type};
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use serde_json::Value;
use std::fmt;

/// RFC 7643 §2.3.6: base64 whose padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a simple value is of the attribute's type and form; otherwise what is expected, for a message. A lenient
/// connection keeps text of any form.
pub(crate) fn check(attribute: &Attribute, value: &Value, mode: Mode) -> Result<(), &'static str> {
    let form = attribute.form.filter(|_| mode == Mode::Strict);
    let (holds, expected) = match attribute.kind {
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
    match (holds, form, value.as_str()) {
        // A database that keeps text may end it there.
        (true, _, Some(text)) if text.contains('\0') => Err("without the character U+0000"),
        (true, Some(form), Some(text)) => has_form(form, text),
        (true, _, _) => Ok(()),
        (false, _, _) => Err(expected),
    }
}

/// What resources are found by. Each has a key in an index, and no index takes a key of any length.
const KEYS: &[&str] = &["userName", "displayName", "externalId", "emails.value"];
/// How long a key may be, in bytes of UTF-8.
const KEY_LENGTH: usize = 1024;

/// Refuses text that is too long for what resources are found by. `place` is the attribute as messages name it.
pub(crate) fn check_length(place: &impl fmt::Display, value: &Value) -> Result<(), ScimError> {
    let length = value.as_str().map_or(0, str::len);
    if length <= KEY_LENGTH || !KEYS.contains(&place.to_string().as_str()) {
        return Ok(());
    }
    Err(ScimError::invalid_value(format!(
        "\"{place}\" may have {KEY_LENGTH} bytes of UTF-8 at most. It was sent with {length}."
    )))
}

fn has_form(form: Form, text: &str) -> Result<(), &'static str> {
    let (holds, expected) = match form {
        // RFC 7643 §4.1.2: a country is an ISO 3166-1 alpha-2 code.
        Form::Country => (
            text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic()),
            "a country code of two letters, such as DE",
        ),
        // RFC 5646 §2.1: subtags of up to eight letters or digits, a language first.
        Form::LanguageTag => (
            text.starts_with(|first: char| first.is_ascii_alphabetic())
                && text.split(['-', '_']).all(is_subtag),
            "a language tag, such as de-DE",
        ),
    };
    if holds { Ok(()) } else { Err(expected) }
}

fn is_subtag(text: &str) -> bool {
    (1..=8).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_alphanumeric())
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
