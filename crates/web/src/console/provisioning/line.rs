//! A request as a line: in plain words first, what it meant for access, then the wire.

use crate::console::show::Count;
use ::scim::note::NoteKind;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::HashMap;
use store::activity::is_failure;
use store::requests::Record;
use store::{Scope, StoreError, Tx, mirror_groups, mirror_users};

/// How many effects a line names; more are counted.
const EFFECTS: usize = 2;
/// How much of a sentence a line holds, in characters.
const LENGTH: usize = 240;

/// What a request asked: the verb in both forms, and of what.
struct Asked {
    past: &'static str,
    plain: &'static str,
    what: String,
}

/// A request, as a line.
#[derive(Clone, Debug)]
pub struct RequestLine {
    /// The request's id.
    pub id: String,
    /// Its page.
    pub path: String,
    /// When it came in.
    pub at: i64,
    /// What happened, in words.
    pub what: String,
    /// What it meant.
    pub effect: Option<String>,
    /// Method and status.
    pub wire: String,
    /// How long it took, such as `3 ms`.
    pub took: String,
    /// What was corrected or passed over, such as `2 corrections`.
    pub remarks: Option<String>,
    /// Whether it failed.
    pub failed: bool,
}

impl RequestLine {
    /// The line of a record, with the names of what its path names. `activity` is the path of the connection's activity.
    pub fn of(record: &Record, names: &Names, activity: &str) -> Self {
        let (what, effect) = words(record, names);
        Self {
            id: record.id.clone(),
            path: format!("{activity}/{}", record.id),
            at: record.at,
            what: cut(&what),
            effect: effect.map(|effect| cut(&effect)),
            wire: format!("{} {}", record.method, record.status),
            took: took(record.duration),
            remarks: remarks(record),
            failed: is_failure(record.status, &record.method),
        }
    }
}

/// How long something took: `3 ms`, `1,200 ms`; below one, `0.4 ms`.
pub fn took(micros: i64) -> String {
    if micros < 1000 { format!("0.{} ms", micros / 100) } else { format!("{} ms", Count(micros / 1000)) }
}

/// What users and groups are called, by the ids that paths name.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names of what these records' paths name, as far as it is still there.
    pub fn of(tx: &mut Tx<'_>, scope: Scope, records: &[Record]) -> Result<Self, StoreError> {
        let mut names = HashMap::new();
        for record in records {
            let Some((kind, Some(id))) = target(&record.path) else { continue };
            if names.contains_key(id) {
                continue;
            }
            let name = match kind {
                "Users" => mirror_users::by_id(tx, scope, id)?.map(|user| user.user_name().to_owned()),
                "Groups" => mirror_groups::by_id(tx, scope, id)?.map(|group| group.display_name().to_owned()),
                _ => None,
            };
            names.extend(name.map(|name| (id.to_owned(), name)));
        }
        Ok(Self(names))
    }

    fn name(&self, id: &str) -> String {
        self.0.get(id).map_or_else(|| format!("with id {id}"), |name| format!("\u{201c}{name}\u{201d}"))
    }
}

/// The endpoint and the id of a path below a connection.
pub fn target(path: &str) -> Option<(&str, Option<&str>)> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let kind = parts.next()?;
    Some((kind, parts.next().filter(|part| *part != ".search")))
}

/// The sentences of what a request changed, with their kinds.
pub fn changes(record: &Record) -> Vec<(&str, &str)> {
    let all = record.changes.as_ref().and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|change| Some((change.get("kind")?.as_str()?, change.get("summary")?.as_str()?))).collect()
}

/// Whether a change of that kind is one of what people may do.
pub fn is_of_access(kind: &str) -> bool {
    kind.starts_with("membership.") || matches!(kind, "user.deactivated" | "user.reactivated" | "more")
}

fn words(record: &Record, names: &Names) -> (String, Option<String>) {
    let asked = asked(record, names);
    if is_failure(record.status, &record.method) {
        let why = record.error.clone().unwrap_or_else(|| format!("It was answered with {}.", record.status));
        return (format!("Could not {} {}", asked.plain, asked.what), Some(why));
    }
    let changes = changes(record);
    let Some(((_, first), rest)) = changes.split_first() else {
        return (format!("{} {}", asked.past, asked.what), found(record));
    };
    let meant: Vec<&str> =
        rest.iter().filter(|(kind, _)| is_of_access(kind)).map(|(_, summary)| *summary).collect();
    let mut effect = meant.iter().take(EFFECTS).copied().collect::<Vec<_>>().join(" · ");
    if meant.len() > EFFECTS {
        effect = format!("{effect} · and {} more", meant.len() - EFFECTS);
    }
    ((*first).to_owned(), Some(effect).filter(|effect| !effect.is_empty()))
}

/// What came of a request that changed nothing.
fn found(record: &Record) -> Option<String> {
    if record.status == 404 {
        return Some("It is not there".to_owned());
    }
    if record.method != "GET" && !record.path.ends_with("/.search") {
        return Some("Nothing changed".to_owned());
    }
    let body: Value = serde_json::from_str(record.response_body.as_deref()?).ok()?;
    match body.get("totalResults")?.as_i64()? {
        0 => Some("None found".to_owned()),
        number => Some(format!("{} found", Count(number))),
    }
}

fn asked(record: &Record, names: &Names) -> Asked {
    let Some((kind, id)) = target(&record.path) else {
        return Asked { past: "Listed", plain: "list", what: "everything".to_owned() };
    };
    let noun = match kind {
        "Users" => "user",
        "Groups" => "group",
        "Bulk" => {
            return Asked {
                past: "Carried out",
                plain: "carry out",
                what: "several operations at once".into(),
            };
        }
        "Schemas" | "ResourceTypes" | "ServiceProviderConfig" => {
            return Asked { past: "Asked", plain: "ask", what: "what this service can do".to_owned() };
        }
        _ => return Asked { past: "Asked", plain: "ask", what: format!("for {}", record.path) },
    };
    let of = |past, plain, what| Asked { past, plain, what };
    let one = |id: &str| format!("{noun} {}", names.name(id));
    match (record.method.as_str(), id) {
        ("POST", None) if record.path.ends_with("/.search") => of("Searched", "search", format!("{noun}s")),
        ("POST", None) => {
            of("Created", "create", format!("{noun} {}", sent_name(record).unwrap_or_default()))
        }
        ("PUT", Some(id)) => of("Replaced", "replace", one(id)),
        ("PATCH", Some(id)) => of("Changed", "change", one(id)),
        ("DELETE", Some(id)) => of("Deleted", "delete", one(id)),
        (_, Some(id)) => of("Read", "read", one(id)),
        (_, None) => match filter(record) {
            Some(filter) => of("Looked for", "look for", format!("{noun}s with {filter}")),
            None => of("Listed", "list", format!("{noun}s")),
        },
    }
}

/// What the body calls the resource.
fn sent_name(record: &Record) -> Option<String> {
    let body: Value = serde_json::from_str(record.request_body.as_deref()?).ok()?;
    let name = body.get("userName").or_else(|| body.get("displayName"))?.as_str()?;
    Some(format!("\u{201c}{name}\u{201d}"))
}

/// The filter of a request, as it was meant.
fn filter(record: &Record) -> Option<String> {
    let query = record.query.as_deref()?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name.eq_ignore_ascii_case("filter")).map(|(_, value)| value.into_owned())
}

/// A query, readable.
pub fn readable(query: &str) -> String {
    percent_decode_str(&query.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn remarks(record: &Record) -> Option<String> {
    let count = record.notes.as_ref()?.as_array()?.len();
    let corrected = serde_json::to_value(NoteKind::Corrected).unwrap_or_default();
    let all_corrected =
        record.notes.as_ref()?.as_array()?.iter().all(|note| note.get("kind") == Some(&corrected));
    let word = match (all_corrected, count) {
        (true, 1) => "correction",
        (true, _) => "corrections",
        (false, 1) => "remark",
        (false, _) => "remarks",
    };
    (count > 0).then(|| format!("{count} {word}"))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    text.chars().take(LENGTH).chain(['…']).collect()
}
