//! Values of a filter by the type of the attribute: which operators a type knows, how a value is read.

use super::{Literal, Operator};
use crate::dialect::Mode;
use crate::fold::fold;
use crate::instant;
use crate::schema::{Attribute, Type};

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written<'t> {
    /// `null`.
    Null,
    /// In double quotation marks.
    Text(String),
    /// Without quotation marks: a number, `true`, `false`, or a habit.
    Word(&'t str),
}

/// A habit that was corrected while a value was read.
pub(super) type Habit = (&'static str, &'static str);

const UNQUOTED: Habit = ("unquoted-filter-value", "was read as if it stood in double quotation marks");
const STRING_BOOLEAN: Habit = ("string-boolean", "was read as a boolean");

impl Type {
    /// Whether values of the type can be compared this way.
    pub(super) fn knows(self, operator: Operator) -> bool {
        use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
        match operator {
            Eq | Ne => self != Self::Complex,
            // RFC 7644 §3.4.2.2: parts are asked of text alone.
            Co | Sw | Ew => matches!(self, Self::String | Self::Reference | Self::Binary),
            // RFC 7644 §3.4.2.2: order on a boolean or binary attribute is an invalidFilter.
            Gt | Ge | Lt | Le => !matches!(self, Self::Boolean | Self::Binary | Self::Complex),
        }
    }

    /// What a value of the type looks like, for messages.
    fn form(self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Decimal => "a number",
            Self::Integer => "a whole number",
            Self::DateTime => {
                "a date with a time in double quotation marks, such as \"2026-01-31T12:00:00Z\""
            }
            Self::String | Self::Reference | Self::Binary | Self::Complex => {
                "a text in double quotation marks"
            }
        }
    }
}

impl Literal {
    /// Text without regard to case.
    pub fn folded(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::Folded { key: fold(&text), text }
    }

    /// Text as the attribute compares it.
    pub fn text(attribute: &Attribute, text: impl Into<String>) -> Self {
        // RFC 7643 §2.2: caseExact says how text is compared; base64 means nothing without its case.
        if attribute.is_case_exact() || attribute.kind == Type::Binary {
            Self::Exact(text.into())
        } else {
            Self::folded(text)
        }
    }

    /// Reads a value that is not null as the attribute's type has it; otherwise says what is expected.
    pub(super) fn read(
        attribute: &Attribute,
        written: &Written<'_>,
        mode: Mode,
    ) -> Result<(Self, Option<Habit>), &'static str> {
        let lenient = mode == Mode::Lenient;
        let read = match (attribute.kind, written) {
            (Type::Boolean, _) => boolean(written, lenient),
            (Type::Integer | Type::Decimal, Written::Word(word)) => {
                number(attribute.kind, word).map(|value| (value, None))
            }
            (Type::Integer | Type::Decimal, _) => None,
            (Type::DateTime, _) => text(written, lenient)
                .and_then(|(text, habit)| Some((Self::Instant(instant::microseconds(text)?), habit))),
            _ => text(written, lenient).map(|(text, habit)| (Self::text(attribute, text), habit)),
        };
        read.ok_or(attribute.kind.form())
    }
}

fn text<'w>(written: &'w Written<'_>, lenient: bool) -> Option<(&'w str, Option<Habit>)> {
    match written {
        Written::Text(text) => Some((text, None)),
        // AWS and older Entra requests: `externalId eq jyoung`. A single quotation mark is no such habit.
        Written::Word(word) if lenient && !word.starts_with('\'') => Some((word, Some(UNQUOTED))),
        Written::Word(_) | Written::Null => None,
    }
}

fn boolean(written: &Written<'_>, lenient: bool) -> Option<(Literal, Option<Habit>)> {
    let text = match written {
        Written::Word("true") => return Some((Literal::Boolean(true), None)),
        Written::Word("false") => return Some((Literal::Boolean(false), None)),
        Written::Text(text) => text.as_str(),
        Written::Word(word) => word,
        Written::Null => return None,
    };
    // Entra: `roles[primary eq "True"]`.
    let named =
        [("true", true), ("false", false)].into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    named.filter(|_| lenient).map(|(_, value)| (Literal::Boolean(value), Some(STRING_BOOLEAN)))
}

fn number(kind: Type, word: &str) -> Option<Literal> {
    // JSON says which words are numbers; Rust reads them to the last digit.
    serde_json::from_str::<serde_json::Number>(word).ok()?;
    let number = word.parse::<f64>().ok().filter(|number| number.is_finite())?;
    (kind == Type::Decimal || number.fract() == 0.0).then_some(Literal::Number(number))
}
