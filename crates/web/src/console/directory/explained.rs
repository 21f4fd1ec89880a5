//! A chain of reasons, as a sentence whose links are links: role ← mapping or rule ← group ← request.

use super::difference::cut;
use super::{links, short};
use crate::console::desk::Desk;
use provisioning::access::{Because, Named};
use scim::instant;

/// How much of an id a sentence shows: its link has all of it.
const ID: usize = 13;

/// A part of a sentence: words, perhaps with a link, or an instant.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The words.
    pub text: String,
    /// Where they lead.
    pub href: Option<String>,
    /// The instant, instead of words.
    pub at: Option<i64>,
    /// Whether the words are an id.
    pub is_id: bool,
}

impl Part {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Words that lead somewhere.
    pub fn link(text: impl Into<String>, href: String) -> Self {
        Self { text: text.into(), href: Some(href), ..Self::default() }
    }

    fn time(text: &str) -> Self {
        match instant::microseconds(text) {
            Some(at) => Self { at: Some(at), ..Self::default() },
            None => Self::text(text),
        }
    }
}

/// The links of a chain, the nearest reason first.
pub type Chain = Vec<Vec<Part>>;

/// Tells a chain of reasons.
pub fn chain(desk: &Desk, because: &[Because]) -> Chain {
    let mut told = Chain::new();
    // A request does not say by which connection it came: the link before it does.
    let mut connection = String::new();
    for link in because {
        match link {
            Because::Default { since } => {
                told.push(vec![Part::text("given to every user, since "), Part::time(since)]);
            }
            Because::Hand { since, by, note } => {
                let by = by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
                let note = note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
                told.push(vec![Part::text(format!("given by hand{by}{note}, ")), Part::time(since)]);
            }
            Because::Mapping { group, connection: own, origin, rule, since } => {
                connection.clone_from(&own.id);
                told.push(mapping(desk, own, origin, rule.as_ref(), since));
                told.push(vec![
                    Part::text("group "),
                    in_group(desk, &own.id, group),
                    Part::text(" of "),
                    Part::link(known(&own.name), links::connection(desk, &own.id, "")),
                ]);
            }
            Because::Rule { rule, connection: own, since } => {
                connection.clone_from(&own.id);
                told.push(vec![
                    Part::text("rule over attributes "),
                    Part::link(
                        format!("“{}”", known(&rule.name)),
                        links::connection(desk, &own.id, "/mappings"),
                    ),
                    Part::text(" of "),
                    Part::link(known(&own.name), links::connection(desk, &own.id, "")),
                    Part::text(", since "),
                    Part::time(since),
                ]);
            }
            Because::Nested { group } => {
                told.push(vec![Part::text("which holds group "), in_group(desk, &connection, group)]);
            }
            Because::Request { at, request, token, client } => {
                told.push(asked_by(desk, &connection, (at, request), token.as_ref(), client.as_ref()));
            }
        }
    }
    told
}

fn mapping(desk: &Desk, connection: &Named, origin: &str, rule: Option<&Named>, since: &str) -> Vec<Part> {
    let what = match (origin, rule) {
        ("made", _) => "the organization made for it".to_owned(),
        ("matched", _) => "the organization of its name".to_owned(),
        (_, Some(rule)) => format!("naming rule “{}”", known(&rule.name)),
        ("hand", None) => "mapping by hand".to_owned(),
        _ => "a mapping that is changing now".to_owned(),
    };
    let mappings = links::connection(desk, &connection.id, "/mappings");
    vec![Part::link(what, mappings), Part::text(", since "), Part::time(since)]
}

fn in_group(desk: &Desk, connection: &str, group: &Named) -> Part {
    Part::link(format!("“{}”", known(&group.name)), links::group(desk, connection, &group.id))
}

fn asked_by(
    desk: &Desk,
    connection: &str,
    (at, request): (&str, &str),
    token: Option<&Named>,
    client: Option<&Named>,
) -> Vec<Part> {
    let mut parts = vec![Part::text("added "), Part::time(at), Part::text(" by request ")];
    let href = Some(links::request(desk, connection, request));
    parts.push(Part { text: cut(request, ID), href, is_id: true, ..Part::default() });
    for (kind, named) in [("token", token), ("client", client)] {
        if let Some(named) = named {
            parts.push(Part::text(format!(", {kind} ")));
            let tokens = links::connection(desk, connection, "/tokens");
            parts.push(Part::link(format!("“{}”", known(&named.name)), tokens));
        }
    }
    parts
}

/// The name of something that may be gone.
fn known(name: &str) -> String {
    if name.is_empty() { "(gone)".to_owned() } else { short(name) }
}
