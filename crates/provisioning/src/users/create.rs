//! Creating a user: new, restored in place, or somebody the directory knows from before.

use super::claim::{Claim, claim, held};
use super::{answer, check, follow, is_active, short};
use crate::directory::{changed_parts, conflict, taken};
use crate::ground::Ground;
use crate::policy::attributes::Profile;
use crate::unit::{Carried, Outcome, Told, Unit, run};
use crate::{Error, Session, links, ownership};
use scim::{Document, Notes, ScimError, dialect, resource};
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;
use store::mirror_users::{self, MirrorUser};
use store::requests::Record;
use store::users::{self, Status, User};

/// Creates a user from the body of a POST.
///
/// # Errors
/// `400` for a body that cannot be read or lacks a required attribute, `409 uniqueness` for a userName that is taken.
pub async fn create<A: Send + 'static>(
    mut ground: impl Ground,
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
    match run(&mut ground, session, notes, move |unit| make(unit, &document), seal).await {
        Err(Error::Unapproved(asked)) => Err(links::ask(ground, session, *asked).await),
        other => other,
    }
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
pub(super) fn only<T>(mut carriers: Vec<T>) -> Option<T> {
    carriers.pop().filter(|_| carriers.is_empty())
}

/// Brings an inactive resource back. One that the user follows no longer is asked for anew, as any creation.
fn restore(unit: &mut Unit<'_, '_>, former: &MirrorUser, document: &Document) -> Result<Outcome, Error> {
    let scope = unit.session.scope;
    let claim = if former.feeds { None } else { Some(reclaim(unit, former, document)?) };
    let restored = MirrorUser {
        document: document.clone(),
        active: is_active(document),
        feeds: true,
        version: former.version + 1,
        modified_at: unit.session.at,
        ..former.clone()
    };
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
    if let Some(claim) = claim {
        ownership::attach(&mut unit.work(), &restored)?;
        settle(unit, claim)?;
    }
    follow(unit, &restored)?;
    answer(unit, &restored).map(Outcome::Created)
}

/// Whether somebody whom the connection lost becomes its user again.
fn reclaim(unit: &mut Unit<'_, '_>, former: &MirrorUser, document: &Document) -> Result<Claim, Error> {
    let user = users::by_id(unit.tx, unit.session.scope.tenant, &former.user_id)?
        .ok_or_else(|| StoreError::Unreadable(format!("user {} is gone", former.user_id)))?;
    if user.linked { held(unit, &Profile::of(document), user) } else { Ok(Claim::Former(user)) }
}

fn insert(unit: &mut Unit<'_, '_>, document: &Document) -> Result<Outcome, Error> {
    let profile = Profile::of(document);
    let claim = claim(unit, &profile)?;
    let scope = unit.session.scope;
    let at = unit.session.at;
    let user_id = match &claim {
        Claim::New => unit.new_id(),
        Claim::Former(user) | Claim::Link(user, _) | Claim::TakeOver(user) | Claim::Share(user) => {
            user.id.clone()
        }
    };
    let resource = MirrorUser {
        id: unit.new_id(),
        user_id,
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
    let (kind, summary) = match &claim {
        Claim::New => {
            let user = new_user(&resource, scope.connection, profile, at);
            let inserted = users::insert(unit.tx, scope.tenant, &user);
            change = change.and(inserted.map_err(|error| taken(error, &user.user_name))?);
            ("user.created", format!("{called} ({}) was created", user.user_name))
        }
        Claim::Former(_) => (
            "resource.created",
            format!("{called} was sent again after deletion: a new resource for the user there was"),
        ),
        Claim::Link(..) | Claim::TakeOver(_) | Claim::Share(_) => {
            ("resource.created", format!("{called} was sent: a new resource for the user there was"))
        }
    };
    let after = json!({ "scimId": resource.id, "attributes": document });
    unit.record(
        change,
        kind,
        ("user", &resource.user_id),
        Told { summary, before: None, after: Some(after) },
    );
    settle(unit, claim)?;
    follow(unit, &resource)?;
    answer(unit, &resource).map(Outcome::Created)
}

/// Gives the user that a creation is about the owner that follows from it.
fn settle(unit: &mut Unit<'_, '_>, claim: Claim) -> Result<(), Error> {
    let connection = unit.session.scope.connection;
    match claim {
        // A user whom the connection knew, and another owned when it was last seen.
        Claim::Former(user) if user.connection != Some(connection) => {
            let told = ("user.taken_over", format!("{} is this connection's again", called(&user)));
            ownership::set_owner(&mut unit.work(), &user, Some(connection), told)?;
        }
        Claim::New | Claim::Former(_) | Claim::Share(_) => {}
        Claim::Link(user, link) => {
            if let Some(link) = link {
                let change = store::links::delete(unit.tx, unit.session.scope.tenant, &link.id)?;
                let summary = format!("The link to {} was carried out", called(&user));
                let told = Told { summary, before: Some(json!({ "id": link.id })), after: None };
                unit.record(change, "link.carried_out", ("user", &user.id), told);
            }
            let told =
                ("user.linked", format!("{}, made by hand, is the connection's from now on", called(&user)));
            ownership::set_owner(&mut unit.work(), &user, Some(connection), told)?;
        }
        Claim::TakeOver(user) => {
            let mut work = unit.work();
            if let Some(owner) = user.connection {
                ownership::detach(&mut work, &user, owner)?;
            }
            let told =
                ("user.taken_over", format!("{} was taken over from another connection", called(&user)));
            ownership::set_owner(&mut work, &user, Some(connection), told)?;
        }
    }
    Ok(())
}

fn called(user: &User) -> String {
    Profile::of_user(user).called()
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
