//! A guide's sentences as markup: what stands between backticks is code, all else is text.

use askama::filters::{Escaper, Html, HtmlSafe};
use std::fmt::{Display, Formatter, Result};

/// A sentence of a guide.
pub struct Prose<'t>(pub &'t str);

impl HtmlSafe for Prose<'_> {}

impl Display for Prose<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let mut parts = self.0.split('`').peekable();
        let mut is_code = false;
        while let Some(part) = parts.next() {
            // A mark that nothing closes is a mark.
            let opens = is_code && parts.peek().is_some();
            match (opens, is_code) {
                (true, _) => write_within(out, part, "code")?,
                (false, true) => {
                    out.write_str("`")?;
                    Html.write_escaped_str(&mut *out, part)?;
                }
                (false, false) => Html.write_escaped_str(&mut *out, part)?,
            }
            is_code = !is_code;
        }
        Ok(())
    }
}

fn write_within(out: &mut Formatter<'_>, text: &str, tag: &str) -> Result {
    write!(out, "<{tag}>")?;
    Html.write_escaped_str(&mut *out, text)?;
    write!(out, "</{tag}>")
}

#[cfg(test)]
mod tests {
    use super::Prose;

    #[test]
    fn code_is_marked_and_everything_is_escaped() {
        let shown = Prose("Set `<a>` & go").to_string();
        assert_eq!(shown, "Set <code>&#60;a&#62;</code> &#38; go");
        assert_eq!(Prose("a ` b").to_string(), "a ` b");
        assert_eq!(Prose("`a` `b`").to_string(), "<code>a</code> <code>b</code>");
    }
}
