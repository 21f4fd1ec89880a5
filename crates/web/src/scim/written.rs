//! Groups as they are written into an answer, their members a page at a time.

use crate::flow::{Flow, Stop};
use ::scim::Document;
use ::scim::list::RESOURCES;
use ::scim::projection::Projection;
use provisioning::{Session, groups};
use serde_json::Value;
use store::Tx;
use store::mirror_groups::MirrorGroup;

/// How many members are read at a time.
const MEMBERS: i64 = 500;

/// The name of the attribute.
const NAME: &str = "members";

/// Writes a group as the projection shows it.
pub fn group(
    tx: &mut Tx<'_>,
    flow: &mut Flow,
    session: &Session,
    projection: &Projection,
    group: &MirrorGroup,
) -> Result<(), Stop> {
    let definition = &session.definitions.group;
    let first = if projection.shows(NAME) {
        groups::members_after(tx, session, &group.id, "", MEMBERS)?
    } else {
        groups::MembersPage::default()
    };
    let document = projection.apply(definition, groups::shown(session, group, first.shown));
    let Some(after) = first.next.filter(|_| document.contains_key(NAME)) else {
        return flow.json(&document);
    };
    let mut mark = "{";
    for (name, value) in &document {
        flow.text(mark)?;
        mark = ",";
        flow.json(name)?;
        flow.text(":")?;
        match value {
            Value::Array(first) if name == NAME => {
                members(tx, flow, (session, projection), &group.id, (first, &after))?;
            }
            _ => flow.json(value)?,
        }
    }
    flow.text("}")
}

/// Writes the array of members: the first ones, and those after them page by page.
fn members(
    tx: &mut Tx<'_>,
    flow: &mut Flow,
    (session, projection): (&Session, &Projection),
    group_id: &str,
    (first, after): (&[Value], &str),
) -> Result<(), Stop> {
    let mut mark = "[";
    let mut write = |flow: &mut Flow, members: &[Value]| {
        for member in members {
            flow.text(mark)?;
            mark = ",";
            flow.json(member)?;
        }
        Ok::<_, Stop>(())
    };
    write(flow, first)?;
    let mut after = Some(after.to_owned());
    while let Some(id) = after {
        let page = groups::members_after(tx, session, group_id, &id, MEMBERS)?;
        let document = Document::from_iter([(NAME.to_owned(), Value::Array(page.shown))]);
        let document = projection.apply(&session.definitions.group, document);
        if let Some(Value::Array(members)) = document.get(NAME) {
            write(flow, members)?;
        }
        after = page.next;
    }
    flow.text("]")
}

/// Writes a list: what it says first, and its resources, each as `write` writes it.
pub fn list<T>(
    flow: &mut Flow,
    head: &Document,
    resources: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Flow, T) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut mark = "{";
    for (name, value) in head {
        flow.text(mark)?;
        mark = ",";
        flow.json(name)?;
        flow.text(":")?;
        flow.json(value)?;
    }
    flow.text(mark)?;
    flow.json(&RESOURCES)?;
    flow.text(":[")?;
    let mut mark = "";
    for resource in resources {
        flow.text(mark)?;
        mark = ",";
        write(flow, resource)?;
    }
    flow.text("]}")
}
