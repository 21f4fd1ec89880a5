//! Who did it, by the name that a person knows: a token's or a key's instead of its id.

use super::Feed;
use std::collections::HashMap;
use store::events::Event;
use store::{StoreError, TenantId, Tx, clients, keys, tokens};

/// Names of the actors of some events, by kind and id.
#[derive(Debug, Default)]
pub struct Actors(HashMap<(String, String), String>);

impl Actors {
    /// Looks up who did these events.
    pub fn read(
        tx: &mut Tx<'_>,
        tenant: TenantId,
        feeds: &[Feed],
        events: &[Event],
    ) -> Result<Self, StoreError> {
        let mut names = HashMap::new();
        let did = |kind: &str| events.iter().any(|event| event.actor.0 == kind);
        for feed in feeds {
            if did("token") {
                for token in tokens::of_connection(tx, feed.scope)? {
                    names.insert(("token".into(), token.id), token.name);
                }
            }
            if did("client") {
                for client in clients::of_connection(tx, feed.scope)? {
                    names.insert(("client".into(), client.id), client.name);
                }
            }
        }
        if did("key") {
            for key in keys::of_tenant(tx, tenant)? {
                names.insert(("key".into(), key.id), key.name);
            }
        }
        Ok(Self(names))
    }

    /// What to call the actor of an event.
    pub fn name(&self, event: &Event) -> String {
        let (kind, id) = &event.actor;
        let id = id.clone().unwrap_or_default();
        match self.0.get(&(kind.clone(), id.clone())) {
            Some(name) => format!("{kind} “{name}”"),
            None if id.is_empty() => kind.clone(),
            None if kind == "administrator" || kind == "operator" => id,
            None => format!("{kind} {id}"),
        }
    }
}
