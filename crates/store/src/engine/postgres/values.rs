//! Values on their way to PostgreSQL and back: numbers, and text of any characters.
//!
//! PostgreSQL's text takes every character but U+0000, which SCIM's JSON may hold. It is written as U+0001 U+0001, and
//! U+0001 as U+0001 U+0002: both ways without loss, and in the same order. All other text is untouched.

use crate::engine::Param;
use std::borrow::Cow;
use std::error::Error;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A parameter as the driver takes it. Its `Debug`, which the driver logs, shows no value.
#[derive(Clone, Copy)]
pub struct Bound<'a>(pub Param<'a>);

impl std::fmt::Debug for Bound<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(value) if *kind == Type::INT4 => i32::try_from(value)?.to_sql(kind, out),
            Param::Int(value) if *kind == Type::INT8 => value.to_sql(kind, out),
            Param::Int(_) => Err(format!("a number where the statement takes {kind}").into()),
            Param::Text(value) => encode(value).as_ref().to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::TEXT, Type::VARCHAR].contains(kind)
    }

    to_sql_checked!();
}

/// A parameter that is sent later.
pub enum Owned {
    Null,
    Int(i64),
    Text(String),
}

impl From<Param<'_>> for Owned {
    fn from(param: Param<'_>) -> Self {
        match param {
            Param::Null => Self::Null,
            Param::Int(value) => Self::Int(value),
            Param::Text(value) => Self::Text(value.to_owned()),
        }
    }
}

impl std::fmt::Debug for Owned {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("…")
    }
}

impl ToSql for Owned {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let param = match self {
            Self::Null => Param::Null,
            Self::Int(value) => Param::Int(*value),
            Self::Text(value) => Param::Text(value),
        };
        Bound(param).to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        Bound::accepts(kind)
    }

    to_sql_checked!();
}

/// A whole number of either size.
pub struct Number(pub i64);

impl<'a> FromSql<'a> for Number {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        if *kind == Type::INT4 { i32::from_sql(kind, raw).map(i64::from) } else { i64::from_sql(kind, raw) }
            .map(Self)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8].contains(kind)
    }
}

/// Text as it is kept.
fn encode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte <= 1) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => kept.push_str("\u{1}\u{1}"),
            '\u{1}' => kept.push_str("\u{1}\u{2}"),
            other => kept.push(other),
        }
    }
    Cow::Owned(kept)
}

/// Text as it was given.
pub fn decode(kept: &str) -> Cow<'_, str> {
    if !kept.contains('\u{1}') {
        return Cow::Borrowed(kept);
    }
    let mut text = String::with_capacity(kept.len());
    let mut characters = kept.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\u{1}') {
            (_, true) => text.push(if characters.next() == Some('\u{1}') { '\0' } else { '\u{1}' }),
            (other, false) => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_comes_back_as_it_was_and_keeps_its_order(one in "[\u{0}-\u{3}a]{0,6}", other in "[\u{0}-\u{3}a]{0,6}") {
            let (kept, kept_other) = (encode(&one), encode(&other));
            prop_assert!(!kept.contains('\0'));
            prop_assert_eq!(decode(&kept), one.as_str());
            prop_assert_eq!(kept.cmp(&kept_other), one.cmp(&other));
            prop_assert_eq!(kept_other.starts_with(kept.as_ref()), other.starts_with(&one));
        }
    }
}
