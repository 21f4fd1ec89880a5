//! What a user pool's people and groups are in SCIM (docs/identity-providers.md C-8).
//!
//! `externalId` is the `sub`, which never changes. `userName` is the e-mail address; where several users of the pool have
//! the same one, as a native and a federated account of one person may, one of them alone gets it and the others
//! keep their `Username`. Users who must still change their password, and users of external providers, are people
//! like all others. Pure: the same pool gives the same answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::desired::{Desired, Origin, WantedGroup, WantedUser};
use super::pool::{Pool, PoolGroup, PoolUser};

/// The SCIM paths that can lack a value, and the pool's attribute that would give it.
const SOURCES: &[(&str, &str)] = &[
    ("emails", "email"),
    ("emails.value", "email"),
    ("name", "given_name"),
    ("name.givenName", "given_name"),
    ("name.familyName", "family_name"),
    ("displayName", "name"),
    ("phoneNumbers", "phone_number"),
    ("locale", "locale"),
    ("timezone", "zoneinfo"),
];

/// What a connection should hold so that it agrees with `pool`.
pub fn desired(pool: &Pool) -> Desired {
    let holders = address_holders(&pool.users);
    let users = pool.users.iter().map(|user| wanted_user(user, &holders)).collect();
    let subs: BTreeMap<&str, &str> =
        pool.users.iter().map(|user| (user.username.as_str(), user.sub.as_str())).collect();
    let groups = pool
        .id
        .as_deref()
        .zip(pool.groups.as_deref())
        .map(|(id, groups)| groups.iter().map(|group| wanted_group(id, group, &subs)).collect());
    let origin = Origin {
        name: pool.id.as_deref().map_or_else(|| "the user pool".into(), |id| format!("user pool {id}")),
        sources: SOURCES,
        is_user_id: is_sub,
        group_prefix: pool.id.as_deref().map(group_prefix),
        is_group_id,
    };
    Desired { origin, users, groups }
}

/// Who of those with the same e-mail address gets it as `userName`: a verified one before others, then the
/// oldest account. That changes for nobody because somebody else signs up.
fn address_holders(users: &[PoolUser]) -> BTreeMap<String, &str> {
    let mut holders: BTreeMap<String, &PoolUser> = BTreeMap::new();
    let rank = |user: &PoolUser| (!is_verified(user), user.created.unwrap_or(i64::MAX), user.sub.clone());
    for user in users {
        let Some(address) = user.attribute("email") else { continue };
        let holder = holders.entry(address.to_lowercase()).or_insert(user);
        if rank(user) < rank(holder) {
            *holder = user;
        }
    }
    holders.into_iter().map(|(address, user)| (address, user.sub.as_str())).collect()
}

/// Whether somebody has shown that the address is theirs: where people sign up by themselves, they may claim any.
fn is_verified(user: &PoolUser) -> bool {
    user.attribute("email_verified") == Some("true")
}

fn wanted_user(user: &PoolUser, holders: &BTreeMap<String, &str>) -> WantedUser {
    let email = user.attribute("email");
    let held = email.filter(|address| holders.get(&address.to_lowercase()) == Some(&user.sub.as_str()));
    let user_name = held.unwrap_or(&user.username);
    let (given, family) = (user.attribute("given_name"), user.attribute("family_name"));
    let parts: Vec<&str> = given.into_iter().chain(family).collect();
    let called = user.attribute("name").map(str::to_owned).or((!parts.is_empty()).then(|| parts.join(" ")));
    let mut name = Map::new();
    let mut put = |member: &str, value: Option<&str>| {
        name.insert(member.to_owned(), value.map_or(Value::Null, Value::from));
    };
    put("givenName", given);
    put("familyName", family);
    put("formatted", called.as_deref());
    let mut attributes = Map::new();
    let mut put = |attribute: &str, value: Option<Value>| {
        attributes.insert(attribute.to_owned(), value.unwrap_or(Value::Null));
    };
    put("name", Some(Value::Object(name)));
    put("displayName", called.map(Value::from));
    put("emails", email.map(|value| json!([{ "value": value, "type": "work", "primary": true }])));
    let phone = user.attribute("phone_number");
    put("phoneNumbers", phone.map(|value| json!([{ "value": value, "type": "mobile" }])));
    put("locale", user.attribute("locale").map(Value::from));
    put("timezone", user.attribute("zoneinfo").map(Value::from));
    WantedUser {
        external_id: user.sub.clone(),
        user_name: user_name.to_owned(),
        is_verified: held.is_some() && is_verified(user),
        active: user.enabled,
        attributes,
    }
}

fn wanted_group(pool_id: &str, group: &PoolGroup, subs: &BTreeMap<&str, &str>) -> WantedGroup {
    // Who joined the pool while it was read comes with the next run.
    let members = group.members.as_ref().map(|members| {
        members.iter().filter_map(|username| subs.get(username.as_str())).map(|sub| (*sub).to_owned())
    });
    WantedGroup {
        external_id: format!("{}{}", group_prefix(pool_id), group.name),
        display_name: group.name.clone(),
        members: members.map(Iterator::collect::<BTreeSet<String>>),
    }
}

fn group_prefix(pool_id: &str) -> String {
    format!("{pool_id}:")
}

/// Whether an `externalId` has the form of a `sub`, a UUID.
fn is_sub(external_id: &str) -> bool {
    let is_hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = external_id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && external_id.split('-').all(is_hexadecimal)
}

/// Whether an `externalId` has the form that groups of any pool get: `eu-west-1_aBcDeFgHi:admins`.
fn is_group_id(external_id: &str) -> bool {
    external_id.split_once(':').is_some_and(|(pool_id, _)| is_pool_id(pool_id))
}

/// Whether a text has the form of a pool's id: a region, `_`, letters and digits.
pub fn is_pool_id(text: &str) -> bool {
    text.split_once('_').is_some_and(|(region, rest)| {
        region.contains('-')
            && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
