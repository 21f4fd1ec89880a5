//! Habits in the names of attributes.

use crate::Document;
use crate::dialect::Provider;
use crate::dialect::habit::{Habit, Rewrite, Within};
use crate::path::{Named, PathError};
use crate::quote::quoted;
use crate::schema::definition::{AttributeRef, ResourceDefinition};
use serde_json::{Value, json};

/// `{"userName":"a","department":"Sales"}` → `{"userName":"a","urn:…:enterprise:2.0:User":{"department":"Sales"}}`
///
/// Entra documents `manager` so, Microsoft's collection `Department`.
pub(in crate::dialect) const KEY_WITHOUT_URN: Habit = Habit {
    name: "key-without-urn",
    seen: Provider::Entra,
    meaning: "An attribute of an extension stands beside those of the core schema.",
    rewrite: Rewrite::Attributes(key_without_urn),
};

fn key_without_urn(definition: &ResourceDefinition, attributes: &mut Document, _: Within) -> Vec<String> {
    move_keys(attributes, |key| {
        let name = key.split('.').next().unwrap_or_default();
        extension_of(definition, name).map(|urn| format!("{urn}:{key}"))
    })
}

/// The URN of the one extension that has an attribute of this name, if the core schema has none.
pub(super) fn extension_of<'d>(definition: &'d ResourceDefinition, name: &str) -> Option<&'d str> {
    if definition.common.attribute(name).or_else(|| definition.base.attribute(name)).is_some()
        || definition.is_off(name)
    {
        return None;
    }
    let mut having =
        definition.extensions.iter().filter(|extension| extension.schema.attribute(name).is_some());
    match (having.next(), having.next()) {
        (Some(extension), None) => Some(&extension.schema.id),
        _ => None,
    }
}

/// `manager eq "0197…"` → `urn:…:enterprise:2.0:User:manager eq "0197…"`; `urn:…:2.0User:division eq "a"` likewise
///
/// What a name in a filter means; `None` if it is no habit. Entra used to ask so who is somebody's manager
/// (docs/identity-providers.md E-19).
pub(crate) fn filter_name(definition: &ResourceDefinition, name: &str) -> Option<String> {
    let first = name.split('.').next().unwrap_or_default();
    let bare = extension_of(definition, first).map(|urn| format!("{urn}:{name}"));
    bare.or_else(|| well_formed(definition, name))
}

/// Gives keys other names, in their place and order. A name that is taken stays taken.
fn move_keys(attributes: &mut Document, rename: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut notes = Vec::new();
    if !attributes.keys().any(|key| rename(key).is_some()) {
        return notes;
    }
    let mut renamed = Document::with_capacity(attributes.len());
    for (key, value) in std::mem::take(attributes) {
        match rename(&key) {
            Some(meant) if !renamed.contains_key(&meant) => {
                notes.push(format!("{} was read as {}", quoted(&key), quoted(&meant)));
                renamed.insert(meant, value);
            }
            _ => {
                renamed.insert(key, value);
            }
        }
    }
    *attributes = renamed;
    notes
}

/// `"urn:…:enterprise:2.0User"` → `"urn:…:enterprise:2.0:User"`, as key, in `schemas` and at the start of paths
pub(in crate::dialect) const MALFORMED_URN: Habit = Habit {
    name: "malformed-urn",
    seen: Provider::Entra,
    meaning: "The URN of a schema lacks its last colon, as in Microsoft's older documentation.",
    rewrite: Rewrite::Attributes(malformed_urn),
};

fn malformed_urn(definition: &ResourceDefinition, attributes: &mut Document, _: Within) -> Vec<String> {
    let mut notes = move_keys(attributes, |key| well_formed(definition, key));
    let schemas = attributes.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("schemas"));
    for urn in schemas.and_then(|(_, schemas)| schemas.as_array_mut()).into_iter().flatten() {
        if let Some(meant) = urn.as_str().and_then(|urn| well_formed(definition, urn)) {
            notes.push(format!(
                "{} was read as {}",
                quoted(urn.as_str().unwrap_or_default()),
                quoted(&meant)
            ));
            *urn = Value::from(meant);
        }
    }
    notes
}

/// The text with the URN at its start mended; `None` if it is not malformed.
pub(super) fn well_formed(definition: &ResourceDefinition, text: &str) -> Option<String> {
    let urns =
        definition.extensions.iter().map(|extension| &extension.schema.id).chain([&definition.base.id]);
    urns.into_iter().find_map(|urn| {
        let (start, end) = urn.rsplit_once(':')?;
        let malformed = format!("{start}{end}");
        let rest = text.get(malformed.len()..)?;
        let head = text.get(..malformed.len())?;
        let ends = rest.is_empty() || rest.starts_with([':', '.']);
        (ends && head.eq_ignore_ascii_case(&malformed)).then(|| format!("{urn}{rest}"))
    })
}

/// `{"name.givenName":"Zoë","urn:…:enterprise:2.0:User:department":"X"}` →
/// `{"name":{"givenName":"Zoë"},"urn:…:enterprise:2.0:User":{"department":"X"}}`
///
/// With `aadOptscim062020` Entra merges all operations into one without path, and flattens their paths into keys.
pub(in crate::dialect) const FLATTENED_KEYS: Habit = Habit {
    name: "flattened-keys",
    seen: Provider::Entra,
    meaning: "Keys are paths, with dots and URNs; they are read as what they point to.",
    rewrite: Rewrite::Attributes(flattened_keys),
};

fn flattened_keys(definition: &ResourceDefinition, attributes: &mut Document, _: Within) -> Vec<String> {
    let is_path = |key: &str| key.contains(['.', ':']) && definition.extension(key).is_none();
    if !attributes.keys().any(|key| is_path(key)) {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let mut nested = Document::with_capacity(attributes.len());
    for (key, value) in std::mem::take(attributes) {
        let named =
            if is_path(&key) { definition.resolve(&key) } else { Err(PathError::Syntax(String::new())) };
        let is_done = match named {
            // The core schema's own URN as a container.
            Ok(Named::Base) => match value {
                Value::Object(members) => {
                    nested.extend(members);
                    Ok(())
                }
                other => Err(other),
            },
            Ok(Named::Attribute(reference)) => nest(&mut nested, &reference, value),
            _ => Err(value),
        };
        match is_done {
            Ok(()) => notes.push(format!("the key {} was read as a path", quoted(&key))),
            Err(value) => keep(&mut nested, key, value),
        }
    }
    *attributes = nested;
    notes
}

/// Puts a value back under its key; what paths have put there before stays, except where both say something.
fn keep(attributes: &mut Document, key: String, value: Value) {
    match (attributes.get_mut(&key), value) {
        (Some(Value::Object(before)), Value::Object(members)) => before.extend(members),
        (_, value) => {
            attributes.insert(key, value);
        }
    }
}

/// Puts a value where a path points to; gives it back if something else is in the way.
fn nest(attributes: &mut Document, reference: &AttributeRef, value: Value) -> Result<(), Value> {
    let name = &reference.attribute.name;
    let holder = match &reference.extension {
        None => Some(attributes),
        Some(urn) => slot(attributes, urn),
    };
    let (holder, name) = match (&reference.sub, holder) {
        (None, Some(holder)) => (holder, name),
        // Which of several elements is meant, nobody can say here.
        (Some(_), _) if reference.attribute.multi_valued => return Err(value),
        (Some(sub), Some(holder)) => match slot(holder, name) {
            Some(members) => (members, &sub.name),
            None => return Err(value),
        },
        (_, None) => return Err(value),
    };
    // `{"Name.GivenName":…}` beside `{"name":{"givenname":…}}`: the later one holds.
    holder.retain(|key, _| !key.eq_ignore_ascii_case(name));
    holder.insert(name.clone(), value);
    Ok(())
}

/// The object under a name in any letter case, made if there is none.
fn slot<'d>(holder: &'d mut Document, name: &str) -> Option<&'d mut Document> {
    let key = holder.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    let value = holder.entry(key.unwrap_or_else(|| name.to_owned())).or_insert(Value::Null);
    if value.is_null() {
        *value = json!({});
    }
    value.as_object_mut()
}
