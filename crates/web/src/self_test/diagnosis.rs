//! What a failure of the test means: from what came, or did not, to what is between the internet and this service.

use super::Verdict;
use serde_json::Value;
use std::error::Error;

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Came {
    /// The status.
    pub status: u16,
    /// The body as JSON; null if it is none.
    pub body: Value,
    /// Where it leads on to.
    pub location: Option<String>,
    /// The media type.
    pub media_type: Option<String>,
    /// Whether it names a request's id, as all answers of this service do.
    pub is_ours: bool,
}

impl Came {
    /// Whether the change was made.
    pub fn is_done(&self) -> bool {
        matches!(self.status, 200 | 204)
    }

    /// Whether it is a resource of such a schema.
    pub fn has_schema(&self, name: &str) -> bool {
        let schemas = self.body["schemas"].as_array().into_iter().flatten();
        self.status == 200 && schemas.filter_map(Value::as_str).any(|schema| schema.ends_with(name))
    }
}

/// What an answer means that is not the right one.
pub fn of_answer(came: &Came, with_token: bool, base_url: &str) -> Verdict {
    let detail = came.body["detail"].as_str().unwrap_or_default();
    let media_type = came.media_type.as_deref().unwrap_or("no media type");
    let seen = match came.status {
        status if !detail.is_empty() => format!("{status}: {detail}"),
        status => format!("{status}, {media_type}"),
    };
    let meaning = match came.status {
        300..=399 => format!(
            "The address leads on to {}. A provider does not follow. Set the public URL of `accessiq serve` to where it leads, or let the proxy pass requests on instead.",
            came.location.as_deref().unwrap_or("elsewhere")
        ),
        401 if with_token && detail.starts_with("This address needs a bearer token") => {
            "The token was sent and did not arrive: the proxy in front of AccessIQ strips the Authorization header. Let it pass that header on.".to_owned()
        }
        401 if came.is_ours => format!(
            "A token made a moment ago is not known there: {base_url} leads to another installation of AccessIQ, or to one with another database."
        ),
        401 | 403 if !came.is_ours => {
            "Something in front of AccessIQ asks for a sign-in of its own. Let it pass /scim/v2/ without one: providers bring their bearer token alone.".to_owned()
        }
        404 if came.is_ours => "The service does not have what it just made. Somebody may have deleted it meanwhile; try again.".to_owned(),
        429 => "Too many requests came at once. Wait a second and try again.".to_owned(),
        405 | 501 if !came.is_ours => {
            "The proxy in front of AccessIQ does not let this method through. It must pass GET, POST, PUT, PATCH and DELETE on.".to_owned()
        }
        502..=504 if !came.is_ours => "The proxy answers, and cannot reach AccessIQ behind it. Check where it passes requests on to.".to_owned(),
        _ if !came.is_ours => format!(
            "Something other than AccessIQ answers at {base_url}. Check the public URL of `accessiq serve`, and that the proxy passes /scim/v2/ on without a change."
        ),
        _ => "The service refused it with the sentence above. A provider would be answered alike.".to_owned(),
    };
    Verdict::Failed { seen, meaning }
}

/// What it means that no answer came.
pub fn of_silence(error: &str, base_url: &str) -> Verdict {
    let says = |words: &[&str]| words.iter().any(|word| error.to_ascii_lowercase().contains(word));
    let meaning = if says(&["certificate", "unknownissuer", "tls", "handshake", "ssl"]) {
        "TLS cannot be agreed on. The certificate must be valid for the host's name, unexpired, and of an authority that providers know; the server must send the whole chain."
    } else if says(&["lookup", "dns", "name or service", "resolve"]) {
        "The host's name is not known here. Check the public URL, and the name's DNS record."
    } else if says(&["refused"]) {
        "Nothing listens there. Check the public URL and its port, and that the proxy runs."
    } else if says(&["timed out", "timeout", "deadline"]) {
        "No answer came in time. A firewall may be between; or this machine cannot reach itself by its public name, while a provider can: then let the provider test."
    } else {
        "The connection broke. Look at the proxy's log for this moment."
    };
    Verdict::Failed { seen: format!("No answer from {base_url}: {error}"), meaning: meaning.to_owned() }
}

/// What the network said, without what every layer above it made of it.
pub fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn meaning(verdict: Verdict) -> String {
        match verdict {
            Verdict::Failed { meaning, .. } => meaning,
            Verdict::Passed => String::new(),
        }
    }

    #[test]
    fn an_answer_tells_what_stands_between() {
        let ours = |status, detail: &str| Came {
            status,
            body: json!({ "detail": detail }),
            is_ours: true,
            ..Came::default()
        };
        let others = |status| Came { status, media_type: Some("text/html".into()), ..Came::default() };
        let cases = [
            (
                ours(401, "This address needs a bearer token: Authorization: Bearer <token>."),
                "strips the Authorization",
            ),
            (ours(401, "The bearer token is not valid for this address."), "another installation"),
            (others(401), "sign-in of its own"),
            (others(405), "does not let this method through"),
            (others(502), "cannot reach AccessIQ"),
            (others(200), "Something other than AccessIQ"),
            (
                Came { location: Some("https://www.example.com/".into()), ..others(301) },
                "https://www.example.com/",
            ),
            (ours(409, "There is an active user"), "refused it"),
        ];
        for (came, expected) in cases {
            let meant = meaning(of_answer(&came, true, "https://a.example"));
            assert!(meant.contains(expected), "{meant}");
        }
    }

    #[test]
    fn silence_has_a_reason() {
        for (error, expected) in [
            ("invalid peer certificate: UnknownIssuer", "TLS"),
            ("failed to lookup address information", "name is not known"),
            ("Connection refused (os error 111)", "Nothing listens"),
            ("timed out", "in time"),
            ("connection reset by peer", "broke"),
        ] {
            assert!(meaning(of_silence(error, "https://a.example")).contains(expected), "{error}");
        }
    }
}
