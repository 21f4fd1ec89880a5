//! The mirror's groups: what the identity provider maintains, who is in each, and what it stands for.

use super::place::{Place, spoken};
use super::search;
use super::stands::{GroupLine, Stands, Which, lines, of_group};
use super::walk::{LINES, Pages, Walk};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::attributes::Profile;
use store::members::{self, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::{Scope, StoreError, Tx, mirror_users};

#[derive(Template)]
#[template(path = "connection/groups.html")]
struct GroupsPage {
    frame: Frame,
    head: ConnectionHead,
    with_groups: bool,
    text: String,
    groups: Vec<GroupLine>,
    pages: Pages,
    organizations: String,
    wrong: Option<String>,
}

/// `GET …/groups`.
pub async fn list(place: Place) -> Result<Response, Trouble> {
    let text = place.query.text("q").to_owned();
    let asked = search::read(&place, &place.shape.definitions.group, &text, &["displayName"]);
    let ((groups, pages), wrong) = match asked {
        Ok(filter) => (lines(&place, Which::Found(filter)).await?, None),
        Err(error) => ((Vec::new(), Pages { total: 0, next: None, first: None }), Some(spoken(error)?)),
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = GroupsPage {
        frame: place.framed("Groups"),
        head: place.head(Tab::Groups)?,
        with_groups: place.shape.settings.groups,
        organizations: place.path("/organizations/"),
        text,
        groups,
        pages,
        wrong,
    };
    page_with(status, &page)
}

/// A member, in a line.
struct MemberLine {
    id: String,
    name: String,
    is_group: bool,
    since: i64,
    request: String,
}

#[derive(Template)]
#[template(path = "connection/group.html")]
struct GroupPage {
    frame: Frame,
    head: ConnectionHead,
    id: String,
    name: String,
    external_id: Option<String>,
    created_at: i64,
    modified_at: i64,
    version: i64,
    stands: Vec<Stands>,
    members: Vec<MemberLine>,
    pages: Pages,
    sent: String,
    organizations: String,
}

/// What the page of a group shows.
struct Found {
    group: MirrorGroup,
    stands: Vec<Stands>,
    count: i64,
    members: Vec<MemberLine>,
    sent: String,
}

/// `GET …/groups/{group}`.
pub async fn show(place: Place) -> Result<Response, Trouble> {
    let (walk, scope) = (Walk::of(&place), place.scope());
    let (id, after) = (place.named("group").to_owned(), walk.after.clone());
    let read = move |tx: &mut Tx<'_>| {
        let Some(group) = mirror_groups::by_id(tx, scope, &id)? else { return Ok(None) };
        Ok(Some(Found {
            stands: of_group(tx, scope, &group.id)?,
            count: members::count(tx, scope, &group.id)?,
            members: members_of(tx, scope, &group.id, &after)?,
            sent: serde_json::to_string_pretty(&group.document).unwrap_or_default(),
            group,
        }))
    };
    let Found { group, stands, count, mut members, sent } =
        place.read_long(read).await?.ok_or_else(Trouble::not_found)?;
    let pages = walk.cut(&place, count, &mut members, |member| &member.id);
    page(&GroupPage {
        frame: place.framed(group.display_name()),
        head: place.head(Tab::Groups)?,
        name: group.display_name().to_owned(),
        external_id: group.external_id().map(str::to_owned),
        organizations: place.path("/organizations/"),
        created_at: group.created_at,
        modified_at: group.modified_at,
        version: group.version,
        id: group.id,
        stands,
        members,
        pages,
        sent,
    })
}

fn members_of(
    tx: &mut Tx<'_>,
    scope: Scope,
    group: &str,
    after: &str,
) -> Result<Vec<MemberLine>, StoreError> {
    let mut lines = Vec::new();
    for member in members::page(tx, scope, group, after, LINES + 1)? {
        let name = match member.kind {
            MemberKind::User => mirror_users::by_id(tx, scope, &member.member_id)?
                .map(|user| Profile::of(&user.document).called()),
            MemberKind::Group => mirror_groups::by_id(tx, scope, &member.member_id)?
                .map(|group| group.display_name().to_owned()),
        };
        lines.push(MemberLine {
            name: name.unwrap_or_else(|| member.member_id.clone()),
            id: member.member_id,
            is_group: member.kind == MemberKind::Group,
            since: member.added_at,
            request: member.request_id,
        });
    }
    Ok(lines)
}
