//! The report of a check for people: what failed first, then who suffers, then how to see it again.

use client::check::exchange::Exchange;
use client::check::{Finding, Outcome, Provider, Report, Severity, Strictness, TOPICS};
use serde_json::Value;
use std::fmt::{Error, Write};

/// How much of a body one line shows, in characters.
const BODY: usize = 240;
/// How many ids of checks one line shows.
const IDS: usize = 4;

/// The whole report.
pub fn text(report: &Report, verbose: bool) -> String {
    let mut out = String::new();
    write_report(&mut out, report, verbose).expect("writing to a String does not fail");
    out
}

fn write_report(out: &mut String, report: &Report, verbose: bool) -> Result<(), Error> {
    writeln!(out, "SCIM check of {}\n", report.base_url)?;
    for topic in TOPICS {
        write_topic(out, report, topic.name, verbose)?;
    }
    write_strictness(out, report)?;
    let mut failed: Vec<&Finding> =
        report.with(Outcome::Failed).filter(|finding| !is_told_together(report, finding)).collect();
    failed.sort_by_key(|finding| finding.severity);
    for finding in failed {
        write_finding(out, finding, '✗')?;
    }
    for finding in report.with(Outcome::Remark) {
        write_finding(out, finding, '·')?;
    }
    write_providers(out, report)?;
    write_end(out, report)
}

fn write_topic(out: &mut String, report: &Report, topic: &str, verbose: bool) -> Result<(), Error> {
    let findings: Vec<&Finding> = report.checks.iter().filter(|finding| finding.topic == topic).collect();
    if findings.is_empty() {
        return Ok(());
    }
    let counted = [
        (Outcome::Passed, "passed"),
        (Outcome::Failed, "failed"),
        (Outcome::Remark, "worth a remark"),
        (Outcome::Skipped, "skipped"),
    ];
    let counts: Vec<String> = counted
        .into_iter()
        .map(|(outcome, word)| (findings.iter().filter(|finding| finding.outcome == outcome).count(), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let failed = findings.iter().any(|finding| finding.outcome == Outcome::Failed);
    writeln!(out, "  {} {topic:<31} {}", if failed { '✗' } else { '✓' }, counts.join(", "))?;
    if verbose {
        for finding in findings {
            let mark = match finding.outcome {
                Outcome::Passed => '✓',
                Outcome::Failed => '✗',
                Outcome::Skipped => '-',
                Outcome::Remark => '·',
            };
            writeln!(out, "      {mark} {:<28} {}", finding.id, finding.title)?;
            if let Some(why) = &finding.why {
                writeln!(out, "        {:<28} skipped: {why}", "")?;
            }
        }
    }
    Ok(())
}

/// On a server that is strict, what it refuses has one cause, and is told as one.
fn is_told_together(report: &Report, finding: &Finding) -> bool {
    report.strictness == Strictness::Observed && finding.habit && finding.refused
}

fn write_strictness(out: &mut String, report: &Report) -> Result<(), Error> {
    let refused: Vec<&Finding> =
        report.checks.iter().filter(|finding| finding.habit && finding.refused).collect();
    let tried = report
        .checks
        .iter()
        .filter(|finding| finding.habit && (finding.refused || finding.outcome != Outcome::Skipped));
    let tried = tried.count();
    match report.strictness {
        Strictness::Lenient => return Ok(()),
        Strictness::Announced => writeln!(
            out,
            "\nThis server is strict, and says so (interopProfileConformant): providers' habits are not tolerated.\n\
             It refused {} of the {tried} habits that were tried, which is no failure. Who sends them cannot work with it:",
            refused.len()
        )?,
        Strictness::Observed => writeln!(
            out,
            "\nThis server is strict: it refused {} of the {tried} habits of providers that were tried. It may obey the RFC\n\
             and still not work with who sends them:",
            refused.len()
        )?,
    }
    for finding in refused {
        let whom: Vec<&str> = finding.harms.iter().map(|harm| harm.provider.label()).collect();
        writeln!(out, "  - {}  [{}]  {}", finding.title, finding.id, whom.join(", "))?;
    }
    Ok(())
}

fn write_finding(out: &mut String, finding: &Finding, mark: char) -> Result<(), Error> {
    writeln!(out, "\n{mark} {}  [{}]", finding.title, finding.id)?;
    writeln!(out, "    {}: {}", finding.severity.label(), finding.basis.join(", "))?;
    for harm in finding.harms {
        writeln!(out, "    {harm}")?;
    }
    for exchange in finding.exchanges.iter().filter(|exchange| !exchange.is_preparation) {
        write_exchange(out, exchange)?;
    }
    writeln!(out, "    expected: {}", on_one_line(finding.expected.as_deref()))?;
    writeln!(out, "    came:     {}", on_one_line(finding.came.as_deref()))?;
    if finding.severity != Severity::Remark && !finding.again.is_empty() {
        writeln!(out, "    to see it again:")?;
        for line in &finding.again {
            writeln!(out, "      {line}")?;
        }
    }
    Ok(())
}

fn write_exchange(out: &mut String, exchange: &Exchange) -> Result<(), Error> {
    let body = exchange.body.as_deref().unwrap_or_default();
    writeln!(out, "    > {} {} {}", exchange.method, exchange.path, shortened(body))?;
    let answer = match &exchange.answer {
        Value::Null => String::new(),
        Value::String(text) => shortened(text),
        other => shortened(&other.to_string()),
    };
    match exchange.status {
        0 => writeln!(out, "    < no answer"),
        status => writeln!(out, "    < {status} {answer}"),
    }
}

/// What a server said may hold line breaks, and worse.
fn on_one_line(text: Option<&str>) -> String {
    text.unwrap_or_default().split(char::is_control).map(str::trim).collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    let mut short: String = on_one_line(Some(text)).chars().take(BODY).collect();
    if text.chars().nth(BODY).is_some() {
        short.push('…');
    }
    short
}

fn write_providers(out: &mut String, report: &Report) -> Result<(), Error> {
    let has_harm = report.with(Outcome::Failed).any(|finding| !finding.harms.is_empty());
    if has_harm {
        writeln!(out, "\nWho suffers:")?;
    }
    for provider in Provider::NAMED {
        let hits = report.with(Outcome::Failed).filter(|finding| {
            finding.harms.iter().any(|harm| harm.provider == provider || harm.provider == Provider::Every)
        });
        let ids: Vec<&str> = hits.map(|finding| finding.id).collect();
        for (line, ids) in ids.chunks(IDS).enumerate() {
            let name = if line == 0 { provider.label() } else { "" };
            writeln!(out, "  {name:<26} {}", ids.join(", "))?;
        }
    }
    Ok(())
}

fn write_end(out: &mut String, report: &Report) -> Result<(), Error> {
    if !report.left_behind.is_empty() {
        writeln!(out, "\nThis was made and could not be deleted; please delete it by hand:")?;
        for line in &report.left_behind {
            writeln!(out, "  {line}")?;
        }
    }
    if report.interrupted {
        writeln!(out, "\nThe check was interrupted before its end.")?;
    }
    writeln!(
        out,
        "\n{} checks: {} passed, {} failed, {} skipped, {} worth a remark; {} requests, names began with {}.",
        report.checks.len(),
        report.passed,
        report.failed,
        report.skipped,
        report.remarks,
        report.requests,
        report.marker
    )
}
