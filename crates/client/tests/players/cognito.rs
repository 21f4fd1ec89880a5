//! The pool of the Cognito player, held against what AWS says a pool has.

use std::collections::{BTreeSet, HashSet};

use client::import::mapping::is_pool_id;
use client::import::pool::Pool;
use client::people::{Company, Person};
use client::players::cognito::pool::{Account, invent_pool, pool_id};

fn pool_of(company: &Company) -> Pool {
    invent_pool(&pool_id(1), company, &(0..company.people.len()).collect())
}

/// C-4
/// C-5
#[test]
fn everybody_is_in_it_once_with_what_a_pool_has() {
    let company = Company::found(400, 12, 1);
    let pool = pool_of(&company);
    assert!(is_pool_id(pool.id.as_deref().unwrap()));
    let subs: HashSet<&str> = pool.users.iter().map(|user| user.sub.as_str()).collect();
    let names: HashSet<&str> = pool.users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!((subs.len(), names.len()), (400, 400));
    for user in &pool.users {
        let lengths = user.sub.split('-').map(str::len);
        assert!(lengths.eq([8, 4, 4, 4, 12]), "{}", user.sub);
        assert_eq!(user.attribute("sub"), Some(user.sub.as_str()));
        if let Some(phone) = user.attribute("phone_number") {
            let digits = phone.strip_prefix('+').unwrap();
            assert!(digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{phone}");
        }
    }
    assert!(names.iter().any(|name| name.starts_with("Google_")));
    let everyone = pool.groups.unwrap().swap_remove(0).members.unwrap();
    assert_eq!(everyone.iter().map(String::as_str).collect::<HashSet<_>>(), names);
}

/// C-13
#[test]
fn groups_have_names_that_a_pool_takes() {
    let company = Company::found(30, 60, 1);
    let groups = pool_of(&company).groups.unwrap();
    let names: BTreeSet<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names.len(), 60);
    assert!(names.iter().all(|name| !name.contains(char::is_whitespace) && name.chars().count() <= 128));
}

/// C-4
#[test]
fn an_account_that_is_made_anew_has_another_sub() {
    for person in Company::found(50, 0, 1).people {
        let before = Account::of(&person);
        let anew = Account::of(&Person { account: 1, ..person });
        assert_ne!(before.sub, anew.sub);
    }
}
