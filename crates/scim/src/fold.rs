//! The key under which case-insensitive text is compared: one function for filters, uniqueness and sorting.
//!
//! Full-width and half-width forms are mapped, case is folded, the result is NFC (RFC 8265 UsernameCaseMapped,
//! without its refusals: identity providers send arbitrary login names). Values themselves are never changed.

use unicode_normalization::UnicodeNormalization;

/// The comparison key of `text`. Two texts are equal without regard to case exactly when their keys are equal.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mapped = text.chars().flat_map(|character| {
        // RFC 8265 §3.3: width mapping by the compatibility decomposition of the forms in this block alone.
        let wide = matches!(character, '\u{3000}' | '\u{FF01}'..='\u{FFEF}');
        let mapped: Vec<char> = if wide { character.nfkc().collect() } else { vec![character] };
        mapped
    });
    let composed: String = mapped.nfc().collect();
    caseless::default_case_fold_str(&composed).nfc().collect()
}
