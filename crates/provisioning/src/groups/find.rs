//! Reading groups: one, or a page of those a filter names.

use crate::{Error, Session};
use scim::Document;
use scim::filter::Filter;
use scim::resource::{Shown, present};
use serde::Serialize;
use serde_json::Value;
use store::members::{self, MemberKind, NamedMember};
use store::mirror_groups::{self, MirrorGroup};
use store::search::{self, Page, Selection};
use store::{Scope, StoreError, Tx};

/// Some members of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MembersPage {
    /// The members.
    pub members: Vec<NamedMember>,
    /// After which id others may come.
    pub next: Option<String>,
}

impl MembersPage {
    /// So many members of a group after an id; from the first one after an empty id.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn read(
        tx: &mut Tx<'_>,
        scope: Scope,
        group_id: &str,
        after: &str,
        limit: i64,
    ) -> Result<Self, StoreError> {
        let members = members::named(tx, scope, group_id, after, limit)?;
        let is_full = i64::try_from(members.len()).is_ok_and(|count| count == limit);
        let next = members.last().filter(|_| is_full).map(|last| last.id.clone());
        Ok(Self { members, next })
    }

    /// The members as answers show them.
    pub fn shown(&self, session: &Session) -> Vec<Value> {
        self.members.iter().map(|member| Shape::WHOLE.value(session, member)).collect()
    }
}

/// The parts of a member, in the order that answers have them.
const PARTS: [&str; 4] = ["value", "$ref", "display", "type"];

/// Which of them an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape([bool; PARTS.len()]);

/// A member as an answer shows it.
#[derive(Debug, Serialize)]
pub struct MemberShown<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'m str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'m str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

impl Shape {
    /// All of it.
    pub const WHOLE: Self = Self([true; PARTS.len()]);

    /// That of a member of which something may have been left out: all have the same parts.
    pub fn of(member: &Value) -> Self {
        Self(PARTS.map(|name| member.get(name).is_some()))
    }

    /// A member in this shape.
    pub fn show<'m>(self, session: &Session, member: &'m NamedMember) -> MemberShown<'m> {
        let Self([value, reference, display, is_typed]) = self;
        let location = || match member.kind {
            MemberKind::User => session.user_location(&member.id),
            MemberKind::Group => session.group_location(&member.id),
        };
        let kind = match member.kind {
            MemberKind::User => "User",
            MemberKind::Group => "Group",
        };
        MemberShown {
            value: value.then_some(&member.id),
            reference: reference.then(location),
            display: display.then_some(&member.name),
            kind: is_typed.then_some(kind),
        }
    }

    /// The same as JSON.
    pub fn value(self, session: &Session, member: &NamedMember) -> Value {
        // Four texts have no part that cannot be written.
        serde_json::to_value(self.show(session, member)).unwrap_or_default()
    }
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
    present(&session.definitions.group, group.document.clone(), computed, &shown)
}

/// The representation of a group, with all its members or with none. Without them no member row is touched.
pub fn document(
    tx: &mut Tx<'_>,
    session: &Session,
    group: &MirrorGroup,
    with_members: bool,
) -> Result<Document, StoreError> {
    let mut all = MembersPage::default();
    if with_members {
        all = MembersPage::read(tx, session.scope, &group.id, "", i64::MAX)?;
    }
    Ok(shown(session, group, all.shown(session)))
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
