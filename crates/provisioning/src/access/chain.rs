//! The chain of reasons behind a membership: role ← mapping or rule ← group ← the request.

use super::Named;
use crate::Error;
use crate::people::time;
use crate::retention::{self, given};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use store::clients::Client;
use store::events::{self, Event};
use store::mappings::{self, Mapping, Origin};
use store::memberships::{self, Membership, Reason};
use store::tokens::Token;
use store::users::User;
use store::{Scope, TenantId, Tx};
use store::{
    clients, connections, jobs, members, mirror_groups, mirror_users, requests, rules, tenants, tokens,
};

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
        /// Who: a name at the command line, or an API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Why it is not known who.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
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
    /// The request that put the user into the group before, or sent what the rule before speaks of.
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

impl Because {
    /// The link as part of a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Default { since } => format!("given to every user, since {since}"),
            Self::Hand { since, by, note } => {
                let by = by.as_ref().map_or_else(String::new, |name| format!(" by {name}"));
                let note = note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
                format!("given by hand{by}, since {since}{note}")
            }
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
                format!("by request {request} at {at}{token}{client}")
            }
        }
    }
}

/// Why a user has a membership, the nearest reason first.
pub(super) fn chain(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user: &User,
    membership: &Membership,
) -> Result<Vec<Because>, Error> {
    let since = time(membership.since);
    match &membership.reason {
        Reason::Default => Ok(vec![Because::Default { since }]),
        Reason::Hand => {
            let by = giver(tx, tenant, user, membership)?.and_then(|(_, id)| id);
            let note = if by.is_none() { forgotten(tx, tenant, membership)? } else { None };
            Ok(vec![Because::Hand { since, by, note }])
        }
        Reason::Group { connection, group } => {
            let scope = Scope { tenant, connection: *connection };
            let mut links = vec![mapping_link(tx, scope, group, membership, since)?];
            links.extend(way_in(tx, scope, user, group)?);
            Ok(links)
        }
        Reason::Rule { connection, rule } => {
            let scope = Scope { tenant, connection: *connection };
            let rule = named_rule(tx, scope, rule)?;
            let mut links = vec![Because::Rule { rule, connection: named_connection(tx, scope)?, since }];
            // A job that carried a new rule out has an id as well, and is no request.
            if let Some(id) = &membership.request_id
                && jobs::by_id(tx, tenant, id)?.is_none()
            {
                let credential = match requests::by_id(tx, scope, id)? {
                    Some(record) => record.token_id,
                    // The record has gone; who sent it is told by the event, or is written on the membership.
                    None => giver(tx, tenant, user, membership)?.and_then(|(_, credential)| credential),
                };
                links.push(named_request(tx, scope, membership.since, id.clone(), credential.as_deref())?);
            }
            Ok(links)
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
    named_request(tx, scope, row.added_at, row.request_id, row.token_id.as_deref()).map(Some)
}

/// A request with the name of the credential that it came with: a token, or a client.
fn named_request(
    tx: &mut Tx<'_>,
    scope: Scope,
    at: i64,
    request: String,
    credential: Option<&str>,
) -> Result<Because, Error> {
    let (mut token, mut client) = (None, None);
    if let Some(credential) = credential {
        let is_token = |token: &Token| token.id == credential;
        let is_client = |client: &Client| client.id == credential;
        token = tokens::of_connection(tx, scope)?.into_iter().find(is_token);
        client = clients::of_connection(tx, scope)?.into_iter().find(is_client);
    }
    let token = token.map(|Token { id, name, .. }| Named { id, name });
    let client = client.map(|Client { id, name, .. }| Named { id, name });
    Ok(Because::Request { at: time(at), request, token, client })
}

/// Who gave a membership, kind and id, as the journal has it; once the event has gone, as the membership has it.
fn giver(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user: &User,
    membership: &Membership,
) -> Result<Option<(String, Option<String>)>, Error> {
    let is_it = |event: &Event| {
        given(event).is_some_and(|(organization, role, reason)| {
            (&organization, &role, &reason)
                == (&membership.organization, &membership.role, &membership.reason)
        })
    };
    let told = events::of_subject(tx, tenant, &user.id)?;
    if let Some(event) = told.into_iter().rev().find(is_it) {
        return Ok(Some(event.actor));
    }
    let kept = memberships::giver(tx, tenant, membership)?;
    Ok(kept
        .as_deref()
        .and_then(|kept| kept.split_once(':'))
        .map(|(kind, id)| (kind.to_owned(), Some(id.to_owned()))))
}

/// Why nobody can tell who gave a membership, if that is so.
fn forgotten(tx: &mut Tx<'_>, tenant: TenantId, membership: &Membership) -> Result<Option<String>, Error> {
    let tenant = tenants::by_id(tx, tenant)?;
    Ok(tenant.and_then(|tenant| retention::forgotten(&tenant, membership.since)))
}
