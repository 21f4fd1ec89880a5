//! Deleting a user: the resource goes, the person stays in the directory, deactivated.

use super::{existing, note_taken_over};
use crate::directory;
use crate::ground::Ground;
use crate::groups::leave_all;
use crate::policy::attributes::Profile;
use crate::unit::{Carried, Outcome, Told, run};
use crate::{Error, Session};
use scim::Notes;
use scim::etag::Conditions;
use serde_json::json;
use std::sync::Arc;
use store::requests::Record;
use store::{StoreError, mirror_users, users};

/// Deletes a user: `404` from then on, the userName free again.
///
/// # Errors
/// `404` for an unknown id, `412` for another version, `403` for the last active Owner.
pub async fn delete<A: Send + 'static>(
    ground: impl Ground,
    session: &Arc<Session>,
    id: String,
    conditions: Conditions,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let work = move |unit: &mut crate::Unit<'_, '_>| {
        let resource = existing(unit, &id, &conditions)?;
        let scope = unit.session.scope;
        leave_all(unit, &id, &Profile::of(&resource.document).called())?;
        let change = mirror_users::delete(unit.tx, scope, &id)?;
        let called = Profile::of(&resource.document).called();
        let told = Told {
            summary: format!("The resource of {called} was deleted; the user stays"),
            before: Some(json!({ "scimId": id, "attributes": resource.document })),
            after: None,
        };
        unit.record(change, "resource.deleted", ("user", &resource.user_id), told);
        if !resource.feeds {
            note_taken_over(unit);
        }
        let user = users::by_id(unit.tx, scope.tenant, &resource.user_id)?
            .ok_or_else(|| StoreError::Unreadable(format!("user {} is gone", resource.user_id)))?;
        directory::apply(&mut unit.work(), &user, None)?;
        Ok(Outcome::Deleted)
    };
    run(ground, session, Notes::new(), work, seal).await
}
