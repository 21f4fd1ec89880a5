//! Reading users: one, or a page of those a filter names.

use crate::directory::groups_holding;
use crate::{Error, Session};
use scim::Document;
use scim::filter::Filter;
use scim::resource::{Shown, present};
use scim::sort::Sort;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::mirror_users::{self, MirrorUser};
use store::search::{self, Page, Selection};
use store::{StoreError, Tx, members, mirror_groups};

/// The representation of a user. `with_groups` tells whether `groups` is wanted: it costs a look at each group.
pub fn document(
    tx: &mut Tx<'_>,
    session: &Session,
    user: &MirrorUser,
    with_groups: bool,
) -> Result<Document, StoreError> {
    represented(tx, session, user.clone(), with_groups)
}

/// The same of a user that nobody else needs.
fn represented(
    tx: &mut Tx<'_>,
    session: &Session,
    user: MirrorUser,
    with_groups: bool,
) -> Result<Document, StoreError> {
    let mut computed = Document::new();
    if with_groups && session.settings.groups {
        let groups = groups(tx, session, &user.id)?;
        if !groups.is_empty() {
            computed.insert("groups".into(), Value::Array(groups));
        }
    }
    let location = session.user_location(&user.id);
    let shown = Shown {
        id: &user.id,
        created: user.created_at,
        last_modified: user.modified_at,
        version: user.version,
        location: &location,
    };
    Ok(present(&session.definitions.user, user.document, computed, &shown))
}

/// RFC 7643 §4.1.2: the groups of a user, `direct` or through other groups `indirect`.
fn groups(tx: &mut Tx<'_>, session: &Session, id: &str) -> Result<Vec<Value>, StoreError> {
    let direct: BTreeSet<String> =
        members::of_member(tx, session.scope, id)?.into_iter().map(|member| member.group_id).collect();
    if direct.is_empty() {
        return Ok(Vec::new());
    }
    let mut groups = Vec::new();
    for group in groups_holding(tx, session.scope, id)? {
        let Some(found) = mirror_groups::by_id(tx, session.scope, &group)? else { continue };
        groups.push(json!({
            "value": group,
            "$ref": session.group_location(&group),
            "display": found.display_name(),
            "type": if direct.contains(&group) { "direct" } else { "indirect" },
        }));
    }
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
    Ok((user.version, represented(tx, session, user, with_groups)?))
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
    let mut rows = Vec::with_capacity(page.rows.len());
    for user in page.rows {
        rows.push(represented(tx, session, user, with_groups)?);
    }
    Ok(Page { total: page.total, rows, next: page.next })
}

fn sorts_by_groups(sort: &Sort) -> bool {
    sort.by.extension.is_none() && sort.by.attribute.name == "groups"
}
