//! Client secrets of sign-in providers: from the machine's environment, and nowhere else.
//!
//! `ACCESSIQ_SIGN_IN_SECRET_GOOGLE` holds the secret for the provider `google`, or `…_GOOGLE_FILE` names the file that does.
//! Neither name can be chosen at the console: whoever could name any file would have it sent to an issuer of theirs.

use std::collections::HashMap;
use std::fmt;
use std::fs;

const PREFIX: &str = "ACCESSIQ_SIGN_IN_SECRET_";
const FILE: &str = "_FILE";

/// Where secrets are looked up.
#[derive(Clone, Default)]
pub struct Secrets(HashMap<String, String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Secrets").field(&self.0.len()).finish()
    }
}

/// The variable that holds the secret of a provider.
pub fn variable(provider: &str) -> String {
    format!("{PREFIX}{}", provider.to_ascii_uppercase().replace('-', "_"))
}

impl Secrets {
    /// Those among variables.
    pub fn of(variables: impl Iterator<Item = (String, String)>) -> Self {
        Self(variables.filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty()).collect())
    }

    /// The secret of a provider. A file is read anew each time, so that it can be changed while the service runs.
    ///
    /// # Errors
    /// There is none, or its file cannot be read: as a sentence, without the secret.
    pub fn secret(&self, provider: &str) -> Result<String, String> {
        let variable = variable(provider);
        if let Some(secret) = self.0.get(&variable) {
            return Ok(secret.clone());
        }
        let Some(path) = self.0.get(&format!("{variable}{FILE}")) else {
            return Err(format!("The service was started without {variable} and without {variable}{FILE}."));
        };
        let text = fs::read_to_string(path)
            .map_err(|error| format!("The file that {variable}{FILE} names cannot be read: {error}."))?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(format!("The file that {variable}{FILE} names is empty."));
        }
        Ok(secret.to_owned())
    }
}
