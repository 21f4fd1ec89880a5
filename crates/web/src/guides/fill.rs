//! Placeholders: `{base_url}` and its like, anywhere in the texts of a guide.

use super::Place;
use serde_json::Value;

/// What stands in the place of the bearer token, which a guide never holds.
const TOKEN: &str = "<the bearer token>";

/// Fills in every placeholder of a document.
///
/// # Errors
/// A placeholder that nothing fills.
pub(super) fn fill(value: &mut Value, place: &Place<'_>) -> Result<(), String> {
    match value {
        Value::String(text) => *text = filled(text, place)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, place))?,
        Value::Object(members) => members.values_mut().try_for_each(|member| fill(member, place))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

/// What is filled in is not looked at again: a tenant may be named `{token}`.
fn filled(text: &str, place: &Place<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let name = after.split_once('}').map(|(name, _)| name).filter(|name| is_name(name));
        let Some(name) = name else {
            out.push('{');
            rest = after;
            continue;
        };
        out.push_str(match name {
            "base_url" => place.base_url,
            "connection" => place.connection,
            "tenant" => place.tenant,
            "token" => TOKEN,
            _ => return Err(format!("nothing fills the placeholder {{{name}}}")),
        });
        rest = &after[name.len() + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Other braces, such as those of JSON, are left alone.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{Place, filled};

    #[test]
    fn placeholders_are_filled_in_and_other_braces_stay() {
        let place = Place { base_url: "https://a.example/scim/v2/7", connection: "7", tenant: "{token}" };
        let text = "{base_url} {connection} {tenant} {token} {\"a\":1} {$user.email} {} {";
        let expected =
            "https://a.example/scim/v2/7 7 {token} <the bearer token> {\"a\":1} {$user.email} {} {";
        assert_eq!(filled(text, &place).as_deref(), Ok(expected));
        assert!(filled("{base}", &place).is_err());
    }
}
