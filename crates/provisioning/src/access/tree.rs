//! The tree of a tenant's organizations: what stands above one, and what below.

use super::Named;
use std::collections::{HashMap, HashSet};
use store::organizations;
use store::{StoreError, TenantId, Tx};

/// The tenant's organizations that are not archived.
pub(crate) struct Tree {
    names: HashMap<String, String>,
    parents: HashMap<String, String>,
    children: HashMap<String, Vec<String>>,
}

impl Tree {
    pub(crate) fn read(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Self, StoreError> {
        let mut tree = Self { names: HashMap::new(), parents: HashMap::new(), children: HashMap::new() };
        for organization in organizations::all(tx, tenant)? {
            if organization.archived_at.is_some() {
                continue;
            }
            if let Some(parent) = organization.parent {
                tree.children.entry(parent.clone()).or_default().push(organization.id.clone());
                tree.parents.insert(organization.id.clone(), parent);
            }
            tree.names.insert(organization.id, organization.name);
        }
        Ok(tree)
    }

    pub(crate) fn named(&self, id: &str) -> Option<Named> {
        let name = self.names.get(id)?;
        Some(Named { id: id.to_owned(), name: name.clone() })
    }

    /// An organization and those above it; what of those above is not passed down does not count.
    pub(crate) fn line(&self, id: &str) -> Vec<(String, bool)> {
        let mut line = vec![(id.to_owned(), false)];
        let mut above = self.parents.get(id);
        while let Some(next) = above.filter(|next| line.iter().all(|(known, _)| known != *next)) {
            line.push((next.clone(), true));
            above = self.parents.get(next);
        }
        line
    }

    pub(crate) fn below(&self, id: &str) -> Vec<Named> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([id.to_owned()]);
        let mut open = vec![id.to_owned()];
        while let Some(next) = open.pop() {
            for child in self.children.get(&next).into_iter().flatten() {
                if seen.insert(child.clone()) {
                    found.extend(self.named(child));
                    open.push(child.clone());
                }
            }
        }
        found
    }
}
