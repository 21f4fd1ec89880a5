//! What AWS says when it refuses, for administrators (docs/identity-providers.md C-9, C-10).

use serde_json::{Value, json};

/// By which errors AWS asks for patience; they come with status 400.
const THROTTLED: [&str; 4] =
    ["TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"];

/// An error answer: `{"__type": "prefix#NotAuthorizedException", "message": "…"}`.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    code: String,
    message: String,
}

impl Refusal {
    /// Reads an error answer.
    pub fn read(status: u16, text: &str) -> Self {
        let body: Value = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
        let word = |names: [&str; 2]| {
            let found = names.into_iter().find_map(|name| body.get(name)?.as_str());
            found.unwrap_or_default().to_owned()
        };
        let code = word(["__type", "code"]);
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        // Below the first line, AWS repeats what was signed, the session token included.
        let message = word(["message", "Message"]).lines().next().unwrap_or_default().to_owned();
        Self { status, code, message }
    }

    /// Whether the call is to be sent again after a while.
    pub fn asks_for_patience(&self) -> bool {
        self.status >= 500 || self.status == 429 || THROTTLED.contains(&self.code.as_str())
    }

    /// What is wrong, and what helps.
    pub fn sentence(&self, pool_id: &str, region: &str) -> String {
        let Self { status, code, message } = self;
        let hint = match code.as_str() {
            "ResourceNotFoundException" => {
                format!("There is no user pool {pool_id} in {region} for these credentials' account.")
            }
            "NotAuthorizedException" | "AccessDeniedException" => {
                "The credentials need cognito-idp:ListUsers, cognito-idp:ListGroups and \
                 cognito-idp:ListUsersInGroup on the user pool."
                    .into()
            }
            "UnrecognizedClientException" | "ExpiredTokenException" | "InvalidSignatureException" => {
                "Renew the credentials, and see that the machine's clock is right.".into()
            }
            _ => String::new(),
        };
        let dot = if message.is_empty() || message.ends_with('.') { "" } else { "." };
        let colon = if message.is_empty() { "" } else { ": " };
        format!("{status} {code}{colon}{message}{dot} {hint}").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn which_errors_ask_for_patience() {
        let throttled =
            r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}"#;
        assert!(Refusal::read(400, throttled).asks_for_patience());
        assert!(Refusal::read(400, r#"{"__type":"TooManyRequestsException"}"#).asks_for_patience());
        assert!(Refusal::read(503, "<html>").asks_for_patience());
        assert!(!Refusal::read(400, r#"{"__type":"NotAuthorizedException"}"#).asks_for_patience());
    }

    #[test]
    fn an_error_shows_nothing_of_what_was_signed() {
        let body = serde_json::json!({
            "__type": "InvalidSignatureException",
            "message": "The signature does not match.\n\nThe Canonical String …\nx-amz-security-token:hunter2",
        });
        let said = Refusal::read(400, &body.to_string()).sentence("eu-west-1_a", "eu-west-1");
        assert!(
            said.starts_with("400 InvalidSignatureException: The signature does not match. Renew"),
            "{said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
}
