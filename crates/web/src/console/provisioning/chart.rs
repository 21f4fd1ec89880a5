//! Charts, drawn as SVG by the server: bars over hours, with labelled axes, and the same figures as a table.

use store::activity::{HOUR, Hour};

/// How many hours a chart shows.
pub const HOURS: i64 = 48;
/// The size of a drawing, in units of its own.
const WIDTH: i64 = 720;
const HEIGHT: i64 = 120;
/// What is left of the bars for the numbers of the axis, and below them for the hours.
const LEFT: i64 = 48;
const BELOW: i64 = 20;
/// Every how many hours the axis names one.
const NAMED: i64 = 6;

/// A bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// From the left.
    pub x: i64,
    /// From the top.
    pub y: i64,
    /// How wide.
    pub width: i64,
    /// How high.
    pub height: i64,
    /// What it says when it is pointed at.
    pub title: String,
}

/// A word beside an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// From the left.
    pub x: i64,
    /// From the top.
    pub y: i64,
    /// The word.
    pub text: String,
}

/// A row of the table behind a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The hour, with its zone.
    pub hour: String,
    /// How many.
    pub number: i64,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: &'static str,
    /// The class of its bars.
    pub class: &'static str,
    /// The whole of it in a sentence, for those who do not see it.
    pub summary: String,
    /// What the drawing measures, with room for half a letter above.
    pub view_box: String,
    /// From where to where lines go across.
    pub across: (i64, i64),
    /// The bars.
    pub bars: Vec<Bar>,
    /// The hours below.
    pub hours: Vec<Mark>,
    /// The numbers at the left, with a line across at each.
    pub levels: Vec<Mark>,
    /// The same as a table: hours in which there was something.
    pub figures: Vec<Figure>,
}

impl Chart {
    /// A chart of something that is counted by the hour, up to now.
    pub fn of(
        title: &'static str,
        class: &'static str,
        hours: &[Hour],
        now: i64,
        number: impl Fn(&Hour) -> i64,
    ) -> Self {
        let first = first_hour(now);
        let at = |index: i64| first + index * HOUR;
        let counted = |index| hours.iter().find(|hour| hour.at == at(index)).map_or(0, &number);
        let numbers: Vec<i64> = (0..HOURS).map(counted).collect();
        let top = round_up(numbers.iter().copied().max().unwrap_or(0));
        let step = (WIDTH - LEFT) / HOURS;
        let bar = |(index, number): (i64, &i64)| {
            // One request is to be seen beside thousands.
            let height = (number * HEIGHT / top).max(1);
            let title = format!("{}: {number}", hour_name(at(index)));
            Bar { x: LEFT + index * step + 1, y: HEIGHT - height, width: step - 2, height, title }
        };
        let figure = |(index, number): (i64, &i64)| Figure { hour: hour_name(at(index)), number: *number };
        let named = (0..HOURS).filter(|index| (at(*index) / HOUR) % NAMED == 0);
        let total: i64 = numbers.iter().sum();
        Self {
            title,
            class,
            view_box: format!("0 -8 {WIDTH} {}", HEIGHT + BELOW + 8),
            across: (LEFT, WIDTH),
            summary: format!(
                "{title}, last {HOURS} hours: {total} in all, {} in the fullest hour",
                numbers.iter().max().unwrap_or(&0)
            ),
            bars: (0..).zip(&numbers).filter(|(_, number)| **number > 0).map(bar).collect(),
            hours: named
                .map(|index| Mark { x: LEFT + index * step, y: HEIGHT + BELOW - 5, text: clock(at(index)) })
                .collect(),
            levels: [top, top / 2, 0]
                .into_iter()
                .map(|level| Mark { x: LEFT - 6, y: HEIGHT - level * HEIGHT / top, text: level.to_string() })
                .collect(),
            figures: (0..).zip(&numbers).filter(|(_, number)| **number > 0).map(figure).collect(),
        }
    }
}

/// When the first hour of a chart began.
pub fn first_hour(now: i64) -> i64 {
    (now / HOUR - HOURS + 1) * HOUR
}

/// An even number at or above, of the form 2, 4, 10, 20, 40, 100 …: its half is a whole number.
fn round_up(most: i64) -> i64 {
    let mut ten = 1;
    loop {
        for step in [2, 4, 10] {
            if step * ten >= most {
                return step * ten;
            }
        }
        ten *= 10;
    }
}

/// `May 3, 12:00 UTC` in the form of all dates here: `2026-05-03 12:00 UTC`.
fn hour_name(at: i64) -> String {
    let exact = provisioning::people::time(at);
    let (date, time) = exact.split_once('T').unwrap_or((&exact, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or_default())
}

/// `12:00`; at midnight the day.
fn clock(at: i64) -> String {
    let exact = provisioning::people::time(at);
    let (date, time) = exact.split_once('T').unwrap_or((&exact, ""));
    match time.get(..5) {
        Some("00:00") => date.get(5..).unwrap_or_default().to_owned(),
        other => other.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_in_their_hours_and_end_at_the_present_one() {
        let now = 1_767_225_600_000_000 + HOUR / 2;
        let hours = [
            Hour { at: now - HOUR / 2, requests: 3, failures: 0 },
            Hour { at: now - HOUR / 2 - HOUR, requests: 1, failures: 1 },
        ];
        let chart = Chart::of("Requests", "bar-good", &hours, now, |hour| hour.requests);
        assert_eq!(chart.bars.len(), 2);
        assert_eq!((chart.bars[1].height, chart.bars[0].height), (90, 30));
        assert_eq!(chart.bars[1].x - chart.bars[0].x, (WIDTH - LEFT) / HOURS);
        assert_eq!(chart.figures[1], Figure { hour: "2026-01-01 00:00 UTC".into(), number: 3 });
        assert_eq!(chart.levels.iter().map(|level| level.text.as_str()).collect::<Vec<_>>(), ["4", "2", "0"]);
        assert!(chart.hours.iter().any(|mark| mark.text == "01-01"));
    }

    #[test]
    fn a_chart_of_nothing_has_an_axis() {
        let chart = Chart::of("Errors", "bar-wrong", &[], 1_767_225_600_000_000, |hour| hour.failures);
        assert!(chart.bars.is_empty());
        assert_eq!(chart.levels[0].text, "2");
    }

    #[test]
    fn the_top_of_an_axis_is_never_below_the_highest_bar() {
        for most in [0, 1, 2, 3, 11, 99, 101, 4001, 1_000_001] {
            assert!(round_up(most) >= most && round_up(most) % 2 == 0, "{most}");
        }
    }
}
