//! What clients of many makers do otherwise: OneLogin, JumpCloud, self-written scripts.

use super::Provider;
use super::habit::{Habit, Rewrite, Site, Within};
use crate::Document;
use crate::patch::PATCH_SCHEMA;
use crate::quote::quoted;
use crate::resource::elements::VALUE;
use crate::schema::Type;
use crate::schema::definition::ResourceDefinition;
use serde_json::{Value, json};

/// `{"Operations":[…]}` → `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[…]}`
pub(super) const PATCH_WITHOUT_SCHEMA: Habit = Habit {
    name: "patch-without-schema",
    seen: Provider::Generic,
    meaning: "The body of a PATCH does not name the PatchOp schema.",
    rewrite: Rewrite::Patch(patch_without_schema),
};

fn patch_without_schema(_: &ResourceDefinition, body: &mut Document) -> Vec<String> {
    let key = body.keys().find(|key| key.eq_ignore_ascii_case("schemas")).cloned();
    let is_patch = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_SCHEMA));
    let sent = key.as_ref().and_then(|key| body.get(key)).and_then(Value::as_array);
    if sent.is_some_and(|urns| urns.iter().any(is_patch)) {
        return Vec::new();
    }
    body.insert(key.unwrap_or_else(|| "schemas".to_owned()), json!([PATCH_SCHEMA]));
    vec!["the PatchOp schema was added to schemas".to_owned()]
}

/// `{"Operations":{"op":"add",…}}` → `{"Operations":[{"op":"add",…}]}`
pub(super) const SINGLE_OPERATION: Habit = Habit {
    name: "single-operation",
    seen: Provider::Generic,
    meaning: "Operations is one operation instead of a list.",
    rewrite: Rewrite::Patch(|_, body| {
        let member = body.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("operations"));
        match member {
            Some((_, value)) if value.is_object() => {
                *value = Value::Array(vec![value.take()]);
                vec!["Operations was read as a list of one".to_owned()]
            }
            _ => Vec::new(),
        }
    }),
};

/// The operations of a PATCH.
pub(super) fn operations(body: &mut Document) -> Option<&mut Vec<Value>> {
    let member = body.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("operations"));
    member.and_then(|(_, value)| value.as_array_mut())
}

/// `{"op":"replace","path":"","value":{…}}` → `{"op":"replace","value":{…}}`
pub(super) const EMPTY_PATH: Habit = Habit {
    name: "empty-path",
    seen: Provider::Generic,
    meaning: "An operation on the resource itself has an empty path instead of none; spaces around a path go too.",
    rewrite: Rewrite::Operation(empty_path),
};

fn empty_path(_: &ResourceDefinition, operation: &mut Document) -> Vec<String> {
    let Some(key) = operation.keys().find(|key| key.eq_ignore_ascii_case("path")).cloned() else {
        return Vec::new();
    };
    match operation.get_mut(&key) {
        Some(Value::String(path)) if path.trim().is_empty() => {
            operation.shift_remove(&key);
            vec!["an empty path was read as none".to_owned()]
        }
        Some(Value::String(path)) if path.trim() != path => {
            let note = format!("spaces around the path {} were left out", quoted(path));
            *path = path.trim().to_owned();
            vec![note]
        }
        _ => Vec::new(),
    }
}

/// `{"title":" "}` → `{"title":null}`; `{"op":"replace","path":"title","value":""}` → `{…,"value":null}`
///
/// OneLogin fills a template; a macro without a value leaves `""` or `" "` (docs/identity-providers.md L-3).
pub(super) const BLANK_TEXT: Habit = Habit {
    name: "blank-text",
    seen: Provider::Generic,
    meaning: "Empty text, or spaces alone, says that there is no value.",
    rewrite: Rewrite::Value(|site, value| match value {
        Value::String(text) if text.trim().is_empty() => {
            *value = Value::Null;
            Some(format!("{site}: blank text was read as no value"))
        }
        _ => None,
    }),
};

/// `{"emails":{"value":"a@b"}}` → `{"emails":[{"value":"a@b"}]}`; `{"schemas":"urn:…"}` → `{"schemas":["urn:…"]}`
pub(super) const SINGLE_FOR_LIST: Habit = Habit {
    name: "single-value-for-list",
    seen: Provider::Generic,
    meaning: "The value of a multi-valued attribute comes alone instead of in a list.",
    rewrite: Rewrite::Value(single_for_list),
};

fn single_for_list(site: &Site<'_>, value: &mut Value) -> Option<String> {
    // RFC 7644 §3.5.2.1: in a PATCH a single value is no habit, unless it is text for a value with parts.
    let is_usual =
        site.within == Within::Patch && !(value.is_string() && site.attribute.kind == Type::Complex);
    let is_value = match (&*value, site.attribute.kind) {
        (Value::Null | Value::Array(_), _) => false,
        (value, Type::Complex) => value.is_object() || value.is_string(),
        _ => true,
    };
    if !site.is_list || is_usual || !is_value {
        return None;
    }
    *value = Value::Array(vec![value.take()]);
    Some(format!("{site}: a single value was read as a list of one"))
}

/// `{"employeeNumber":701984}` → `{"employeeNumber":"701984"}`
pub(super) const NUMBER_FOR_TEXT: Habit = Habit {
    name: "number-for-text",
    seen: Provider::Generic,
    meaning: "A number is sent where the schema has text.",
    rewrite: Rewrite::Value(|site, value| match value {
        Value::Number(number) if site.attribute.kind == Type::String && !site.is_list => {
            let text = number.to_string();
            *value = Value::String(text);
            Some(format!("{site}: a number was read as text"))
        }
        _ => None,
    }),
};

/// `{"members":[{"$ref":"https://…/Users/0197…"}]}` → `{"members":[{"$ref":"https://…/Users/0197…","value":"0197…"}]}`
pub(super) const REFERENCE_ALONE: Habit = Habit {
    name: "reference-alone",
    seen: Provider::Generic,
    meaning: "A member or manager is named by $ref alone; the id is taken from its end.",
    rewrite: Rewrite::Value(reference_alone),
};

fn reference_alone(site: &Site<'_>, value: &mut Value) -> Option<String> {
    if site.is_list || site.attribute.sub(VALUE).is_none() || site.attribute.sub("$ref").is_none() {
        return None;
    }
    let members = value.as_object_mut()?;
    if members.keys().any(|key| key.eq_ignore_ascii_case(VALUE)) {
        return None;
    }
    let reference = members.iter().find(|(key, _)| key.eq_ignore_ascii_case("$ref"))?.1.as_str()?;
    let id = reference.trim_end_matches('/').rsplit('/').next().filter(|id| !id.is_empty())?.to_owned();
    members.insert(VALUE.to_owned(), Value::from(id));
    Some(format!("{site}: the value was taken from the end of $ref"))
}
