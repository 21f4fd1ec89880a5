//! Passwords: what one may be, and the hash that is kept of it (argon2id, as OWASP's Password Storage Cheat Sheet asks).
//!
//! Hashing takes 19 MiB and tens of milliseconds by design: callers do it away from the threads that serve requests.

use crate::Error;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// How short a password may be, in characters.
pub const SHORTEST: usize = 12;
/// How long a password may be, in bytes: enough for any sentence, and hashing it stays cheap.
const LONGEST: usize = 1024;
/// How many different characters a password has at least.
const VARIETY: usize = 5;
/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// The commonest passwords of that length, lower case, and what anybody would try here first.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "123456789123",
    "1234567890abc",
    "123123123123",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1qaz2wsx3edc",
    "1qazxsw23edc",
    "987654321098",
    "abcdefghijkl",
    "abcdefghijklm",
    "accessiq1234",
    "accessiqaccessiq",
    "adminadminadmin",
    "administrator",
    "administrator1",
    "administrator123",
    "changeme1234",
    "changemechangeme",
    "correcthorsebatterystaple",
    "iloveyou1234",
    "iloveyouforever",
    "letmein12345",
    "letmeinletmein",
    "p@ssw0rd1234",
    "p@ssword1234",
    "passw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "password123!",
    "password1234!",
    "passwordpassword",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwertyqwerty",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiop[]",
    "qwertyuiopas",
    "qwertyuiopasdfghjkl",
    "trustno1trustno1",
    "welcome12345",
    "welcome123456",
    "welcomewelcome",
    "zaq12wsxcde3",
    "zaq1zaq1zaq1",
];

/// Refuses a password that is short, common, or the person's own address.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn check(password: &str, email: &str) -> Result<(), Error> {
    let refused = |reason: &str| Err(Error::invalid(format!("{reason} Choose another one.")));
    if password.chars().count() < SHORTEST {
        return refused(&format!("The password has fewer than {SHORTEST} characters."));
    }
    if password.len() > LONGEST {
        return refused(&format!("The password is longer than {LONGEST} bytes."));
    }
    let key = scim::fold::fold(password);
    let mut letters: Vec<char> = key.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < VARIETY || COMMON.contains(&key.as_str()) {
        return refused("The password is one of those that are tried first.");
    }
    let email = scim::fold::fold(email);
    let local = email.split('@').next().unwrap_or_default();
    if key.contains(&email) || (local.chars().count() > 3 && key.contains(local)) {
        return refused("The password contains your e-mail address.");
    }
    Ok(())
}

/// The hash of a password, as a PHC string.
///
/// # Errors
/// The library refused; nothing that a person sent can bring that about.
pub fn hash(password: &str, random: [u8; 32]) -> Result<String, Error> {
    let hashed = hasher()?.hash_password_with_salt(&composed(password), &random[..16]);
    Ok(hashed.map_err(|error| unusable(&error))?.to_string())
}

/// Whether the password is the one of a hash. Without a hash it never is, and finding that out takes as long.
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> =
        LazyLock::new(|| self::hash("a password that nobody has", [0; 32]).unwrap_or_default());
    let Ok(hasher) = hasher() else { return false };
    let verified = hasher.verify_password(&composed(password), hash.unwrap_or(&NOBODY));
    hash.is_some() && verified.is_ok()
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| unusable(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// RFC 8265 §4.2.2: keyboards write the same letter in different ways.
fn composed(password: &str) -> Vec<u8> {
    password.nfc().collect::<String>().into_bytes()
}

fn unusable(error: &dyn std::fmt::Display) -> Error {
    store::StoreError::Broken(format!("a password could not be hashed: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_uncommon_and_not_the_address() {
        for good in ["correct horse battery", "päpstlicher als", "пароль-для-двери", "x8$Kd!0pQz2#"]
        {
            check(good, "ana@acme.example").unwrap();
        }
        for (bad, word) in [
            ("eleven char", "fewer than 12"),
            ("PassWord1234", "tried first"),
            ("aaaaaaaaaaaaaaaa", "tried first"),
            ("abababababababab", "tried first"),
            ("my ana@acme.example", "e-mail"),
            ("mueller-is-here-now", "e-mail"),
            (&"x1y2z3".repeat(200), "longer"),
        ] {
            let email = if bad.contains("mueller") { "mueller@acme.example" } else { "ana@acme.example" };
            let error = check(bad, email).unwrap_err().to_string();
            assert!(error.contains(word), "{bad}: {error}");
        }
    }

    #[test]
    fn a_hash_is_argon2id_with_its_cost_and_opens_to_its_password_alone() {
        let kept = hash("correct horse battery", [7; 32]).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("correct horse battery", [8; 32]).unwrap());
        assert!(is_right("correct horse battery", Some(&kept)));
        assert!(!is_right("correct horse batterz", Some(&kept)));
        assert!(!is_right("a password that nobody has", None));
        assert!(!is_right("anything", Some("no hash")));
    }

    #[test]
    fn a_letter_counts_however_it_was_composed() {
        let kept = hash("pa\u{308}pstlicher als", [7; 32]).unwrap();
        assert!(is_right("p\u{e4}pstlicher als", Some(&kept)));
    }
}
