//! Whom a creation is about: somebody new, somebody known, or somebody who is not this connection's to take without leave.
//!
//! A user by hand becomes the connection's only if its settings say so, the addresses lie in domains that the tenant has
//! verified, and, for whoever has a role of Admin or above, a person approved it. A user of another connection is
//! taken over or shared only if the settings say so. A bare e-mail match is never enough: it is not even looked at.

use super::short;
use crate::directory::conflict;
use crate::links::{self, Asked};
use crate::ownership::{self, ExistingUsers, OtherConnections};
use crate::policy::attributes::Profile;
use crate::tenants::ADMIN;
use crate::unit::Unit;
use crate::{Error, domains};
use scim::ScimError;
use store::links::Link;
use store::users::{self, User};
use store::{Scope, StoreError, TenantId, Tx, memberships, mirror_users, roles};

/// Whom a creation is about.
#[derive(Debug)]
pub enum Claim {
    /// Nobody that the directory knows.
    New,
    /// Somebody whom the connection fed before, or whom nobody else feeds.
    Former(User),
    /// A user by hand, who becomes the connection's; with the link that was decided on, if one was.
    Link(User, Option<Box<Link>>),
    /// A user of another connection, who becomes this one's.
    TakeOver(User),
    /// A user of another connection, who follows this one as well.
    Share(User),
}

/// Whom the creation of a profile is about that the connection has no resource for.
pub fn claim(unit: &mut Unit<'_, '_>, profile: &Profile) -> Result<Claim, Error> {
    let scope = unit.session.scope;
    if let Some(holder) = users::linked_by_user_name(unit.tx, scope.tenant, &profile.user_name)? {
        let resources = mirror_users::of_user(unit.tx, scope, &holder.id)?;
        if let Some((_, id)) = resources.into_iter().find(|(number, _)| *number == scope.connection) {
            return Err(ScimError::uniqueness(format!(
                "userName \"{}\" belongs to a person whom this connection has already, under another userName. Update \
                 that user (id {id}) instead of creating another.",
                short(&profile.user_name)
            ))
            .into());
        }
        return held(unit, profile, holder);
    }
    if let Some(external_id) = &profile.external_id
        && mirror_users::by_external_id(unit.tx, scope, external_id)?.is_empty()
        && let Some(user) = super::create::only(users::former_by_external_id(unit.tx, scope, external_id)?)
    {
        return Ok(Claim::Former(user));
    }
    let namesakes = users::former_by_user_name(unit.tx, scope, &profile.user_name)?;
    // A name alone is taken for the same person only where neither has an externalId to tell: names are given anew,
    // and with a former user come roles that were given by hand.
    let agrees = |user: &User| user.external_id == profile.external_id;
    Ok(namesakes.into_iter().find(agrees).map_or(Claim::New, Claim::Former))
}

/// What becomes of somebody who is there, by hand or fed by a connection.
pub fn held(unit: &mut Unit<'_, '_>, profile: &Profile, holder: User) -> Result<Claim, Error> {
    let Some(owner) = holder.connection else { return by_hand(unit, profile, holder) };
    if owner == unit.session.scope.connection {
        // The connection's own, whom others go on feeding since it deleted its resource.
        let contradicts =
            matches!((&holder.external_id, &profile.external_id), (Some(old), Some(new)) if old != new);
        return if contradicts {
            Err(conflict(&profile.user_name).into())
        } else {
            Ok(Claim::Former(holder))
        };
    }
    match unit.session.settings.other_connections {
        OtherConnections::TakeOver => Ok(Claim::TakeOver(holder)),
        OtherConnections::Share => Ok(Claim::Share(holder)),
        OtherConnections::Reject => {
            let scope = Scope { connection: owner, ..unit.session.scope };
            let name = ownership::named(unit.tx, scope)?.map_or_else(String::new, |(_, name)| name);
            Err(ScimError::uniqueness(format!(
                "userName \"{}\" belongs to the connection \"{name}\", and one connection owns a user. Let the other identity \
                 provider delete that user, change the userName in one of the two, or set other-connections to take-over or \
                 share in AccessIQ.",
                short(&profile.user_name)
            ))
            .into())
        }
    }
}

fn by_hand(unit: &mut Unit<'_, '_>, profile: &Profile, holder: User) -> Result<Claim, Error> {
    let scope = unit.session.scope;
    let name = short(&profile.user_name);
    let refused = |rest: String| {
        let detail = format!("userName \"{name}\" belongs to a user who was made by hand in AccessIQ{rest}");
        Err(ScimError::uniqueness(detail).into())
    };
    if unit.session.settings.existing_users == ExistingUsers::Reject {
        return refused(
            ", and this connection links to nobody. Choose another userName, or set existing-users to link in AccessIQ."
                .into(),
        );
    }
    let addresses = addresses(profile, &holder);
    if addresses.is_empty() {
        return refused(
            ". Linking needs an e-mail address in a verified domain, and none was sent. Send one.".into(),
        );
    }
    if let Some(domain) = domains::first_unverified(unit.tx, scope.tenant, &addresses)? {
        return refused(format!(
            ". Linking needs addresses in verified domains, and \"{}\" is none. Verify it in AccessIQ.",
            short(&domain)
        ));
    }
    let link = store::links::of_user(unit.tx, scope, &holder.id)?;
    if !is_admin_or_above(unit.tx, scope.tenant, &holder)? {
        return Ok(Claim::Link(holder, link.map(Box::new)));
    }
    match link {
        Some(link) if links::is_approved(&link, profile, unit.session.at) => {
            Ok(Claim::Link(holder, Some(Box::new(link))))
        }
        Some(link) if links::is_rejected(&link, profile) => refused(
            ", and the link to that user was rejected. Choose another userName, or have the link approved in AccessIQ."
                .into(),
        ),
        _ => Err(Error::Unapproved(Box::new(Asked::of(&holder.id, profile)))),
    }
}

/// Every address that speaks for one of the two being the other.
fn addresses<'a>(sent: &'a Profile, holder: &'a User) -> Vec<&'a str> {
    let sent_name = Some(sent.user_name.as_str()).filter(|name| scim::resource::is_address(name));
    // Without an address that was sent nothing is verified, whatever the user by hand has.
    if sent.email.is_none() && sent_name.is_none() {
        return Vec::new();
    }
    [sent.email.as_deref(), sent_name, holder.email.as_deref()].into_iter().flatten().collect()
}

/// Whether a user has, at any organization and for any reason, a role as strong as Admin.
fn is_admin_or_above(tx: &mut Tx<'_>, tenant: TenantId, user: &User) -> Result<bool, StoreError> {
    let threshold = roles::by_name(tx, tenant, ADMIN)?.map_or(i64::MIN, |role| role.priority);
    for membership in memberships::of_user(tx, tenant, &user.id)? {
        let role = roles::by_id(tx, tenant, &membership.role)?;
        if role.is_none_or(|role| role.priority >= threshold) {
            return Ok(true);
        }
    }
    Ok(false)
}
