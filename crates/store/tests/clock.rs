//! Time: whole milliseconds, moved by hand in tests.

use store::clock::Clock;

#[test]
fn a_fixed_clock_moves_only_when_told_to_for_all_who_hold_it() {
    let clock = Clock::fixed(5_000_000);
    let other = clock.clone();
    assert_eq!((clock.now(), clock.now()), (5_000_000, 5_000_000));
    other.advance(1_500_000);
    assert_eq!(clock.now(), 6_500_000);
    other.advance(-2_000_000);
    assert_eq!(clock.now(), 4_500_000);
}

#[test]
fn instants_are_cut_to_whole_milliseconds_also_before_1970() {
    assert_eq!(Clock::fixed(1_999).now(), 1_000);
    assert_eq!(Clock::fixed(-1).now(), -1_000);
    assert_eq!(Clock::System.now() % 1_000, 0);
}

#[test]
fn the_systems_clock_cannot_be_moved() {
    let clock = Clock::System;
    let before = clock.now();
    clock.advance(3_600_000_000);
    assert!(clock.now() < before + 3_600_000_000);
}
