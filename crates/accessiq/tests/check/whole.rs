//! Whole runs: against the service as it is, and as it could not be worse.

use crate::proxy::{Asked, Fault, Given, Misbehaving, NONE, broken, refusal};
use client::check::{Outcome, Strictness, check, every_check};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// What the base URL alone tells.
const OF_THE_URL: [&str; 2] = ["url-https", "url-underscore"];

/// Discovery is what the checks learn from; making and deleting is what they stand on.
fn is_discovery(asked: &Asked) -> bool {
    ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes"].iter().any(|path| asked.path.starts_with(path))
}

fn makes(asked: &Asked) -> bool {
    asked.method == "POST" && matches!(asked.path.as_str(), "/Users" | "/Groups")
}

fn fail(given: &mut Given) {
    *given = refusal(500, "invalidValue");
}

/// Nothing but creating, deleting and discovery succeeds.
const NOTHING_SUCCEEDS: Fault = Fault {
    answer: |asked, given, _| {
        if !is_discovery(asked) && !makes(asked) && asked.method != "DELETE" && given.status < 400 {
            fail(given);
        }
    },
    ..NONE
};

/// Whatever is wrong is answered as if it were right.
const NOTHING_FAILS: Fault = Fault {
    answer: |_, given, _| {
        if given.status >= 400 && given.status != 501 {
            (given.status, given.body) = (200, json!({}));
        }
    },
    ..NONE
};

/// Users and groups are made, and the answer is 500.
const NOTHING_IS_MADE: Fault = Fault {
    answer: |asked, given, _| {
        if makes(asked) {
            fail(given);
        }
    },
    ..NONE
};

/// There is no discovery.
const NOTHING_IS_DISCOVERED: Fault = Fault {
    answer: |asked, given, _| {
        if is_discovery(asked) {
            fail(given);
        }
    },
    ..NONE
};

/// The service as it is: nothing fails, nothing is left, nobody else was touched.
#[tokio::test]
async fn a_lenient_connection_is_clean() {
    let serving = Misbehaving::serve(NONE, &[]).await;
    let report = serving.check(&[]).await;
    assert_eq!((broken(&report), &report.left_behind), (vec![], &vec![]));
    assert!(report.is_clean() && report.passed > 200, "{report:?}");
    assert_eq!(report.strictness, Strictness::Lenient);
    assert_eq!(serving.server.faults(), Vec::<String>::new());
}

/// A strict connection says so: its refusals are by design, and no failures.
#[tokio::test]
async fn a_strict_connection_is_clean_and_called_strict() {
    let serving = Misbehaving::serve(NONE, &[("strict", "true")]).await;
    let report = serving.check(&[]).await;
    assert_eq!(broken(&report), Vec::<&str>::new());
    assert_eq!(report.strictness, Strictness::Announced);
    let refused: Vec<_> = report.checks.iter().filter(|finding| finding.habit && finding.refused).collect();
    assert!(refused.len() > 20, "{}", refused.len());
    let told = |why: &str| why.contains("interopProfileConformant");
    assert!(
        refused
            .iter()
            .all(|finding| finding.outcome == Outcome::Skipped && finding.why.as_deref().is_some_and(told))
    );
}

/// A strict server that does not say so fails, and is called strict all the same.
#[tokio::test]
async fn a_server_that_is_strict_without_saying_so_is_found_out() {
    let silent = Fault {
        answer: |asked, given, _| {
            if is_discovery(asked) {
                given.body.as_object_mut().map(|config| config.remove("interopProfileConformant"));
            }
        },
        ..NONE
    };
    let serving = Misbehaving::serve(silent, &[("strict", "true")]).await;
    let report = serving.check(&[]).await;
    assert_eq!(report.strictness, Strictness::Observed);
    let broken: Vec<_> = report.with(Outcome::Failed).collect();
    assert!(
        !broken.is_empty() && broken.iter().all(|finding| finding.habit && finding.refused),
        "{broken:?}"
    );
    assert!(broken.iter().all(|finding| !finding.harms.is_empty()
        && !finding.exchanges.is_empty()
        && !finding.again.is_empty()));
}

/// No check can be passed by a server that does nothing right.
#[tokio::test]
async fn every_check_can_fail() {
    let mut never: BTreeSet<&str> = every_check().map(|(_, check)| check.id).collect();
    assert_eq!(never.len(), every_check().count(), "two checks of one id");
    for id in crate::quirks::covered().chain(OF_THE_URL) {
        never.remove(id);
    }
    for fault in [NOTHING_SUCCEEDS, NOTHING_FAILS, NOTHING_IS_MADE, NOTHING_IS_DISCOVERED] {
        let serving = Misbehaving::serve(fault, &[]).await;
        for id in broken(&serving.check(&[]).await) {
            never.remove(id);
        }
    }
    assert_eq!(never, BTreeSet::new(), "these have not failed under any fault");
}

/// Requirements, readings, facts and quirks that a check rests on are those of this repository.
#[test]
fn what_checks_rest_on_is_written_down() {
    let read = |path: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::fs::read_to_string(root.join(path)).expect("a file of the repository")
    };
    let (requirements, facts) = (read("conformance/requirements.tsv"), read("docs/identity-providers.md"));
    let is_requirement = |id: &str| requirements.lines().any(|line| line.split('\t').next() == Some(id));
    let is_fact = |id: &str| {
        facts.split(|letter: char| !letter.is_alphanumeric() && letter != '-').any(|word| word == id)
    };
    for (_, check) in every_check() {
        let named = check.basis.iter().copied().chain(check.harms.iter().map(|harm| harm.fact));
        let unknown: Vec<&str> = named.filter(|id| !is_requirement(id) && !is_fact(id)).collect();
        assert!(!check.basis.is_empty() && unknown.is_empty(), "{}: {unknown:?}", check.id);
    }
}

/// What was made is deleted also when its answer was an error; a list shows that nothing is left.
#[tokio::test]
async fn what_was_made_without_an_answer_is_found_and_deleted() {
    let serving = Misbehaving::serve(NOTHING_IS_MADE, &[]).await;
    let report = serving.check(&["create-answers-201", "create-location", "group-create"]).await;
    assert_eq!((report.failed, &report.left_behind), (3, &vec![]));
    assert_eq!(left(&serving).await, 0);
}

/// A server that makes somebody of a PUT to nobody is found out, and not left with them.
#[tokio::test]
async fn who_was_made_by_a_put_is_deleted() {
    let upserts = Fault {
        ask: |asked, _| {
            if asked.is("PUT", "/Users/accessiq-check-no-user") {
                (asked.method, asked.path) = ("POST".into(), "/Users".into());
            }
            None
        },
        ..NONE
    };
    let serving = Misbehaving::serve(upserts, &[]).await;
    let report = serving.check(&["put-unknown"]).await;
    assert_eq!((broken(&report), left(&serving).await), (vec!["put-unknown"], 0));
}

/// A server that does not delete is left with one user, which the report names, and is asked for no more.
#[tokio::test]
async fn a_server_that_does_not_delete_is_told_what_stays() {
    let keeps =
        Fault { ask: |asked, _| (asked.method == "DELETE").then(|| refusal(405, "invalidValue")), ..NONE };
    let serving = Misbehaving::serve(keeps, &[]).await;
    let report = serving.check(&["create-answers-201", "create-location", "create-meta"]).await;
    assert_eq!((report.passed, report.skipped, report.left_behind.len()), (1, 2, 1));
    assert!(report.left_behind[0].contains(&report.marker) && !report.is_clean(), "{report:?}");
}

/// Asked to stop, it begins nothing more and deletes what there is.
#[tokio::test]
async fn an_interrupted_run_leaves_nothing_behind() {
    let serving = Misbehaving::serve(NONE, &[]).await;
    let (begun, stop) = (AtomicUsize::new(0), Notify::new());
    let tell = |_| {
        if begun.fetch_add(1, Ordering::Relaxed) == 40 {
            stop.notify_one();
        }
    };
    let options = serving.options(&[]);
    let report = check(&options, &tell, stop.notified()).await.expect("a report");
    assert!(report.interrupted && !report.is_clean() && report.passed >= 39, "{report:?}");
    assert_eq!((&report.left_behind, left(&serving).await), (&vec![], 0));
}

/// Nobody of a server's own people is in a report, and the token is nowhere, also if the server repeats it.
#[tokio::test]
async fn a_report_tells_neither_the_token_nor_of_other_people() {
    let indiscreet = Fault {
        answer: |asked, given, _| {
            let said =
                asked.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
            given.body["echo"] = json!(said);
            given.body["itemsPerPage"] = json!("1");
        },
        ..NONE
    };
    let serving = Misbehaving::serve(indiscreet, &[]).await;
    let connection = serving.options(&[]);
    let people = client::http::ScimClient::new(
        &connection.base_url,
        &connection.token,
        client::http::Profile { headers: &[], content_type: "application/scim+json" },
    );
    let people = people.expect("a client");
    people
        .send(client::http::Method::POST, "/Users", Some(&testkit::user("somebody-else")))
        .await
        .expect("a user");
    let report = serving.check(&["list-numbers", "list-first"]).await;
    assert_eq!(report.failed, 2);
    let told = serde_json::to_string(&report).expect("a document");
    assert!(!told.contains(&connection.token) && !told.contains("somebody-else"), "{told}");
    assert!(told.contains("$TOKEN") && told.contains("left out"), "{told}");
}

#[tokio::test]
async fn a_base_url_that_providers_do_not_take() {
    let serving = Misbehaving::serve(NONE, &[]).await;
    let origin = format!("http://0.0.0.0:{}/with_underscore", serving.port());
    let options = serving.options_at(&origin, &OF_THE_URL);
    let report = check(&options, &|_| {}, std::future::pending()).await.expect("a report");
    assert_eq!(broken(&report), OF_THE_URL);
}

/// A token that is not known, an address without users, a check that is not there: an error, not a report.
#[tokio::test]
async fn what_cannot_be_checked_is_said_at_once() {
    let serving = Misbehaving::serve(NONE, &[]).await;
    let mut options = serving.options(&[]);
    options.token = "scim_wrong".into();
    let error = check(&options, &|_| {}, std::future::pending()).await.expect_err("a refusal").to_string();
    assert!(error.contains("401") && !error.contains("scim_wrong"), "{error}");
    let mut options = serving.options(&[]);
    options.base_url.push_str("/nowhere");
    let error = check(&options, &|_| {}, std::future::pending()).await.expect_err("a refusal").to_string();
    assert!(error.contains("404") && error.contains("base URL"), "{error}");
    let options = serving.options(&["nothing-of-the-kind"]);
    let error = check(&options, &|_| {}, std::future::pending()).await.expect_err("a refusal").to_string();
    assert!(error.contains("nothing-of-the-kind"), "{error}");
}

/// How many resources of the check are still there.
async fn left(serving: &Misbehaving) -> u64 {
    let options = serving.options(&[]);
    let profile = client::http::Profile { headers: &[], content_type: "application/scim+json" };
    let client = client::http::ScimClient::new(&options.base_url, &options.token, profile).expect("a client");
    let mut left = 0;
    for path in ["/Users?count=0", "/Groups?count=0"] {
        left += client.get(path).await.expect("a list")["totalResults"].as_u64().expect("a number");
    }
    left
}
