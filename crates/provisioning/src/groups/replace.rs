//! Replacing a group: PUT.

use super::create::read;
use super::{answer, existing, members, write};
use crate::ground::Ground;
use crate::unit::{Carried, Outcome, Unit, run};
use crate::{Error, Session};
use scim::Notes;
use scim::etag::Conditions;
use scim::patch::RowChange;
use serde_json::Value;
use std::sync::Arc;
use store::requests::Record;

/// Replaces a group, its members included, with the body of a PUT.
///
/// # Errors
/// `404` for an unknown id, `412` for another version, `400` for a body that cannot be read, `409 uniqueness` for a
/// name that is taken.
pub async fn replace<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    id: String,
    conditions: Conditions,
    body: Value,
    with_members: bool,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let mut notes = Notes::new();
    let (document, elements) = read(session, body, &mut notes)?;
    let elements = RowChange::Replace(elements.unwrap_or_default());
    let work = move |unit: &mut Unit<'_, '_>| {
        let before = existing(unit, &id, &conditions)?;
        let mut changed = members::Changed::default();
        members::change(unit, &before, &elements, &mut changed)?;
        let after = write(unit, &before, document.clone(), changed.any())?;
        members::follow(unit, changed)?;
        answer(unit, &after, with_members).map(Outcome::Kept)
    };
    run(ground, session, notes, work, seal).await
}
