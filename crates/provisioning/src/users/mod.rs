//! Users over SCIM: what each operation does to the mirror, and that the directory follows.

mod claim;
mod create;
mod delete;
mod find;
mod patch;
mod replace;

pub use create::create;
pub use delete::delete;
pub use find::{document, get, list};
pub use patch::patch;
pub use replace::replace;

use crate::directory::{self, Held, changed_parts, taken};
use crate::policy::attributes::Profile;
use crate::unit::{Outcome, Resource, Told, Unit};
use crate::{Error, effort};
use scim::etag::Conditions;
use scim::resource::check_required;
use scim::{Document, ResourceDefinition, ScimError};
use serde_json::Value;
use std::sync::Arc;
use store::mirror_users::{self, MirrorUser};

/// Whether a document counts as active: `active` true or absent.
fn is_active(document: &Document) -> bool {
    document.get("active") != Some(&Value::Bool(false))
}

/// Refuses a document that lacks what is required, or has more values than one attribute may.
fn check(definition: &ResourceDefinition, document: &Document) -> Result<(), ScimError> {
    check_required(definition, document)?;
    effort::check_values(document)
}

/// What a change of a resource is held to. One that lacked a required attribute before, since less was required then,
/// can still be changed: nobody must stay active because a last name is missing.
fn definition_for(unit: &Unit<'_, '_>, before: &MirrorUser) -> Arc<ResourceDefinition> {
    let own = &unit.session.definitions.user;
    if check_required(own, &before.document).is_ok() {
        return Arc::clone(own);
    }
    Arc::new(own.requiring("userName"))
}

/// The resource of an id, in the version the client spoke of if it spoke of one.
fn existing(unit: &mut Unit<'_, '_>, id: &str, conditions: &Conditions) -> Result<MirrorUser, Error> {
    let found = mirror_users::by_id(unit.tx, unit.session.scope, id)?.ok_or_else(|| not_found(id))?;
    check_version(conditions, found.version)?;
    Ok(found)
}

/// `404` for a user.
fn not_found(id: &str) -> Error {
    Error::NotFound(format!(
        "There is no user with the id \"{}\". It was deleted, or never created on this connection: look it up again by userName, or create it.",
        short(id)
    ))
}

/// Text of a client, cut to what fits a message.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

/// RFC 7644 §3.14: a change meant for another version does not happen. RFC 9110 §13.1.2: nor one that is not meant for
/// this one.
pub(crate) fn check_version(conditions: &Conditions, version: i64) -> Result<(), Error> {
    if conditions.mean(version) && !conditions.know(version) {
        return Ok(());
    }
    Err(Error::VersionMismatch { current: version })
}

/// Writes a changed document over the one that was read, lets the directory follow, and answers. A document that is
/// as it was changes nothing, not even the version.
fn write(unit: &mut Unit<'_, '_>, before: &MirrorUser, document: Document) -> Result<Outcome, Error> {
    check(&definition_for(unit, before), &document)?;
    if document == before.document {
        return answer(unit, before).map(Outcome::Kept);
    }
    let after = MirrorUser {
        active: is_active(&document),
        document,
        version: before.version + 1,
        modified_at: unit.session.at,
        ..before.clone()
    };
    let scope = unit.session.scope;
    let change = mirror_users::update(unit.tx, scope, before, &after)
        .map_err(|error| taken(error, after.user_name()))?;
    let (old, new) = changed_parts(before.document.clone().into(), after.document.clone().into());
    let summary = format!("The resource of {} was changed", Profile::of(&after.document).called());
    let told = Told { summary, before: Some(old), after: Some(new) };
    unit.record(change, "resource.updated", ("user", &after.user_id), told);
    follow(unit, &after)?;
    answer(unit, &after).map(Outcome::Kept)
}

/// Lets the directory follow a resource; what it does not follow stands on the request's record.
fn follow(unit: &mut Unit<'_, '_>, resource: &MirrorUser) -> Result<(), Error> {
    match directory::rederive(&mut unit.work(), resource)? {
        Some(Held::Locked) => unit.notes.ignored(
            "locked-by-hand",
            "active: the user was locked out by hand in AccessIQ and stays deactivated there until unlocked",
        ),
        Some(Held::TakenOver) => note_taken_over(unit),
        None => {}
    }
    Ok(())
}

/// Says on the request's record that what was done reached nobody.
pub(crate) fn note_taken_over(unit: &mut Unit<'_, '_>) {
    unit.notes.ignored(
        "taken-over",
        "a user was taken over from this connection, and follows it no longer: the resource alone was changed",
    );
}

/// The resource as the client shall see it.
fn answer(unit: &mut Unit<'_, '_>, user: &MirrorUser) -> Result<Resource, Error> {
    let document = find::document(unit.tx, unit.session, user, true)?;
    Ok(Resource { id: user.id.clone(), version: user.version, document: Some(document), is_beginning: false })
}
