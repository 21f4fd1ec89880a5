//! Habits in values.

use crate::dialect::Provider;
use crate::dialect::habit::{Habit, Rewrite, Site};
use crate::quote::quoted;
use crate::resource::elements::VALUE;
use crate::resource::value::is_blank;
use crate::schema::Type;
use serde_json::{Value, json};

/// `{"active":"False"}` → `{"active":false}`; `{"roles":[{"primary":"True"}]}` → `{"roles":[{"primary":true}]}`
pub(in crate::dialect) const STRING_BOOLEAN: Habit = Habit {
    name: "string-boolean",
    seen: Provider::Entra,
    meaning: "A boolean is sent as text, such as \"False\".",
    rewrite: Rewrite::Value(string_boolean),
};

fn string_boolean(site: &Site<'_>, value: &mut Value) -> Option<String> {
    let (Type::Boolean, Value::String(text)) = (site.attribute.kind, &*value) else { return None };
    let names = [("true", true), ("false", false)];
    let (_, meant) = names.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()))?;
    let note = format!("{site}: {} was read as {meant}", quoted(text));
    *value = Value::Bool(meant);
    Some(note)
}

/// `{"path":"urn:…:User:manager","value":[{"value":"0197…"}]}` → `{…,"value":{"value":"0197…"}}`
pub(in crate::dialect) const LIST_FOR_SINGLE: Habit = Habit {
    name: "list-for-single-value",
    seen: Provider::Entra,
    meaning: "The value of a single-valued attribute comes as a list of one.",
    rewrite: Rewrite::Value(list_for_single),
};

fn list_for_single(site: &Site<'_>, value: &mut Value) -> Option<String> {
    match value {
        Value::Array(items) if !site.is_list && items.len() == 1 => {
            *value = items.remove(0);
            Some(format!("{site}: a list of one was read as its value"))
        }
        _ => None,
    }
}

/// `{"manager":"0197…"}` → `{"manager":{"value":"0197…"}}`; `{"members":["0197…"]}` → `{"members":[{"value":"0197…"}]}`
pub(in crate::dialect) const BARE_VALUE: Habit = Habit {
    name: "bare-value",
    seen: Provider::Entra,
    meaning: "A manager or member is sent as text alone; it is read as its value.",
    rewrite: Rewrite::Value(bare_value),
};

fn bare_value(site: &Site<'_>, value: &mut Value) -> Option<String> {
    if site.is_list
        || site.attribute.kind != Type::Complex
        || site.attribute.sub(VALUE).is_none()
        || !value.is_string()
    {
        return None;
    }
    *value = json!({ VALUE: value.take() });
    Some(format!("{site}: text was read as its value"))
}

/// `{"manager":{"value":""}}` → `{"manager":null}`; `{"emails":[{"type":"work","value":""}]}` → `{"emails":[]}`
pub(in crate::dialect) const BLANK_VALUE: Habit = Habit {
    name: "blank-value",
    seen: Provider::Entra,
    meaning: "A complex value whose value is empty says that there is none.",
    rewrite: Rewrite::Value(blank_value),
};

fn blank_value(site: &Site<'_>, value: &mut Value) -> Option<String> {
    if site.is_list || site.attribute.kind != Type::Complex || site.attribute.sub(VALUE).is_none() {
        return None;
    }
    let own =
        value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(VALUE)).map(|(_, value)| value);
    if !own.is_some_and(is_blank) {
        return None;
    }
    *value = Value::Null;
    Some(format!("{site}: an empty value was read as none"))
}
