//! Mappings by hand: a person chooses what a group stands for.
//!
//! A group that a person chose for is not read by rules or by its name any more, until the last such mapping is gone.
//! What a person changes becomes theirs: a mapping that followed from the group's name is by hand from then on.

use crate::connections::{Shape, by_id as known, present};
use crate::organizations::check_seen;
use crate::people::{self, Act, Operator};
use crate::policy::follow::{Reach, follow};
use crate::policy::mapping::{self, Question};
use crate::unit::Told;
use crate::{Error, find};
use store::connections::Connection;
use store::jobs::Job;
use store::mappings::{self, Mapping, Origin, Target};
use store::mirror_groups::{self, MirrorGroup};
use store::roles::Role;
use store::{Store, Tx};

/// What a person wants a group to stand for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The group, by id or displayName.
    pub group: String,
    /// The organization, by id, name or slug; `None`: the group shall stand for nothing.
    pub organization: Option<String>,
    /// The role, by id or name; the connection's usual one if none is given.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: bool,
    /// Whether it gives nothing for now.
    pub paused: bool,
}

/// What a person wants of a mapping there is; `None` leaves what there is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The organization, by id, name or slug.
    pub organization: Option<String>,
    /// The role, by id or name.
    pub role: Option<String>,
    /// Whether the role holds in every organization below.
    pub inherit: Option<bool>,
    /// Whether it gives nothing for now.
    pub paused: Option<bool>,
}

/// A mapping as it is now, and the job that lets many people follow it.
pub type Made = (Mapping, Option<Job>);

/// Maps a group to an organization and a role, or to nothing.
///
/// # Errors
/// No such group, organization or role; a role above the ceiling; what the group stands for already.
pub async fn create(
    store: &Store,
    operator: &Operator,
    connection: &str,
    wanted: Wanted,
) -> Result<Made, Error> {
    let place = known(store, connection)?;
    let made = people::act(store, operator, place.scope.tenant, move |act| {
        let (connection, shape) = present(act.tx, &place)?;
        let group = find::group(act.tx, connection.scope, &wanted.group)?;
        let target = wanted_target(act.tx, &connection, &shape, &wanted)?;
        make_room(act, &connection, &shape, &group, target.is_none())?;
        let mut work = act.work(connection.scope, &shape.policy);
        let made = mapping::add(&mut work, &group, target, Origin::Hand, wanted.paused)?;
        let job = follow(act, &connection, &Reach::Group(group.id))?;
        Ok((made, job))
    })
    .await;
    made.map_err(taken)
}

/// The target that a new mapping names.
pub(crate) fn wanted_target(
    tx: &mut Tx<'_>,
    connection: &Connection,
    shape: &Shape,
    wanted: &Wanted,
) -> Result<Option<Target>, Error> {
    let tenant = connection.scope.tenant;
    let Some(organization) = &wanted.organization else {
        if wanted.role.is_some() || wanted.inherit {
            return Err(Error::invalid(
                "A group that stands for nothing gives no role. Name an organization, or leave the role away.",
            ));
        }
        return Ok(None);
    };
    let organization = find::organization(tx, tenant, organization)?;
    let question = Question { scope: connection.scope, policy: &shape.policy };
    let role = match &wanted.role {
        Some(role) => find::role(tx, tenant, role)?,
        None => question
            .default_role(tx)?
            .ok_or_else(|| Error::invalid("The connection's usual role is not there. Name a role."))?,
    };
    check_ceiling(tx, &question, &role)?;
    Ok(Some(Target { organization: organization.id, role: role.id, inherit: wanted.inherit }))
}

/// Refuses a role that is above what the connection may give.
pub(crate) fn check_ceiling(tx: &mut Tx<'_>, question: &Question<'_>, role: &Role) -> Result<(), Error> {
    if role.priority <= question.ceiling(tx)? {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "Role \"{}\" is above what this connection may give, which is {} at most. Give it by hand to a person, or raise role-ceiling.",
        role.name, question.policy.role_ceiling
    )))
}

/// Takes away what followed from the group's name, and what a new mapping replaces.
fn make_room(
    act: &mut Act<'_, '_>,
    connection: &Connection,
    shape: &Shape,
    group: &MirrorGroup,
    for_nothing: bool,
) -> Result<(), Error> {
    let scope = connection.scope;
    for mapping in mappings::of_group(act.tx, scope, &group.id)? {
        let by_hand = mapping.origin == Origin::Hand;
        if by_hand && for_nothing {
            return Err(Error::Conflict(format!(
                "Group \"{}\" is mapped by hand already. Take those mappings away first.",
                group.display_name()
            )));
        }
        if !by_hand || mapping.target.is_none() {
            end(act, connection, shape, group, &mapping)?;
        }
    }
    Ok(())
}

fn end(
    act: &mut Act<'_, '_>,
    connection: &Connection,
    shape: &Shape,
    group: &MirrorGroup,
    mapping: &Mapping,
) -> Result<(), Error> {
    let mut work = act.work(connection.scope, &shape.policy);
    let (summary, before) = mapping::told(&mut work, group, mapping)?;
    let change = mappings::delete(work.tx, work.scope, &mapping.id)?;
    let told = Told { summary: format!("{summary} no more"), before: Some(before), after: None };
    work.record(change, "mapping.ended", ("group", &group.id), told);
    Ok(())
}

/// Changes a mapping; it is by hand from then on.
///
/// # Errors
/// No such mapping, organization or role; a version that is not the present one; a role above the ceiling.
pub async fn change(
    store: &Store,
    operator: &Operator,
    connection: &str,
    id: &str,
    version: Option<i64>,
    wanted: Change,
) -> Result<Made, Error> {
    let (place, id) = (known(store, connection)?, id.to_owned());
    let changed = people::act(store, operator, place.scope.tenant, move |act| {
        let (connection, shape) = present(act.tx, &place)?;
        let (group, before) = there(act.tx, &connection, &id)?;
        check_seen(before.version, version)?;
        let mut after = changed(act.tx, &connection, &shape, &before, &wanted)?;
        if after == before {
            return Ok((before, None));
        }
        after.origin = Origin::Hand;
        after.version += 1;
        after.modified_at = act.at;
        let mut work = act.work(connection.scope, &shape.policy);
        let (_, old) = mapping::told(&mut work, &group, &before)?;
        let change = mappings::update(work.tx, work.scope, &after)?;
        let (summary, new) = mapping::told(&mut work, &group, &after)?;
        let summary = if after.paused { format!("{summary}, paused") } else { summary };
        let told = Told { summary, before: Some(old), after: Some(new) };
        work.record(change, "mapping.changed", ("group", &group.id), told);
        let job = follow(act, &connection, &Reach::Group(group.id))?;
        Ok((after, job))
    })
    .await;
    changed.map_err(taken)
}

/// A mapping as a change would make it.
pub(crate) fn changed(
    tx: &mut Tx<'_>,
    connection: &Connection,
    shape: &Shape,
    before: &Mapping,
    wanted: &Change,
) -> Result<Mapping, Error> {
    let tenant = connection.scope.tenant;
    let mut after = before.clone();
    after.paused = wanted.paused.unwrap_or(before.paused);
    let Some(target) = &mut after.target else {
        if wanted.organization.is_some() || wanted.role.is_some() || wanted.inherit.is_some() {
            return Err(Error::invalid(
                "This mapping says that the group stands for nothing. Make a new mapping for the group instead.",
            ));
        }
        return Ok(after);
    };
    if let Some(organization) = &wanted.organization {
        target.organization = find::organization(tx, tenant, organization)?.id;
    }
    if let Some(role) = &wanted.role {
        let role = find::role(tx, tenant, role)?;
        check_ceiling(tx, &Question { scope: connection.scope, policy: &shape.policy }, &role)?;
        target.role = role.id;
    }
    target.inherit = wanted.inherit.unwrap_or(target.inherit);
    Ok(after)
}

/// Takes a mapping by hand away. With the last one gone, the group is read by rules and by its name again.
///
/// # Errors
/// No such mapping; one that is not by hand; a version that is not the present one.
pub async fn delete(
    store: &Store,
    operator: &Operator,
    connection: &str,
    id: &str,
    version: Option<i64>,
) -> Result<Option<Job>, Error> {
    let (place, id) = (known(store, connection)?, id.to_owned());
    people::act(store, operator, place.scope.tenant, move |act| {
        let (connection, shape) = present(act.tx, &place)?;
        let (group, mapping) = there(act.tx, &connection, &id)?;
        check_seen(mapping.version, version)?;
        if mapping.origin != Origin::Hand {
            return Err(Error::Conflict(format!(
                "Group \"{}\" is mapped by its name, which no one can take away. Map it to nothing instead, or pause it.",
                group.display_name()
            )));
        }
        end(act, &connection, &shape, &group, &mapping)?;
        mapping::remap(&mut act.work(connection.scope, &shape.policy), &group)?;
        follow(act, &connection, &Reach::Group(group.id))
    })
    .await
}

/// The mapping of an id, and its group.
pub(crate) fn there(
    tx: &mut Tx<'_>,
    connection: &Connection,
    id: &str,
) -> Result<(MirrorGroup, Mapping), Error> {
    let missing = || Error::NotFound(format!("There is no mapping {id} in this connection."));
    let mapping = mappings::by_id(tx, connection.scope, id)?.ok_or_else(missing)?;
    let group = mirror_groups::by_id(tx, connection.scope, &mapping.group_id)?.ok_or_else(missing)?;
    Ok((group, mapping))
}

fn taken(error: Error) -> Error {
    match error {
        Error::Store(error) if error.is_constraint("mappings_role_id") => {
            Error::Conflict("The group stands for this role at this organization already.".into())
        }
        other => other,
    }
}
