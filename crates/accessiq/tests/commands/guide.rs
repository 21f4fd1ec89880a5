//! The guide of a provider, for one connection or before there is any.

use crate::support::Home;
use scim::Provider;

/// What a command that succeeds says to people.
fn said(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_guide_has_the_address_of_its_connection_and_no_token() {
    let home = Home::new();
    let connection = home.connection("entra");
    let guide = home.json(&["connection", "guide", &connection.id]);
    let text = said(&home, &["connection", "guide", &connection.id]);
    assert_eq!(guide["provider"], "entra");
    let base_url = format!("http://127.0.0.1:8080/scim/v2/{}", connection.id);
    for shown in [&text, &guide.to_string()] {
        assert!(shown.contains(&format!("\"{base_url}\"")) || shown.contains(&format!("`{base_url}`")));
        assert!(shown.contains(&format!("--connection {}", connection.id)), "{shown}");
        assert!(shown.contains("<the bearer token>") && !shown.contains(&connection.token), "{shown}");
    }
}

#[test]
fn a_guide_can_be_read_before_there_is_a_connection() {
    let home = Home::new();
    for provider in Provider::ALL {
        let guide = home.json(&["connection", "guide", "--provider", provider.as_str()]);
        assert_eq!(guide["provider"], provider.as_str());
        let text = said(&home, &["connection", "guide", "--provider", provider.as_str()]);
        assert_eq!(text.lines().next(), guide["title"].as_str().map(|title| format!("# {title}")).as_deref());
    }
    assert!(!home.data().exists(), "a guide makes no database");
}
