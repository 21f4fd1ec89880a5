//! Where the server listens: beyond this machine only behind TLS.

use std::process::Command;

/// R7644-7.2-01, RINT-7.1-01: tokens do not travel unencrypted between machines unless somebody asks for it by name.
#[test]
fn plain_http_stays_on_this_machine() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(env!("CARGO_BIN_EXE_accessiq"))
        .args(["serve", "--listen", "0.0.0.0:0", "--data"])
        .arg(directory.path().join("data"))
        .output()
        .expect("the program");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--public-url https://"), "{said}");
    assert!(!directory.path().join("data").exists(), "a refused start leaves nothing behind");
}
