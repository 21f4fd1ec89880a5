//! What went over the wire, fit to be shown: without the token, and without people that the check did not make.

use serde::Serialize;
use serde_json::{Value, json};

use crate::http::{Authorization, HeaderMap, RawRequest};

/// The headers of an answer that matter.
const TELLING: [&str; 8] = [
    "content-type",
    "location",
    "content-location",
    "etag",
    "www-authenticate",
    "retry-after",
    "allow",
    "content-length",
];
/// How much of a body that is not JSON is kept, in characters.
const TEXT: usize = 500;
/// What stands for a resource that the check did not make.
const OTHERS: &str = "(not made by this check; left out)";

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exchange {
    /// Whether it made something that the check needs, and is not what is checked.
    pub is_preparation: bool,
    /// The method.
    pub method: String,
    /// Below the base URL, as it was sent.
    pub path: String,
    /// The request's headers; `$TOKEN` stands for the token.
    pub headers: Vec<(String, String)>,
    /// The request's body, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The HTTP status; 0 if there was no answer.
    pub status: u16,
    /// The answer's headers that matter.
    pub answer_headers: Vec<(String, String)>,
    /// The answer: JSON, or the beginning of its text.
    pub answer: Value,
}

impl Exchange {
    /// A request that has no answer yet.
    pub(super) fn asked(request: &RawRequest) -> Self {
        let mut headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        match &request.authorization {
            Authorization::Token(scheme) => {
                headers.insert(0, ("Authorization".into(), format!("{scheme} $TOKEN")));
            }
            Authorization::Other(text) => headers.insert(0, ("Authorization".into(), (*text).to_owned())),
            Authorization::Absent => {}
        }
        Self {
            is_preparation: false,
            method: request.method.to_string(),
            path: request.path.clone(),
            headers,
            body: request.body.clone(),
            status: 0,
            answer_headers: Vec::new(),
            answer: Value::Null,
        }
    }

    /// Adds the answer. `secret` is taken out wherever it stands; resources whose text does not hold `marker` are left out.
    pub(super) fn answered(
        &mut self,
        status: u16,
        headers: &HeaderMap,
        text: &str,
        secret: &str,
        marker: &str,
    ) {
        let hidden =
            |text: &str| if secret.is_empty() { text.to_owned() } else { text.replace(secret, "$TOKEN") };
        self.status = status;
        self.answer_headers = TELLING
            .into_iter()
            .filter_map(|name| {
                let value = headers.get(name)?;
                Some((name.to_owned(), hidden(&String::from_utf8_lossy(value.as_bytes()))))
            })
            .collect();
        let text = hidden(text);
        self.answer = match serde_json::from_str::<Value>(&text) {
            Ok(mut body) => {
                leave_out_others(&mut body, marker);
                body
            }
            Err(_) if text.is_empty() => Value::Null,
            Err(_) => Value::String(text.chars().take(TEXT).collect()),
        };
    }

    /// A line for a shell that sends the request again; `variables` gives the shell variable of each id.
    pub(super) fn again(&self, base_url: &str, variables: &[(String, String)]) -> String {
        let quoted = |text: &str| {
            let mut text = text.replace('\'', "'\\''");
            for (id, variable) in variables {
                text = text.replace(id, &format!("'\"${variable}\"'"));
            }
            format!("'{text}'")
        };
        let mut words = vec!["curl -sS -X".to_owned(), self.method.clone()];
        for (name, value) in &self.headers {
            let header = format!("{name}: {value}");
            // Double quotes, so that the shell fills in the token; what comes from a server stays in single ones.
            words.push(if value.ends_with("$TOKEN") {
                format!("-H \"{header}\"")
            } else {
                format!("-H {}", quoted(&header))
            });
        }
        words.extend(self.body.as_ref().map(|body| format!("--data-raw {}", quoted(body))));
        words.push(quoted(&format!("{base_url}{}", self.path)));
        words.join(" ")
    }
}

/// Replaces resources in a list that the check did not make: a report is passed on, and they are other people's.
fn leave_out_others(body: &mut Value, marker: &str) {
    for resource in body.get_mut("Resources").and_then(Value::as_array_mut).into_iter().flatten() {
        let holds_people = resource.get("userName").is_some()
            || resource.get("displayName").is_some()
            || resource.get("emails").is_some();
        if holds_people && !resource.to_string().contains(marker) {
            *resource = json!(OTHERS);
        }
    }
}
