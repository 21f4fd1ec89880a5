//! Reading groups: one, or a page of those a filter names.

use crate::{Error, Session};
use scim::Document;
use scim::filter::Filter;
use scim::resource::{Shown, present};
use serde_json::{Value, json};
use store::members::{self, MemberKind, NamedMember};
use store::mirror_groups::{self, MirrorGroup};
use store::search::{self, Page, Selection};
use store::{StoreError, Tx};

/// Some members of a group, as answers show them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MembersPage {
    /// The members.
    pub shown: Vec<Value>,
    /// After which id others may come.
    pub next: Option<String>,
}

/// So many members of a group after an id; from the first one after an empty id.
pub fn members_after(
    tx: &mut Tx<'_>,
    session: &Session,
    group_id: &str,
    after: &str,
    limit: i64,
) -> Result<MembersPage, StoreError> {
    let members = members::named(tx, session.scope, group_id, after, limit)?;
    let is_full = i64::try_from(members.len()).is_ok_and(|count| count == limit);
    let next = members.last().filter(|_| is_full).map(|last| last.id.clone());
    let shown = members.into_iter().map(|member| member_shown(session, member)).collect();
    Ok(MembersPage { shown, next })
}

fn member_shown(session: &Session, member: NamedMember) -> Value {
    let (location, kind) = match member.kind {
        MemberKind::User => (session.user_location(&member.id), "User"),
        MemberKind::Group => (session.group_location(&member.id), "Group"),
    };
    json!({ "value": member.id, "$ref": location, "display": member.name, "type": kind })
}

/// The representation of a group with these of its members.
pub fn shown(session: &Session, group: &MirrorGroup, members: Vec<Value>) -> Document {
    let mut computed = Document::new();
    if !members.is_empty() {
        computed.insert("members".into(), Value::Array(members));
    }
    let location = session.group_location(&group.id);
    let shown = Shown {
        id: &group.id,
        created: group.created_at,
        last_modified: group.modified_at,
        version: group.version,
        location: &location,
    };
    present(&session.definitions.group, &group.document, computed, &shown)
}

/// The representation of a group, with all its members or with none. Without them no member row is touched.
pub fn document(
    tx: &mut Tx<'_>,
    session: &Session,
    group: &MirrorGroup,
    with_members: bool,
) -> Result<Document, StoreError> {
    let members =
        if with_members { members_after(tx, session, &group.id, "", i64::MAX)?.shown } else { Vec::new() };
    Ok(shown(session, group, members))
}

/// One group.
///
/// # Errors
/// There is none of that id.
pub fn one(tx: &mut Tx<'_>, session: &Session, id: &str) -> Result<MirrorGroup, Error> {
    mirror_groups::by_id(tx, session.scope, id)?.ok_or_else(|| super::not_found(id))
}

/// A page of groups.
pub fn list(
    tx: &mut Tx<'_>,
    session: &Session,
    selection: &Selection<'_>,
) -> Result<Page<MirrorGroup>, Error> {
    let by_members = |filter: &Filter| filter.mentions("members");
    let needs_members = selection.filter.is_some_and(by_members)
        || selection.sort.is_some_and(|sort| sort.by.attribute.name == "members");
    Ok(search::groups(tx, session.scope, selection, |tx, group| document(tx, session, group, needs_members))?)
}
