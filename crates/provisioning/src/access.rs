//! Access explained: every (organization, role) a user holds, where it is inherited from, and the whole chain of
//! reasons: role ← mapping ← group ← the request that put the user into the group.

use crate::Error;
use crate::people::time;
use crate::policy::attributes::Profile;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use store::clients::Client;
use store::mappings::{self, Mapping, Origin};
use store::memberships::{self, Membership, Reason};
use store::organizations::Organization;
use store::roles::Role;
use store::tokens::Token;
use store::users::{Status, User};
use store::{Scope, StoreError, TenantId, Tx};
use store::{
    clients, connections, members, mirror_groups, mirror_users, organizations, roles, rules, tokens, users,
};

/// What a user may do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The user's id.
    pub user: String,
    /// The username.
    pub user_name: String,
    /// How the person is called.
    pub name: String,
    /// `active`, `deactivated` or `staged`. Only an active user has the access below; for others it is on record.
    pub status: &'static str,
    /// Every organization and role.
    pub entries: Vec<Entry>,
}

/// One role at one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The organization.
    pub organization: Named,
    /// The role.
    pub role: Named,
    /// Whether this is the strongest role the user has there, and the user is active.
    pub effective: bool,
    /// The organization above that passes the role down, if it is not held here itself.
    pub inherited_from: Option<Named>,
    /// The chain of reasons, nearest first.
    pub because: Vec<Because>,
}

/// An id and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// One link of a chain of reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Because {
    /// Every user of the tenant has it.
    Default {
        /// Since when.
        since: String,
    },
    /// A person gave it.
    Hand {
        /// Since when.
        since: String,
    },
    /// The group stands for the organization and the role.
    Mapping {
        /// The group.
        group: Named,
        /// The connection the group came by.
        connection: Named,
        /// `made`, `matched`, `rule` or `hand`.
        origin: &'static str,
        /// The naming rule that chose it, if one did.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Named>,
        /// Since when the user has it.
        since: String,
    },
    /// A rule over the user's attributes.
    Rule {
        /// The rule.
        rule: Named,
        /// The connection the attributes came by.
        connection: Named,
        /// Since when the user has it.
        since: String,
    },
    /// A group is a member of the one before.
    Nested {
        /// The group within.
        group: Named,
    },
    /// The request that put the user into the group before.
    Request {
        /// When.
        at: String,
        /// The request's id.
        request: String,
        /// The token it came with.
        token: Option<Named>,
        /// The client whose access token it came with.
        #[serde(skip_serializing_if = "Option::is_none")]
        client: Option<Named>,
    },
}

/// Finds a user by id or username; somebody whose resource was deleted as well, if nobody else has the name.
///
/// # Errors
/// There is none.
pub fn find_user(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<User, Error> {
    if let Some(user) = users::by_id(tx, tenant, who)? {
        return Ok(user);
    }
    if let Some(user) = users::linked_by_user_name(tx, tenant, who)? {
        return Ok(user);
    }
    users::former(tx, tenant, who)?
        .ok_or_else(|| Error::NotFound(format!("There is no user \"{who}\" in this tenant. Give a username or an id; `accessiq user list` shows them.")))
}

/// What a user may do, and why.
pub fn of_user(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<Access, Error> {
    let tree = Tree::read(tx, tenant)?;
    let roles: HashMap<String, Role> =
        roles::all(tx, tenant)?.into_iter().map(|role| (role.id.clone(), role)).collect();
    let mut entries = Vec::new();
    for membership in memberships::of_user(tx, tenant, &user.id)? {
        let (Some(organization), Some(role)) =
            (tree.named(&membership.organization), roles.get(&membership.role))
        else {
            continue;
        };
        let because = chain(tx, tenant, user, &membership)?;
        let role = Named { id: role.id.clone(), name: role.name.clone() };
        if membership.inherit {
            for below in tree.below(&membership.organization) {
                entries.push(Entry {
                    organization: below,
                    role: role.clone(),
                    effective: false,
                    inherited_from: Some(organization.clone()),
                    because: because.clone(),
                });
            }
        }
        entries.push(Entry { organization, role, effective: false, inherited_from: None, because });
    }
    mark_effective(&mut entries, &roles, user.status == Status::Active);
    let profile = Profile::of_user(user);
    Ok(Access {
        user: user.id.clone(),
        user_name: user.user_name.clone(),
        name: profile.called(),
        status: user.status.as_str(),
        entries,
    })
}

/// Who may do what at an organization, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationAccess {
    /// The organization.
    pub organization: Named,
    /// The users with a role there, in the order of their making.
    pub people: Vec<Holder>,
    /// The last user of the page, after whom the next begins; `None` at the end.
    pub next: Option<String>,
}

/// A user with a role at an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The user's id.
    pub user: String,
    /// The username.
    pub user_name: String,
    /// How the person is called.
    pub name: String,
    /// `active`, `deactivated` or `staged`.
    pub status: &'static str,
    /// Since when the user has had a role there without a break, by what is on record now.
    pub since: String,
    /// The roles there, the strongest first.
    pub entries: Vec<Entry>,
}

/// Who may do what at an organization: `limit` users after an id.
pub fn of_organization(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    organization: &Organization,
    after: &str,
    limit: usize,
) -> Result<OrganizationAccess, Error> {
    let tree = Tree::read(tx, tenant)?;
    let roles: HashMap<String, Role> =
        roles::all(tx, tenant)?.into_iter().map(|role| (role.id.clone(), role)).collect();
    // A user has a row for each reason at each organization of the line; one more user tells whether there are more.
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut held: BTreeMap<String, Vec<Membership>> = BTreeMap::new();
    for (place, inherited_only) in tree.line(&organization.id) {
        let mut last = after.to_owned();
        let mut met = HashSet::new();
        // A page may end within a user's rows: whoever is last in a full page is read again whole.
        loop {
            let page = memberships::page_of_organization(tx, tenant, &place, &last, inherited_only, rows)?;
            let is_full = i64::try_from(page.len()).unwrap_or(i64::MAX) == rows;
            let cut = page.last().filter(|_| is_full).map(|membership| membership.user.clone());
            let whole = page.into_iter().filter(|membership| Some(&membership.user) != cut.as_ref());
            let mut newest = last.clone();
            for membership in whole {
                newest.clone_from(&membership.user);
                met.insert(membership.user.clone());
                held.entry(membership.user.clone()).or_default().push(membership);
            }
            if let Some(user) = &cut
                && newest == last
            {
                let all = memberships::of_user(tx, tenant, user)?;
                let here = all.into_iter().filter(|membership| {
                    membership.organization == place && (membership.inherit || !inherited_only)
                });
                held.entry(user.clone()).or_default().extend(here);
                met.insert(user.clone());
                newest.clone_from(user);
            }
            last = newest;
            if !is_full || met.len() > limit {
                break;
            }
        }
    }
    let more = held.len() > limit;
    let named = Named { id: organization.id.clone(), name: organization.name.clone() };
    let mut people = Vec::new();
    for (user, memberships) in held.into_iter().take(limit) {
        if let Some(user) = users::by_id(tx, tenant, &user)? {
            people.push(holder(tx, tenant, (&tree, &roles), &named, &user, &memberships)?);
        }
    }
    let next = people.last().filter(|_| more).map(|last| last.user.clone());
    Ok(OrganizationAccess { organization: named, people, next })
}

fn holder(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    (tree, roles): (&Tree, &HashMap<String, Role>),
    organization: &Named,
    user: &User,
    memberships: &[Membership],
) -> Result<Holder, Error> {
    let mut entries = Vec::new();
    for membership in memberships {
        let Some(role) = roles.get(&membership.role) else { continue };
        let above =
            (membership.organization != organization.id).then(|| tree.named(&membership.organization));
        entries.push(Entry {
            organization: organization.clone(),
            role: Named { id: role.id.clone(), name: role.name.clone() },
            effective: false,
            inherited_from: above.flatten(),
            because: chain(tx, tenant, user, membership)?,
        });
    }
    mark_effective(&mut entries, roles, user.status == Status::Active);
    let since = memberships.iter().map(|membership| membership.since).min().unwrap_or_default();
    Ok(Holder {
        user: user.id.clone(),
        user_name: user.user_name.clone(),
        name: Profile::of_user(user).called(),
        status: user.status.as_str(),
        since: time(since),
        entries,
    })
}

/// Of several roles at one organization the one of the highest priority is effective.
fn mark_effective(entries: &mut [Entry], roles: &HashMap<String, Role>, active: bool) {
    let priority = |entry: &Entry| roles.get(&entry.role.id).map_or(0, |role| role.priority);
    let mut strongest: BTreeMap<Named, i64> = BTreeMap::new();
    for entry in entries.iter() {
        let known = strongest.entry(entry.organization.clone()).or_insert(i64::MIN);
        *known = (*known).max(priority(entry));
    }
    for entry in entries.iter_mut() {
        entry.effective = active && strongest.get(&entry.organization) == Some(&priority(entry));
    }
    entries.sort_by(|left, right| {
        let order =
            |entry: &Entry| (entry.organization.name.clone(), -priority(entry), entry.inherited_from.clone());
        order(left).cmp(&order(right))
    });
}

/// The tenant's organizations that are not archived.
struct Tree {
    organizations: Vec<Organization>,
}

impl Tree {
    fn read(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Self, StoreError> {
        let mut organizations = organizations::all(tx, tenant)?;
        organizations.retain(|organization| organization.archived_at.is_none());
        Ok(Self { organizations })
    }

    fn named(&self, id: &str) -> Option<Named> {
        let found = self.organizations.iter().find(|organization| organization.id == id)?;
        Some(Named { id: found.id.clone(), name: found.name.clone() })
    }

    /// An organization and those above it; what of those above is not passed down does not count.
    fn line(&self, id: &str) -> Vec<(String, bool)> {
        let mut line = vec![(id.to_owned(), false)];
        let parent = |id: &str| {
            let found = self.organizations.iter().find(|organization| organization.id == id)?;
            found.parent.clone()
        };
        let mut above = parent(id);
        while let Some(next) = above.filter(|next| line.iter().all(|(known, _)| known != next)) {
            above = parent(&next);
            line.push((next, true));
        }
        line
    }

    fn below(&self, id: &str) -> Vec<Named> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([id.to_owned()]);
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            for child in self.organizations.iter().filter(|child| child.parent.as_ref() == Some(&next)) {
                if seen.insert(child.id.clone()) {
                    found.push(Named { id: child.id.clone(), name: child.name.clone() });
                    open.push(child.id.clone());
                }
            }
        }
        found
    }
}

fn chain(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user: &User,
    membership: &Membership,
) -> Result<Vec<Because>, Error> {
    let since = time(membership.since);
    match &membership.reason {
        Reason::Default => Ok(vec![Because::Default { since }]),
        Reason::Hand => Ok(vec![Because::Hand { since }]),
        Reason::Group { connection, group } => {
            let scope = Scope { tenant, connection: *connection };
            let mut links = vec![mapping_link(tx, scope, group, membership, since)?];
            links.extend(way_in(tx, scope, user, group)?);
            Ok(links)
        }
        Reason::Rule { connection, rule } => {
            let scope = Scope { tenant, connection: *connection };
            let rule = named_rule(tx, scope, rule)?;
            Ok(vec![Because::Rule { rule, connection: named_connection(tx, scope)?, since }])
        }
    }
}

fn mapping_link(
    tx: &mut Tx<'_>,
    scope: Scope,
    group: &str,
    membership: &Membership,
    since: String,
) -> Result<Because, Error> {
    let leads = |mapping: &Mapping| {
        mapping.target.as_ref().is_some_and(|target| {
            target.organization == membership.organization && target.role == membership.role
        })
    };
    let mapping = mappings::of_group(tx, scope, group)?.into_iter().find(leads);
    let origin = mapping.as_ref().map_or("", |mapping| mapping.origin.as_str());
    let rule = match mapping.map(|mapping| mapping.origin) {
        Some(Origin::Rule { rule, .. }) => Some(named_rule(tx, scope, &rule)?),
        _ => None,
    };
    let connection = named_connection(tx, scope)?;
    Ok(Because::Mapping { group: named_group(tx, scope, group)?, connection, origin, rule, since })
}

fn named_connection(tx: &mut Tx<'_>, scope: Scope) -> Result<Named, Error> {
    let found = connections::of_tenant(tx, scope.tenant)?.into_iter().find(|found| found.scope == scope);
    Ok(found.map_or_else(Named::default, |found| Named { id: found.id, name: found.name }))
}

fn named_rule(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Named, Error> {
    let found = rules::of_connection(tx, scope)?.into_iter().find(|rule| rule.id == id);
    Ok(Named { id: id.to_owned(), name: found.map_or_else(String::new, |rule| rule.name) })
}

fn named_group(tx: &mut Tx<'_>, scope: Scope, id: &str) -> Result<Named, Error> {
    let name = mirror_groups::by_id(tx, scope, id)?
        .map_or_else(String::new, |group| group.display_name().to_owned());
    Ok(Named { id: id.to_owned(), name })
}

/// The shortest way from a group down to the user: the groups between, and the request that put the user into the last.
fn way_in(tx: &mut Tx<'_>, scope: Scope, user: &User, group: &str) -> Result<Vec<Because>, Error> {
    let resource = mirror_users::of_user(tx, scope, &user.id)?
        .into_iter()
        .find(|(connection, _)| *connection == scope.connection);
    let Some((_, resource)) = resource else { return Ok(Vec::new()) };
    // Upwards from the user, remembering the member each group was reached by.
    let mut reached: HashMap<String, String> = HashMap::new();
    let mut open = VecDeque::from([resource.clone()]);
    while let Some(next) = open.pop_front() {
        if next == group {
            break;
        }
        for member in members::of_member(tx, scope, &next)? {
            if !reached.contains_key(&member.group_id) {
                reached.insert(member.group_id.clone(), next.clone());
                open.push_back(member.group_id);
            }
        }
    }
    let mut links = Vec::new();
    let mut holder = group.to_owned();
    while let Some(member) = reached.get(&holder) {
        if *member == resource {
            links.extend(request_link(tx, scope, &holder, member)?);
            break;
        }
        links.push(Because::Nested { group: named_group(tx, scope, member)? });
        holder.clone_from(member);
    }
    Ok(links)
}

fn request_link(tx: &mut Tx<'_>, scope: Scope, group: &str, member: &str) -> Result<Option<Because>, Error> {
    let Some(row) = members::one(tx, scope, group, member)? else { return Ok(None) };
    let (mut token, mut client) = (None, None);
    if let Some(id) = &row.token_id {
        let tokens = tokens::of_connection(tx, scope)?;
        let clients = clients::of_connection(tx, scope)?;
        token =
            tokens.into_iter().find(|token| token.id == *id).map(|Token { id, name, .. }| Named { id, name });
        client = clients
            .into_iter()
            .find(|client| client.id == *id)
            .map(|Client { id, name, .. }| Named { id, name });
    }
    Ok(Some(Because::Request { at: time(row.added_at), request: row.request_id, token, client }))
}

impl Because {
    /// The link as part of a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Default { since } => format!("given to every user, since {since}"),
            Self::Hand { since } => format!("given by hand, since {since}"),
            Self::Mapping { group, connection, origin, rule, since } => {
                let how = match (*origin, rule) {
                    ("made", _) => "the organization was made for it".to_owned(),
                    ("matched", _) => "the organization has its name".to_owned(),
                    (_, Some(rule)) => format!("its name is read by rule \"{}\"", rule.name),
                    _ => "mapped by hand".to_owned(),
                };
                format!("group \"{}\" of {} ({how}), since {since}", group.name, connection.name)
            }
            Self::Rule { rule, connection, since } => {
                format!("rule \"{}\" of {} over attributes, since {since}", rule.name, connection.name)
            }
            Self::Nested { group } => format!("which holds group \"{}\"", group.name),
            Self::Request { at, request, token, client } => {
                let told = |kind: &str, named: &Option<Named>| {
                    named.as_ref().map_or_else(String::new, |named| format!(", {kind} \"{}\"", named.name))
                };
                let (token, client) = (told("token", token), told("client", client));
                format!("put there at {at} by request {request}{token}{client}")
            }
        }
    }
}
