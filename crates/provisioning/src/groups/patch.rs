//! Changing a group: PATCH as intent. Members are added and removed by rows; the group is never read whole.

use super::{answer, existing, members, write};
use crate::ground::Ground;
use crate::unit::{Carried, Outcome, Resource, Unit, run};
use crate::{Error, Session, effort};
use scim::etag::Conditions;
use scim::patch::{self, Step};
use scim::{Notes, dialect};
use serde_json::Value;
use std::sync::Arc;
use store::requests::Record;

/// What a client wants to see of the group it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: `204`.
    Nothing,
    /// The group, with or without its members.
    Group {
        /// Whether members are wanted.
        with_members: bool,
    },
}

/// Changes a group by the body of a PATCH: all operations in their order, or none.
///
/// # Errors
/// `404` for an unknown id, `412` for another version, `400` for what cannot be read or carried out, `409 uniqueness`
/// for a name that is taken.
pub async fn patch<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    id: String,
    conditions: Conditions,
    body: Value,
    wanted: Wanted,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let mut notes = Notes::new();
    let definition = &session.definitions.group;
    let mode = session.mode();
    let body = dialect::read_patch(session.provider, mode, definition, body, &mut notes);
    let operations = patch::parse(definition, body, mode, &mut notes)?;
    let steps = patch::plan(definition, operations, mode, &mut notes)?;
    effort::check_steps(&steps)?;
    let work = move |unit: &mut Unit<'_, '_>| {
        let before = existing(unit, &id, &conditions)?;
        let definition = Arc::clone(&unit.session.definitions.group);
        let mut document = before.document.clone();
        let mut changed = members::Changed::default();
        for step in &steps {
            match step {
                Step::Document(operation) => {
                    patch::apply(
                        &definition,
                        &mut document,
                        operation,
                        unit.session.mode(),
                        &mut unit.notes,
                    )?;
                }
                Step::Rows { change, .. } => members::change(unit, &before, change, &mut changed)?,
            }
        }
        patch::finish(&definition, &mut document, &mut unit.notes)?;
        let after = write(unit, &before, document, changed.any())?;
        members::follow(unit, changed)?;
        let resource = match wanted {
            Wanted::Nothing => {
                Resource { id: after.id, version: after.version, document: None, is_beginning: false }
            }
            Wanted::Group { with_members } => answer(unit, &after, with_members)?,
        };
        Ok(Outcome::Kept(resource))
    };
    run(ground, session, notes, work, seal).await
}
