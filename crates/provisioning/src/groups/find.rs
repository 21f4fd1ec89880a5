//! Reading groups: one, or a page of those a filter names.

use crate::{Error, Session};
use scim::Document;
use scim::filter::Filter;
use scim::resource::{Shown, present};
use serde_json::{Value, json};
use store::members::{self, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::search::{self, Page, Selection};
use store::{StoreError, Tx};

/// The representation of a group. Without members no member row is touched.
pub fn document(
    tx: &mut Tx<'_>,
    session: &Session,
    group: &MirrorGroup,
    with_members: bool,
) -> Result<Document, StoreError> {
    let mut computed = Document::new();
    if with_members {
        let members = members::named_of_group(tx, session.scope, &group.id)?;
        if !members.is_empty() {
            let members = members.into_iter().map(|member| {
                let (location, kind) = match member.kind {
                    MemberKind::User => (session.user_location(&member.id), "User"),
                    MemberKind::Group => (session.group_location(&member.id), "Group"),
                };
                json!({ "value": member.id, "$ref": location, "display": member.name, "type": kind })
            });
            computed.insert("members".into(), Value::Array(members.collect()));
        }
    }
    let location = session.group_location(&group.id);
    let shown = Shown {
        id: &group.id,
        created: group.created_at,
        last_modified: group.modified_at,
        version: group.version,
        location: &location,
    };
    Ok(present(&session.definitions.group, &group.document, computed, &shown))
}

/// One group: version and representation.
pub fn get(
    tx: &mut Tx<'_>,
    session: &Session,
    id: &str,
    with_members: bool,
) -> Result<(i64, Document), Error> {
    let group = mirror_groups::by_id(tx, session.scope, id)?.ok_or_else(|| super::not_found(id))?;
    Ok((group.version, document(tx, session, &group, with_members)?))
}

/// A page of groups.
pub fn list(
    tx: &mut Tx<'_>,
    session: &Session,
    selection: &Selection<'_>,
    with_members: bool,
) -> Result<Page<Document>, Error> {
    let by_members = |filter: &Filter| filter.mentions("members");
    let needs_members = selection.filter.is_some_and(by_members)
        || selection.sort.is_some_and(|sort| sort.by.attribute.name == "members");
    let page = search::groups(tx, session.scope, selection, |tx, group| {
        document(tx, session, group, needs_members)
    })?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for group in &page.rows {
        rows.push(document(tx, session, group, with_members)?);
    }
    Ok(Page { total: page.total, rows, next: page.next })
}
