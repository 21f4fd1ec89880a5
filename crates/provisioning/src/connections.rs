//! Connections: making one, with its first token, and setting it up.

use crate::people::{self, Operator};
use crate::tokens::{self, NewToken, Wanted};
use crate::{Error, Settings};
use scim::Provider;
use serde_json::json;
use store::connections::{self, Connection};
use store::{Scope, Store, TenantId};

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
    check_name("connection", &name)?;
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

pub(crate) fn check_name(of: &str, name: &str) -> Result<(), Error> {
    if name.is_empty() || name.chars().count() > NAME_LENGTH || name.chars().any(char::is_control) {
        return Err(Error::invalid(format!(
            "A {of}'s name has 1 to {NAME_LENGTH} characters and no control characters."
        )));
    }
    Ok(())
}

/// Changes settings: each change is a key and a value, `name` among the keys. All are taken, or none.
///
/// # Errors
/// An unknown connection, an unknown key, a value the key does not take.
pub async fn set(
    store: &Store,
    operator: &Operator,
    id: &str,
    changes: &[(String, String)],
) -> Result<Connection, Error> {
    let tenant = by_id(store, id)?.scope.tenant;
    let (id, changes) = (id.to_owned(), changes.to_vec());
    people::act(store, operator, tenant, move |act| {
        let before = connections::by_id(act.tx, &id)?.ok_or_else(|| unknown(&id))?;
        let mut after = before.clone();
        let mut settings = settings(&before)?;
        for (key, value) in &changes {
            if key == "name" {
                check_name("connection", value.trim())?;
                value.trim().clone_into(&mut after.name);
            } else {
                settings.set(key, value)?;
            }
        }
        after.settings = serde_json::to_string(&settings).unwrap_or_default();
        if after == before {
            return Ok(before);
        }
        after.version += 1;
        after.modified_at = act.at;
        let change = connections::update(act.tx, &after)?;
        let shown = |connection: &Connection| json!({ "name": connection.name, "settings": serde_json::from_str::<serde_json::Value>(&connection.settings).ok() });
        let summary = format!("Connection \"{}\" was set up anew", after.name);
        act.record(change, "connection.changed", ("connection", &id), Some(after.scope), summary, Some(shown(&before)), Some(shown(&after)));
        Ok(after)
    })
    .await
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
