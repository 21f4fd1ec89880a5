//! The company, its groups and its week come from the seed alone.

use std::collections::HashSet;

use client::groups::{Circle, found_groups};
use client::people::Company;
use client::week::{Event, plan_week};

#[test]
fn the_same_seed_makes_the_same_people_and_a_bigger_company_contains_the_smaller() {
    let (small, big) = (Company::found(200, 12, 7), Company::found(300, 40, 7));
    assert_eq!(small.people[..], big.people[..200]);
    assert_ne!(small.people, Company::found(200, 12, 8).people);
}

#[test]
fn ten_thousand_people_have_user_names_and_ids_of_their_own() {
    let company = Company::found(10_000, 0, 1);
    let names: HashSet<_> = company.people.iter().map(|person| person.user_name.to_lowercase()).collect();
    let ids: HashSet<_> = company.people.iter().map(|person| &person.external_id).collect();
    assert_eq!((names.len(), ids.len()), (10_000, 10_000));
    for person in &company.people {
        assert!(person.user_name.is_ascii() && person.user_name.ends_with("@acme.example"), "{person:?}");
        assert!(person.external_id.starts_with("00u") && person.external_id.len() == 20, "{person:?}");
    }
    let any = |what: fn(&str) -> bool| company.people.iter().any(|person| what(&person.user_name));
    assert!(any(|name| name.contains('+')) && any(|name| name.contains('\'')));
}

#[test]
fn two_hundred_people_are_enough_for_every_script() {
    let company = Company::found(200, 0, 3);
    let text: String = company.people.iter().map(|person| person.display_name.as_str()).collect();
    let scripts = [
        ("Latin", 'a'..='z'),
        ("Latin with marks", 'à'..='ž'),
        ("Vietnamese", 'ạ'..='ỹ'),
        ("Greek", 'α'..='ω'),
        ("Cyrillic", 'а'..='я'),
        ("Hebrew", 'א'..='ת'),
        ("Arabic", 'ء'..='ي'),
        ("Devanagari", 'अ'..='ह'),
        ("Thai", 'ก'..='ฮ'),
        ("Kana", 'ぁ'..='ヺ'),
        ("Han", '一'..='龥'),
        ("Hangul", '가'..='힣'),
    ];
    for (script, letters) in scripts {
        assert!(text.chars().any(|letter| letters.contains(&letter)), "nobody in {script}");
    }
}

#[test]
fn groups_have_names_of_their_own_and_members_that_make_sense() {
    for count in [0, 1, 2, 3, 12, 100, 1000] {
        let groups = found_groups(count);
        let names: HashSet<_> = groups.iter().map(|group| group.display_name.to_lowercase()).collect();
        assert_eq!((groups.len(), names.len()), (count, count));
    }
    let company = Company::found(500, 100, 5);
    let holders = |index: usize| company.people.iter().filter(|who| company.groups[index].holds(who)).count();
    assert_eq!(holders(0), 500);
    assert!(company.people.iter().all(|person| {
        let teams = company.groups.iter().filter(|group| matches!(group.circle, Circle::Team { .. }));
        teams.filter(|group| group.holds(person)).count() <= 1
    }));
}

#[test]
fn a_week_is_planned_from_the_seed_and_nobody_is_in_two_stories() {
    let mut company = Company::found(2_000, 40, 9);
    let week = plan_week(&mut company, 9);
    assert_eq!(week, plan_week(&mut Company::found(2_000, 40, 9), 9));
    let events = || week.days.iter().flat_map(|day| &day.events);
    let left: HashSet<_> =
        events().filter_map(|event| if let Event::Leave(who) = event { Some(who) } else { None }).collect();
    let (mut seen, mut gone) = (HashSet::new(), HashSet::new());
    for event in events() {
        match event {
            Event::Return(who) => assert!(left.contains(who)),
            Event::Delete(who) => assert!(left.contains(who) && gone.insert(who)),
            Event::Join(who) | Event::Leave(who) => assert!(seen.insert(who)),
            Event::Move { person, .. } | Event::Rename { person, .. } => assert!(seen.insert(person)),
            Event::RenameGroup { .. } | Event::DeleteGroup(_) => {}
        }
    }
    assert_eq!(company.people.len(), 2_020);
    for tiny in 0..6 {
        plan_week(&mut Company::found(tiny, tiny, 1), 1);
    }
}
