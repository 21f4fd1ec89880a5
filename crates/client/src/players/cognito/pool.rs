//! The company as a user pool of AWS Cognito.
//!
//! Pure functions from the company to what `ListUsers`, `ListGroups` and `ListUsersInGroup` would say of it
//! (docs/identity-providers.md C-4, C-5, C-13).

use std::collections::BTreeSet;

use crate::groups::Group;
use crate::import::pool::{Pool, PoolGroup, PoolUser};
use crate::people::{Company, Person};
use crate::random::Random;

/// The id of the pool that a seed makes.
pub fn pool_id(seed: u64) -> String {
    format!("eu-central-1_{}", Random::for_purpose(seed, 7).base62(9))
}

/// What a pool knows of somebody and the company does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The attribute `sub`; an account that is made anew has another.
    pub sub: String,
    /// `Username`: the `sub` where people sign in by their address, the provider's id behind its name where they
    /// come by another provider.
    pub username: String,
    /// The attribute `phone_number`, which has to be in the form of E.164; not everybody has one.
    pub phone: Option<String>,
}

impl Account {
    /// The present account of somebody.
    pub fn of(person: &Person) -> Self {
        let sub = Random::for_purpose(person.lot, 20 + u64::from(person.account)).guid();
        let username = match person.lot % 8 {
            0 => format!("Google_{}", crate::players::google::directory_id(person)),
            _ => sub.clone(),
        };
        let digits = || person.phone.chars().filter(|character| matches!(character, '+' | '0'..='9'));
        let phone = (!person.lot.is_multiple_of(3)).then(|| digits().collect());
        Self { sub, username, phone }
    }
}

/// What a group is called in the pool, where a name has no space (C-13).
pub fn group_name(group: &Group) -> String {
    group.display_name.replace(' ', "-")
}

/// The pool at present: the people at the places `accounts`, and the groups that there are.
pub fn invent_pool(id: &str, company: &Company, accounts: &BTreeSet<usize>) -> Pool {
    let people = || accounts.iter().map(|person| &company.people[*person]);
    let groups = company.groups.iter().filter(|group| group.exists).map(|group| {
        let members = people().filter(|person| group.encloses(person));
        let members = members.map(|person| Account::of(person).username).collect();
        PoolGroup { name: group_name(group), members: Some(members) }
    });
    Pool { id: Some(id.to_owned()), users: people().map(pool_user).collect(), groups: Some(groups.collect()) }
}

fn pool_user(person: &Person) -> PoolUser {
    let Account { sub, username, phone } = Account::of(person);
    let mut attributes = vec![
        ("sub", sub.clone()),
        ("email", person.email.clone()),
        // The address that another provider tells of is not verified in the pool.
        ("email_verified", (username == sub).to_string()),
        ("given_name", person.given_name.clone()),
        ("family_name", person.family_name.clone()),
        ("name", person.display_name.clone()),
        ("locale", person.locale.to_owned()),
        ("zoneinfo", person.timezone.to_owned()),
    ];
    attributes.extend(phone.map(|phone| ("phone_number", phone)));
    attributes.extend(person.department().map(|department| ("custom:department", department.to_owned())));
    PoolUser {
        username,
        sub,
        attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        enabled: person.employed,
        created: i64::try_from(person.index).ok(),
    }
}
