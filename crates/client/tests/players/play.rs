//! Whole plays against a directory that behaves: they succeed, twice, and send what their provider sends.

use client::players::{Player, Verdict, play};

use crate::directory::{Fault, start};

pub fn complaints(verdict: &Verdict) -> Vec<&String> {
    verdict.expectations.iter().flat_map(|expectation| &expectation.detail).collect()
}

/// Plays twice against one directory. Returns the requests of the first play, and whom it was about.
async fn play_twice(player: Player, expected: (usize, usize, usize)) -> (Vec<String>, Verdict) {
    let (directory, options) = start(Fault::None, 150).await;
    let first = play(player, &options, &|_| {}).await.unwrap();
    assert!(first.held(), "{:#?}", complaints(&first));
    assert_eq!((first.counts.users, first.counts.active, first.counts.groups), expected);
    let log = std::mem::take(&mut directory.lock().unwrap().log);
    let again = play(player, &options, &|_| {}).await.unwrap();
    assert!(again.held(), "{:#?}", complaints(&again));
    assert_eq!((again.counts.users, again.counts.active, again.counts.groups), expected);
    let directory = directory.lock().unwrap();
    assert_eq!((directory.users.len(), directory.groups.len()), (expected.0, expected.2));
    for (one, other) in [
        (&first.cast.rehired, &again.cast.rehired),
        (&first.cast.mover, &again.cast.mover),
        (&first.cast.leaver, &again.cast.leaver),
    ] {
        assert_eq!(one.as_ref().unwrap().user_name, other.as_ref().unwrap().user_name);
    }
    assert!(serde_json::to_value(&again).unwrap()["expectations"][0]["held"].as_bool().unwrap());
    (log, first)
}

/// 150, two joiners; five leavers, of whom three come back; one group of twelve deleted.
const KEPT: (usize, usize, usize) = (152, 150, 11);
/// Of the two who stay away, one is deleted.
const DELETED: (usize, usize, usize) = (151, 150, 11);

#[tokio::test]
async fn the_wizard_plays_a_week_twice_and_writes_by_put_only() {
    let (log, _) = play_twice(Player::Okta, KEPT).await;
    assert_eq!(log[0], "GET /Users?startIndex=1&count=2 ");
    assert!(!log.iter().any(|line| line.starts_with("PATCH") || line.starts_with("DELETE /Users")));
}

#[tokio::test]
async fn the_catalog_plays_a_week_twice_and_puts_no_group() {
    let (log, _) = play_twice(Player::OktaCatalog, KEPT).await;
    assert!(!log.iter().any(|line| line.starts_with("PUT /Groups") || line.starts_with("DELETE /Users")));
    assert!(log.iter().any(|line| line.starts_with("PATCH /Users")));
}

/// What both Entra players do.
fn check_entra(log: &[String], verdict: &Verdict) {
    assert!(!log.iter().any(|line| line.starts_with("PUT")));
    // Probes at the beginning and in each of seven cycles, twelve groups, and one under its later name.
    let probe =
        |line: &&String| line.starts_with("GET /Groups?excludedAttributes=members&filter=displayName");
    let names = log.iter().filter(probe).count();
    assert_eq!(names, 8 + 12 + 1);
    assert!(
        log[0].starts_with("GET /Users?filter=userName+eq+%22") && log[1].starts_with("GET /Groups?excluded")
    );
    let created = log.iter().filter(|line| line.starts_with("POST /Groups"));
    assert!(created.inspect(|line| assert!(!line.contains("members"), "{line}")).count() == 12);
    // E-12: who was restored is not put into their groups again.
    let rehired = &verdict.cast.rehired.as_ref().unwrap().id;
    let all_staff =
        log.iter().filter(|line| line.starts_with("PATCH /Groups/") && line.contains("\"members"));
    let mut times = std::collections::BTreeMap::<&str, usize>::new();
    for line in all_staff.filter(|line| line.contains(&format!("\"{rehired}\""))) {
        *times.entry(line.split(' ').nth(1).unwrap()).or_default() += 1;
    }
    assert!(!times.is_empty() && times.values().all(|count| *count == 1), "{times:?}");
    assert!(log.iter().any(|line| line.starts_with("DELETE /Users/")));
}

/// E-1
/// E-12
/// E-13
/// E-15
#[tokio::test]
async fn entra_plays_a_week_twice_in_pascal_case() {
    let (log, verdict) = play_twice(Player::Entra, DELETED).await;
    check_entra(&log, &verdict);
    let says = |text: &str| log.iter().any(|line| line.contains(text));
    assert!(says(r#"{"op":"Replace","path":"active","value":"False"}"#));
    assert!(says(r#"{"op":"Remove","path":"members","value":[{"$ref":null,"value":"#));
    assert!(!says(r#"{"op":"remove""#) && !says(r#"{"op":"add""#));
}

/// E-9
/// E-17
#[tokio::test]
async fn compliant_entra_plays_a_week_twice_in_lower_case() {
    let (log, verdict) = play_twice(Player::EntraCompliant, DELETED).await;
    check_entra(&log, &verdict);
    let says = |text: &str| log.iter().any(|line| line.contains(text));
    assert!(says(r#"{"op":"replace","path":"active","value":false}"#));
    assert!(says(r#"{"op":"remove","path":"members[value eq"#));
    assert!(!says(r#""op":"R"#) && !says(r#""op":"A"#));
}

#[tokio::test]
async fn the_entra_players_take_over_from_each_other() {
    let (_, options) = start(Fault::None, 80).await;
    for player in [Player::Entra, Player::EntraCompliant, Player::Entra] {
        let verdict = play(player, &options, &|_| {}).await.unwrap();
        assert!(verdict.held(), "{player}: {:#?}", complaints(&verdict));
    }
}

/// G-3
/// G-6
/// G-7
#[tokio::test]
async fn google_plays_a_week_twice_without_groups() {
    let (log, verdict) = play_twice(Player::Google, (DELETED.0, DELETED.1, 0)).await;
    assert_eq!((log[0].as_str(), log[1].as_str()), ("GET /Users?count=1 ", "GET /Schemas "));
    assert!(!log.iter().any(|line| line.contains("/Groups")));
    let choices = [
        "updates are sent by PATCH: which verb Google uses is not known",
        "this provider pushes no groups: 12 were left out",
    ];
    assert_eq!(verdict.choices, choices);
    let suspended = log.iter().position(|line| line.contains(r#"{"active":false}"#)).unwrap();
    let deleted = log.iter().position(|line| line.starts_with("DELETE")).unwrap();
    assert!(suspended < deleted);
}

/// A-3
/// A-5
/// A-7
/// A-10
#[tokio::test]
async fn auth0_plays_a_week_twice_and_creates_without_looking() {
    let (log, _) = play_twice(Player::Auth0, (DELETED.0, DELETED.1, 0)).await;
    let creates = log.iter().filter(|line| line.starts_with("POST")).count();
    assert!(creates >= 150 && log.iter().take(8).any(|line| line.starts_with("POST /Users")));
    assert!(!log.iter().any(|line| line.contains("/Groups") || line.starts_with("PATCH")));
    assert!(log.iter().any(|line| line.starts_with("DELETE")));
}

/// C-1
/// C-8
#[tokio::test]
async fn cognito_plays_a_week_twice_by_imports() {
    let (log, verdict) = play_twice(Player::Cognito, DELETED).await;
    assert_eq!(log[0], "GET /ServiceProviderConfig ");
    // One run at first, one at the end of each of seven days, one to see that nothing is left; then it is read back.
    let reads = log.iter().filter(|line| line.starts_with("GET /ServiceProviderConfig")).count();
    assert_eq!(reads, 1 + 7 + 1);
    assert!(!log.iter().any(|line| line.starts_with("PUT")));
    assert!(log.iter().any(|line| line.starts_with("DELETE /Users/")));
    // A group that is renamed is a new one, and the old one goes; another is deleted.
    assert_eq!(log.iter().filter(|line| line.starts_with("POST /Groups")).count(), 12 + 1);
    assert_eq!(log.iter().filter(|line| line.starts_with("DELETE /Groups/")).count(), 1 + 1);
    // Who is disabled keeps the resource and the memberships.
    let rehired = &verdict.cast.rehired.as_ref().unwrap().id;
    let about = |what: &str| log.iter().filter(|line| line.contains(what) && line.contains(rehired)).count();
    assert_eq!((about("PATCH /Users/"), about("\"remove\"")), (2, 0), "disabled, enabled");
}

#[test]
fn an_unknown_player_is_told_which_there_are() {
    assert_eq!("Okta".parse(), Ok(Player::Okta));
    assert_eq!("entra-compliant".parse(), Ok(Player::EntraCompliant));
    let error = "keycloak".parse::<Player>().unwrap_err();
    let there_are = "okta, okta-catalog, entra, entra-compliant, google, auth0, cognito";
    assert_eq!(error.to_string(), format!("there is no player `keycloak`; there are: {there_are}"));
}
