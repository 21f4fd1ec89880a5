//! Input as messages show it: quoted, cut to a length a person reads, without control characters.

/// How many characters of input a message shows: that many of the beginning and of the end.
const HEAD: usize = 24;
const TAIL: usize = 32;

/// The text in quotation marks, cut in the middle with `…` where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let visible =
        |character: char| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
    let length = text.chars().count();
    if length <= HEAD + TAIL {
        return format!("\"{}\"", text.chars().map(visible).collect::<String>());
    }
    let head: String = text.chars().take(HEAD).map(visible).collect();
    let tail: String = text.chars().skip(length - TAIL).map(visible).collect();
    format!("\"{head}…{tail}\"")
}
