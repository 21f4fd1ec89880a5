//! Which attributes a filter speaks about: what must be at hand before it can be judged.

use super::Filter;

impl Filter {
    /// Whether the filter speaks about an attribute of the base schema, or a sub-attribute of it.
    pub fn mentions(&self, attribute: &str) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.mentions(attribute) || right.mentions(attribute)
            }
            Self::Not(inner) => inner.mentions(attribute),
            Self::Present(named)
            | Self::Compare { attribute: named, .. }
            | Self::Element { attribute: named, .. } => {
                named.extension.is_none() && named.attribute.name == attribute
            }
            Self::Never => false,
        }
    }
}
