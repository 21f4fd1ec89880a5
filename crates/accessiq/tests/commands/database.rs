//! Commands on a PostgreSQL database: the same documents, and a password that nobody gets to see.

use crate::support::Home;
use cluster::Scratch;
use serde_json::json;

#[test]
fn commands_do_the_same_there() {
    let scratch = Scratch::anywhere();
    let home = Home::in_database(&scratch.url());
    let connection = home.connection("okta");
    let listed = home.json(&["connection", "list"]);
    assert_eq!(listed[0]["id"], connection.id.as_str());
    home.json(&["organization", "create", "--tenant", "acme", "Engineering"]);
    assert_eq!(home.json(&["doctor"])["findings"], json!([]));
    assert!(!home.data().exists(), "nothing is kept beside the database");
}

#[test]
fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let scratch = Scratch::anywhere();
    let empty = scratch.url().replace("accessiq@", "accessiq:hunter2@");
    let elsewhere = empty.rsplit_once('/').expect("a path").0.to_owned() + "/nowhere";
    for (url, why) in [
        ("mysql://accessiq:hunter2@db/accessiq", "postgres://"),
        (empty.as_str(), "accessiq serve"),
        (elsewhere.as_str(), "does not exist"),
    ] {
        let output = Home::in_database(url).run(&["tenant", "list"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(why), "{url}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
