//! `accessiq administrator`: the way in for the first person, and back in for those who are locked out.

use crate::support::{Home, Serving, text};
use serde_json::{Value, json};

/// The status of a page, and what it says.
async fn open(serving: &Serving, link: &Value) -> (u16, String) {
    let link = text(link);
    let path = &link[link.find("/setup/").expect("a link")..];
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = http.get(format!("http://{}{path}", serving.address())).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a page"))
}

/// What a command that fails says.
fn refusal(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[tokio::test]
async fn the_setup_link_opens_the_first_run_and_a_new_one_ends_the_one_before() {
    let home = Home::new();
    let serving = Serving::start(&home).await;
    let first = home.json(&["administrator", "setup-link"])["link"].clone();
    assert!(text(&first).starts_with("http://127.0.0.1:"), "{first}");
    let (status, page) = open(&serving, &first).await;
    assert_eq!(status, 200);
    assert!(page.contains("Set up AccessIQ"), "{page}");
    let second = home.json(&["administrator", "setup-link"])["link"].clone();
    assert_eq!(open(&serving, &first).await.0, 404);
    assert_eq!(open(&serving, &second).await.0, 200);
    let log = std::fs::read_to_string(home.log()).expect("a log");
    assert!(log.contains("accessiq administrator setup-link") && !log.contains("aiq_link_"), "{log}");
}

#[tokio::test]
async fn people_are_added_listed_invited_again_disabled_and_enabled() {
    let home = Home::new();
    let serving = Serving::start(&home).await;
    home.json(&["tenant", "create", "acme"]);
    let create = |email: &str, more: &[&str]| {
        home.json(&[&["administrator", "create", "--email", email, "--name", "Ana"], more].concat())
    };
    let made = create("ana@acme.example", &["--tenant", "acme", "--role", "auditor"]);
    assert_eq!((&made["state"], &made["tenants"]), (&json!("invited"), &json!({ "acme": "auditor" })));
    let (status, page) = open(&serving, &made["link"]).await;
    assert!(status == 200 && page.contains("ana@acme.example"), "{page}");
    let again = home.json(&["administrator", "invite", "ana@acme.example"]);
    assert_eq!(open(&serving, &made["link"]).await.0, 404);
    assert_eq!(open(&serving, &again["link"]).await.0, 200);
    let operator = create("op@example.com", &["--role", "operator"]);
    assert_eq!(operator["role"], "operator");

    let listed = home.json(&["administrator", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert!(!listed.to_string().contains("aiq_link_"));
    let of_acme = home.json(&["administrator", "list", "--tenant", "acme"]);
    assert_eq!(of_acme[0]["email"], "ana@acme.example");

    let id = text(&made["id"]);
    assert_eq!(home.json(&["administrator", "disable", &id])["state"], "disabled");
    assert_eq!(open(&serving, &again["link"]).await.0, 404);
    assert!(refusal(&home, &["administrator", "reset", &id]).contains("is disabled"));
    assert_eq!(home.json(&["administrator", "enable", &id])["state"], "invited");
    let kinds = |journal: &[&str]| {
        let events = home.json(&[&["events"], journal].concat());
        let kinds = events.as_array().expect("a list").iter().map(|event| text(&event["kind"]));
        kinds.collect::<Vec<_>>()
    };
    let expected =
        ["added", "link_created", "disabled", "enabled"].map(|what| format!("administrator.{what}"));
    assert_eq!(kinds(&["--tenant", "acme"])[1..], expected);
    assert_eq!(kinds(&["--installation"]), ["administrator.added"]);
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let home = Home::new();
    home.json(&["tenant", "create", "acme"]);
    let create = ["administrator", "create", "--name", "Ana", "--email"];
    for (more, words) in [
        (&["ana"][..], "no e-mail address"),
        (&["ana@acme.example", "--tenant", "nowhere"], "accessiq tenant create nowhere"),
        (&["ana@acme.example", "--tenant", "acme", "--role", "operator"], "of the installation"),
        (&["ana@acme.example", "--role", "owner"], "auditor, administrator, operator"),
    ] {
        let said = refusal(&home, &[&create[..], more].concat());
        assert!(said.contains(words), "{said}");
    }
    for act in ["invite", "reset", "disable", "enable"] {
        let said = refusal(&home, &["administrator", act, "nobody@acme.example"]);
        assert!(said.contains("accessiq administrator list"), "{said}");
    }
    assert_eq!(home.json(&["administrator", "list"]), json!([]));
}

#[tokio::test]
async fn sign_in_providers_are_added_listed_and_removed() {
    let home = Home::new();
    let serving = Serving::start(&home).await;
    let add = ["sign-in-provider", "add", "my-idp", "--name", "House", "--client-id", "me", "--issuer"];
    let refused = refusal(&home, &[&add[..], &["http://id.example"]].concat());
    assert!(refused.contains("\"http://id.example\" is no issuer"), "{refused}");
    let made = home.json(&[&add[..], &["https://id.example"]].concat());
    let address = format!("http://{}/sign-in/return/my-idp", serving.address());
    assert_eq!((&made["redirectUri"], &made["hasSecret"]), (&json!(address), &json!(true)));
    let again = refusal(&home, &[&add[..], &["https://id.example"]].concat());
    assert!(again.contains("already"), "{again}");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let page = http.get(format!("http://{}/sign-in", serving.address())).send().await.expect("an answer");
    assert!(page.text().await.expect("a page").contains("Continue with <bdi>House</bdi>"));
    assert_eq!(home.json(&["sign-in-provider", "list"])[0]["accounts"], 0);
    home.json(&["sign-in-provider", "remove", "my-idp"]);
    assert_eq!(home.json(&["sign-in-provider", "list"]), json!([]));
    let unknown = refusal(&home, &["sign-in-provider", "remove", "my-idp"]);
    assert!(unknown.contains("There is no sign-in provider my-idp"), "{unknown}");
}
