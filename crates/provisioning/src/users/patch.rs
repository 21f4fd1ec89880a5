//! Changing a user: PATCH.

use super::{definition_for, existing, write};
use crate::ground::Ground;
use crate::unit::{Carried, run};
use crate::{Error, Session, effort};
use scim::etag::Conditions;
use scim::patch::{self, Step};
use scim::{Notes, dialect};
use serde_json::Value;
use std::sync::Arc;
use store::requests::Record;

/// Changes a user by the body of a PATCH: all operations in their order, or none.
///
/// # Errors
/// `404` for an unknown id, `412` for another version, `400` for what cannot be read or carried out, `409 uniqueness`
/// for a userName that is taken.
pub async fn patch<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    id: String,
    conditions: Conditions,
    body: Value,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let mut notes = Notes::new();
    let definition = &session.definitions.user;
    let mode = session.mode();
    let body = dialect::read_patch(session.provider, mode, definition, body, &mut notes);
    let operations = patch::parse(definition, body, mode, &mut notes)?;
    let steps = patch::plan(definition, operations, mode, &mut notes)?;
    effort::check_steps(&steps)?;
    let work = move |unit: &mut crate::Unit<'_, '_>| {
        let before = existing(unit, &id, &conditions)?;
        let definition = definition_for(unit, &before);
        let mut document = before.document.clone();
        for step in &steps {
            if let Step::Document(operation) = step {
                patch::apply(&definition, &mut document, operation, unit.session.mode(), &mut unit.notes)?;
                effort::check_values(&document)?;
            }
        }
        patch::finish(&definition, &mut document, &mut unit.notes)?;
        write(unit, &before, document)
    };
    run(ground, session, notes, work, seal).await
}
