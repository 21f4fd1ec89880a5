//! The seal at the end of a file: the SHA-256 of all bytes before it, so that no byte of a file can change unnoticed.
//!
//! A gzip member of its own (RFC 1952) with one stored block, always of the same length. So the whole is a file that any
//! gunzip reads, and the digest its last line.

use flate2::Crc;
use sha2::{Digest, Sha256};

/// How long a seal is.
pub const LENGTH: usize = HEADER.len() + 5 + TEXT + 8;

/// The beginning of a gzip member that says nothing of itself.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// How long the line is: a digest of 64 digits and what stands around it.
const TEXT: usize = "{\"sha256\":\"\"}\n".len() + 64;

/// The seal of what was digested.
pub fn of(digest: Sha256) -> Vec<u8> {
    let text = format!("{{\"sha256\":\"{}\"}}\n", crate::hex(&digest.finalize()));
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    let length = u16::try_from(text.len()).unwrap_or_default();
    let mut seal = HEADER.to_vec();
    // RFC 1951 §3.2.4: the last block, stored, its length and the complement of it.
    seal.push(1);
    seal.extend(length.to_le_bytes());
    seal.extend((!length).to_le_bytes());
    seal.extend(text.as_bytes());
    seal.extend(crc.sum().to_le_bytes());
    seal.extend(u32::from(length).to_le_bytes());
    seal
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_seal_is_a_gzip_member_of_one_length() {
        let seal = of(Sha256::new());
        assert_eq!(seal.len(), LENGTH);
        let mut text = String::new();
        flate2::read::GzDecoder::new(seal.as_slice()).read_to_string(&mut text).expect("a member");
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(text, format!("{{\"sha256\":\"{empty}\"}}\n"));
    }
}
