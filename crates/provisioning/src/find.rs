//! Finding things by what a person calls them: an id, a name, a slug.

use crate::Error;
use store::mirror_groups::{self, MirrorGroup};
use store::organizations::{self, Organization};
use store::roles::{self, Role};
use store::{Scope, TenantId, Tx};

/// The organization of an id, a name or a slug; none that is archived.
///
/// # Errors
/// There is none, or several have the name.
pub fn organization(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<Organization, Error> {
    if let Some(found) = organizations::by_id(tx, tenant, who)?.filter(|found| found.archived_at.is_none()) {
        return Ok(found);
    }
    if let Some(found) = organizations::by_slug(tx, tenant, who)? {
        return Ok(found);
    }
    let named = organizations::by_name(tx, tenant, who)?;
    let ids = named.iter().map(|found| found.id.as_str()).collect::<Vec<_>>().join(", ");
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => Err(Error::invalid(format!(
            "Several organizations are called \"{who}\". Name one by its slug or its id: {ids}."
        ))),
        (None, _) => Err(Error::NotFound(format!("There is no organization \"{who}\"."))),
    }
}

/// The role of an id or a name.
///
/// # Errors
/// There is none.
pub fn role(tx: &mut Tx<'_>, tenant: TenantId, who: &str) -> Result<Role, Error> {
    if let Some(found) = roles::by_id(tx, tenant, who)? {
        return Ok(found);
    }
    roles::by_name(tx, tenant, who)?.ok_or_else(|| Error::NotFound(format!("There is no role \"{who}\".")))
}

/// The group of an id or a displayName.
///
/// # Errors
/// There is none, or several have the name.
pub fn group(tx: &mut Tx<'_>, scope: Scope, who: &str) -> Result<MirrorGroup, Error> {
    if let Some(found) = mirror_groups::by_id(tx, scope, who)? {
        return Ok(found);
    }
    let named = mirror_groups::by_display_name(tx, scope, who)?;
    let ids = named.iter().map(|found| found.id.as_str()).collect::<Vec<_>>().join(", ");
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => {
            Err(Error::invalid(format!("Several groups are called \"{who}\". Name one by its id: {ids}.")))
        }
        (None, _) => Err(Error::NotFound(format!("There is no group \"{who}\" in this connection."))),
    }
}
