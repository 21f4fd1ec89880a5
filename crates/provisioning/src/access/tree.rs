//! The tree of a tenant's organizations: what stands above one, and what below.

use super::Named;
use std::collections::HashSet;
use store::organizations::{self, Organization};
use store::{StoreError, TenantId, Tx};

/// The tenant's organizations that are not archived.
pub(super) struct Tree {
    organizations: Vec<Organization>,
}

impl Tree {
    pub(super) fn read(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Self, StoreError> {
        let mut organizations = organizations::all(tx, tenant)?;
        organizations.retain(|organization| organization.archived_at.is_none());
        Ok(Self { organizations })
    }

    pub(super) fn named(&self, id: &str) -> Option<Named> {
        let found = self.organizations.iter().find(|organization| organization.id == id)?;
        Some(Named { id: found.id.clone(), name: found.name.clone() })
    }

    /// An organization and those above it; what of those above is not passed down does not count.
    pub(super) fn line(&self, id: &str) -> Vec<(String, bool)> {
        let mut line = vec![(id.to_owned(), false)];
        let parent = |id: &str| {
            let found = self.organizations.iter().find(|organization| organization.id == id)?;
            found.parent.clone()
        };
        let mut above = parent(id);
        while let Some(next) = above.filter(|next| line.iter().all(|(known, _)| known != next)) {
            above = parent(&next);
            line.push((next, true));
        }
        line
    }

    pub(super) fn below(&self, id: &str) -> Vec<Named> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([id.to_owned()]);
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            for child in self.organizations.iter().filter(|child| child.parent.as_ref() == Some(&next)) {
                if seen.insert(child.id.clone()) {
                    found.push(Named { id: child.id.clone(), name: child.name.clone() });
                    open.push(child.id.clone());
                }
            }
        }
        found
    }
}
