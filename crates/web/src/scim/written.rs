//! Groups as they are written into an answer, their members a page at a time.

use crate::flow::{Flow, Stop};
use ::scim::Document;
use ::scim::list::RESOURCES;
use ::scim::projection::Projection;
use provisioning::Session;
use provisioning::groups::{self, MembersPage, Shape};
use store::Tx;
use store::mirror_groups::MirrorGroup;

/// How many members are read at a time.
const MEMBERS: i64 = 500;
/// The attribute's name.
const NAME: &str = "members";

/// Writes a group as the projection shows it.
pub fn group(
    tx: &mut Tx<'_>,
    flow: &mut Flow,
    session: &Session,
    projection: &Projection,
    group: &MirrorGroup,
) -> Result<(), Stop> {
    let mut first = MembersPage::default();
    if projection.shows(NAME) {
        first = MembersPage::read(tx, session.scope, &group.id, "", MEMBERS)?;
    }
    // One member stands for all in the document: what is shown of it is shown of each.
    let sample = first.members.first().map(|member| Shape::WHOLE.value(session, member));
    let document = groups::shown(session, group, sample.into_iter().collect());
    let document = projection.apply(&session.definitions.group, document);
    let mut mark = "{";
    for (name, value) in &document {
        flow.text(mark)?;
        mark = ",";
        flow.json(name)?;
        flow.text(":")?;
        match value.get(0) {
            Some(sample) if name == NAME => {
                members(tx, flow, session, (&group.id, Shape::of(sample)), std::mem::take(&mut first))?;
            }
            _ => flow.json(value)?,
        }
    }
    flow.text("}")
}

/// Writes the array of members, from this page on.
fn members(
    tx: &mut Tx<'_>,
    flow: &mut Flow,
    session: &Session,
    (group_id, shape): (&str, Shape),
    mut page: MembersPage,
) -> Result<(), Stop> {
    let mut mark = "[";
    loop {
        for member in &page.members {
            flow.text(mark)?;
            mark = ",";
            flow.json(&shape.show(session, member))?;
        }
        let Some(after) = page.next else { break };
        page = MembersPage::read(tx, session.scope, group_id, &after, MEMBERS)?;
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
