//! Ids: they only ever go up, whatever the clock does, and are UUIDs of version 7.

use std::collections::HashSet;
use std::sync::Mutex;
use store::clock::Clock;
use store::ids::Ids;
use uuid::{Uuid, Variant};

/// 1 January 2026, 00:00 UTC, in microseconds.
const NEW_YEAR: i64 = 1_767_225_600_000_000;

fn assert_rising(ids: &[String]) {
    for pair in ids.windows(2) {
        assert!(pair[0] < pair[1], "{} is not before {}", pair[0], pair[1]);
    }
}

#[test]
fn within_one_millisecond_ids_only_go_up() {
    let ids = Ids::seeded(Clock::fixed(NEW_YEAR), 1);
    assert_rising(&(0..100_000).map(|_| ids.next()).collect::<Vec<_>>());
}

#[test]
fn when_the_clock_steps_back_ids_go_on_upwards() {
    let clock = Clock::fixed(NEW_YEAR);
    let ids = Ids::seeded(clock.clone(), 1);
    let mut seen = Vec::new();
    for step in [0, 1_000, -3_600_000_000, 500, 5_000_000, -1, -5_000_000, 7_200_000_000] {
        clock.advance(step);
        seen.extend((0..100).map(|_| ids.next()));
    }
    assert_rising(&seen);
}

#[test]
fn an_id_is_a_uuid_of_version_7_in_its_usual_form() {
    let ids = Ids::system(Clock::System);
    for _ in 0..10_000 {
        let text = ids.next();
        let uuid = Uuid::parse_str(&text).unwrap();
        assert_eq!(uuid.get_version_num(), 7, "{text}");
        assert_eq!(uuid.get_variant(), Variant::RFC4122, "{text}");
        assert_eq!(uuid.to_string(), text);
        // RFC 7643 §3.1: the word is kept for bulk requests.
        assert!(!text.contains("bulkId"));
    }
}

#[test]
fn ids_stay_of_version_7_however_many_a_millisecond_brings() {
    let ids = Ids::seeded(Clock::fixed(NEW_YEAR), 3);
    for _ in 0..200_000 {
        let uuid = Uuid::parse_str(&ids.next()).unwrap();
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, Variant::RFC4122), "{uuid}");
    }
}

#[test]
fn an_id_tells_the_time_it_was_made() {
    let ids = Ids::seeded(Clock::fixed(NEW_YEAR), 1);
    let millis = Uuid::parse_str(&ids.next()).unwrap().as_u128() >> 80;
    assert_eq!(millis, u128::try_from(NEW_YEAR / 1000).unwrap());
}

#[test]
fn threads_never_get_the_same_id() {
    let ids = Ids::system(Clock::System);
    let seen = Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let own: Vec<String> = (0..5_000).map(|_| ids.next()).collect();
                assert_rising(&own);
                seen.lock().unwrap().extend(own);
            });
        }
    });
    assert_eq!(seen.into_inner().unwrap().len(), 20_000);
}

#[test]
fn a_seed_gives_the_same_ids_and_secrets_again_and_another_gives_others() {
    let draw = |seed| {
        let ids = Ids::seeded(Clock::fixed(NEW_YEAR), seed);
        (ids.next(), ids.secret(), ids.next(), ids.secret())
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1).1, draw(2).1);
}

#[test]
fn secrets_do_not_repeat() {
    let ids = Ids::system(Clock::System);
    let seen: HashSet<[u8; 32]> = (0..10_000).map(|_| ids.secret()).collect();
    assert_eq!(seen.len(), 10_000);
}
