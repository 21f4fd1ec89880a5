//! What groups stand for, as lines of a list say it, and what one can choose from when one maps them.

use super::place::Place;
use super::walk::{LINES, Pages, Walk};
use crate::console::trouble::Trouble;
use provisioning::Error;
use scim::filter::Filter;
use scim::{Mode, Notes};
use std::collections::HashMap;
use store::mappings::{self, Mapping, Origin};
use store::mirror_groups::{self, MirrorGroup};
use store::search::{self, Selection, is_keyed_for_groups};
use store::{Scope, StoreError, Tx, members, organizations, roles, rules};

/// One of the things that a group stands for.
pub struct Stands {
    /// The mapping's id.
    pub id: String,
    /// The organization's name and id; none where the group stands for nothing, as a person chose.
    pub organization: Option<(String, String)>,
    /// What the organization is called in addresses.
    pub slug: String,
    /// The role there.
    pub role: String,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// How it came to be.
    pub why: String,
    /// Whether a person chose it.
    pub by_hand: bool,
    /// Whether it gives nothing for now.
    pub paused: bool,
    /// Counts the changes.
    pub version: i64,
}

/// A group, in a line.
pub struct GroupLine {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// How many members it has directly.
    pub members: i64,
    /// What it stands for.
    pub stands: Vec<Stands>,
    /// When it last changed.
    pub modified_at: i64,
}

/// What the mappings of a group say.
pub fn of_group(tx: &mut Tx<'_>, scope: Scope, group: &str) -> Result<Vec<Stands>, StoreError> {
    let rules: HashMap<String, String> =
        rules::of_connection(tx, scope)?.into_iter().map(|rule| (rule.id, rule.name)).collect();
    let all = mappings::of_group(tx, scope, group)?;
    all.into_iter().map(|mapping| stands(tx, scope, mapping, &rules)).collect()
}

fn stands(
    tx: &mut Tx<'_>,
    scope: Scope,
    mapping: Mapping,
    rules: &HashMap<String, String>,
) -> Result<Stands, StoreError> {
    let (mut organization, mut slug, mut role, mut inherit) = (None, String::new(), String::new(), false);
    if let Some(target) = mapping.target {
        if let Some(found) = organizations::by_id(tx, scope.tenant, &target.organization)? {
            organization = Some((found.name, found.id));
            slug = found.slug;
        }
        role = roles::by_id(tx, scope.tenant, &target.role)?.map(|found| found.name).unwrap_or_default();
        inherit = target.inherit;
    }
    let why = match &mapping.origin {
        Origin::Hand => "by hand".to_owned(),
        Origin::Matched => "has the group's name".to_owned(),
        Origin::Made => "made for the group".to_owned(),
        Origin::Rule { rule, .. } => {
            format!("rule \"{}\"", rules.get(rule).map(String::as_str).unwrap_or_default())
        }
    };
    Ok(Stands {
        id: mapping.id,
        organization,
        slug,
        role,
        inherit,
        why,
        by_hand: mapping.origin == Origin::Hand,
        paused: mapping.paused,
        version: mapping.version,
    })
}

/// Which groups a list is of.
pub enum Which {
    /// Those that a filter finds; all without one.
    Found(Option<Filter>),
    /// Those that no mapping speaks of.
    Unmapped,
}

impl Which {
    /// The groups whose name holds a text.
    pub fn named(place: &Place, text: &str) -> Result<Self, Error> {
        let filter = format!("displayName co {}", serde_json::Value::from(text));
        let definition = &place.shape.definitions.group;
        Ok(Self::Found(Some(Filter::parse(&filter, definition, Mode::Lenient, &mut Notes::new())?)))
    }
}

/// A page of groups, each with what it stands for.
///
/// # Errors
/// The archive cannot be read.
pub async fn lines(place: &Place, which: Which) -> Result<(Vec<GroupLine>, Pages), Trouble> {
    let (walk, scope) = (Walk::of(place), place.scope());
    match which {
        Which::Unmapped => {
            let after = walk.after.clone();
            let (total, mut lines) = place
                .read_long(move |tx| {
                    let rows = mirror_groups::unmapped(tx, scope, &after, LINES + 1)?;
                    let lines = rows.iter().map(|row| line(tx, scope, row)).collect::<Result<Vec<_>, _>>()?;
                    Ok((mirror_groups::count_unmapped(tx, scope)?, lines))
                })
                .await?;
            let pages = walk.cut(place, total, &mut lines, |line| &line.id);
            Ok((lines, pages))
        }
        Which::Found(filter) => {
            let (after, session) = (walk.position(), place.session());
            let asked = Selection { filter: filter.as_ref(), ..Selection::default() };
            let is_short = is_keyed_for_groups(&asked);
            let read = move |tx: &mut Tx<'_>| {
                let selection = Selection {
                    filter: filter.as_ref(),
                    after: after.as_ref(),
                    count: LINES,
                    ..Selection::default()
                };
                let with_members = filter.as_ref().is_some_and(|filter| filter.mentions("members"));
                let found = search::groups(tx, scope, &selection, |tx, group| {
                    provisioning::groups::document(tx, &session, group, with_members)
                })?;
                let lines =
                    found.rows.iter().map(|row| line(tx, scope, row)).collect::<Result<Vec<_>, _>>()?;
                Ok::<_, Error>((found.total, found.next, lines))
            };
            let (total, next, lines) =
                if is_short { place.app.store().read(read)? } else { place.read_long(read).await? };
            let pages = walk.pages(place, total, next.as_ref().map(|position| position.id.as_str()));
            Ok((lines, pages))
        }
    }
}

fn line(tx: &mut Tx<'_>, scope: Scope, group: &MirrorGroup) -> Result<GroupLine, StoreError> {
    Ok(GroupLine {
        id: group.id.clone(),
        name: group.display_name().to_owned(),
        members: members::count(tx, scope, &group.id)?,
        stands: of_group(tx, scope, &group.id)?,
        modified_at: group.modified_at,
    })
}

/// How many organizations a form offers; others are named by whoever knows them.
const OFFERED: i64 = 300;

/// What one can choose from.
pub struct Choices {
    /// Organizations: slug and name.
    pub organizations: Vec<(String, String)>,
    /// Roles up to the ceiling, the strongest first.
    pub roles: Vec<String>,
    /// Every role, the strongest first.
    pub all_roles: Vec<String>,
    /// The role that is given where none is chosen.
    pub usual_role: String,
}

impl Choices {
    /// What one can choose from in a connection.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn of(place: &Place) -> Result<Self, Trouble> {
        let (tenant, settings) = (&place.tenant, &place.shape.settings);
        let (organizations, roles) = place.app.store().read(|tx| {
            let organizations = organizations::page(tx, tenant.tenant, "", OFFERED)?;
            Ok::<_, StoreError>((organizations, roles::all(tx, tenant.tenant)?))
        })?;
        let ceiling = roles.iter().find(|role| role.name.eq_ignore_ascii_case(&settings.role_ceiling));
        let ceiling = ceiling.map_or(0, |role| role.priority);
        let usual = match &settings.mapping_role {
            Some(name) => Some(name.clone()),
            None => roles.iter().find(|role| role.id == tenant.default_role).map(|role| role.name.clone()),
        };
        Ok(Self {
            organizations: organizations
                .into_iter()
                .filter(|found| found.archived_at.is_none())
                .map(|found| (found.slug, found.name))
                .collect(),
            roles: roles
                .iter()
                .filter(|role| role.priority <= ceiling)
                .map(|role| role.name.clone())
                .collect(),
            all_roles: roles.into_iter().map(|role| role.name).collect(),
            usual_role: usual.unwrap_or_default(),
        })
    }
}
