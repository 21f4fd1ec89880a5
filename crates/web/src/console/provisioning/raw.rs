//! A request and its answer as they went over the wire, secrets left out, and as a command that repeats it.

use serde_json::Value;
use store::requests::Record;

/// What stands where a body was cut: such a body cannot be sent again.
const CUT: &str = " bytes in all]";

/// What went over the wire.
pub struct Raw {
    /// The request.
    pub request: String,
    /// The answer.
    pub answer: String,
    /// A command that sends the request again, with a variable for the token.
    pub curl: String,
    /// Whether the body is whole.
    pub is_whole: bool,
}

impl Raw {
    /// What a record keeps of it.
    pub fn of(record: &Record, base_url: &str) -> Self {
        let target = target(record);
        let body = record.request_body.as_deref().map(indented);
        let sent = body.as_ref().map_or_else(String::new, |body| format!("\n\n{body}"));
        let came = record.response_body.as_deref().map(indented);
        let came = came.map_or_else(String::new, |body| format!("\n\n{body}"));
        Self {
            request: format!("{} {target}{sent}", record.method),
            answer: format!("{}{came}", record.status),
            curl: curl(record, &format!("{base_url}{target}")),
            is_whole: record.request_body.as_deref().is_none_or(|body| !body.ends_with(CUT)),
        }
    }
}

/// The path and query of a request, below the base URL.
fn target(record: &Record) -> String {
    match &record.query {
        Some(query) => format!("{}?{query}", record.path),
        None => record.path.clone(),
    }
}

/// Whether a request is many in one.
pub fn is_bulk(record: &Record) -> bool {
    record.path.trim_matches('/') == "Bulk"
}

/// Whether a request can be carried out once more.
///
/// # Errors
/// Why it cannot, in a sentence.
pub fn can_be_repeated(record: &Record) -> Result<(), &'static str> {
    let body = record.request_body.as_deref().unwrap_or("{}");
    if body.ends_with(CUT) {
        return Err("The record keeps only the beginning of its body, so it cannot be repeated.");
    }
    if serde_json::from_str::<Value>(body).is_err() {
        return Err("Its body was not JSON and was not kept, so it cannot be repeated.");
    }
    Ok(())
}

/// A body with its parts on lines of their own; as it is if it is no JSON.
pub fn indented(body: &str) -> String {
    let json = serde_json::from_str::<Value>(body).ok();
    json.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| body.to_owned())
}

fn curl(record: &Record, url: &str) -> String {
    let mut lines = vec![
        format!("curl -X {} {}", record.method, quoted(url)),
        "-H \"Authorization: Bearer $ACCESSIQ_TOKEN\"".to_owned(),
    ];
    if let Some(body) = &record.request_body {
        lines.push("-H 'Content-Type: application/scim+json'".to_owned());
        lines.push(format!("--data-raw {}", quoted(body)));
    }
    lines.join(" \\\n  ")
}

/// A word of a shell's command, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_of_a_command_stays_one_word() {
        assert_eq!(quoted("a'; rm -rf $HOME"), "'a'\\''; rm -rf $HOME'");
    }
}
