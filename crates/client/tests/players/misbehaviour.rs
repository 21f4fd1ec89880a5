//! Plays against a directory that does one thing wrong: the verdict fails, and says what.

use client::people::Company;
use client::players::{Player, Verdict, play};
use client::week::{Event, plan_week};

use crate::directory::{Fault, start};
use crate::play::complaints;

const USERS: &str = "every user is as the provider pushed them";
const GROUPS: &str = "every group has the name and exactly the members that were pushed";
const LEAVERS: &str = "leavers are still readable, and not active";
const DELETED: &str = "deleted people are gone (404), and in no list";
const PHONES: &str = "every telephone number is as pushed, or telephone numbers are not synced";
const MANAGERS: &str = "every manager is as pushed, or managers are not synced";
const LISTS: &str = "lists are whole: totalResults, startIndex, itemsPerPage and Resources agree";
const REQUESTS: &str = "the server took every request";
const RERUN: &str = "another run finds nothing to change";

/// What did not hold.
fn broken(verdict: &Verdict) -> Vec<&str> {
    let broken = verdict.expectations.iter().filter(|expectation| !expectation.held);
    broken.map(|expectation| expectation.what).collect()
}

/// Plays; exactly these expectations fail, and one line has this text.
async fn finds_out(player: Player, fault: Fault, expected: &[&str], text: &str) {
    let (_, options) = start(fault, 60).await;
    let verdict = play(player, &options, &|_| {}).await.unwrap();
    assert_eq!(broken(&verdict), expected, "{fault:?}: {:#?}", complaints(&verdict));
    let name = verdict.cast.leaver.as_ref().map_or("", |leaver| leaver.user_name.as_str());
    let text = text.replace("LEAVER", name);
    assert!(
        complaints(&verdict).iter().any(|line| line.contains(&text)),
        "{text}: {:#?}",
        complaints(&verdict)
    );
}

#[tokio::test]
async fn leavers_who_are_kept() {
    let text = "user LEAVER: active should be false, is true";
    finds_out(Player::Okta, Fault::KeepsLeavers, &[USERS, LEAVERS], text).await;
    finds_out(Player::Auth0, Fault::KeepsLeavers, &[USERS, LEAVERS], text).await;
}

///
#[tokio::test]
async fn text_that_is_taken_for_true() {
    let text = "user LEAVER: active should be false, is true";
    finds_out(Player::Entra, Fault::TakesTextForTrue, &[USERS, LEAVERS], text).await;
    let (_, options) = start(Fault::TakesTextForTrue, 60).await;
    let verdict = play(Player::EntraCompliant, &options, &|_| {}).await.unwrap();
    assert!(verdict.held(), "booleans are sent as such: {:#?}", complaints(&verdict));
}

///
#[tokio::test]
async fn groups_that_are_emptied() {
    finds_out(Player::Entra, Fault::EmptiesGroups, &[GROUPS], " is missing").await;
}

#[tokio::test]
async fn a_member_that_is_lost() {
    finds_out(Player::Entra, Fault::LosesAMember, &[GROUPS], " is missing").await;
    finds_out(Player::EntraCompliant, Fault::LosesAMember, &[GROUPS], " is missing").await;
}

/// A run of the import finds what the run before it did not get done, and the verdict sees both.
#[tokio::test]
async fn an_import_that_is_not_kept() {
    let (_, mut options) = start(Fault::LosesAMember, 60).await;
    options.week = false;
    let verdict = play(Player::Cognito, &options, &|_| {}).await.unwrap();
    assert_eq!(broken(&verdict), [RERUN, GROUPS]);
    assert!(complaints(&verdict).iter().any(|line| line.starts_with("add members ")));
}

/// E-12
///
#[tokio::test]
async fn memberships_that_end_with_a_deactivation() {
    finds_out(Player::Entra, Fault::EndsMemberships, &[GROUPS], " is missing").await;
}

/// E-10
///
#[tokio::test]
async fn a_value_path_that_makes_nothing() {
    finds_out(Player::Entra, Fault::MakesNoElements, &[PHONES], "the telephone number").await;
}

/// The week of `seed` deletes somebody whom people report to.
fn deletes_a_manager(seed: u64) -> bool {
    let mut company = Company::found(100, 0, seed);
    let week = plan_week(&mut company, seed);
    let reports_to = |boss: usize| {
        let employees = company.people.iter().filter_map(|person| person.work.as_ref());
        employees.filter_map(|work| work.manager.as_ref()).any(|manager| manager.index == boss)
    };
    let mut events = week.days.iter().flat_map(|day| &day.events);
    events.any(|event| matches!(event, Event::Delete(person) if reports_to(*person)))
}

/// E-19
///
#[tokio::test]
async fn a_manager_who_cannot_be_cleared() {
    for player in [Player::Entra, Player::EntraCompliant] {
        let (_, mut options) = start(Fault::KeepsManagers, 100).await;
        options.seed = (0..1000).find(|seed| deletes_a_manager(*seed)).unwrap();
        let verdict = play(player, &options, &|_| {}).await.unwrap();
        assert_eq!(broken(&verdict), [MANAGERS], "{:#?}", complaints(&verdict));
        assert!(complaints(&verdict)[0].contains(": manager should be None, is Some("));
    }
}

/// E-13
///
#[tokio::test]
async fn people_who_are_not_deleted() {
    for player in [Player::Entra, Player::Google, Player::Auth0, Player::Cognito] {
        let (_, options) = start(Fault::KeepsTheDeleted, 60).await;
        let verdict = play(player, &options, &|_| {}).await.unwrap();
        assert!(broken(&verdict).contains(&DELETED), "{player}: {:#?}", complaints(&verdict));
        let lines = complaints(&verdict);
        assert!(lines.iter().any(|line| line.ends_with("should be 404, is 200")), "{lines:#?}");
        assert!(lines.iter().any(|line| line.ends_with("is still listed")), "{lines:#?}");
    }
}

///
#[tokio::test]
async fn somebody_else_behind_a_conflict() {
    let (_, options) = start(Fault::ShoutsExternalIds, 20).await;
    let first = play(Player::Auth0, &options, &|_| {}).await.unwrap();
    assert!(first.held(), "{:#?}", complaints(&first));
    let again = play(Player::Auth0, &options, &|_| {}).await.unwrap();
    assert!(broken(&again).contains(&REQUESTS));
    let text = "409, and whom the server found by externalId \"auth0|";
    assert!(complaints(&again).iter().any(|line| line.contains(text)), "{:#?}", complaints(&again));
}

/// E-23
/// O-18
#[tokio::test]
async fn a_server_that_is_busy_for_a_while_is_waited_for() {
    for player in Player::ALL {
        let (_, options) = start(Fault::Busy(1), 10).await;
        let verdict = play(player, &options, &|_| {}).await.unwrap();
        assert!(verdict.held() && verdict.counts.retries >= 10, "{player}: {:#?}", complaints(&verdict));
    }
    // Two attempts of a delivery are not enough, those of the next are.
    let (_, options) = start(Fault::Busy(3), 5).await;
    let verdict = play(Player::Auth0, &options, &|_| {}).await.unwrap();
    assert!(verdict.held() && verdict.counts.retries >= 10, "{:#?}", complaints(&verdict));
}

/// A list that somebody else changed between two pages is read again; one that never agrees is a finding.
#[tokio::test]
async fn lists_whose_numbers_do_not_agree() {
    for (times, expected) in [(2, &[][..]), (u32::MAX, &[LISTS])] {
        let (_, mut options) = start(Fault::Miscounts(times), 120).await;
        options.week = false;
        let verdict = play(Player::Auth0, &options, &|_| {}).await.unwrap();
        assert_eq!(broken(&verdict), expected, "{:#?}", complaints(&verdict));
    }
}

///
#[tokio::test]
async fn a_server_that_stays_busy() {
    let (_, mut options) = start(Fault::Busy(u32::MAX), 3).await;
    options.week = false;
    let verdict = play(Player::Auth0, &options, &|_| {}).await.unwrap();
    assert_eq!(broken(&verdict), [REQUESTS]);
    assert_eq!((verdict.counts.users, complaints(&verdict).len()), (0, 3));
    assert!(complaints(&verdict)[0].ends_with("POST /Users: 429: no"), "{:?}", complaints(&verdict));
    // Three deliveries of two attempts; the lists are read besides.
    assert_eq!(verdict.counts.retries, 9);
}

/// E-1
///
#[tokio::test]
async fn a_search_for_nobody_that_is_answered_wrongly() {
    for (fault, said) in [(Fault::MissesNobody, "404"), (Fault::OmitsResources, "without `Resources`")] {
        let (_, options) = start(fault, 5).await;
        let error = play(Player::Entra, &options, &|_| {}).await.unwrap_err().to_string();
        assert!(error.starts_with("GET /Users?filter=userName+eq") && error.contains(said), "{error}");
    }
    let (_, options) = start(Fault::MissesNobody, 5).await;
    let verdict = play(Player::Okta, &options, &|_| {}).await.unwrap();
    assert!(verdict.held(), "O-3: {:#?}", complaints(&verdict));
    let (_, options) = start(Fault::OmitsResources, 5).await;
    let verdict = play(Player::Auth0, &options, &|_| {}).await.unwrap();
    assert!(broken(&verdict).contains(&REQUESTS), "{:#?}", complaints(&verdict));
}
