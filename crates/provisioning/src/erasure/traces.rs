//! What names a person: the ids of the resources, which tell what was about the person, and the names, addresses and
//! other values, which are to go.
//!
//! A value that names somebody by itself (a username, an address) is looked for everywhere; one that many may have (a
//! department, a given name) only in what is about the person.

use crate::Error;
use crate::policy::attributes::Profile;
use percent_encoding::percent_decode_str;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::users::User;
use store::{Scope, StoreError, TenantId, Tx, events, mirror_users};

/// Attributes whose value names somebody by itself, wherever in a document they stand.
const NAMING: &[&str] = &[
    "userName",
    "externalId",
    "displayName",
    "nickName",
    "formatted",
    "email",
    "emails",
    "phoneNumbers",
    "ims",
    "photos",
    "profileUrl",
    "streetAddress",
    "employeeNumber",
    "x509Certificates",
];
/// Values shorter than this are no names: they stand in too many words.
const SHORTEST: usize = 3;
/// Comes after every id: ids are hexadecimal digits.
pub(super) const AFTER_ALL: &str = "~";
/// What stands where a name stood.
pub(super) const ERASED: &str = "(erased)";

/// As the job keeps it until it is done.
#[derive(Serialize, Deserialize)]
struct Kept {
    user: String,
    resources: BTreeSet<String>,
    naming: BTreeSet<String>,
    shared: BTreeSet<String>,
}

/// What names a person.
pub(super) struct Traces {
    kept: Kept,
    naming: Option<Regex>,
    any: Option<Regex>,
}

/// Gathers what names a user: from the directory, the mirror, and the events about the user.
pub(super) fn gather(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<Traces, Error> {
    let mut kept = Kept {
        user: user.id.clone(),
        resources: BTreeSet::new(),
        naming: BTreeSet::new(),
        shared: BTreeSet::new(),
    };
    kept.take(&Profile::of_user(user).told(), false);
    kept.naming.insert(Profile::of_user(user).called());
    for (connection, id) in mirror_users::of_user(tx, Scope { tenant, connection: 0 }, &user.id)? {
        if let Some(resource) = mirror_users::by_id(tx, Scope { tenant, connection }, &id)? {
            kept.take_document(&resource.document.into());
        }
        kept.resources.insert(id);
    }
    for event in events::of_subject(tx, tenant, &user.id)? {
        // Memberships tell of organizations and roles, which are nobody's names.
        if event.kind.starts_with("membership.") {
            continue;
        }
        for told in [event.before, event.after].into_iter().flatten() {
            if let Some(id) = told.get("scimId").and_then(Value::as_str) {
                kept.resources.insert(id.to_owned());
            }
            kept.take_document(told.get("attributes").unwrap_or(&told));
        }
    }
    Traces::of(kept)
}

impl Kept {
    fn take_document(&mut self, document: &Value) {
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
        if let (Some(given), Some(family)) = (text("/name/givenName"), text("/name/familyName")) {
            self.naming.insert(format!("{given} {family}"));
        }
        self.take(document, false);
    }

    fn take(&mut self, value: &Value, is_naming: bool) {
        match value {
            Value::String(text) if text.chars().count() >= SHORTEST => {
                let set = if is_naming { &mut self.naming } else { &mut self.shared };
                set.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.take(item, is_naming)),
            Value::Object(members) => {
                for (name, value) in members {
                    // What kind of address it is, and the ids of other things, tell nothing of the person.
                    if !matches!(name.as_str(), "type" | "schemas" | "scimId" | "status" | "source") {
                        self.take(value, is_naming || NAMING.contains(&name.as_str()));
                    }
                }
            }
            _ => {}
        }
    }
}

impl Traces {
    fn of(mut kept: Kept) -> Result<Self, Error> {
        kept.naming.retain(|name| name.chars().count() >= SHORTEST && *name != kept.user);
        let naming = pattern(kept.naming.iter())?;
        let any = pattern(kept.naming.iter().chain(&kept.shared))?;
        Ok(Self { kept, naming, any })
    }

    /// What a job is about.
    pub(super) fn read(detail: &Value) -> Result<Self, Error> {
        let unreadable = |error: serde_json::Error| StoreError::Unreadable(format!("an erasure: {error}"));
        Self::of(serde_json::from_value(detail.clone()).map_err(unreadable)?)
    }

    /// As a job keeps it.
    pub(super) fn kept(&self) -> Value {
        json!(self.kept)
    }

    /// The user's id.
    pub(super) fn user(&self) -> &str {
        &self.kept.user
    }

    /// Whether text names the person, or the ids of the person.
    pub(super) fn names(&self, text: &str) -> bool {
        let mut ids = self.kept.resources.iter().chain([&self.kept.user]);
        ids.any(|id| text.contains(id.as_str()))
            || self.naming.as_ref().is_some_and(|naming| first(naming, text).is_some())
    }

    /// The same of a query or path, as it stands in an address.
    pub(super) fn names_encoded(&self, text: &str) -> bool {
        self.names(text) || self.names(&percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy())
    }

    /// The same of a body: of its values if it is JSON, else of its text.
    pub(super) fn names_body(&self, body: &str) -> bool {
        self.names(body)
            || match serde_json::from_str::<Value>(body) {
                Ok(value) => self.names_value(&value),
                // Cut at a limit: escapes stand as they were sent.
                Err(_) => self.names(&unescaped(body)),
            }
    }

    /// Whether any text of a value names the person.
    pub(super) fn names_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.names(text),
            Value::Array(items) => items.iter().any(|item| self.names_value(item)),
            Value::Object(members) => {
                members.iter().any(|(name, value)| self.names(name) || self.names_value(value))
            }
            _ => false,
        }
    }

    /// Whether text has any value of the person, be it one that others have too.
    pub(super) fn is_told(&self, text: &str) -> bool {
        self.names(text) || self.any.as_ref().is_some_and(|any| first(any, text).is_some())
    }

    /// Text in which no name of the person stands any more.
    pub(super) fn blotted(&self, text: &str) -> String {
        let Some(naming) = &self.naming else { return text.to_owned() };
        let mut blotted = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, end)) = first(naming, rest) {
            blotted.push_str(&rest[..start]);
            blotted.push_str(ERASED);
            rest = &rest[end..];
        }
        blotted.push_str(rest);
        blotted
    }

    /// A value in which no name of the person stands any more.
    pub(super) fn blot(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.blotted(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.blot(item)),
            Value::Object(members) => members.values_mut().for_each(|value| self.blot(value)),
            _ => {}
        }
    }
}

/// Any of these, whatever the letter case; the longest first, so that a part of one does not hide it.
fn pattern<'n>(names: impl Iterator<Item = &'n String>) -> Result<Option<Regex>, Error> {
    let mut names: Vec<&String> = names.collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    if names.is_empty() {
        return Ok(None);
    }
    let escaped: Vec<String> = names.into_iter().map(|name| regex::escape(name)).collect();
    let made = RegexBuilder::new(&escaped.join("|")).case_insensitive(true).size_limit(64 << 20).build();
    made.map(Some)
        .map_err(|error| Error::invalid(format!("What names the person cannot be looked for: {error}.")))
}

/// Where a name stands for itself, and not as a part of another word or address.
fn first(pattern: &Regex, text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = pattern.find_at(text, from) {
        let joined = |near: Option<char>, beyond: Option<char>| match near {
            Some(near) if near.is_alphanumeric() => true,
            Some('.' | '-' | '_' | '+' | '@') => beyond.is_some_and(char::is_alphanumeric),
            _ => false,
        };
        let (mut before, mut after) = (text[..found.start()].chars().rev(), text[found.end()..].chars());
        if !joined(before.next(), before.next()) && !joined(after.next(), after.next()) {
            return Some((found.start(), found.end()));
        }
        let step = text[found.start()..].chars().next().map_or(1, char::len_utf8);
        from = found.start() + step;
    }
    None
}

/// JSON text with its escapes read, as far as they can be.
fn unescaped(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        read.push_str(&rest[..place]);
        let escape = &rest[place + 1..];
        let digits = escape.strip_prefix('u').and_then(|digits| digits.get(..4));
        let letter = digits.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        rest = match (letter, escape.chars().next()) {
            (Some(letter), _) => {
                read.push(letter);
                &escape[5..]
            }
            (None, Some(letter)) => {
                read.push(if matches!(letter, 'n' | 't' | 'r') { ' ' } else { letter });
                &escape[letter.len_utf8()..]
            }
            (None, None) => escape,
        };
    }
    read.push_str(rest);
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traces(naming: &[&str]) -> Traces {
        let kept = Kept {
            user: "u1".into(),
            resources: BTreeSet::from(["r1-r1".to_owned()]),
            naming: naming.iter().map(|&name| name.to_owned()).collect(),
            shared: BTreeSet::new(),
        };
        Traces::of(kept).expect("a pattern")
    }

    #[test]
    fn a_name_is_found_for_itself_and_not_within_another() {
        let traces = traces(&["ana@acme.example", "Ana Müller"]);
        for told in ["ANA@ACME.EXAMPLE", "\"ana@acme.example\".", "ana MÜLLER was here", "<ana@acme.example>"]
        {
            assert!(traces.names(told), "{told}");
        }
        for other in
            ["joana@acme.example", "x.ana@acme.example", "ana@acme.example.org", "Ana Müller-Schmidt"]
        {
            assert!(!traces.names(other), "{other}");
        }
        assert_eq!(
            traces.blotted("Joana Müller met Ana Müller, Ana Müller"),
            "Joana Müller met (erased), (erased)"
        );
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let traces = traces(&["ana@acme.example", "Ana Müller"]);
        assert!(traces.names_encoded("filter=userName%20eq%20%22ana%40acme.example%22"));
        assert!(traces.names_encoded("filter=displayName+eq+%22Ana+M%C3%BCller%22"));
        assert!(traces.names_body(r#"{"displayName":"Ana M\u00fcller"}"#));
        assert!(traces.names_body(r#"{"displayName":"Ana M\u00FCller", "emai… [20000 bytes in all]"#));
        assert!(traces.names_body(r#"{"id":"r1-r1"}"#));
        assert!(!traces.names_body(r#"{"displayName":"Ana Huber"}"#));
    }
}
