//! Creating a group: the resource, its mapping to an organization, its members.

use super::{answer, check_name, members};
use crate::ground::Ground;
use crate::policy::mapping;
use crate::unit::{Carried, Outcome, Told, Unit, run};
use crate::{Error, Session};
use scim::patch::RowChange;
use scim::{Document, Notes, dialect, resource};
use serde_json::{Value, json};
use std::sync::Arc;
use store::mirror_groups::{self, MirrorGroup};
use store::requests::Record;

/// Creates a group from the body of a POST.
///
/// # Errors
/// `400` for a body that cannot be read, `409 uniqueness` for a name that is taken.
pub async fn create<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    body: Value,
    with_members: bool,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let mut notes = Notes::new();
    let (document, elements) = read(session, body, &mut notes)?;
    let work = move |unit: &mut Unit<'_, '_>| make(unit, &document, elements.as_deref(), with_members);
    run(ground, session, notes, work, seal).await
}

/// The document of a body, and its members apart.
pub fn read(
    session: &Session,
    body: Value,
    notes: &mut Notes,
) -> Result<(Document, Option<Vec<Value>>), Error> {
    let definition = &session.definitions.group;
    let body = dialect::read_resource(session.provider, session.mode(), definition, body, notes);
    let mut document = resource::read(definition, body, session.mode(), notes)?;
    let members = match document.shift_remove("members") {
        Some(Value::Array(members)) => Some(members),
        _ => None,
    };
    resource::check_required(definition, &document)?;
    Ok((document, members))
}

fn make(
    unit: &mut Unit<'_, '_>,
    document: &Document,
    elements: Option<&[Value]>,
    with_members: bool,
) -> Result<Outcome, Error> {
    let group = MirrorGroup {
        id: unit.new_id(),
        document: document.clone(),
        version: 1,
        created_at: unit.session.at,
        modified_at: unit.session.at,
    };
    check_name(unit, &group)?;
    let change = mirror_groups::insert(unit.tx, unit.session.scope, &group)?;
    let summary = format!("Group \"{}\" was created", group.display_name());
    let after = json!({ "attributes": document });
    unit.record(
        change,
        "group.created",
        ("group", &group.id),
        Told { summary, before: None, after: Some(after) },
    );
    mapping::remap(&mut unit.work(), &group)?;
    if let Some(elements) = elements {
        let mut changed = members::Changed::default();
        members::change(unit, &group, &RowChange::Add(elements.to_vec()), &mut changed)?;
        members::follow(unit, changed)?;
    }
    answer(unit, &group, with_members).map(Outcome::Created)
}
