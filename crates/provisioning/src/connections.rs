//! Connections: making one, with its first token, and setting it up.

use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::Policy;
use crate::policy::follow::{Reach, follow};
use crate::tenants::OWNER;
use crate::tokens::{self, NewToken, Wanted};
use crate::{Error, Settings, extensions, find};
use scim::Provider;
use scim::schema::definition::Definitions;
use serde_json::json;
use std::sync::Arc;
use store::connections::{self, Connection};
use store::events::Unrecorded;
use store::jobs::Job;
use store::{Scope, Store, TenantId, Tx, mappings, rules};

/// How long the name of a connection may be, in characters.
const NAME_LENGTH: usize = 100;

/// Makes a connection and its first token.
///
/// # Errors
/// A name that is empty, too long or has control characters.
pub async fn create(
    store: &Store,
    operator: &Operator,
    tenant: TenantId,
    provider: Provider,
    name: Option<&str>,
    expires_at: Option<i64>,
) -> Result<(Connection, NewToken), Error> {
    let name = name.map_or_else(|| provider.label().to_owned(), |name| name.trim().to_owned());
    check_name(&name)?;
    let settings = serde_json::to_string(&Settings::default()).unwrap_or_default();
    let id = store.ids().next();
    // The number is given within the transaction; the token is bound to it there.
    let token = tokens::compose_row(
        store,
        Scope { tenant, connection: 0 },
        Wanted { name: "first", expires_at, read_only: false },
    );
    let row = token.token.clone();
    let provider = provider.to_string();
    let (connection, row) = people::act(store, operator, tenant, move |act| {
        let scope = Scope { tenant, connection: connections::next_number(act.tx, tenant)? };
        let connection = Connection {
            scope,
            id: id.clone(),
            name: name.clone(),
            provider: provider.clone(),
            settings: settings.clone(),
            version: 1,
            created_at: act.at,
            modified_at: act.at,
        };
        let change = connections::insert(act.tx, &connection)?;
        let after = json!({ "name": name, "provider": provider });
        act.record(
            change,
            "connection.created",
            ("connection", &id),
            Some(scope),
            format!("Connection \"{name}\" was created"),
            None,
            Some(after),
        );
        let row = store::tokens::Token { scope, ..row.clone() };
        tokens::insert(act, &row)?;
        Ok((connection, row))
    })
    .await?;
    Ok((connection, NewToken { token: row, text: token.text }))
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.chars().count() > NAME_LENGTH || name.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "A connection's name has 1 to {NAME_LENGTH} characters and no control characters."
        )));
    }
    Ok(())
}

/// Changes settings: each change is a key and a value, `name` among the keys. All are taken, or none. `version` is the
/// one the person has seen. Returns the connection, and the job that lets its users follow if there are many.
///
/// # Errors
/// An unknown connection, a version that is not the present one, an unknown key, a value the key does not take; a role that is not there, or a ceiling below
/// what the connection gives.
pub async fn set(
    store: &Store,
    operator: &Operator,
    id: &str,
    version: Option<i64>,
    changes: &[(String, String)],
) -> Result<(Connection, Option<Job>), Error> {
    let tenant = by_id(store, id)?.scope.tenant;
    let (id, changes) = (id.to_owned(), changes.to_vec());
    people::act(store, operator, tenant, move |act| {
        let before = connections::by_id(act.tx, &id)?.ok_or_else(|| unknown(&id))?;
        check_seen(before.version, version)?;
        let mut after = before.clone();
        let old = settings(&before)?;
        let mut settings = old.clone();
        for (key, value) in &changes {
            if key == "name" {
                check_name(value.trim())?;
                value.trim().clone_into(&mut after.name);
            } else {
                settings.set(key, value)?;
            }
        }
        after.settings = serde_json::to_string(&settings).unwrap_or_default();
        if after == before {
            return Ok((before, None));
        }
        check_roles(act.tx, before.scope, &settings)?;
        after.version += 1;
        after.modified_at = act.at;
        let change = connections::update(act.tx, &after)?;
        let shown = |connection: &Connection| json!({ "name": connection.name, "settings": serde_json::from_str::<serde_json::Value>(&connection.settings).ok() });
        let summary = format!("Connection \"{}\" was set up anew", after.name);
        act.record(change, "connection.changed", ("connection", &id), Some(after.scope), summary, Some(shown(&before)), Some(shown(&after)));
        let job = if Policy::of_settings(&old).is_same_by_default(&Policy::of_settings(&settings)) && old.off == settings.off {
            None
        } else {
            follow(act, &after, &Reach::Everybody)?
        };
        Ok((after, job))
    })
    .await
}

/// Refuses roles that are not there, and a ceiling that is Owner's or below what the connection gives.
fn check_roles(tx: &mut Tx<'_>, scope: Scope, settings: &Settings) -> Result<(), Error> {
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

/// A connection's settings, read, with what follows from them.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What the administrator chose.
    pub settings: Settings,
    /// What the resource types mean.
    pub definitions: Arc<Definitions>,
    /// What the directory makes of groups and users.
    pub policy: Arc<Policy>,
}

impl Shape {
    /// The shape of a connection at the version that was read.
    pub fn read(tx: &mut Tx<'_>, connection: &Connection) -> Result<Self, Error> {
        let settings = settings(connection)?;
        let extensions = extensions::of(tx, connection.scope.tenant)?;
        let definitions = Arc::new(Definitions::build(&settings.synchronised(extensions)));
        let policy = Arc::new(Policy::read(tx, connection.scope, &settings, &definitions)?);
        Ok(Self { settings, definitions, policy })
    }
}

/// A connection as it stands in this transaction.
pub(crate) fn present(tx: &mut Tx<'_>, known: &Connection) -> Result<(Connection, Shape), Error> {
    let connection = connections::by_id(tx, &known.id)?.ok_or_else(|| unknown(&known.id))?;
    let shape = Shape::read(tx, &connection)?;
    Ok((connection, shape))
}

/// Gives a connection its next version: what follows from its rules is read anew by whoever kept it.
pub(crate) fn touch(act: &mut Act<'_, '_>, connection: &Connection) -> Result<Unrecorded, Error> {
    let next = Connection { version: connection.version + 1, modified_at: act.at, ..connection.clone() };
    Ok(connections::update(act.tx, &next)?)
}

/// The settings of a connection.
pub fn settings(connection: &Connection) -> Result<Settings, Error> {
    serde_json::from_str(&connection.settings).map_err(|error| {
        store::StoreError::Unreadable(format!("the settings of connection {}: {error}", connection.id)).into()
    })
}

/// The connection of a public id.
///
/// # Errors
/// There is none.
pub fn by_id(store: &Store, id: &str) -> Result<Connection, Error> {
    store.read(|tx| connections::by_id(tx, id))?.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Error {
    Error::NotFound(format!("There is no connection {id}. `accessiq connection list` shows those there are."))
}
