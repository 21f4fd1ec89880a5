//! Replacing a user: PUT.

use super::{existing, write};
use crate::ground::Ground;
use crate::unit::{Carried, run};
use crate::{Error, Session};
use scim::etag::Conditions;
use scim::{Document, Notes, dialect, resource};
use serde_json::Value;
use std::sync::Arc;
use store::requests::Record;

/// Replaces a user with the body of a PUT.
///
/// # Errors
/// `404` for an unknown id, `412` for another version, `400` for a body that cannot be read or lacks a required
/// attribute, `409 uniqueness` for a userName that is taken.
pub async fn replace<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    id: String,
    conditions: Conditions,
    body: Value,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let mut notes = Notes::new();
    let definition = &session.definitions.user;
    let body = dialect::read_resource(session.provider, session.mode(), definition, body, &mut notes);
    let document = resource::read(definition, body, session.mode(), &mut notes)?;
    let work = move |unit: &mut crate::Unit<'_, '_>| {
        let before = existing(unit, &id, &conditions)?;
        resource::check_immutable(&unit.session.definitions.user, &before.document, &document)?;
        let document = with_kept(&before.document, &document);
        write(unit, &before, document)
    };
    run(ground, session, notes, work, seal).await
}

/// RFC 7644 §3.5.1 leaves open what a PUT does to what it omits: `active` stays as it is, since a PUT that says
/// nothing of it must not let anybody in; everything else is cleared.
fn with_kept(before: &Document, document: &Document) -> Document {
    let mut document = document.clone();
    if let (None, Some(active)) = (document.get("active"), before.get("active")) {
        document.insert("active".into(), active.clone());
    }
    document
}
