//! Among whom a search looks, where that is no matter of an attribute: what ties a resource to something else.

/// A tie that every row found has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// Users of a directory who have this role somewhere.
    Role(String),
    /// Users of a directory with a role at one of these organizations; where it says so, one that is passed down.
    Organizations(Vec<(String, bool)>),
    /// Members of this group.
    Group(String),
}
