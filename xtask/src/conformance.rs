//! `cargo xtask conformance`: which test holds the service to which requirement.
//!
//! Requirements stand in `conformance/requirements.tsv`, reasons for those without a test in
//! `conformance/decisions.tsv`. Tests name requirements in the doc comment above them (or above their module).
//! A requirement with neither test nor reason is an error, and so is a reason for one that has a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell::Workspace;

const REQUIREMENTS: &str = "conformance/requirements.tsv";
const DECISIONS: &str = "conformance/decisions.tsv";

struct Requirement {
    id: String,
    level: String,
    group: String,
    text: String,
}

/// The kind of a decision: the first word of its line behind the id.
const KINDS: [&str; 4] = ["chosen", "not-applicable", "open", "elsewhere"];

struct Decision {
    kind: String,
    reason: String,
}

/// The table of all requirements as a document.
pub fn render(workspace: &Workspace) -> Result<String> {
    let requirements = requirements(&workspace.root)?;
    let decisions = decisions(&workspace.root)?;
    let known: BTreeSet<&str> = requirements.iter().map(|requirement| requirement.id.as_str()).collect();
    let tests = tests(&workspace.root, &known)?;
    check(&requirements, &decisions, &tests)?;
    Ok(document(&requirements, &decisions, &tests))
}

fn rows(root: &Path, file: &str) -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(root.join(file)).with_context(|| format!("could not read {file}"))?;
    let lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    Ok(lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

fn requirements(root: &Path) -> Result<Vec<Requirement>> {
    let read = |row: Vec<String>| match <[String; 4]>::try_from(row) {
        Ok([id, level, group, text]) => Ok(Requirement { id, level, group, text }),
        Err(row) => bail!("{REQUIREMENTS}: not four columns: {row:?}"),
    };
    rows(root, REQUIREMENTS)?.into_iter().map(read).collect()
}

fn decisions(root: &Path) -> Result<BTreeMap<String, Decision>> {
    let mut decisions = BTreeMap::new();
    for row in rows(root, DECISIONS)? {
        let Ok([id, kind, reason]) = <[String; 3]>::try_from(row) else {
            bail!("{DECISIONS}: a line is not id, kind and reason, separated by tabs");
        };
        if !KINDS.contains(&kind.as_str()) || reason.trim().is_empty() {
            bail!("{DECISIONS}: {id}: the kind is one of {KINDS:?}, and a reason follows");
        }
        if decisions.insert(id.clone(), Decision { kind, reason }).is_some() {
            bail!("{DECISIONS}: {id} is there twice");
        }
    }
    Ok(decisions)
}

fn check(
    requirements: &[Requirement],
    decisions: &BTreeMap<String, Decision>,
    tests: &BTreeMap<String, BTreeSet<String>>,
) -> Result<()> {
    let missing: Vec<&str> = requirements
        .iter()
        .map(|requirement| requirement.id.as_str())
        .filter(|id| !tests.contains_key(*id) && !decisions.contains_key(*id))
        .collect();
    if !missing.is_empty() {
        bail!("no test names these requirements, and {DECISIONS} has no reason: {}", missing.join(", "));
    }
    let stray = |id: &&String| !requirements.iter().any(|requirement| requirement.id == **id);
    let strays: Vec<&String> = decisions.keys().filter(stray).collect();
    if !strays.is_empty() {
        bail!("{DECISIONS} decides what is no requirement: {strays:?}");
    }
    let overtaken =
        |(id, decision): &(&String, &Decision)| decision.kind == "open" && tests.contains_key(*id);
    let overtaken: Vec<&String> = decisions.iter().filter(overtaken).map(|(id, _)| id).collect();
    if !overtaken.is_empty() {
        bail!("{DECISIONS} calls open what a test holds: {overtaken:?}");
    }
    Ok(())
}

/// The tests that name each requirement, as `file::function`.
fn tests(root: &Path, known: &BTreeSet<&str>) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files(&root.join("crates"))? {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        for (function, ids) in named(&text) {
            for id in ids.into_iter().filter(|id| known.contains(id.as_str())) {
                found.entry(id).or_default().insert(format!("{name}::{function}"));
            }
        }
    }
    Ok(found)
}

/// Rust files below a `tests` folder.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && path.components().any(|part| part.as_os_str() == "tests")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The test functions of a file with the ids in the doc comments above them.
fn named(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            ids.extend(ids_in(comment));
        } else if let Some(function) = function_name(line) {
            if !ids.is_empty() {
                found.push((function, std::mem::take(&mut ids)));
            }
        } else if !line.starts_with('#') {
            ids.clear();
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let rest = line.trim_start_matches("pub ").trim_start_matches("async ").strip_prefix("fn ")?;
    Some(rest.split(['(', '<']).next()?.to_owned())
}

/// Everything that has the form of an id; `R7644-3.4.2-01` as well as `M-07`.
fn ids_in(comment: &str) -> impl Iterator<Item = String> {
    comment
        .split(|character: char| !(character.is_ascii_alphanumeric() || ".-".contains(character)))
        .map(|word| word.trim_end_matches(['.', '-']))
        .filter(|word| word.starts_with('R') || word.starts_with("M-"))
        .map(str::to_owned)
}

fn document(
    requirements: &[Requirement],
    decisions: &BTreeMap<String, Decision>,
    tests: &BTreeMap<String, BTreeSet<String>>,
) -> String {
    let count = |kind: &str| {
        decisions.iter().filter(|(id, one)| one.kind == kind && !tests.contains_key(*id)).count()
    };
    let held = requirements.iter().filter(|requirement| tests.contains_key(&requirement.id)).count();
    let mut lines = vec![format!(
        "# Conformance\n\n<!-- Generated by `cargo xtask conformance`. Do not edit. -->\n\n\
         {} requirements: {held} held by tests, {} met and shown otherwise, {} decided in another way, {} not applicable, {} open.",
        requirements.len(),
        count("elsewhere"),
        count("chosen"),
        count("not-applicable"),
        count("open"),
    )];
    let mut group = "";
    for requirement in requirements {
        if requirement.group != group {
            group = &requirement.group;
            lines.push(format!(
                "\n## {group}\n\n| id | level | requirement | state | by |\n|---|---|---|---|---|"
            ));
        }
        let (state, by) = state(requirement, decisions, tests);
        let Requirement { id, level, text: said, .. } = requirement;
        lines.push(format!("| {id} | {level} | {} | {state} | {by} |", escaped(said)));
    }
    lines.join("\n") + "\n"
}

fn state(
    requirement: &Requirement,
    decisions: &BTreeMap<String, Decision>,
    tests: &BTreeMap<String, BTreeSet<String>>,
) -> (&'static str, String) {
    let decision = decisions.get(&requirement.id);
    let reason = decision.map_or("", |decision| decision.reason.as_str());
    let Some(tests) = tests.get(&requirement.id) else {
        let state = match decision.map(|decision| decision.kind.as_str()) {
            Some("elsewhere") => "met",
            Some("chosen") => "chosen reading",
            Some("not-applicable") => "not applicable",
            _ => "open",
        };
        return (state, escaped(reason));
    };
    let shown: Vec<String> = tests.iter().take(2).map(|test| format!("`{}`", short(test))).collect();
    let more = if tests.len() > 2 { format!(" and {} more", tests.len() - 2) } else { String::new() };
    let reading = if reason.is_empty() { String::new() } else { format!("; {}", escaped(reason)) };
    ("met", format!("{}{more}{reading}", shown.join(", ")))
}

/// `crates/web/tests/requirements/create.rs::name` as `web create::name`.
fn short(test: &str) -> String {
    let (file, function) = test.split_once("::").unwrap_or((test, ""));
    let parts: Vec<&str> = file.split('/').collect();
    let krate = parts.get(1).copied().unwrap_or_default();
    let module = parts.last().copied().unwrap_or_default().trim_end_matches(".rs");
    format!("{krate} {module}::{function}")
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
