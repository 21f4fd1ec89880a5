//! A user pool of AWS Cognito, as plain values.
//!
//! Whoever reads a pool (over AWS's API, out of exported files) or invents one makes a [`Pool`]; what is to become of it is
//! read from these values alone. A pool is whole: whoever cannot read all of it makes none.

use std::collections::BTreeMap;

/// All of a user pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Its id, such as `eu-west-1_aBcDeFgHi`; exported files need not tell it.
    pub id: Option<String>,
    /// Everybody in it, each `sub` once.
    pub users: Vec<PoolUser>,
    /// Its groups; nothing if they were not read.
    pub groups: Option<Vec<PoolGroup>>,
}

/// A user of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolUser {
    /// `Username`, unique in the pool.
    pub username: String,
    /// The attribute `sub`: it never changes and is never used again.
    pub sub: String,
    /// All attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// `Enabled`.
    pub enabled: bool,
    /// `UserCreateDate`, in microseconds since 1970 UTC, if it is known.
    pub created: Option<i64>,
}

impl PoolUser {
    /// An attribute's value, unless it is blank.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }
}

/// A group of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolGroup {
    /// `GroupName`, which never changes.
    pub name: String,
    /// `Username` of each member; nothing if they were not read.
    pub members: Option<Vec<String>>,
}
