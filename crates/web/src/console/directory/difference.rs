//! What an event changed, a line for each thing that is other than before.

use serde_json::Value;
use std::collections::BTreeMap;

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What it is called, such as `name.familyName`.
    pub name: String,
    /// As it was; empty if it was not.
    pub before: String,
    /// As it is; empty if it is not.
    pub after: String,
}

/// What changed, each value cut to so many characters.
pub fn difference(before: Option<&Value>, after: Option<&Value>, length: usize) -> Vec<Changed> {
    let mut rows: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut order = Vec::new();
    for (side, value) in [(0, before), (1, after)] {
        let mut leaves = Vec::new();
        flatten(String::new(), value.unwrap_or(&Value::Null), &mut leaves);
        for (name, text) in leaves {
            let row = rows.entry(name.clone()).or_insert_with(|| {
                order.push(name);
                Default::default()
            });
            *(if side == 0 { &mut row.0 } else { &mut row.1 }) = text;
        }
    }
    let mut changed = Vec::new();
    for name in order {
        let (before, after) = rows.get(&name).cloned().unwrap_or_default();
        // Whoever reads a name needs no id beside it.
        let named = name.strip_suffix(".id").and_then(|whole| rows.get(&format!("{whole}.name")));
        if before != after && named.is_none_or(|(before, after)| before == after) {
            changed.push(Changed { before: cut(&before, length), after: cut(&after, length), name });
        }
    }
    changed
}

fn flatten(name: String, value: &Value, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                flatten(name, value, leaves);
            }
        }
        Value::String(text) => leaves.push((name, text.clone())),
        other => leaves.push((name, other.to_string())),
    }
}

/// Text of no more than so many characters.
pub fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Changed, difference};
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told_and_nested_things_by_their_path() {
        let before = json!({ "status": "active", "name": { "familyName": "Müller" }, "same": [1] });
        let after =
            json!({ "status": "deactivated", "name": { "familyName": "Meier" }, "same": [1], "new": true });
        let row = |name: &str, before: &str, after: &str| Changed {
            name: name.into(),
            before: before.into(),
            after: after.into(),
        };
        assert_eq!(
            difference(Some(&before), Some(&after), 4),
            [
                row("status", "acti…", "deac…"),
                row("name.familyName", "Müll…", "Meie…"),
                row("new", "", "true")
            ]
        );
        assert_eq!(difference(None, None, 4), []);
        let role = json!({ "role": { "id": "1", "name": "Member" } });
        assert_eq!(difference(None, Some(&role), 9), [row("role.name", "", "Member")]);
        let namesake = json!({ "role": { "id": "2", "name": "Member" } });
        assert_eq!(difference(Some(&role), Some(&namesake), 9), [row("role.id", "1", "2")]);
    }
}
