//! Charts, drawn as SVG by the server: bars over hours or days, with labelled axes, and the same figures as a table.

use provisioning::figures::Usual;
use store::activity::{HOUR, Hour};
use store::status_days::{DAY, Statuses};

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
/// Every how many days.
const WEEK: i64 = 7;

/// What a chart counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Hour,
    Day,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// One of them, by when it began.
    fn name(self, at: i64) -> String {
        match self {
            Self::Hour => hour_name(at),
            Self::Day => date(at),
        }
    }

    /// What the axis says at it, if anything: the last of them is `end`.
    fn mark(self, at: i64, end: i64) -> Option<String> {
        match self {
            Self::Hour => ((at / HOUR) % NAMED == 0).then(|| clock(at)),
            Self::Day => {
                ((end - at) / DAY % WEEK == 0).then(|| date(at).get(5..).unwrap_or_default().to_owned())
            }
        }
    }
}

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
    /// Its class.
    pub class: &'static str,
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
    /// The hour with its zone, or the day.
    pub when: String,
    /// How many, for each column.
    pub numbers: Vec<i64>,
}

/// What is usual, behind the bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// From the top.
    pub y: i64,
    /// How high.
    pub height: i64,
    /// Where the median is, from the top.
    pub median: i64,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: &'static str,
    /// What it counts by, as the head of a column.
    pub unit: &'static str,
    /// What it counts, each as the head of a column, with the class of its bars where there are several.
    pub columns: Vec<(&'static str, &'static str)>,
    /// What is said where there is nothing.
    pub none: String,
    /// What is usual.
    pub band: Option<Band>,
    /// The whole of it in a sentence, for those who do not see it.
    pub summary: String,
    /// What the drawing measures, with room for half a letter above.
    pub view_box: String,
    /// From where to where lines go across.
    pub across: (i64, i64),
    /// The bars.
    pub bars: Vec<Bar>,
    /// The hours or days below.
    pub marks: Vec<Mark>,
    /// The numbers at the left, with a line across at each.
    pub levels: Vec<Mark>,
    /// The same as a table: hours or days in which there was something.
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
        let slots: Vec<(i64, Vec<i64>)> = (0..HOURS).map(|index| (at(index), vec![counted(index)])).collect();
        Self::draw(title, Unit::Hour, vec![("Number", class)], &slots, None)
    }

    /// A connection's people by status, by the day.
    pub fn of_people(days: &[(i64, Statuses)]) -> Self {
        let has_staged = days.iter().any(|(_, statuses)| statuses.staged > 0);
        let mut columns = vec![("Active", "bar-good"), ("Deactivated", "bar-quiet")];
        // Nobody is staged where nothing is tried out first.
        columns.extend(has_staged.then_some(("Staged", "bar-staged")));
        let numbers = |statuses: &Statuses| {
            let mut numbers = vec![statuses.active, statuses.deactivated];
            numbers.extend(has_staged.then_some(statuses.staged));
            numbers
        };
        let slots: Vec<(i64, Vec<i64>)> =
            days.iter().map(|(day, statuses)| (day * DAY, numbers(statuses))).collect();
        Self::draw("People by day", Unit::Day, columns, &slots, None)
    }

    /// Deactivations by the day, against what is usual.
    pub fn of_deactivations(days: &[(i64, i64)], usual: Option<Usual>) -> Self {
        let slots: Vec<(i64, Vec<i64>)> =
            days.iter().map(|(day, number)| (day * DAY, vec![*number])).collect();
        Self::draw("Deactivations by day", Unit::Day, vec![("Number", "bar-good")], &slots, usual)
    }

    /// Bars for slots of time, one after the other up to now; several numbers of a slot stand upon each other.
    fn draw(
        title: &'static str,
        unit: Unit,
        columns: Vec<(&'static str, &'static str)>,
        slots: &[(i64, Vec<i64>)],
        usual: Option<Usual>,
    ) -> Self {
        let sums: Vec<i64> = slots.iter().map(|(_, numbers)| numbers.iter().sum()).collect();
        let most = sums.iter().copied().max().unwrap_or(0);
        let top = round_up(most.max(usual.map_or(0, |usual| usual.most)));
        // A few days do not fill the whole width.
        let room = i64::try_from(slots.len()).unwrap_or(i64::MAX).max(HOURS);
        let step = (WIDTH - LEFT) / room;
        let end = slots.last().map_or(0, |(at, _)| *at);
        let height = |number: i64| number * HEIGHT / top;
        let mut bars = Vec::new();
        let mut marks = Vec::new();
        for (index, (at, numbers)) in (0..).zip(slots) {
            let x = LEFT + index * step;
            marks.extend(unit.mark(*at, end).map(|text| Mark { x, y: HEIGHT + BELOW - 5, text }));
            let mut y = HEIGHT;
            for (number, (name, class)) in numbers.iter().zip(&columns).filter(|(number, _)| **number > 0) {
                // One is to be seen beside thousands.
                let height = height(*number).max(1);
                y -= height;
                let what =
                    if columns.len() > 1 { format!(" {}", name.to_lowercase()) } else { String::new() };
                let title = format!("{}: {number}{what}", unit.name(*at));
                bars.push(Bar { x: x + 1, y, width: step - 2, height, title, class });
            }
        }
        let (word, count) = (unit.word(), slots.len());
        let figure =
            |(at, numbers): &(i64, Vec<i64>)| Figure { when: unit.name(*at), numbers: numbers.clone() };
        let shown = slots.iter().filter(|(_, numbers)| numbers.iter().any(|number| *number > 0));
        Self {
            title,
            unit: if unit == Unit::Hour { "Hour" } else { "Day" },
            none: format!("None within the last {count} {word}s."),
            band: usual.map(|usual| Band {
                y: HEIGHT - height(usual.most),
                height: height(usual.most) - height(usual.least),
                median: HEIGHT - height(usual.median),
            }),
            view_box: format!("0 -8 {WIDTH} {}", HEIGHT + BELOW + 8),
            across: (LEFT, WIDTH),
            summary: if columns.len() > 1 {
                let last = slots.last().map(|(_, numbers)| numbers.clone()).unwrap_or_default();
                let words = last.iter().zip(&columns);
                let words: Vec<String> =
                    words.map(|(number, (name, _))| format!("{number} {}", name.to_lowercase())).collect();
                format!("{title}, last {count} {word}s: today {}", words.join(", "))
            } else {
                let total: i64 = sums.iter().sum();
                format!("{title}, last {count} {word}s: {total} in all, {most} in the fullest {word}")
            },
            levels: [top, top / 2, 0]
                .into_iter()
                .map(|level| Mark { x: LEFT - 6, y: HEIGHT - height(level), text: level.to_string() })
                .collect(),
            figures: shown.map(figure).collect(),
            columns,
            bars,
            marks,
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

/// `2026-05-03`.
fn date(at: i64) -> String {
    let exact = provisioning::people::time(at);
    exact.split_once('T').map_or(exact.clone(), |(date, _)| date.to_owned())
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
        assert_eq!(chart.figures[1], Figure { when: "2026-01-01 00:00 UTC".into(), numbers: vec![3] });
        assert_eq!(chart.levels.iter().map(|level| level.text.as_str()).collect::<Vec<_>>(), ["4", "2", "0"]);
        assert!(chart.marks.iter().any(|mark| mark.text == "01-01"));
    }

    #[test]
    fn a_chart_of_nothing_has_an_axis() {
        let chart = Chart::of("Errors", "bar-wrong", &[], 1_767_225_600_000_000, |hour| hour.failures);
        assert!(chart.bars.is_empty());
        assert_eq!(chart.levels[0].text, "2");
    }

    #[test]
    fn statuses_stand_upon_each_other_and_what_is_usual_behind() {
        let today = 20_454;
        let people = [
            (today - 1, Statuses { active: 10, deactivated: 0, staged: 0 }),
            (today, Statuses { active: 15, deactivated: 5, staged: 0 }),
        ];
        let chart = Chart::of_people(&people);
        assert_eq!(chart.bars.len(), 3);
        assert_eq!((chart.bars[1].y, chart.bars[1].height), (HEIGHT - 90, 90));
        assert_eq!((chart.bars[2].y, chart.bars[2].height, chart.bars[2].class), (0, 30, "bar-quiet"));
        assert_eq!(chart.figures[1], Figure { when: "2026-01-01".into(), numbers: vec![15, 5] });
        assert!(chart.summary.ends_with("today 15 active, 5 deactivated"), "{}", chart.summary);
        let usual = Usual { median: 2, least: 1, most: 4 };
        let chart = Chart::of_deactivations(&[(today, 3)], Some(usual));
        assert_eq!(chart.band, Some(Band { y: 0, height: 90, median: 60 }));
    }

    #[test]
    fn the_top_of_an_axis_is_never_below_the_highest_bar() {
        for most in [0, 1, 2, 3, 11, 99, 101, 4001, 1_000_001] {
            assert!(round_up(most) >= most && round_up(most) % 2 == 0, "{most}");
        }
    }
}
