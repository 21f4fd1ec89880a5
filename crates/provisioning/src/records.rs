//! Records: what a request asked and what was answered, without its secrets and up to a limit; what was remarked on
//! many of them, counted.

use regex::bytes::Regex;
use scim::note::{Note, NoteKind};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use store::{Scope, StoreError, Tx, requests};

/// How much of a body a record keeps, in bytes.
pub const BODY_LIMIT: usize = 16 * 1024;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

/// Names of members whose values are never kept, whatever the provider sends them in.
const SECRETS: &[&str] = &["password", "secret", "token", "clientsecret", "access_token", "authorization"];

/// What stands in every JSON text that has something to hide: one of [`SECRETS`], or an escape behind which one may be.
static SUSPICIOUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?i-u){}|\\u", SECRETS.join("|"))).ok());

/// A remark, and on how many requests it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its name, such as `string-boolean`.
    pub name: String,
    /// Whether something was corrected or passed over.
    pub kind: NoteKind,
    /// On how many requests.
    pub requests: u64,
    /// When last, in microseconds since 1970 UTC.
    pub last_at: i64,
    /// What was said then.
    pub example: String,
}

/// What was remarked on the newest requests of a connection, most frequent first, with how many were looked at.
///
/// # Errors
/// The archive cannot be read.
pub fn remarks(tx: &mut Tx<'_>, scope: Scope, limit: i64) -> Result<(i64, Vec<Remark>), StoreError> {
    let mut found: BTreeMap<String, Remark> = BTreeMap::new();
    let looked_at = requests::remarks(tx, scope, limit, |at, notes| {
        // What another release wrote and this one cannot read is left out.
        let mut notes: Vec<Note> = serde_json::from_value(notes).unwrap_or_default();
        notes.sort_by(|one, other| one.habit.cmp(&other.habit));
        notes.dedup_by(|one, other| one.habit == other.habit);
        for note in notes {
            let name = note.habit.into_owned();
            let remark = found.entry(name.clone()).or_insert_with(|| Remark {
                name,
                kind: note.kind,
                requests: 0,
                last_at: at,
                example: note.text,
            });
            remark.requests += 1;
        }
    })?;
    let mut remarks: Vec<Remark> = found.into_values().collect();
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.requests));
    Ok((looked_at, remarks))
}

/// A body as a record keeps it: secrets replaced, cut at the limit. What is no JSON is not kept at all, since
/// nobody can say what is secret in it.
pub fn redacted(body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let no_json = || Some(format!("[{} bytes that are not JSON]", body.len()));
    if let (false, Ok(text)) = (is_suspicious(body), std::str::from_utf8(body)) {
        return match serde_json::from_str::<IgnoredAny>(text) {
            Ok(IgnoredAny) => Some(cut(text.to_owned())),
            Err(_) => no_json(),
        };
    }
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else { return no_json() };
    let text = match redact(&mut json) {
        // Nothing was hidden: the body as it came.
        0 => std::str::from_utf8(body).map_or_else(|_| json.to_string(), str::to_owned),
        _ => json.to_string(),
    };
    Some(cut(text))
}

/// An answer of ours as a record keeps it: it is JSON, and seldom holds a secret.
pub fn redacted_answer(body: &[u8]) -> Option<String> {
    match std::str::from_utf8(body) {
        Ok(text) if !text.is_empty() && !is_suspicious(body) => Some(cut(text.to_owned())),
        _ => redacted(body),
    }
}

/// Whether a body may hold a secret: most hold none, and need not be looked through member by member.
fn is_suspicious(body: &[u8]) -> bool {
    SUSPICIOUS.as_ref().is_none_or(|suspicious| suspicious.is_match(body))
}

/// Cuts text at the limit of a record, between characters.
pub fn cut(mut text: String) -> String {
    if text.len() > BODY_LIMIT {
        let whole = format!("… [{} bytes in all]", text.len());
        truncate(&mut text);
        text.push_str(&whole);
    }
    text
}

/// The beginning of a text as a record keeps it, where the rest was not made.
pub fn beginning(mut text: String) -> String {
    let more = format!("… [more than {} bytes in all]", text.len());
    truncate(&mut text);
    text.push_str(&more);
    text
}

fn truncate(text: &mut String) {
    let end = (0..=BODY_LIMIT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
}

/// Whether a member or parameter of that name holds a secret.
pub fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

/// Replaces secrets in place; returns how many. A PATCH operation may carry one under a path that names it.
fn redact(value: &mut Value) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(redact).sum(),
        Value::Object(members) => {
            let has_secret_path = members.iter().any(|(name, path)| {
                name.eq_ignore_ascii_case("path") && path.as_str().is_some_and(names_secret)
            });
            members
                .iter_mut()
                .map(|(name, value)| {
                    // A condition may compare a secret: in a filter, or within the brackets of a path.
                    let condition = name.eq_ignore_ascii_case("filter") || name.eq_ignore_ascii_case("path");
                    let compares = condition && value.as_str().is_some_and(speaks_of_secret);
                    let hidden = names_secret(name) || compares;
                    if hidden || (has_secret_path && name.eq_ignore_ascii_case("value")) {
                        *value = Value::from(REDACTED);
                        return 1;
                    }
                    redact(value)
                })
                .sum()
        }
        _ => 0,
    }
}

/// `urn:…:User:password`, `password.value` and `password` alike.
fn names_secret(path: &str) -> bool {
    path.split([':', '.', '[']).any(|name| is_secret(name.trim()))
}

/// Whether a filter, or a path with one, speaks of a secret: then a value of it may stand there.
pub fn speaks_of_secret(text: &str) -> bool {
    let words = text.split(|character: char| !character.is_alphanumeric());
    text.contains([' ', '+', '"']) && words.into_iter().any(|word| word.eq_ignore_ascii_case("password"))
}
