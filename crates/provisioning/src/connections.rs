//! Connections: making one, with its first token, and setting it up.

use crate::people::{self, Act, Operator};
use crate::policy::Policy;
use crate::tokens::{self, NewToken, Wanted};
use crate::{Error, Settings, extensions, names};
use scim::Provider;
use scim::schema::definition::Definitions;
use serde_json::json;
use std::sync::Arc;
use store::connections::{self, Connection};
use store::events::Unrecorded;
use store::{Scope, Store, TenantId, Tx, rules};

/// How long the name of a connection may be, in characters.
pub(crate) const NAME_LENGTH: usize = 100;

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
    names::check("A connection's", &name, NAME_LENGTH)?;
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
            ending: None,
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

/// A connection's settings, read, with what follows from them.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What the administrator chose.
    pub settings: Arc<Settings>,
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
        let rules = rules::of_connection(tx, connection.scope)?;
        let policy = Arc::new(Policy::of(&settings, &definitions, &rules));
        Ok(Self { settings: Arc::new(settings), definitions, policy })
    }
}

/// A connection as it stands in this transaction.
///
/// # Errors
/// There is none, or it was ended.
pub(crate) fn present(tx: &mut Tx<'_>, known: &Connection) -> Result<(Connection, Shape), Error> {
    let connection = connections::by_id(tx, &known.id)?.ok_or_else(|| unknown(&known.id))?;
    if connection.ending.is_some() {
        return Err(ended(&connection));
    }
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

/// Refuses what would change a connection that was ended.
pub(crate) fn check_open(tx: &mut Tx<'_>, scope: Scope) -> Result<(), Error> {
    let known = connections::of_tenant(tx, scope.tenant)?.into_iter().find(|found| found.scope == scope);
    match known {
        Some(connection) if connection.ending.is_some() => Err(ended(&connection)),
        _ => Ok(()),
    }
}

/// What a change of a connection hears that was ended.
pub(crate) fn ended(connection: &Connection) -> Error {
    let when =
        connection.ending.map_or_else(String::new, |ending| format!(" at {}", people::time(ending.at)));
    Error::Conflict(format!(
        "Connection \"{}\" was ended{when} and cannot be changed any more. Make a new one instead.",
        connection.name
    ))
}

fn unknown(id: &str) -> Error {
    Error::NotFound(format!("There is no connection {id}. `accessiq connection list` shows those there are."))
}
