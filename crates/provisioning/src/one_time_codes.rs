//! One-time codes: time-based ones of authenticator apps (RFC 6238: SHA-1, 30 seconds, 6 digits, what every app takes),
//! and recovery codes that stand in for them.

use aws_lc_rs::hmac;
use std::fmt::Write;

/// How long a code is good for, in microseconds.
const STEP: i64 = 30 * 1_000_000;
/// How many steps a clock may be off, before and after.
const DRIFT: i64 = 1;
/// How many bytes a secret has (RFC 4226 §4: 160 bits).
pub(crate) const SECRET: usize = 20;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The time step of an instant.
fn step(at: i64) -> i64 {
    at.div_euclid(STEP)
}

/// The code of a time step.
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // RFC 4226 §5.3: the last four bits say where the number stands.
    let place = usize::from(tag[tag.len() - 1] & 15);
    let number = tag[place..place + 4].iter().fold(0, |number: u32, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The time step whose code this is, near an instant.
pub(crate) fn step_of(secret: &[u8], typed: &str, at: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let now = step(at);
    // What is compared is of no use to anybody who times it: a code is tried ten times at most.
    (now - DRIFT..=now + DRIFT).find(|step| code(secret, *step) == typed)
}

/// The code that an authenticator app shows at an instant; for tests.
#[doc(hidden)]
pub fn shown_at(secret: &str, at: i64) -> String {
    code(&from_base32(secret).unwrap_or_default(), step(at))
}

/// A secret as a person types it (RFC 4648 §6, without padding).
pub(crate) fn base32(bytes: &[u8]) -> String {
    let bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1 == 1)).collect();
    let letter = |bits: &[bool]| {
        let number =
            (0..5).fold(0, |number, place| (number << 1) | usize::from(bits.get(place) == Some(&true)));
        char::from(ALPHABET[number])
    };
    bits.chunks(5).map(letter).collect()
}

/// The bytes of a secret; none of what is no base 32.
pub(crate) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b' ') {
        let value = ALPHABET.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 255).ok()?);
        }
    }
    Some(bytes)
}

/// A recovery code of 80 random bits: `abcd-efgh-ijkl-mnop`.
pub(crate) fn recovery(random: &[u8]) -> String {
    let letters = base32(&random[..10]).to_lowercase();
    let mut text = String::new();
    for (index, letter) in letters.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push('-');
        }
        text.push(letter);
    }
    text
}

/// A recovery code as it is compared: however a person typed it.
pub(crate) fn plain_recovery(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// What an authenticator app reads from the picture.
pub(crate) fn address(secret: &str, email: &str) -> String {
    let mut escaped = String::new();
    for byte in email.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            write!(escaped, "%{byte:02X}").unwrap_or_default();
        }
    }
    format!("otpauth://totp/AccessIQ:{escaped}?secret={secret}&issuer=AccessIQ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 Appendix B, SHA-1, the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let at: i64 = seconds * 1_000_000;
            assert_eq!(code(secret, step(at)), expected[2..], "{seconds}");
            assert_eq!(
                step_of(secret, &format!(" {} {} ", &expected[2..5], &expected[5..]), at),
                Some(step(at))
            );
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let (secret, at) = (b"12345678901234567890", 59 * 1_000_000);
        for (off, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = code(secret, step(at) + off);
            assert_eq!(step_of(secret, &code, at).is_some(), taken, "{off}");
        }
        assert_eq!(step_of(secret, "", at), None);
    }

    /// RFC 4648 §10.
    #[test]
    fn base32_is_that_of_the_rfc() {
        for (plain, text) in
            [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(from_base32("mzxw 6ytb oi").unwrap(), b"foobar");
        assert!(from_base32("1").is_none());
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        let code = recovery(&[1; 32]);
        assert_eq!(code.len(), 19);
        assert_eq!(plain_recovery(&code.to_uppercase().replace('-', " ")), plain_recovery(&code));
    }
}
