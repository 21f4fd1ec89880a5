//! What a person types to find somebody in a list: a SCIM filter, or a piece of a name.

use super::place::Place;
use provisioning::Error;
use scim::filter::Filter;
use scim::{Mode, Notes, ResourceDefinition};
use serde_json::Value;

/// Words that only a filter has.
const OPERATORS: [&str; 10] = [" eq ", " ne ", " co ", " sw ", " ew ", " gt ", " ge ", " lt ", " le ", " pr"];

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
    let is_open = |path: &&&str| {
        let attribute = path.split('.').next().unwrap_or_default();
        definition.resolve(path).is_ok() && !sensitive.iter().any(|name| name == attribute)
    };
    let wanted = Value::from(typed).to_string();
    let parts: Vec<String> = plain.iter().filter(is_open).map(|path| format!("{path} co {wanted}")).collect();
    if parts.is_empty() {
        return Err(Error::invalid(
            "Every attribute that a name is looked for in is set as sensitive. Write a filter, such as active eq true.",
        ));
    }
    Ok(Some(parse(&parts.join(" or "))?))
}
