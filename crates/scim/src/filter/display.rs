//! The canonical text of a filter: it parses back to the same tree (at the very limits of depth and length, the text may
//! be the longer one and be refused).

use super::{Filter, Literal};
use crate::instant;
use serde_json::Value;
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Filter {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write(self, false, out)
    }
}

/// Writes a filter; inside `[ ]`, attributes go by the names of the element's parts.
fn write(filter: &Filter, in_element: bool, out: &mut Formatter<'_>) -> Result {
    let name = |attribute: &crate::schema::definition::AttributeRef| match &attribute.sub {
        Some(sub) if in_element => sub.name.clone(),
        None if in_element => "value".to_owned(),
        _ => attribute.path(),
    };
    match filter {
        Filter::And(left, right) => {
            write_operand(left, matches!(**left, Filter::Or(..)), in_element, out)?;
            out.write_str(" and ")?;
            write_operand(right, matches!(**right, Filter::Or(..) | Filter::And(..)), in_element, out)
        }
        Filter::Or(left, right) => {
            write(left, in_element, out)?;
            out.write_str(" or ")?;
            write_operand(right, matches!(**right, Filter::Or(..)), in_element, out)
        }
        Filter::Not(inner) => {
            out.write_str("not ")?;
            write_operand(inner, true, in_element, out)
        }
        Filter::Present(attribute) => write!(out, "{} pr", name(attribute)),
        Filter::Compare { attribute, operator, value } => {
            write!(out, "{} {} {value}", name(attribute), operator.as_str())
        }
        Filter::Element { attribute, filter } => {
            write!(out, "{}[", name(attribute))?;
            write(filter, true, out)?;
            out.write_char(']')
        }
        // A name that no schema has: read for any type, it is unassigned again.
        Filter::Never => out.write_str("$never pr"),
    }
}

fn write_operand(filter: &Filter, parentheses: bool, in_element: bool, out: &mut Formatter<'_>) -> Result {
    if !parentheses {
        return write(filter, in_element, out);
    }
    out.write_char('(')?;
    write(filter, in_element, out)?;
    out.write_char(')')
}

impl Display for Literal {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Exact(text) | Self::Folded { text, .. } => write!(out, "{}", Value::from(text.as_str())),
            Self::Number(number) => write!(out, "{number}"),
            Self::Boolean(boolean) => write!(out, "{boolean}"),
            Self::Instant(at) => write!(out, "\"{}\"", instant::text(*at).unwrap_or_default()),
        }
    }
}
