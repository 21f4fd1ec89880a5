//! Filters (RFC 7644 §3.4.2.2): from text to a tree bound to a resource type, evaluated here or compiled to SQL by
//! the store. The tree is the one meaning that both readers share.
//!
//! `lexer` cuts the text into tokens, `parser` holds the grammar, `scope` what names mean, `literal` what values of
//! a type can be asked, `eval` the meaning, `display` the way back to text.

mod display;
pub mod eval;
mod lexer;
mod literal;
mod mentions;
pub mod parser;
mod scope;

use crate::schema::definition::AttributeRef;

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Identical.
    Eq,
    /// Not identical; true for an unassigned attribute.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

/// The operators as they are written.
const OPERATORS: [(&str, Operator); 9] = [
    ("eq", Operator::Eq),
    ("ne", Operator::Ne),
    ("co", Operator::Co),
    ("sw", Operator::Sw),
    ("ew", Operator::Ew),
    ("gt", Operator::Gt),
    ("ge", Operator::Ge),
    ("lt", Operator::Lt),
    ("le", Operator::Le),
];

impl Operator {
    /// The operator of a word, in any letter case.
    pub fn named(word: &str) -> Option<Self> {
        OPERATORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, operator)| *operator)
    }

    /// The operator as it is written.
    pub fn as_str(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }
}

/// The value a filter compares with, already of the attribute's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Text compared letter by letter (`caseExact`, binary).
    Exact(String),
    /// Text compared by its key: the text as written and [`crate::fold::fold`] of it.
    Folded {
        /// As written.
        text: String,
        /// The comparison key.
        key: String,
    },
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
    /// An instant in microseconds since 1970 UTC.
    Instant(i64),
}

/// A filter bound to a resource type.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// Either.
    Or(Box<Filter>, Box<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// Has a non-empty value.
    Present(AttributeRef),
    /// Compares; for a multi-valued attribute, any value.
    Compare {
        /// The attribute; never complex.
        attribute: AttributeRef,
        /// The operator.
        operator: Operator,
        /// The value.
        value: Literal,
    },
    /// A value path: one and the same element meets the inner filter, whose attributes are sub-attributes of this one.
    /// `emails[type eq "work"].value eq "x"` is read as `emails[type eq "work" and value eq "x"]`.
    Element {
        /// The multi-valued attribute, without sub-attribute.
        attribute: AttributeRef,
        /// The condition on one element.
        filter: Box<Filter>,
    },
    /// An attribute of another resource type: unassigned here, so nothing holds of it (RFC 7644 §3.4.2.1).
    Never,
}

/// The longest filter accepted, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;
/// The deepest nesting of parentheses and brackets accepted.
pub const MAX_DEPTH: usize = 32;
/// How many conditions one filter may have; with [`MAX_DEPTH`] it bounds the height of the tree.
pub const MAX_CONDITIONS: usize = 400;
