//! The groups of an invented company, and who belongs to which.
//!
//! A membership is never stored: it follows from what a person is (department, office, lot), so a mover
//! changes groups by moving. What the server was told of it is the player's belief.

use crate::names::CULTURES;
use crate::people::{DEPARTMENTS, Person};

const STARS: &[&str] = &[
    "Aurora",
    "Borealis",
    "Café",
    "Đà Nẵng",
    "Équinoxe",
    "Falcon",
    "Gödel",
    "Häagen",
    "Iota",
    "Jūra",
    "Kraken",
    "Łódka",
    "Mañana",
    "Nébula",
    "Ørsted",
    "Phoenix",
    "Quark",
    "R&D",
    "Šafrán",
    "Τιτάν",
    "Umbra",
    "Вега",
    "Wasp",
    "ξ-Ray",
    "Yggdrasil",
    "Zenith",
];

/// A group that the company pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The place in [`crate::people::Company::groups`].
    pub index: usize,
    /// What it is called; a rename changes only this.
    pub display_name: String,
    /// Who belongs to it.
    pub circle: Circle,
    /// False once it was deleted.
    pub exists: bool,
}

/// The rule by which people belong to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Circle {
    /// Everybody.
    Everyone,
    /// The first person, and about one in two hundred.
    Admins,
    /// The employees of a department.
    Department(&'static str),
    /// The people of an office.
    City(&'static str),
    /// One team out of several in a department.
    Team {
        /// The department.
        department: &'static str,
        /// Which of its teams.
        slot: u64,
        /// How many teams it has.
        of: u64,
    },
}

impl Group {
    /// Whether somebody belongs to it now: only who is assigned does.
    pub fn holds(&self, person: &Person) -> bool {
        person.employed && self.encloses(person)
    }

    /// Whether the rule fits somebody, assigned or not.
    pub fn encloses(&self, person: &Person) -> bool {
        match self.circle {
            Circle::Everyone => true,
            Circle::Admins => person.index == 0 || person.lot.is_multiple_of(200),
            Circle::Department(department) => person.department() == Some(department),
            Circle::City(city) => person.city == city,
            Circle::Team { department, slot, of } => {
                person.department() == Some(department) && person.lot.checked_rem(of) == Some(slot)
            }
        }
    }
}

/// `count` groups: everybody, administrators, then departments, offices and as many teams as it takes.
pub fn found_groups(count: usize) -> Vec<Group> {
    let rest = count.saturating_sub(2);
    let departments = DEPARTMENTS.len().min(rest.div_ceil(2));
    let cities = CULTURES.len().min((rest - departments) / 2);
    let teams = rest - departments - cities;
    let mut circles =
        vec![("All staff".to_owned(), Circle::Everyone), ("AccessIQ Admins".to_owned(), Circle::Admins)];
    circles
        .extend(DEPARTMENTS[..departments].iter().map(|name| ((*name).to_owned(), Circle::Department(name))));
    let offices = CULTURES[..cities].iter().map(|culture| culture.city);
    circles.extend(offices.map(|city| (format!("Office {city}"), Circle::City(city))));
    circles.extend((0..teams).map(|team| found_team(team, teams)));
    circles.truncate(count);
    let numbered = circles.into_iter().enumerate();
    numbered
        .map(|(index, (display_name, circle))| Group { index, display_name, circle, exists: true })
        .collect()
}

/// Team number `team` of `teams`; the departments take turns.
fn found_team(team: usize, teams: usize) -> (String, Circle) {
    let turn = team % DEPARTMENTS.len();
    let round = team / STARS.len();
    let number = if round == 0 { String::new() } else { format!(" {}", round + 1) };
    let of = (teams - turn).div_ceil(DEPARTMENTS.len());
    (
        format!("Team {}{number}", STARS[team % STARS.len()]),
        Circle::Team {
            department: DEPARTMENTS[turn],
            slot: (team / DEPARTMENTS.len()) as u64,
            of: of as u64,
        },
    )
}
