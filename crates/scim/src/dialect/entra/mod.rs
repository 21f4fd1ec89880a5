//! Microsoft Entra ID: what its SCIM client, its validator and its published collections do otherwise.

pub(super) mod keys;
pub(super) mod operations;
pub(super) mod values;
