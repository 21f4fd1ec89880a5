//! Reading users: one, or a page of those a filter names.

use crate::{Error, Session};
use scim::Document;
use scim::filter::Filter;
use scim::resource::{Shown, present};
use scim::sort::Sort;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use store::mirror_groups::{self, MirrorGroup};
use store::mirror_users::{self, MirrorUser};
use store::search::{self, Page, Selection};
use store::{StoreError, Tx, members};

/// The representation of a user. `with_groups` tells whether `groups` is wanted: it costs a look at each group.
pub fn document(
    tx: &mut Tx<'_>,
    session: &Session,
    user: &MirrorUser,
    with_groups: bool,
) -> Result<Document, StoreError> {
    let groups = groups(tx, session, std::slice::from_ref(user), with_groups)?;
    Ok(represent(session, user.clone(), groups.of(session, &user.id)))
}

fn represent(session: &Session, user: MirrorUser, groups: Vec<Value>) -> Document {
    let mut computed = Document::new();
    if !groups.is_empty() {
        computed.insert("groups".into(), Value::Array(groups));
    }
    let location = session.user_location(&user.id);
    let shown = Shown {
        id: &user.id,
        created: user.created_at,
        last_modified: user.modified_at,
        version: user.version,
        location: &location,
    };
    present(&session.definitions.user, user.document, computed, &shown)
}

/// The groups of some users.
#[derive(Default)]
struct Groups {
    /// By member, a user or a group: the groups that hold it directly.
    holding: HashMap<String, Vec<String>>,
    /// By id.
    found: HashMap<String, MirrorGroup>,
}

impl Groups {
    /// RFC 7643 §4.1.2: the groups of a user, `direct` or through other groups `indirect`, by id.
    fn of(&self, session: &Session, id: &str) -> Vec<Value> {
        let direct = self.holding.get(id).map_or(&[][..], Vec::as_slice);
        let mut held = BTreeSet::new();
        let mut open: Vec<&String> = direct.iter().collect();
        while let Some(group) = open.pop() {
            // Circles are harmless.
            if held.insert(group) {
                open.extend(self.holding.get(group).into_iter().flatten());
            }
        }
        let shown = held.into_iter().filter_map(|group: &String| Some((group, self.found.get(group)?)));
        shown
            .map(|(group, found): (&String, &MirrorGroup)| {
                json!({
                    "value": group,
                    "$ref": session.group_location(group),
                    "display": found.display_name(),
                    "type": if direct.contains(group) { "direct" } else { "indirect" },
                })
            })
            .collect()
    }
}

/// Reads the groups of some users, level by level: as many steps as groups lie within groups, however many users.
fn groups(
    tx: &mut Tx<'_>,
    session: &Session,
    users: &[MirrorUser],
    with_groups: bool,
) -> Result<Groups, StoreError> {
    let mut groups = Groups::default();
    if !with_groups || !session.settings.groups {
        return Ok(groups);
    }
    let mut open: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
    let mut all = BTreeSet::new();
    while !open.is_empty() {
        let ids: Vec<&str> = open.iter().map(String::as_str).collect();
        let members = members::of_members(tx, session.scope, &ids)?;
        let mut next = Vec::new();
        for (member, of_member) in open.into_iter().zip(members) {
            let holding: Vec<String> = of_member.into_iter().map(|member| member.group_id).collect();
            next.extend(holding.iter().filter(|group| all.insert((*group).clone())).cloned());
            groups.holding.insert(member, holding);
        }
        open = next;
    }
    let ids: Vec<&str> = all.iter().map(String::as_str).collect();
    let found = mirror_groups::by_ids(tx, session.scope, &ids)?;
    groups.found = found.into_iter().map(|group| (group.id.clone(), group)).collect();
    Ok(groups)
}

/// One user: version and representation.
pub fn get(
    tx: &mut Tx<'_>,
    session: &Session,
    id: &str,
    with_groups: bool,
) -> Result<(i64, Document), Error> {
    let user = mirror_users::by_id(tx, session.scope, id)?.ok_or_else(|| super::not_found(id))?;
    let groups = groups(tx, session, std::slice::from_ref(&user), with_groups)?;
    let of_user = groups.of(session, &user.id);
    Ok((user.version, represent(session, user, of_user)))
}

/// A page of users.
pub fn list(
    tx: &mut Tx<'_>,
    session: &Session,
    selection: &Selection<'_>,
    with_groups: bool,
) -> Result<Page<Document>, Error> {
    let needs_groups = selection.filter.is_some_and(|filter: &Filter| filter.mentions("groups"))
        || selection.sort.is_some_and(sorts_by_groups);
    let page =
        search::users(tx, session.scope, selection, |tx, user| document(tx, session, user, needs_groups))?;
    let groups = groups(tx, session, &page.rows, with_groups)?;
    let shown = |user: MirrorUser| {
        let of_user = groups.of(session, &user.id);
        represent(session, user, of_user)
    };
    let rows = page.rows.into_iter().map(shown).collect();
    Ok(Page { total: page.total, rows, next: page.next })
}

fn sorts_by_groups(sort: &Sort) -> bool {
    sort.by.extension.is_none() && sort.by.attribute.name == "groups"
}
