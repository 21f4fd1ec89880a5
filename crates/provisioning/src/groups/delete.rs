//! Deleting a group: the resource goes, and with it every membership it gave.

use super::{existing, leave_all};
use crate::directory::{rederive_id, users_within};
use crate::ground::Ground;
use crate::policy::mapping;
use crate::unit::{Carried, Outcome, Told, Unit, run};
use crate::{Error, Session};
use scim::Notes;
use scim::etag::Conditions;
use serde_json::json;
use std::sync::Arc;
use store::requests::Record;
use store::{members, mirror_groups};

/// Deletes a group; its members stay users. An organization that was made for it is archived when nothing else uses it.
///
/// # Errors
/// `404` for an unknown id, `412` for another version.
pub async fn delete<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    id: String,
    conditions: Conditions,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let work = move |unit: &mut Unit<'_, '_>| {
        let group = existing(unit, &id, &conditions)?;
        let scope = unit.session.scope;
        let within = users_within(unit.tx, scope, &id)?;
        let count = members::count(unit.tx, scope, &id)?;
        leave_all(unit, &id, &format!("Group \"{}\"", group.display_name()))?;
        let change = members::delete_of_group(unit.tx, scope, &id)?;
        let change = change.and(mirror_groups::delete(unit.tx, scope, &id)?);
        let told = Told {
            summary: format!("Group \"{}\" was deleted", group.display_name()),
            before: Some(json!({ "attributes": group.document, "members": count })),
            after: None,
        };
        unit.record(change, "group.deleted", ("group", &id), told);
        for user in &within {
            rederive_id(&mut unit.work(), user)?;
        }
        mapping::unmap(&mut unit.work(), &group)?;
        Ok(Outcome::Deleted)
    };
    run(ground, session, Notes::new(), work, seal).await
}
