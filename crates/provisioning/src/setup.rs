//! Setting a connection up: its settings, what they would take away, and that its users follow.

use crate::connections::{NAME_LENGTH, by_id, present, settings};
use crate::directory::counted;
use crate::organizations::check_seen;
use crate::people::{self, Operator};
use crate::policy::Policy;
use crate::policy::follow::{Reach, follow};
use crate::tenants::OWNER;
use crate::{Error, Settings, extensions, find, names};
use scim::resource::strip;
use scim::schema::definition::Definitions;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::connections::{self, Connection};
use store::jobs::Job;
use store::{Scope, Store, Tx, mappings, mirror_groups, mirror_users, rules};

/// What a person wants of a connection.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Keys and values, `name` among the keys. All are taken, or none.
    pub changes: Vec<(String, String)>,
    /// The version that the person has seen.
    pub version: Option<i64>,
    /// Whether the person knows what is taken away by it.
    pub confirmed: bool,
}

impl Wanted {
    /// These changes, whatever the version; nothing that is stored may go by them.
    pub fn of(changes: &[(String, String)]) -> Self {
        Self { changes: changes.to_vec(), version: None, confirmed: false }
    }
}

/// What settings would take away that is stored: of how many users which attributes, and how many groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Loss {
    /// Users who have a value that would go.
    pub users: i64,
    /// The attributes, and how many users have a value for each.
    pub attributes: BTreeMap<String, i64>,
    /// Groups, with their members.
    pub groups: i64,
}

impl Loss {
    /// Whether nothing would go.
    pub fn is_none(&self) -> bool {
        self.users == 0 && self.groups == 0
    }

    /// What would go, in words.
    pub fn sentence(&self) -> String {
        let mut parts: Vec<String> = self
            .attributes
            .iter()
            .map(|(name, users)| format!("{name} of {}", counted(*users, "user", "users")))
            .collect();
        if self.groups > 0 {
            let (one, many) =
                ("group with the memberships it gives", "groups with the memberships they give");
            parts.push(counted(self.groups, one, many));
        }
        parts.join(", ")
    }
}

/// Changes settings. Returns the connection, and the job that lets its users follow if there are many.
///
/// # Errors
/// An unknown connection, an unknown key, a value the key does not take; a version that is not the present one; a role
/// that is not there, or a ceiling below what the connection gives; something would be taken away that nobody
/// confirmed.
pub async fn set(
    store: &Store,
    operator: &Operator,
    id: &str,
    wanted: Wanted,
) -> Result<(Connection, Option<Job>), Error> {
    let place = by_id(store, id)?;
    if !wanted.confirmed {
        let (place, changes) = (place.clone(), wanted.changes.clone());
        let loss = store.read_long(move |tx| loss(tx, &place, &changes)).await?;
        if !loss.is_none() {
            return Err(Error::Unconfirmed(format!(
                "This would remove what is stored: {}.",
                loss.sentence()
            )));
        }
    }
    people::act(store, operator, place.scope.tenant, move |act| {
        let (before, shape) = present(act.tx, &place)?;
        check_seen(before.version, wanted.version)?;
        let (after, settings) = changed(act.tx, &before, &wanted.changes)?;
        if after == before {
            return Ok((before, None));
        }
        check_roles(act.tx, before.scope, &settings)?;
        let after = Connection { version: before.version + 1, modified_at: act.at, ..after };
        let change = connections::update(act.tx, &after)?;
        let summary = format!("Connection \"{}\" was set up anew", after.name);
        let (scope, old, new) = (Some(after.scope), Some(told(&before)), Some(told(&after)));
        act.record(change, "connection.changed", ("connection", &after.id), scope, summary, old, new);
        let same = Policy::of_settings(&shape.settings).is_same_by_default(&Policy::of_settings(&settings))
            && (&shape.settings.off, shape.settings.groups) == (&settings.off, settings.groups);
        let job = if same { None } else { follow(act, &after, &Reach::Everybody)? };
        Ok((after, job))
    })
    .await
}

/// The connection as these changes would make it, and its settings then.
pub(crate) fn changed(
    tx: &mut Tx<'_>,
    before: &Connection,
    changes: &[(String, String)],
) -> Result<(Connection, Settings), Error> {
    let extensions = extensions::of(tx, before.scope.tenant)?;
    let mut after = before.clone();
    let mut settings = settings(before)?;
    for (key, value) in changes {
        if key == "name" {
            names::check("A connection's", value.trim(), NAME_LENGTH)?;
            value.trim().clone_into(&mut after.name);
        } else {
            settings.set(key, value, &extensions)?;
        }
    }
    after.settings = serde_json::to_string(&settings).unwrap_or_default();
    Ok((after, settings))
}

/// What these changes would take away that is stored.
///
/// # Errors
/// As for making them.
pub fn loss(tx: &mut Tx<'_>, place: &Connection, changes: &[(String, String)]) -> Result<Loss, Error> {
    let (before, shape) = present(tx, place)?;
    let (_, settings) = changed(tx, &before, changes)?;
    let mut loss = Loss::default();
    if shape.settings.groups && !settings.groups {
        loss.groups = mirror_groups::count(tx, before.scope)?;
    }
    if settings.off.iter().all(|path| shape.settings.off.contains(path)) {
        return Ok(loss);
    }
    let extensions = extensions::of(tx, before.scope.tenant)?;
    let definition = Definitions::build(&settings.synchronised(extensions)).user;
    let mut after = String::new();
    loop {
        let page = mirror_users::page(tx, before.scope, &after, 500)?;
        let Some(last) = page.last() else { return Ok(loss) };
        after.clone_from(&last.id);
        for user in page {
            let Some(left) = strip(&definition, &user.document) else { continue };
            loss.users += 1;
            let gone = user.document.iter().filter(|(name, value)| left.get(*name) != Some(*value));
            for (name, _) in gone {
                *loss.attributes.entry(name.clone()).or_default() += 1;
            }
        }
    }
}

/// Refuses roles that are not there, and a ceiling that is Owner's or below what the connection gives.
pub(crate) fn check_roles(tx: &mut Tx<'_>, scope: Scope, settings: &Settings) -> Result<(), Error> {
    let ceiling = find::role(tx, scope.tenant, &settings.role_ceiling)?;
    if ceiling.name == OWNER {
        return Err(Error::invalid("Owner is given by hand alone. Choose a weaker role as role-ceiling."));
    }
    let mut given = Vec::new();
    if let Some(role) = &settings.mapping_role {
        given.push(find::role(tx, scope.tenant, role)?.id);
    }
    given.extend(mappings::roles_of(tx, scope)?);
    given.extend(rules::of_connection(tx, scope)?.into_iter().filter_map(|rule| rule.role));
    for id in given {
        let role = find::role(tx, scope.tenant, &id)?;
        if role.priority > ceiling.priority {
            return Err(Error::invalid(format!(
                "role-ceiling={} is below \"{}\", which a mapping, a rule or mapping-role of the connection gives. Change that first.",
                ceiling.name, role.name
            )));
        }
    }
    Ok(())
}

fn told(connection: &Connection) -> Value {
    let settings = serde_json::from_str::<Value>(&connection.settings).ok();
    json!({ "name": connection.name, "settings": settings })
}
