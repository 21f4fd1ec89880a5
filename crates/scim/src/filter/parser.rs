//! The grammar of filters, one function a production (RFC 7644 §3.4.2.2 figure 1 with errata 4670, 7319, 7322, 8924):
//!
//! ```text
//! or         = and *("or" and)
//! and        = term *("and" term)
//! term       = ["not"] "(" or ")" / condition
//! condition  = name "[" or "]" / name "pr" / name operator value
//! value      = JSON string / number / true / false / null
//! ```
//!
//! Inside `[ ]`, names are parts of the element, and there is no further `[ ]`. Every name is resolved and every value
//! read as soon as it is met: what comes out is bound to the resource type.

use super::lexer::{Kind, LexError, Token, string_end, tokens};
use super::literal::Written;
use super::scope::{Scope, comparable, element};
use super::{Filter, Literal, MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH, Operator};
use crate::dialect::{self, Mode};
use crate::error::ScimError;
use crate::note::Notes;
use crate::path::is_attribute_name;
use crate::quote::quoted;
use crate::schema::definition::{AttributeRef, ResourceDefinition};

impl Filter {
    /// Reads a filter on resources of one type. A name that the type does not have is an error.
    pub fn parse(
        text: &str,
        definition: &ResourceDefinition,
        mode: Mode,
        notes: &mut Notes,
    ) -> Result<Self, ScimError> {
        Parser::new(text, mode, notes)?.filter(&Scope::Resource { definition, any_type: false })
    }

    /// Reads a filter on resources of several types for one of them: a name that this type does not have is unassigned
    /// (RFC 7644 §3.4.2.1).
    pub fn parse_for_any_type(
        text: &str,
        definition: &ResourceDefinition,
        mode: Mode,
        notes: &mut Notes,
    ) -> Result<Self, ScimError> {
        Parser::new(text, mode, notes)?.filter(&Scope::Resource { definition, any_type: true })
    }

    /// Reads what stands inside `attribute[…]`: names are parts of one element; the value of a simple attribute goes by
    /// `value`.
    pub fn parse_element(
        text: &str,
        attribute: &AttributeRef,
        mode: Mode,
        notes: &mut Notes,
    ) -> Result<Self, ScimError> {
        let parser = Parser::new(text, mode, notes)?;
        let scope = element(attribute, false).map_err(|problem| parser.error(0, &problem))?;
        parser.filter(&scope)
    }
}

/// Splits a PATCH path at its value filter: `emails[type eq "a]b"].value` is `emails`, `type eq "a]b"`, `value`.
/// `None` if there is no filter in it.
pub fn split_value_path(path: &str) -> Result<Option<(&str, &str, &str)>, ScimError> {
    let malformed = |what: &str| ScimError::invalid_path(format!("The path {} {what}.", quoted(path)));
    let Some((name, rest)) = path.split_once('[') else {
        return Ok(None);
    };
    let mut at = 0;
    let close = loop {
        match rest.as_bytes().get(at) {
            None => return Err(malformed("has a [ without a ]")),
            Some(b'[') => return Err(malformed("has a [ inside of [ ]")),
            Some(b']') => break at,
            Some(b'"') => {
                at = string_end(rest, at).map_err(|_| malformed("has no closing quotation mark"))?;
            }
            Some(_) => at += 1,
        }
    };
    let (filter, behind) = (rest[..close].trim(), &rest[close + 1..]);
    let sub = match behind.strip_prefix('.') {
        Some(sub) if is_attribute_name(sub) => sub,
        None if behind.is_empty() => behind,
        _ => return Err(malformed("does not end with ] or with ]. and the name of a sub-attribute")),
    };
    if name.is_empty() || filter.is_empty() {
        return Err(malformed("needs an attribute before [ and a filter inside of [ ]"));
    }
    Ok(Some((name, filter, sub)))
}

struct Parser<'t, 'n> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    next: usize,
    depth: usize,
    conditions: usize,
    mode: Mode,
    notes: &'n mut Notes,
}

impl<'t, 'n> Parser<'t, 'n> {
    fn new(text: &'t str, mode: Mode, notes: &'n mut Notes) -> Result<Self, ScimError> {
        if text.len() > MAX_LENGTH {
            return Err(ScimError::invalid_filter(format!(
                "The filter is longer than {MAX_LENGTH} bytes. Ask in several requests."
            )));
        }
        let tokens = tokens(text).map_err(|LexError { at, problem }| unreadable(text, at, problem))?;
        if tokens.is_empty() {
            let detail = "The filter is empty. Leave it out, or give a condition such as userName eq \"a\".";
            return Err(ScimError::invalid_filter(detail));
        }
        Ok(Self { text, tokens, next: 0, depth: 0, conditions: 0, mode, notes })
    }

    /// The whole text.
    fn filter(mut self, scope: &Scope<'_>) -> Result<Filter, ScimError> {
        let filter = self.or(scope)?;
        match self.peek() {
            None => Ok(filter),
            Some(_) => Err(self.unexpected("and, or, or the end of the filter")),
        }
    }

    /// `or = and *("or" and)`
    // RFC 7644 §3.4.2.2, erratum 4670: comparisons bind tightest, then not, then and, then or.
    fn or(&mut self, scope: &Scope<'_>) -> Result<Filter, ScimError> {
        let mut filter = self.and(scope)?;
        while self.accept_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.and(scope)?));
        }
        Ok(filter)
    }

    /// `and = term *("and" term)`
    fn and(&mut self, scope: &Scope<'_>) -> Result<Filter, ScimError> {
        let mut filter = self.term(scope)?;
        while self.accept_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.term(scope)?));
        }
        Ok(filter)
    }

    /// `term = ["not"] "(" or ")" / condition`
    fn term(&mut self, scope: &Scope<'_>) -> Result<Filter, ScimError> {
        // RFC 7644 §3.4.2.2, erratum 7319: `not` stands before parentheses alone, with or without a space.
        if self.accept_word("not") {
            return match self.peek() {
                Some(Kind::Symbol('(')) => Ok(Filter::Not(Box::new(self.nested('(', ')', scope)?))),
                _ => Err(self.unexpected("( after not")),
            };
        }
        match self.peek() {
            Some(Kind::Symbol('(')) => self.nested('(', ')', scope),
            _ => self.condition(scope),
        }
    }

    /// `open or close`, at most [`MAX_DEPTH`] deep.
    fn nested(&mut self, open: char, close: char, scope: &Scope<'_>) -> Result<Filter, ScimError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(self.at(), &format!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        self.expect_symbol(open)?;
        let filter = self.or(scope)?;
        self.expect_symbol(close)?;
        self.depth -= 1;
        Ok(filter)
    }

    /// `condition = name "[" or "]" / name "pr" / name operator value`
    fn condition(&mut self, scope: &Scope<'_>) -> Result<Filter, ScimError> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(self.error(self.at(), &format!("it has more than {MAX_CONDITIONS} conditions")));
        }
        let (at, attribute) = self.name(scope)?;
        if matches!(self.peek(), Some(Kind::Symbol('['))) {
            let element = scope.inside(attribute.as_ref()).map_err(|problem| self.error(at, &problem))?;
            return self.value_path(&element, attribute);
        }
        self.comparison(attribute, at)
    }

    /// `name "[" or "]"`, and the habit `name "[" or "]" "." name operator value`
    fn value_path(
        &mut self,
        element: &Scope<'_>,
        attribute: Option<AttributeRef>,
    ) -> Result<Filter, ScimError> {
        let mut filter = self.nested('[', ']', element)?;
        if let Some((start, sub)) = self.adjacent_sub_attribute() {
            if self.mode == Mode::Strict {
                return Err(
                    self.error(start, "a condition ends with ]. Put this one inside of the [ ], with and")
                );
            }
            // Entra: `emails[type eq "work"].value eq "x"`.
            let part = element.resolve(sub).map_err(|problem| self.error(start, &problem))?;
            let condition = self.comparison(part, start)?;
            filter = Filter::And(Box::new(filter), Box::new(condition));
            self.notes.corrected(
                "value-path-comparison",
                "filter: a comparison behind [ ] was read as if it stood inside, joined with and",
            );
        }
        // RFC 7644 §3.4.2.1: an attribute of another type is unassigned.
        Ok(attribute
            .map_or(Filter::Never, |attribute| Filter::Element { attribute, filter: Box::new(filter) }))
    }

    /// `"pr" / operator value`, of the attribute before it
    fn comparison(&mut self, attribute: Option<AttributeRef>, at: usize) -> Result<Filter, ScimError> {
        let operator_at = self.at();
        let word = self.word("an operator: eq, ne, co, sw, ew, gt, ge, lt, le or pr")?;
        if word.eq_ignore_ascii_case("pr") {
            return Ok(attribute.map_or(Filter::Never, Filter::Present));
        }
        let Some(operator) = Operator::named(word) else {
            let problem =
                format!("{} is not an operator. Use eq, ne, co, sw, ew, gt, ge, lt, le or pr", quoted(word));
            return Err(self.error(operator_at, &problem));
        };
        let value_at = self.at();
        let value = self.value()?;
        match (value, operator, attribute) {
            // RFC 7643 §2.5: null is unassigned, so `eq null` is "has no value".
            (Written::Null, Operator::Eq, attribute) => {
                Ok(Filter::Not(Box::new(attribute.map_or(Filter::Never, Filter::Present))))
            }
            (Written::Null, Operator::Ne, attribute) => Ok(attribute.map_or(Filter::Never, Filter::Present)),
            (Written::Null, ..) => Err(self.error(value_at, "null can be compared with eq and ne alone")),
            // An unassigned attribute is "not identical" to any value, whatever the type that has it.
            (_, Operator::Ne, None) => Ok(Filter::Not(Box::new(Filter::Never))),
            (_, _, None) => Ok(Filter::Never),
            (value, operator, Some(attribute)) => {
                let attribute = comparable(attribute).map_err(|problem| self.error(at, &problem))?;
                self.compare(attribute, operator, &value, operator_at, value_at)
            }
        }
    }

    /// `value = JSON string / number / true / false / null`
    fn value(&mut self) -> Result<Written<'t>, ScimError> {
        let value = match self.peek() {
            Some(Kind::Text(text)) => Written::Text(text.clone()),
            Some(Kind::Word("null")) => Written::Null,
            Some(Kind::Word(word)) => Written::Word(word),
            _ => return Err(self.unexpected("a value")),
        };
        self.next += 1;
        Ok(value)
    }

    fn compare(
        &mut self,
        attribute: AttributeRef,
        operator: Operator,
        value: &Written<'_>,
        operator_at: usize,
        value_at: usize,
    ) -> Result<Filter, ScimError> {
        if !attribute.kind().knows(operator) {
            let kind = serde_json::to_value(attribute.kind()).unwrap_or_default();
            let kind = kind.as_str().unwrap_or_default();
            let problem = format!(
                "{} does not apply to {}, which is of the type {kind}",
                operator.as_str(),
                attribute.path()
            );
            return Err(self.error(operator_at, &problem));
        }
        let (value, habit) = Literal::read(attribute.leaf(), value, self.mode)
            .map_err(|form| self.error(value_at, &format!("{} is compared with {form}", attribute.path())))?;
        if let Some((habit, sentence)) = habit {
            self.notes.corrected(habit, format!("filter: the value for {} {sentence}", attribute.path()));
        }
        Ok(Filter::Compare { attribute, operator, value })
    }

    /// Reads a name; also where it starts, and what it names: `None` for an attribute of another resource type.
    fn name(&mut self, scope: &Scope<'_>) -> Result<(usize, Option<AttributeRef>), ScimError> {
        let at = self.at();
        let name = self.word("the name of an attribute")?;
        if let Some(attribute) = self.meant(scope, name) {
            return Ok((at, Some(attribute)));
        }
        let attribute = scope.resolve(name).map_err(|problem| self.error(at, &problem))?;
        Ok((at, attribute))
    }

    /// What a name means that lacks its URN, or has a malformed one; a strict connection reads it as it stands.
    fn meant(&mut self, scope: &Scope<'_>, name: &str) -> Option<AttributeRef> {
        let Scope::Resource { definition, .. } = scope else { return None };
        let meant = dialect::filter_name(definition, name).filter(|_| self.mode == Mode::Lenient)?;
        let attribute = scope.resolve(&meant).ok()??;
        let note = format!("filter: {} was read as {}", quoted(name), quoted(&meant));
        self.notes.corrected("name-without-urn", note);
        Some(attribute)
    }

    /// The name in `].name`, with where it starts.
    fn adjacent_sub_attribute(&mut self) -> Option<(usize, &'t str)> {
        let end = self.tokens.get(self.next.checked_sub(1)?)?.end;
        let token = self.tokens.get(self.next).filter(|token| token.start == end)?;
        let Kind::Word(word) = token.kind else { return None };
        let name = word.strip_prefix('.')?;
        self.next += 1;
        Some((end + 1, name))
    }

    fn peek(&self) -> Option<&Kind<'t>> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// The byte at which the next token starts.
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |token| token.start)
    }

    fn accept_word(&mut self, keyword: &str) -> bool {
        let accepted = matches!(self.peek(), Some(Kind::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.next += usize::from(accepted);
        accepted
    }

    fn word(&mut self, expected: &str) -> Result<&'t str, ScimError> {
        match self.peek() {
            Some(Kind::Word(word)) => {
                let word = *word;
                self.next += 1;
                Ok(word)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn expect_symbol(&mut self, symbol: char) -> Result<(), ScimError> {
        if !matches!(self.peek(), Some(Kind::Symbol(found)) if *found == symbol) {
            return Err(self.unexpected(&format!("and, or, or {symbol}")));
        }
        self.next += 1;
        Ok(())
    }

    fn unexpected(&self, expected: &str) -> ScimError {
        let found = match self.tokens.get(self.next) {
            Some(token) => format!("{} stands there", quoted(&self.text[token.start..token.end])),
            None => "the filter ends".to_owned(),
        };
        self.error(self.at(), &format!("expected {expected}, but {found}"))
    }

    fn error(&self, at: usize, problem: &str) -> ScimError {
        unreadable(self.text, at, problem)
    }
}

/// The error at a byte of the text; people count characters from 1.
fn unreadable(text: &str, at: usize, problem: &str) -> ScimError {
    let position = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    ScimError::invalid_filter(format!("The filter cannot be read at character {position}: {problem}."))
}
