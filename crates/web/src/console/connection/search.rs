//! What a person types to find somebody in a list: a SCIM filter, or a piece of a name.

use super::place::Place;
use provisioning::Error;
use scim::filter::Filter;
use scim::{Mode, Notes, ResourceDefinition};
use serde_json::Value;

/// Words that only a filter has.
const OPERATORS: [&str; 10] = [" eq ", " ne ", " co ", " sw ", " ew ", " gt ", " ge ", " lt ", " le ", " pr"];

/// How many words of a plain search count.
const WORDS: usize = 10;

/// Reads what was typed into the search of a list; `plain` are the attributes that a piece of a name is looked for in.
///
/// # Errors
/// A filter that cannot be read; one on an attribute that the administrator calls sensitive: it would stand in the
/// address, which logs keep (RFC 7644 §7.5.2).
pub fn read(
    place: &Place,
    definition: &ResourceDefinition,
    typed: &str,
    plain: &[&str],
) -> Result<Option<Filter>, Error> {
    if typed.is_empty() {
        return Ok(None);
    }
    let parse = |text: &str| Filter::parse(text, definition, Mode::Lenient, &mut Notes::new());
    let sensitive = &place.shape.settings.sensitive;
    let padded = format!("{typed} ");
    if OPERATORS.iter().any(|operator| padded.contains(operator)) {
        let filter = parse(typed)?;
        if let Some(name) = sensitive.iter().find(|name| filter.mentions(name)) {
            return Err(Error::invalid(format!(
                "{name} is set as sensitive: a filter on it would stand in the address of this page, which logs keep. Search without it."
            )));
        }
        return Ok(Some(filter));
    }
    words(place, definition, typed, plain).map(Some)
}

/// The filter of what has each of some words in one of the attributes of `plain`.
///
/// # Errors
/// The administrator calls all of them sensitive.
pub fn words(
    place: &Place,
    definition: &ResourceDefinition,
    typed: &str,
    plain: &[&str],
) -> Result<Filter, Error> {
    let sensitive = &place.shape.settings.sensitive;
    let is_open = |path: &&&str| {
        let attribute = path.split('.').next().unwrap_or_default();
        definition.resolve(path).is_ok() && !sensitive.iter().any(|name| name == attribute)
    };
    let open: Vec<&&str> = plain.iter().filter(is_open).collect();
    if open.is_empty() {
        return Err(Error::invalid(
            "Every attribute that a name is looked for in is set as sensitive. Write a filter, such as active eq true.",
        ));
    }
    let anywhere = |word: &str| {
        let wanted = Value::from(word).to_string();
        let parts: Vec<String> = open.iter().map(|path| format!("{path} co {wanted}")).collect();
        format!("({})", parts.join(" or "))
    };
    let parts: Vec<String> = typed.split_whitespace().take(WORDS).map(anywhere).collect();
    Ok(Filter::parse(&parts.join(" and "), definition, Mode::Lenient, &mut Notes::new())?)
}
