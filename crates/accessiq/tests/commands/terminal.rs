//! What is printed for people steers no terminal, whoever sent it.

use crate::support::{Home, Serving};
use crate::user;
use client::http::Method;
use serde_json::json;

/// Clears the screen, sets the window's title, goes back to the start of the line, turns the order of the letters.
const HOSTILE: &str = "Ana\u{1b}[2J\u{1b}]0;owned\u{7}\rRoot\u{9b}31m\u{202e}gro";

#[tokio::test]
async fn names_are_shown_with_what_would_steer_written_out() {
    let home = Home::new();
    let connection = home.connection("generic");
    let serving = Serving::start(&home).await;
    let client = serving.client(&connection);
    let mut body = user("ana@acme.example");
    body["displayName"] = HOSTILE.into();
    client.send(Method::POST, "/Users", Some(&body)).await.expect("a user");
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": HOSTILE });
    client.send(Method::POST, "/Groups", Some(&group)).await.expect("a group");
    for arguments in [
        &["user", "list", "--tenant", "acme"][..],
        &["user", "access", "ana@acme.example", "--tenant", "acme"],
        &["events", "--tenant", "acme"],
        &["requests", "--connection", &connection.id],
        &["group", "list", "--connection", &connection.id],
        &["organization", "list", "--tenant", "acme"],
        &["mapping", "list", "--connection", &connection.id],
        &["user", "erase", "ana@acme.example", "--tenant", "acme", "--preview"],
        &["connection", "end", &connection.id, "--terminate", "--preview"],
    ] {
        let output = home.run(arguments);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        let steering = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!said.contains(steering), "{arguments:?}: {said:?}");
        assert!(said.contains("\\u{1b}"), "{arguments:?}: {said}");
    }
    // Programs get what is stored.
    let list = home.json(&["user", "list", "--tenant", "acme"]);
    assert_eq!(list[0]["displayName"], HOSTILE);
}

#[test]
fn errors_are_shown_so_as_well() {
    let output = Home::new().run(&["tenant", "create", "a\u{1b}[2J"]);
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains('\u{1b}'), "{said:?}");
}
