//! What fails says why on stderr, leaves stdout to documents, and ends with another code than 0.

use crate::support::Home;
use std::process::Output;

/// Refused by the rules or by the machine.
const FAILED: i32 = 1;
/// Not a command line at all.
const USAGE: i32 = 2;

/// The complaint of a command that failed as it should.
#[track_caller]
fn complaint(output: &Output, code: i32) -> String {
    let said = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(output.stdout, b"", "{said}");
    assert!(said.starts_with("error: "), "{said}");
    for noise in ["panicked", "RUST_BACKTRACE", "Err(", "Some(", "{ "] {
        assert!(!said.contains(noise), "{said}");
    }
    said
}

#[test]
fn refusals_name_what_is_wrong_and_what_helps() {
    let home = Home::new();
    let connection = home.connection("okta");
    let id = connection.id.as_str();
    let broken = home.data().join("broken.json");
    std::fs::write(&broken, "{").expect("a file");
    let broken = broken.to_string_lossy();
    let cases: [(&[&str], i32, &str); 32] = [
        (&["tenant", "create", "acme"], FAILED, "already"),
        (&["tenant", "create", " "], FAILED, "1 to 100 characters"),
        (
            &["connection", "create", "--tenant", "nope", "--provider", "okta"],
            FAILED,
            "accessiq tenant create nope",
        ),
        (&["connection", "create", "--tenant", "acme", "--provider", "oktopus"], USAGE, "okta, entra"),
        (&["connection", "guide", "nope"], FAILED, "accessiq connection list"),
        (&["connection", "guide"], USAGE, "--provider"),
        (&["connection", "guide", id, "--provider", "okta"], USAGE, "cannot be used with"),
        (&["connection", "set", "nope", "strict=true"], FAILED, "accessiq connection list"),
        (&["connection", "set", id, "strict"], FAILED, "KEY=VALUE"),
        (&["connection", "set", id, "strict=perhaps"], FAILED, "strict"),
        (&["connection", "set", id, "colour=red"], FAILED, "Settings are"),
        (&["token", "list", "--connection", "nope"], FAILED, "accessiq connection list"),
        (&["token", "rotate", "nope"], FAILED, "accessiq token list"),
        (&["token", "revoke", "nope"], FAILED, "accessiq token list"),
        (&["client", "create", "--connection", "nope", "--name", "sync"], FAILED, "accessiq connection list"),
        (&["client", "create", "--connection", id, "--name", " "], FAILED, "1 to 100 characters"),
        (&["client", "create", "--connection", id, "--name", "a", "--jwks", &broken], FAILED, "is not JSON"),
        (&["client", "list", "--connection", "nope"], FAILED, "accessiq connection list"),
        (&["client", "revoke", "nope"], FAILED, "accessiq client list"),
        (&["connection", "set", id, "entra-tenant=acme"], FAILED, "Directory (tenant) ID"),
        (&["user", "list", "--tenant", "acme", "--status", "asleep"], USAGE, "deactivated"),
        (&["user", "access", "nobody", "--tenant", "acme"], FAILED, "accessiq user list"),
        (&["user", "grant", "nobody", "--tenant", "acme", "--role", "Owner"], FAILED, "nobody"),
        (&["events", "--tenant", "nope"], FAILED, "nope"),
        (&["requests", "--connection", "nope"], FAILED, "accessiq connection list"),
        (&["schema", "add", "--tenant", "acme", "/nowhere/extension.json"], FAILED, "No such file"),
        (&["schema", "add", "--tenant", "acme", &broken], FAILED, "is not JSON"),
        (&["schema", "remove", "--tenant", "acme", "urn:nope"], FAILED, "urn:nope"),
        (&["check", "nowhere", "--token", "x"], FAILED, "is no URL"),
        (&["check", "http://127.0.0.1:9", "--token", "x"], FAILED, "no answer"),
        (&["check", "http://127.0.0.1:9", "--token", "x", "--provider", "oktopus"], USAGE, "okta, entra"),
        (&["simulate", "oktopus", "--base-url", "http://127.0.0.1:1", "--token", "x"], USAGE, "okta-catalog"),
    ];
    for (arguments, code, wanted) in cases {
        let said = complaint(&home.run(arguments), code);
        assert!(said.contains(wanted), "{arguments:?}: {said}");
        let with_json = home.run(&[arguments, &["--json"]].concat());
        assert_eq!(complaint(&with_json, code).lines().next(), said.lines().next(), "{arguments:?}");
    }
}

#[test]
fn a_refused_start_leaves_nothing_behind() {
    let home = Home::new();
    for arguments in [
        ["serve", "--public-url", "iam.example.com"],
        ["quickstart", "--listen", "0.0.0.0:0"],
        ["--database", "postgres://user:hunter2@db/accessiq", "serve"],
    ] {
        let said = complaint(&home.run(&arguments), FAILED);
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!home.data().exists(), "{arguments:?}: {said}");
    }
}

/// A port that is taken: `serve` was told where to listen, and says so.
#[test]
fn a_port_that_is_taken() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = complaint(&home.run(&["serve", "--listen", &address]), FAILED);
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
}

/// A file that is no database of ours is left as it is, by every command.
#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let home = Home::new();
    let file = home.data().join("accessiq.db");
    let contents = "Dear diary, ".repeat(1000);
    std::fs::create_dir(home.data()).expect("a directory");
    std::fs::write(&file, &contents).expect("a file");
    let commands: [&[&str]; 4] = [
        &["serve", "--listen", "127.0.0.1:0"],
        &["quickstart", "--exit", "--listen", "127.0.0.1:0"],
        &["tenant", "create", "acme"],
        &["doctor"],
    ];
    for command in commands {
        let said = complaint(&home.run(command), FAILED);
        assert!(said.contains("is not a database of AccessIQ"), "{said}");
        assert!(said.contains("accessiq.db") && said.contains("another data directory"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), contents);
    assert_eq!(std::fs::read_dir(home.data()).expect("a directory").count(), 1, "nothing beside it");
}
