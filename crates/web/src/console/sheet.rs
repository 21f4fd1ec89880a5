//! Comma-separated values for people with a spreadsheet: every value in quotes, lines as RFC 4180 has them, and nothing
//! that a spreadsheet would carry out.

use csv::{QuoteStyle, Terminator, WriterBuilder};

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A row.
pub fn row(values: impl IntoIterator<Item = String>) -> String {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Neither one row nor a file in memory has an error case.
    let written = writer.write_record(values.into_iter().map(without_formula));
    debug_assert!(written.is_ok());
    writer.into_inner().ok().and_then(|text| String::from_utf8(text).ok()).unwrap_or_default()
}

/// What a spreadsheet would take for a formula, marked as text: whoever names a person `=HYPERLINK(…)` shall not act in
/// the spreadsheet of whoever reads the name.
fn without_formula(value: String) -> String {
    let begins = value.starts_with(FORMULA)
        || value
            .trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}')
            .starts_with(FORMULA);
    if begins { format!("'{value}") } else { value }
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn what_a_spreadsheet_would_take_for_a_formula_is_text() {
        let values = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\u{feff}=1",
            "＝1",
            "a=b",
            "say \"hi\", twice\r\n=2",
            "",
        ];
        assert_eq!(
            row(values.map(str::to_owned)),
            "\"'=1+1\",\"'+1\",\"'-1\",\"'@SUM(A1)\",\"'\t=1\",\"'\r=1\",\"' =1\",\"'\u{feff}=1\",\"'＝1\",\"a=b\",\"say \"\"hi\"\", twice\r\n=2\",\"\"\r\n"
        );
    }
}
