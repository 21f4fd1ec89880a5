//! From the text of a filter to tokens: symbols, JSON strings and words (names, operators, keywords, numbers).
//!
//! A word is whatever stands between spaces, parentheses, brackets and quotation marks; what it means, the parser
//! decides by where it stands.

/// A token with the bytes it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is.
    pub kind: Kind<'t>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    /// One of `( ) [ ]`.
    Symbol(char),
    /// A JSON string, escapes decoded.
    Text(String),
    /// Anything else.
    Word(&'t str),
}

/// Why a text has no tokens: where, and what is wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LexError {
    /// The byte at which it goes wrong.
    pub at: usize,
    /// What is wrong.
    pub problem: &'static str,
}

/// The tokens of a text, in order.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, LexError> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let end = match first {
            '(' | ')' | '[' | ']' => start + 1,
            '"' => string_end(text, start)?,
            _ if first.is_whitespace() => {
                start += first.len_utf8();
                continue;
            }
            _ => word_end(text, start),
        };
        let kind = match first {
            '(' | ')' | '[' | ']' => Kind::Symbol(first),
            '"' => Kind::Text(decode(&text[start..end], start)?),
            _ => Kind::Word(&text[start..end]),
        };
        tokens.push(Token { start, end, kind });
        start = end;
    }
    Ok(tokens)
}

/// The byte behind the JSON string that starts at `start`.
pub(super) fn string_end(text: &str, start: usize) -> Result<usize, LexError> {
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Ok(offset + 1),
            _ => {}
        }
    }
    Err(LexError { at: start, problem: "the text that starts here has no closing quotation mark" })
}

fn word_end(text: &str, start: usize) -> usize {
    let ends = |character: char| character.is_whitespace() || "()[]\"".contains(character);
    text[start..].find(ends).map_or(text.len(), |length| start + length)
}

fn decode(quoted: &str, at: usize) -> Result<String, LexError> {
    // RFC 7644 §3.4.2.2: a text value is a JSON string, escapes included.
    let text: String = serde_json::from_str(quoted)
        .map_err(|_| LexError { at, problem: "the text that starts here is not a JSON string" })?;
    if text.contains('\0') {
        return Err(LexError {
            at,
            problem: "the text that starts here holds the character U+0000, which no value has",
        });
    }
    Ok(text)
}
