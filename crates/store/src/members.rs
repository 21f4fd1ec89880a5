//! Who is in which group: one row a member, with the request that put it there. Adding to a group of a million
//! touches one row.

use crate::engine::{Row, Tx, of_scope, params, statements};
use crate::events::Unrecorded;
use crate::{Scope, StoreError};

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A User resource.
    User,
    /// A Group resource.
    Group,
}

impl MemberKind {
    /// As it is kept.
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    fn of(text: &str) -> Self {
        if text == "group" { Self::Group } else { Self::User }
    }
}

/// One member of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The group's SCIM id.
    pub group_id: String,
    /// The member's SCIM id.
    pub member_id: String,
    /// What the member is.
    pub kind: MemberKind,
    /// Since when.
    pub added_at: i64,
    /// The request that put it there.
    pub request_id: String,
    /// The token of that request, or the client whose token it was.
    pub token_id: Option<String>,
}

statements! {
    INSERT = "insert into members (tenant_id, connection_id, group_id, member_id, kind, added_at, request_id, token_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
    DELETE = "delete from members where tenant_id = $1 and connection_id = $2 and group_id = $3 and member_id = $4";
    OF_GROUP = "select group_id, member_id, kind, added_at, request_id, token_id
        from members where tenant_id = $1 and connection_id = $2 and group_id = $3 order by member_id";
    PAGE = "select group_id, member_id, kind, added_at, request_id, token_id
        from members where tenant_id = $1 and connection_id = $2 and group_id = $3 and member_id > $4
        order by member_id limit $5";
    OF_MEMBER = "select group_id, member_id, kind, added_at, request_id, token_id
        from members where tenant_id = $1 and connection_id = $2 and member_id = $3 order by group_id";
    GROUPS_IN = "select member_id from members
        where tenant_id = $1 and connection_id = $2 and group_id = $3 and kind = 'group' order by member_id";
    DELETE_OF_GROUP = "delete from members where tenant_id = $1 and connection_id = $2 and group_id = $3";
    NAMED = "select m.member_id, m.kind, coalesce(u.display_name, u.user_name, g.display_name, '')
        from members m
        left join mirror_users u on u.tenant_id = m.tenant_id and u.connection_id = m.connection_id and u.id = m.member_id
        left join mirror_groups g on g.tenant_id = m.tenant_id and g.connection_id = m.connection_id and g.id = m.member_id
        where m.tenant_id = $1 and m.connection_id = $2 and m.group_id = $3 and m.member_id > $4
        order by m.member_id limit $5";
    COUNT = "select count(*) from members where tenant_id = $1 and connection_id = $2 and group_id = $3";
    ONE = "select group_id, member_id, kind, added_at, request_id, token_id
        from members where tenant_id = $1 and connection_id = $2 and group_id = $3 and member_id = $4";
}

fn read(row: &Row<'_>) -> Result<Member, StoreError> {
    Ok(Member {
        group_id: row.text(0)?,
        member_id: row.text(1)?,
        kind: MemberKind::of(&row.text(2)?),
        added_at: row.int(3)?,
        request_id: row.text(4)?,
        token_id: row.optional_text(5)?,
    })
}

/// Adds a member; `None` if it is there already.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, member: &Member) -> Result<Option<Unrecorded>, StoreError> {
    let added = tx.execute(
        INSERT,
        params![
            scope.tenant.0,
            scope.connection,
            &member.group_id,
            &member.member_id,
            member.kind.as_str(),
            member.added_at,
            &member.request_id,
            member.token_id.as_ref(),
        ],
    )?;
    Ok((added > 0).then(Unrecorded::new))
}

/// Takes a member away; `None` if it is not there.
pub fn delete(
    tx: &mut Tx<'_>,
    scope: Scope,
    group_id: &str,
    member_id: &str,
) -> Result<Option<Unrecorded>, StoreError> {
    let removed = tx.execute(DELETE, params![scope.tenant.0, scope.connection, group_id, member_id])?;
    Ok((removed > 0).then(Unrecorded::new))
}

/// The members of a group.
pub fn of_group(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Vec<Member>, StoreError> {
    tx.query(OF_GROUP, params![scope.tenant.0, scope.connection, group_id], read)
}

/// Members of a group after an id.
pub fn page(
    tx: &mut Tx<'_>,
    scope: Scope,
    group_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    tx.query(PAGE, params![scope.tenant.0, scope.connection, group_id, after, limit], read)
}

/// Takes every member of a group away.
pub fn delete_of_group(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Unrecorded, StoreError> {
    tx.execute(DELETE_OF_GROUP, params![scope.tenant.0, scope.connection, group_id])?;
    Ok(Unrecorded::new())
}

/// A member with the name to show for it: displayName, else userName.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMember {
    /// The member's SCIM id.
    pub id: String,
    /// What it is.
    pub kind: MemberKind,
    /// The name to show.
    pub name: String,
}

/// Members of a group after an id, with their names.
pub fn named(
    tx: &mut Tx<'_>,
    scope: Scope,
    group_id: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<NamedMember>, StoreError> {
    tx.query(NAMED, params![scope.tenant.0, scope.connection, group_id, after, limit], |row| {
        Ok(NamedMember { id: row.text(0)?, kind: MemberKind::of(&row.text(1)?), name: row.text(2)? })
    })
}

/// The groups that hold a member directly.
pub fn of_member(tx: &mut Tx<'_>, scope: Scope, member_id: &str) -> Result<Vec<Member>, StoreError> {
    tx.query(OF_MEMBER, params![scope.tenant.0, scope.connection, member_id], read)
}

/// The groups that hold each of some members directly.
pub fn of_members(tx: &mut Tx<'_>, scope: Scope, ids: &[&str]) -> Result<Vec<Vec<Member>>, StoreError> {
    let sets: Vec<_> = ids.iter().map(|id| of_scope(scope, id)).collect();
    tx.query_each(OF_MEMBER, &sets, read)
}

/// The groups that are members of a group.
pub fn groups_in(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<Vec<String>, StoreError> {
    tx.query(GROUPS_IN, params![scope.tenant.0, scope.connection, group_id], |row| row.text(0))
}

/// How many members a group has directly.
pub fn count(tx: &mut Tx<'_>, scope: Scope, group_id: &str) -> Result<i64, StoreError> {
    Ok(tx
        .query_optional(COUNT, params![scope.tenant.0, scope.connection, group_id], |row| row.int(0))?
        .unwrap_or(0))
}

/// One member of one group.
pub fn one(
    tx: &mut Tx<'_>,
    scope: Scope,
    group_id: &str,
    member_id: &str,
) -> Result<Option<Member>, StoreError> {
    tx.query_optional(ONE, params![scope.tenant.0, scope.connection, group_id, member_id], read)
}
