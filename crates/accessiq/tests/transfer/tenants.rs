//! `tenant export` and `tenant import`: one customer's closed world, between installations and engines.

use crate::company::{self, answers};
use crate::support::{Home, Serving, text};
use crate::{Place, is_sound, refusal, stop, tables};
use serde_json::{Value, json};

/// Everything of the tenant goes, by either engine, and nothing of anybody else.
#[tokio::test]
async fn slow_a_tenant_goes_to_another_installation() {
    let place = Place::new();
    let company = company::found(&place.sqlite, "40").await;
    place.sqlite.json(&["tenant", "create", "Neighbours Unlimited"]);
    let serving = Serving::start(&place.sqlite).await;
    let file = place.file("acme");
    let written = place.sqlite.json(&["tenant", "export", "acme", "--to", &file]);
    stop(serving).await;
    assert_eq!(written["tenant"], "acme");
    let lines = unpacked(&file);
    for other in ["Neighbours", company::OPERATOR, "\"table\":\"administrator"] {
        assert!(!lines.contains(other), "{other} is not the tenant's");
    }

    // Where somebody else is the first tenant.
    place.postgres.json(&["tenant", "create", "beta"]);
    let before = tables(&place.postgres);
    let imported = place.postgres.json(&["tenant", "import", "--from", &file]);
    assert_eq!(imported["tenant"]["name"], "acme");
    assert_eq!(imported["doctor"]["findings"], json!([]));
    let rows = |document: &Value| document["rows"].as_u64().expect("a number");
    assert_eq!(rows(&imported), rows(&written));
    let events = place.postgres.json(&["events", "--tenant", "acme", "--limit", "100000"]);
    let newest =
        events.as_array().and_then(|events| events.iter().max_by_key(|event| event["number"].as_i64()));
    assert_eq!(newest.expect("an event")["kind"], "tenant.imported");
    is_sound(&place.postgres);
    let answered = answers(&place.postgres, &company.connection, &company.key).await;
    let differing = answered.iter().zip(&company.answers).filter(|(one, other)| one != other);
    let differing: Vec<&str> = differing.map(|(one, _)| one.path.as_str()).collect();
    // The journal has one event more; all else is as it was.
    assert!(differing.iter().all(|path| path.starts_with("/api/v1/events")), "{differing:#?}");

    for name in [&[][..], &["--name", "acme2"]] {
        let said = refusal(&place.postgres, &[&["tenant", "import", "--from", &file], name].concat());
        assert!(said.contains("already"), "{said}");
    }
    assert_ne!(tables(&place.postgres), before);
    let home = Home::new();
    assert!(refusal(&home, &["restore", "--from", &file]).contains("accessiq tenant import"));
    assert!(!home.data().exists());
}

/// A copy to try things with: under another name, and its provider is not let in.
#[tokio::test]
async fn a_tenant_may_leave_its_credentials_behind() {
    let place = Place::new();
    let connection = place.sqlite.connection("generic");
    let key = place.sqlite.json(&["key", "create", "--tenant", "acme", "--name", "reports"]);
    place.sqlite.json(&["user", "create", "eve@acme.example", "--tenant", "acme"]);
    let file = place.file("acme");
    place.sqlite.json(&["tenant", "export", "acme", "--to", &file, "--without-credentials"]);
    let digests = place.sqlite.json(&["backup", "--to", &place.file("whole")])["tables"]["tokens"].clone();
    assert_eq!(digests["rows"], 1);
    assert!(!unpacked(&file).contains("\"table\":\"tokens\""));
    let home = &place.postgres;
    home.json(&["tenant", "create", "acme"]);
    assert!(refusal(home, &["tenant", "import", "--from", &file]).contains("--name"));
    assert!(
        refusal(home, &["tenant", "import", "--from", &file, "--name", " "]).contains("1 to 100 characters")
    );
    let imported = home.json(&["tenant", "import", "--from", &file, "--name", "Acme (trial)"]);
    assert_eq!(imported["tenant"]["name"], "Acme (trial)");
    assert_eq!(home.json(&["user", "list", "--tenant", "acme (trial)"])[0]["userName"], "eve@acme.example");
    assert_eq!(home.json(&["token", "list", "--connection", &connection.id]), json!([]));
    assert_eq!(home.json(&["key", "list", "--tenant", "acme (trial)"]), json!([]));
    let serving = Serving::start(home).await;
    let refused = serving.client(&connection).get("/Users").await.expect_err("a refusal");
    assert_eq!(refused.status(), Some(401));
    let fresh = home.json(&["token", "create", "--connection", &connection.id]);
    let fresh = crate::support::Connection { id: connection.id.clone(), token: text(&fresh["token"]) };
    serving.client(&fresh).get("/Users").await.expect("a list");
    stop(serving).await;
    assert!(text(&key["key"]).starts_with("aiq_key_"));
    is_sound(home);
}

#[test]
fn what_is_no_tenant_is_refused_and_nothing_is_made() {
    let place = Place::new();
    place.sqlite.json(&["tenant", "create", "acme"]);
    let file = place.file("whole");
    place.sqlite.json(&["backup", "--to", &file]);
    let home = Home::new();
    assert!(
        refusal(&home, &["tenant", "import", "--from", &place.file("nothing")]).contains("cannot be read")
    );
    assert!(!home.data().exists());
    assert!(refusal(&place.sqlite, &["tenant", "import", "--from", &file]).contains("accessiq restore"));
    let export = ["tenant", "export", "nobody", "--to", &place.file("nobody")];
    assert!(refusal(&place.sqlite, &export).contains("accessiq tenant create nobody"));
    assert!(!std::path::Path::new(&place.file("nobody")).exists());
}

/// The lines of a file, as `gunzip` shows them.
fn unpacked(file: &str) -> String {
    let output = std::process::Command::new("gzip").args(["-dc", file]).output().expect("gzip");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}
