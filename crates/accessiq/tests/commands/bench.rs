//! `bench`: a run from beginning to end, on a server of its own, and what it says of it.

use crate::support::Home;
use serde_json::Value;

#[test]
fn a_small_run_measures_every_kind_of_request_and_leaves_nothing_behind() {
    let home = Home::new();
    let output = home.run(&["bench", "--sizes", "100", "--requests", "50", "--connections", "4", "--json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("one document");
    let phases = report["phases"].as_array().expect("phases");
    assert_eq!(phases.len(), 11, "{report:#}");
    for phase in phases {
        assert_eq!(phase["failures"], 0, "{phase}");
        assert!(phase["cpuUs"].as_f64().is_some_and(|cpu| cpu > 0.0), "{phase}");
    }
    assert!(report["peakMemoryKib"].as_u64().is_some_and(|peak| peak > 0));
    assert!(!home.data().exists(), "the bench used the data directory of somebody else");
    // Held against itself, by the file it wrote.
    let file = home.log();
    std::fs::write(&file, &output.stdout).expect("a file");
    let again = ["bench", "--sizes", "100", "--requests", "10", "--connections", "1", "--compare"];
    let compared = home.run(&[&again[..], &[file.to_str().expect("a path")]].concat());
    assert!(String::from_utf8_lossy(&compared.stdout).contains("Ratio before"), "{compared:?}");
}

#[test]
fn sizes_that_cannot_be_measured_and_foreign_files_are_refused() {
    let home = Home::new();
    let small = home.run(&["bench", "--sizes", "10"]);
    assert!(!small.status.success());
    assert!(String::from_utf8_lossy(&small.stderr).contains("at least 100 users"));
    let file = home.log();
    std::fs::write(&file, "{}").expect("a file");
    let foreign = home.run(&["bench", "--compare", file.to_str().expect("a path")]);
    assert!(String::from_utf8_lossy(&foreign.stderr).contains("was not written by accessiq bench"));
    let tls = home.run(&["bench", "--base-url", "https://iam.example.com/scim/v2/x", "--token", "t"]);
    assert!(String::from_utf8_lossy(&tls.stderr).contains("plain HTTP"));
}
