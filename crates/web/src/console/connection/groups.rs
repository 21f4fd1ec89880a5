//! The mirror's groups: what the identity provider maintains, who is in each, and what it stands for.

use super::place::{Place, spoken};
use super::search;
use super::stands::{GroupLine, Stands, Which, lines, of_group};
use super::users::PLAIN;
use super::walk::{LINES, Pages, Walk};
use crate::console::frame::{Frame, Theme, page, page_with};
use crate::console::narrow::Narrow;
use crate::console::provisioning::head::{ConnectionHead, Tab};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::policy::attributes::Profile;
use provisioning::{Error, Session, groups, users};
use scim::filter::Filter;
use store::members::{self, Member, MemberKind};
use store::mirror_groups::{self, MirrorGroup};
use store::search::{Position, Selection, Within};
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
    narrow: Narrow,
    members: Vec<MemberLine>,
    pages: Pages,
    sent: String,
    organizations: String,
}

/// What the page of a group shows.
struct Found {
    group: MirrorGroup,
    stands: Vec<Stands>,
    /// How many members there are.
    count: i64,
    /// How many of them are looked for.
    sought: i64,
    /// Those of the page and, if there is one, the next.
    members: Vec<MemberLine>,
    sent: String,
}

/// `GET …/groups/{group}`.
pub async fn show(place: Place) -> Result<Response, Trouble> {
    let (walk, scope) = (Walk::of(&place), place.scope());
    let (id, after) = (place.named("group").to_owned(), walk.after.clone());
    let narrow = Narrow::of_part(&place.address, "members", "members");
    let sought = narrow.is_on().then(|| Sought::read(&place, &narrow.text)).transpose()?;
    let read = move |tx: &mut Tx<'_>| {
        let Some(group) = mirror_groups::by_id(tx, scope, &id)? else { return Ok(None) };
        let count = members::count(tx, scope, &group.id)?;
        let (total, members) = match &sought {
            Some(sought) => sought.page(tx, &group.id, &after)?,
            None => (count, members::page(tx, scope, &group.id, &after, LINES + 1)?),
        };
        let lines = members.into_iter().map(|member| line(tx, scope, member));
        let members = lines.collect::<Result<_, StoreError>>()?;
        Ok(Some(Found {
            stands: of_group(tx, scope, &group.id)?,
            members,
            count,
            sought: total,
            sent: serde_json::to_string_pretty(&group.document).unwrap_or_default(),
            group,
        }))
    };
    let Found { group, stands, count, sought, mut members, sent } =
        place.read_long(read).await?.ok_or_else(Trouble::not_found)?;
    let pages = walk.cut(&place, sought, &mut members, |member| &member.id);
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
        narrow: narrow.among(count),
        members,
        pages,
        sent,
    })
}

fn line(tx: &mut Tx<'_>, scope: Scope, member: Member) -> Result<MemberLine, StoreError> {
    let name = match member.kind {
        MemberKind::User => mirror_users::by_id(tx, scope, &member.member_id)?
            .map(|user| Profile::of(&user.document).called()),
        MemberKind::Group => {
            mirror_groups::by_id(tx, scope, &member.member_id)?.map(|group| group.display_name().to_owned())
        }
    };
    Ok(MemberLine {
        name: name.unwrap_or_else(|| member.member_id.clone()),
        id: member.member_id,
        is_group: member.kind == MemberKind::Group,
        since: member.added_at,
        request: member.request_id,
    })
}

/// Which members of a group are looked for.
struct Sought {
    session: Session,
    users: Filter,
    groups: Filter,
}

impl Sought {
    fn read(place: &Place, text: &str) -> Result<Self, Error> {
        let definitions = &place.shape.definitions;
        Ok(Self {
            users: search::words(place, &definitions.user, text, &PLAIN)?,
            groups: search::words(place, &definitions.group, text, &["displayName"])?,
            session: place.session(),
        })
    }

    /// How many there are, and those after an id: users and groups in one order, one more than a page has.
    fn page(&self, tx: &mut Tx<'_>, group: &str, after: &str) -> Result<(i64, Vec<Member>), Error> {
        let (session, scope) = (&self.session, self.session.scope);
        let within = Within::Group(group.to_owned());
        let after = (!after.is_empty()).then(|| Position { key: None, id: after.to_owned() });
        let selection = |filter| Selection {
            filter: Some(filter),
            within: Some(&within),
            after: after.as_ref(),
            count: LINES + 1,
            ..Selection::default()
        };
        let users = store::search::users(tx, scope, &selection(&self.users), |tx, user| {
            users::document(tx, session, user, false)
        })?;
        let groups = store::search::groups(tx, scope, &selection(&self.groups), |tx, group| {
            groups::document(tx, session, group, false)
        })?;
        let mut ids: Vec<String> = users.rows.into_iter().map(|user| user.id).collect();
        ids.extend(groups.rows.into_iter().map(|group| group.id));
        ids.sort_unstable();
        ids.truncate(usize::try_from(LINES + 1).unwrap_or_default());
        let mut members = Vec::new();
        for id in ids {
            members.extend(members::one(tx, scope, group, &id)?);
        }
        Ok((users.total + groups.total, members))
    }
}
