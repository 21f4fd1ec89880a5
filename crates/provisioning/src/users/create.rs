//! Creating a user: new, restored in place, or somebody the directory knows from before.

use super::{answer, check, follow, is_active, short};
use crate::directory::{changed_parts, conflict, taken};
use crate::policy::attributes::Profile;
use crate::unit::{Carried, Outcome, Told, Unit, run};
use crate::{Error, Session};
use scim::{Document, Notes, ScimError, dialect, resource};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Store;
use store::mirror_users::{self, MirrorUser};
use store::requests::Record;
use store::users::{self, Status, User};

/// Creates a user from the body of a POST.
///
/// # Errors
/// `400` for a body that cannot be read or lacks a required attribute, `409 uniqueness` for a userName that is taken.
pub async fn create<A: Send + 'static>(
    store: &Store,
    session: &Arc<Session>,
    body: Value,
    seal: impl Fn(&Carried<'_>) -> (Record, A) + Send + 'static,
) -> Result<A, Error> {
    let mut notes = Notes::new();
    let definition = &session.definitions.user;
    let body = dialect::read_resource(session.provider, session.mode(), definition, body, &mut notes);
    let mut document = resource::read(definition, body, session.mode(), &mut notes)?;
    // RFC 7644 §3.3: a value that is left out may be given a default.
    document.entry("active").or_insert(Value::Bool(true));
    run(store, session, notes, move |unit| make(unit, &document), seal).await
}

fn make(unit: &mut Unit<'_, '_>, document: &Document) -> Result<Outcome, Error> {
    check(&unit.session.definitions.user, document)?;
    match known(unit, document)? {
        Some(former) if unit.session.provider.repeats_creations() && is_about(&former, document) => {
            Err(deactivated(&former).into())
        }
        Some(former) => restore(unit, &former, document),
        None => insert(unit, document),
    }
}

/// The inactive resource that the body brings back: of the same userName when the externalIds do not contradict, or
/// the only one of the same externalId.
fn known(unit: &mut Unit<'_, '_>, document: &Document) -> Result<Option<MirrorUser>, Error> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let user_name = text("userName").unwrap_or_default();
    let external_id = text("externalId");
    let scope = unit.session.scope;
    let namesake = mirror_users::by_user_name(unit.tx, scope, user_name)?;
    if unit.session.is_strict() {
        return namesake.map_or(Ok(None), |_| Err(conflict(user_name).into()));
    }
    if let Some(namesake) = namesake {
        if namesake.active {
            return Err(ScimError::uniqueness(format!(
                "There is an active user with the userName \"{}\" already. Update that user (id {}) instead of creating it.",
                short(user_name),
                namesake.id
            ))
            .into());
        }
        let contradicts =
            matches!((namesake.external_id(), external_id), (Some(old), Some(new)) if old != new);
        return if contradicts { Err(conflict(user_name).into()) } else { Ok(Some(namesake)) };
    }
    match external_id {
        Some(external_id) => {
            let carriers = mirror_users::by_external_id(unit.tx, scope, external_id)?;
            Ok(only(carriers).filter(|resource| !resource.active))
        }
        None => Ok(None),
    }
}

/// Whether the body is about that very resource: the externalIds are there, and the same.
fn is_about(former: &MirrorUser, document: &Document) -> bool {
    let external_id = document.get("externalId").and_then(Value::as_str);
    external_id.is_some() && former.external_id() == external_id
}

fn deactivated(former: &MirrorUser) -> ScimError {
    ScimError::uniqueness(format!(
        "The user \"{}\" (id {}) is deactivated, and a creation that is repeated brings nobody back. Unblock the user in the \
         identity provider, or update the user.",
        short(former.user_name()),
        former.id
    ))
}

/// The one of whom an externalId tells. One that several carry, as in Microsoft's own collection of requests, tells of
/// nobody: who is taken for another gets what was given to the other.
fn only<T>(mut carriers: Vec<T>) -> Option<T> {
    carriers.pop().filter(|_| carriers.is_empty())
}

fn restore(unit: &mut Unit<'_, '_>, former: &MirrorUser, document: &Document) -> Result<Outcome, Error> {
    let restored = MirrorUser {
        document: document.clone(),
        active: is_active(document),
        version: former.version + 1,
        modified_at: unit.session.at,
        ..former.clone()
    };
    let scope = unit.session.scope;
    let change = mirror_users::update(unit.tx, scope, former, &restored)
        .map_err(|error| taken(error, restored.user_name()))?;
    let (before, after) = changed_parts(former.document.clone().into(), document.clone().into());
    let called = Profile::of(document).called();
    let summary = format!("{called} was sent again: the resource was restored with its id");
    unit.record(
        change,
        "resource.restored",
        ("user", &former.user_id),
        Told { summary, before: Some(before), after: Some(after) },
    );
    follow(unit, &restored)?;
    answer(unit, &restored).map(Outcome::Created)
}

fn insert(unit: &mut Unit<'_, '_>, document: &Document) -> Result<Outcome, Error> {
    let profile = Profile::of(document);
    let former = former_user(unit, &profile)?;
    let scope = unit.session.scope;
    let at = unit.session.at;
    let resource = MirrorUser {
        id: unit.new_id(),
        user_id: former.as_ref().map_or_else(|| unit.new_id(), |user| user.id.clone()),
        document: document.clone(),
        active: is_active(document),
        feeds: true,
        version: 1,
        created_at: at,
        modified_at: at,
    };
    let called = profile.called();
    let mut change =
        mirror_users::insert(unit.tx, scope, &resource).map_err(|error| taken(error, &profile.user_name))?;
    let after = json!({ "scimId": resource.id, "attributes": document });
    let (user, kind, summary) = if let Some(user) = former {
        let summary =
            format!("{called} was sent again after deletion: a new resource for the user there was");
        (user, "resource.created", summary)
    } else {
        let user = new_user(&resource, scope.connection, profile, at);
        let inserted = users::insert(unit.tx, scope.tenant, &user);
        change = change.and(inserted.map_err(|error| taken(error, &user.user_name))?);
        let summary = format!("{called} ({}) was created", user.user_name);
        (user, "user.created", summary)
    };
    unit.record(change, kind, ("user", &user.id), Told { summary, before: None, after: Some(after) });
    follow(unit, &resource)?;
    answer(unit, &resource).map(Outcome::Created)
}

/// The user that the directory knows from a resource of this connection that was deleted. Refuses a username that a
/// user by hand, or one of another connection, has.
fn former_user(unit: &mut Unit<'_, '_>, profile: &Profile) -> Result<Option<User>, Error> {
    let scope = unit.session.scope;
    if let Some(holder) = users::linked_by_user_name(unit.tx, scope.tenant, &profile.user_name)? {
        let whose = if holder.connection.is_none() {
            "was made by hand in AccessIQ. Send this user with another userName."
        } else {
            "belongs to another connection, and one connection owns a user. Let the other identity provider delete that user, or \
             change the userName in one of the two."
        };
        let name = short(&profile.user_name);
        return Err(ScimError::uniqueness(format!("userName \"{name}\" {whose}")).into());
    }
    if let Some(external_id) = &profile.external_id
        && mirror_users::by_external_id(unit.tx, scope, external_id)?.is_empty()
        && let Some(user) = only(users::former_by_external_id(unit.tx, scope, external_id)?)
    {
        return Ok(Some(user));
    }
    let namesakes = users::former_by_user_name(unit.tx, scope, &profile.user_name)?;
    // A name alone is taken for the same person only where neither has an externalId to tell: names are given anew,
    // and with a former user come roles that were given by hand.
    let agrees = |user: &User| user.external_id == profile.external_id;
    Ok(namesakes.into_iter().find(agrees))
}

fn new_user(resource: &MirrorUser, connection: i64, profile: Profile, at: i64) -> User {
    let mut user = User {
        id: resource.user_id.clone(),
        connection: Some(connection),
        status: if resource.active { Status::Active } else { Status::Deactivated },
        linked: true,
        user_name: String::new(),
        external_id: None,
        email: None,
        given_name: None,
        family_name: None,
        display_name: None,
        locked_at: None,
        version: 1,
        created_at: at,
        modified_at: at,
    };
    profile.put_on(&mut user);
    user
}
