//! Imports: what a pool is in SCIM, what a plan says and what comes of it, how files and connections are read, how
//! requests to AWS are signed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod apply;
mod export;
#[path = "../fake/mod.rs"]
mod fake;
mod held;
mod mapping;
mod plan;
mod schemas;
mod signature;

use std::collections::BTreeMap;

use client::import::pool::{Pool, PoolGroup, PoolUser};

/// The pool of most tests.
const POOL: &str = "eu-west-1_aBcDeFgHi";

/// The `sub` of somebody by number.
fn sub(number: u32) -> String {
    format!("a1b2c3d4-5678-90ab-cdef-{number:012}")
}

/// Somebody by number, with a whole profile.
fn user(number: u32) -> PoolUser {
    let email = format!("user{number}@acme.example");
    let attributes = [
        ("sub", sub(number)),
        ("email", email),
        ("email_verified", "true".into()),
        ("given_name", format!("Given{number}")),
        ("family_name", format!("Family{number}")),
    ];
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let username = format!("u{number}");
    PoolUser { username, sub: sub(number), attributes, enabled: true, created: Some(i64::from(number)) }
}

/// A group of these people.
fn group(name: &str, members: &[u32]) -> PoolGroup {
    let members = members.iter().map(|number| format!("u{number}")).collect();
    PoolGroup { name: name.into(), members: Some(members) }
}

/// A pool of these people and groups.
fn pool(users: Vec<PoolUser>, groups: Vec<PoolGroup>) -> Pool {
    Pool { id: Some(POOL.into()), users, groups: Some(groups) }
}

/// Somebody with other attributes; an empty value takes one away.
fn with(mut user: PoolUser, attributes: &[(&str, &str)]) -> PoolUser {
    let given: BTreeMap<String, String> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    user.attributes.extend(given);
    user.attributes.retain(|_, value| !value.is_empty());
    user
}
