//! What if an organization stood elsewhere in the tree: who would gain and lose the roles that are passed down to it.
//!
//! What a membership passes down is read from the tree and never stored, so a move changes it at once and for everybody
//! below. Asked on one snapshot, without writing anything.

use crate::access::Named;
use crate::access::tree::Tree;
use crate::policy::attributes::Profile;
use crate::preview::{Grant, Person, Preview, SHOWN};
use crate::{Error, organizations};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::memberships::{self, Membership};
use store::organizations::Organization;
use store::tenants::Tenant;
use store::{StoreError, TenantId, Tx, roles, users};

/// How many memberships are looked at in one go.
const CHUNK: i64 = 500;

/// The organizations that a role can reach the moved one from, itself first, then those above.
struct Places<'p> {
    line: &'p [(String, bool)],
    tree: &'p Tree,
}

/// Who would gain and lose what at an organization, and so at all below it, if it stood below `parent`.
///
/// # Errors
/// What moving it would refuse.
pub fn of(
    tx: &mut Tx<'_>,
    tenant: &Tenant,
    organization: &Organization,
    parent: &Organization,
) -> Result<Preview, Error> {
    let number = tenant.tenant;
    organizations::check_move(tx, number, &tenant.root_organization, &organization.id, &parent.id)?;
    let tree = Tree::read(tx, number)?;
    let names: HashMap<String, String> =
        roles::all(tx, number)?.into_iter().map(|role| (role.id, role.name)).collect();
    let before = tree.line(&organization.id);
    let after = [vec![(organization.id.clone(), false)], passing(tree.line(&parent.id))].concat();
    let mut preview = Preview::default();
    for user in concerned(tx, number, &before, &after)? {
        let held = memberships::of_user(tx, number, &user)?;
        let now = Places { line: &before, tree: &tree }.roles(&held);
        let then = Places { line: &after, tree: &tree }.roles(&held);
        let only = |one: &BTreeMap<String, Named>, other: &BTreeMap<String, Named>| {
            let only = one.iter().filter(|(role, _)| !other.contains_key(*role));
            only.map(|(role, by)| grant(organization, &names, role, by)).collect::<Vec<_>>()
        };
        let (gains, loses) = (only(&then, &now), only(&now, &then));
        preview.count(gains.is_empty(), loses.is_empty());
        let is_changed = !gains.is_empty() || !loses.is_empty();
        if is_changed
            && preview.people.len() < SHOWN
            && let Some(user) = users::by_id(tx, number, &user)?
        {
            preview.people.push(Person {
                name: Profile::of_user(&user).called(),
                status: user.status.as_str(),
                user: user.id,
                user_name: user.user_name,
                gains,
                loses,
            });
        }
    }
    preview.sum_up();
    Ok(preview)
}

/// A line in which every organization stands above.
fn passing(line: Vec<(String, bool)>) -> Vec<(String, bool)> {
    line.into_iter().map(|(id, _)| (id, true)).collect()
}

/// The users who have something passed down from where the two lines differ.
fn concerned(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    before: &[(String, bool)],
    after: &[(String, bool)],
) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    let differ = before.iter().filter(|place| !after.contains(place));
    for (place, _) in differ.chain(after.iter().filter(|place| !before.contains(place))) {
        let mut last = String::new();
        loop {
            let users = memberships::users_of_organization(tx, tenant, place, &last, true, CHUNK)?;
            let Some(end) = users.last() else { break };
            last.clone_from(end);
            found.extend(users);
        }
    }
    Ok(found)
}

impl Places<'_> {
    /// The roles that reach the organization, each with where from; its own before what is passed down.
    fn roles(&self, held: &[Membership]) -> BTreeMap<String, Named> {
        let mut found = BTreeMap::new();
        for (place, inherited_only) in self.line.iter().rev() {
            let here = held.iter().filter(|membership| membership.organization == *place);
            for membership in here.filter(|membership| membership.inherit || !inherited_only) {
                found.insert(membership.role.clone(), self.tree.named(place).unwrap_or_default());
            }
        }
        found
    }
}

fn grant(organization: &Organization, names: &HashMap<String, String>, role: &str, by: &Named) -> Grant {
    Grant {
        organization: Named { id: organization.id.clone(), name: organization.name.clone() },
        role: Named { id: role.to_owned(), name: names.get(role).cloned().unwrap_or_default() },
        inherit: true,
        by: by.clone(),
    }
}
