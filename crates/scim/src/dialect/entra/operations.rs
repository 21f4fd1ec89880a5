//! Habits in the body of a PATCH and in its operations.

use super::keys::{extension_of, well_formed};
use crate::Document;
use crate::dialect::Provider;
use crate::dialect::generic::operations;
use crate::dialect::habit::{Habit, Rewrite};
use crate::path::Named;
use crate::quote::quoted;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use serde_json::{Value, json};

/// `{"schemas":[…],"id":"0197…","Operations":[…]}` → `{"schemas":[…],"Operations":[…]}`
pub(in crate::dialect) const EXTRA_PATCH_MEMBER: Habit = Habit {
    name: "extra-patch-member",
    seen: Provider::Entra,
    meaning: "The body of a PATCH carries more than schemas and Operations, such as id; it is left out.",
    rewrite: Rewrite::Patch(|_, body| keep_only(body, &["schemas", "operations"])),
};

/// `{"op":"Replace","name":"userName","path":"userName",…}` → `{"op":"Replace","path":"userName",…}`
pub(in crate::dialect) const EXTRA_OPERATION_MEMBER: Habit = Habit {
    name: "extra-operation-member",
    seen: Provider::Entra,
    meaning: "An operation carries more than op, path and value, such as name; it is left out.",
    rewrite: Rewrite::Operation(|_, operation| keep_only(operation, &["op", "path", "value"])),
};

fn keep_only(members: &mut Document, known: &[&str]) -> Vec<String> {
    let mut notes = Vec::new();
    members.retain(|name, _| {
        let keep = known.iter().any(|known| known.eq_ignore_ascii_case(name));
        notes.extend((!keep).then(|| format!("{} has no place there and was left out", quoted(name))));
        keep
    });
    notes
}

/// `{"op":"Replace",…}` → `{"op":"replace",…}`
pub(in crate::dialect) const OP_LETTER_CASE: Habit = Habit {
    name: "op-letter-case",
    seen: Provider::Entra,
    meaning: "op is written in capitals, as in Add; it is read in small letters.",
    rewrite: Rewrite::Operation(op_letter_case),
};

fn op_letter_case(_: &ResourceDefinition, operation: &mut Document) -> Vec<String> {
    let op = operation.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("op")).map(|(_, op)| op);
    match op {
        Some(Value::String(op)) if op.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            let note = format!("op {} was read in small letters", quoted(op));
            op.make_ascii_lowercase();
            vec![note]
        }
        _ => Vec::new(),
    }
}

/// `{"op":"Remove","path":"emails[type eq \"work\"].value","value":"a@b"}` → the same without `value`
///
/// Not where the value names elements of a list: `{"op":"Remove","path":"members","value":[{"value":"0197…"}]}` means
/// these members, and the core knows.
pub(in crate::dialect) const REMOVE_WITH_VALUE: Habit = Habit {
    name: "remove-with-value",
    seen: Provider::Entra,
    meaning: "The removal of a single value repeats the value; it is left out.",
    rewrite: Rewrite::Operation(remove_with_value),
};

fn remove_with_value(definition: &ResourceDefinition, operation: &mut Document) -> Vec<String> {
    let is_remove = text_of(operation, "op").is_some_and(|op| op.eq_ignore_ascii_case("remove"));
    let path = text_of(operation, "path").unwrap_or_default();
    let lists = match definition.resolve(path) {
        Ok(Named::Attribute(AttributeRef { attribute, sub: None, .. })) => attribute.multi_valued,
        Ok(_) => false,
        // Without `[` it is no path at all, and the core says so.
        Err(_) => !path.contains('['),
    };
    let note = format!("the value of the removal of {} was left out", quoted(path));
    if !is_remove || lists {
        return Vec::new();
    }
    let before = operation.len();
    operation.retain(|name, _| !name.eq_ignore_ascii_case("value"));
    if operation.len() < before { vec![note] } else { Vec::new() }
}

fn text_of<'o>(operation: &'o Document, name: &str) -> Option<&'o str> {
    operation.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
}

/// `"path":"urn:…:enterprise:2.0:User.manager"` → `"path":"urn:…:enterprise:2.0:User:manager"`
pub(in crate::dialect) const URN_DOT_PATH: Habit = Habit {
    name: "urn-dot-path",
    seen: Provider::Entra,
    meaning: "A path has a dot instead of a colon behind the URN of the extension.",
    rewrite: Rewrite::Operation(|definition, operation| {
        rewrite_path(operation, |path| {
            let urns = definition.extensions.iter().map(|extension| extension.schema.id.as_str());
            urns.chain([definition.base.id.as_str()]).find_map(|urn| {
                let head = path.get(..urn.len())?;
                let rest = path[urn.len()..].strip_prefix('.')?;
                head.eq_ignore_ascii_case(urn).then(|| format!("{urn}:{rest}"))
            })
        })
    }),
};

/// `"path":"manager"` → `"path":"urn:…:enterprise:2.0:User:manager"`
pub(in crate::dialect) const PATH_WITHOUT_URN: Habit = Habit {
    name: "path-without-urn",
    seen: Provider::Entra,
    meaning: "A path names an attribute of an extension without its URN.",
    rewrite: Rewrite::Operation(|definition, operation| {
        rewrite_path(operation, |path| {
            let name = path.split(['.', '[']).next().unwrap_or_default();
            extension_of(definition, name).map(|urn| format!("{urn}:{path}"))
        })
    }),
};

fn rewrite_path(operation: &mut Document, rewrite: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let path = operation.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("path")).map(|(_, path)| path);
    let Some(Value::String(path)) = path else { return Vec::new() };
    match rewrite(path) {
        Some(meant) => {
            let note = format!("the path {} was read as {}", quoted(path), quoted(&meant));
            *path = meant;
            vec![note]
        }
        None => Vec::new(),
    }
}

/// `"path":"urn:…:enterprise:2.0User:division"` → `"path":"urn:…:enterprise:2.0:User:division"`
pub(in crate::dialect) const MALFORMED_URN_PATH: Habit = Habit {
    name: "malformed-urn-path",
    seen: Provider::Entra,
    meaning: "The URN at the start of a path lacks its last colon.",
    rewrite: Rewrite::Operation(|definition, operation| {
        rewrite_path(operation, |path| well_formed(definition, path))
    }),
};

/// `{"op":"add","value":{"title":"A","emails[type eq \"work\"].value":"a@b"}}` →
/// `{"op":"add","value":{"title":"A"}}`, `{"op":"add","path":"emails[type eq \"work\"].value","value":"a@b"}`
pub(in crate::dialect) const VALUE_PATH_KEYS: Habit = Habit {
    name: "value-path-keys",
    seen: Provider::Entra,
    meaning: "Keys of an operation without path choose elements; each becomes an operation of its own.",
    rewrite: Rewrite::Patch(value_path_keys),
};

fn value_path_keys(definition: &ResourceDefinition, body: &mut Document) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(list) = operations(body) else { return notes };
    let before = std::mem::take(list);
    for mut operation in before {
        let mut split = Vec::new();
        if let Value::Object(members) = &mut operation
            && text_of(members, "path").unwrap_or_default().is_empty()
            && let Some(op) = text_of(members, "op").map(str::to_owned)
            && let Some((_, Value::Object(value))) =
                members.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("value"))
        {
            value.retain(|key, value| {
                let chooses = key.contains('[')
                    || matches!(definition.resolve(key), Ok(Named::Attribute(AttributeRef { attribute, sub: Some(_), .. })) if attribute.multi_valued);
                if chooses {
                    notes.push(format!("the key {} was read as the path of an operation", quoted(key)));
                    split.push(json!({ "op": op, "path": key, "value": value.take() }));
                }
                !chooses
            });
        }
        list.push(operation);
        list.append(&mut split);
    }
    notes
}
