//! What happens in a company from Monday to Friday: a plan, drawn from the seed.
//!
//! The counts grow with the company. Nobody has two things happen to them, but leavers of Monday who come
//! back on Friday. Nothing is sent here, and nothing happens before a player makes it happen.

use crate::groups::Circle;
use crate::people::{Company, DEPARTMENTS, NewName};
use crate::random::Random;

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody new is assigned.
    Join(usize),
    /// Somebody goes.
    Leave(usize),
    /// Somebody who left is assigned again.
    Return(usize),
    /// An employee changes department, and with it groups.
    Move {
        /// Who.
        person: usize,
        /// Where to.
        department: &'static str,
    },
    /// Somebody takes another last name, and with it another login.
    Rename {
        /// Who.
        person: usize,
        /// The new name.
        name: NewName,
    },
    /// A group gets another name.
    RenameGroup {
        /// Which.
        group: usize,
        /// The new name.
        name: String,
    },
    /// A group is unlinked and deleted.
    DeleteGroup(usize),
}

/// A day, and what happens on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// `Monday` to `Friday`.
    pub name: &'static str,
    /// In no order that matters, but groups after people.
    pub events: Vec<Event>,
}

/// A week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// Five days.
    pub days: Vec<Day>,
}

impl Week {
    /// The login that `person` has at the end of the week, if it changes.
    pub fn later_user_name(&self, person: usize) -> Option<&str> {
        self.events().find_map(|event| match event {
            Event::Rename { person: who, name } if *who == person => Some(name.user_name.as_str()),
            _ => None,
        })
    }

    /// The name that `group` has at the end of the week, if it changes.
    pub fn later_group_name(&self, group: usize) -> Option<&str> {
        self.events().find_map(|event| match event {
            Event::RenameGroup { group: which, name } if *which == group => Some(name.as_str()),
            _ => None,
        })
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.days.iter().flat_map(|day| &day.events)
    }
}

/// Plans the week of `company`; joiners are added to it, not yet assigned.
pub fn plan_week(company: &mut Company, seed: u64) -> Week {
    let mut random = Random::for_purpose(seed, 2);
    let size = company.people.len();
    let mut cast: Vec<usize> = (0..size).collect();
    random.shuffle(&mut cast);
    // The first person stays: somebody has to be there to look.
    cast.retain(|person| *person != 0);
    let mut cast = cast.into_iter();
    let leavers: Vec<usize> = cast.by_ref().take((size / 66).max(3)).collect();
    let movers: Vec<usize> =
        cast.by_ref().filter(|who| company.people[*who].work.is_some()).take((size / 50).max(2)).collect();
    let newlyweds: Vec<usize> = cast.take((size / 200).max(1)).collect();
    let joiners: Vec<usize> = (0..(size / 100).max(2)).map(|_| company.hire()).collect();

    let (leave_monday, leave_tuesday) = leavers.split_at(leavers.len().div_ceil(2));
    let (join_monday, join_thursday) = joiners.split_at(joiners.len().div_ceil(2));
    let returning = &leave_monday[..leavers.len().div_ceil(3).min(leave_monday.len())];
    let transfers = movers.iter().map(|person| plan_move(company, *person, &mut random)).collect::<Vec<_>>();
    let renames = newlyweds.into_iter().filter_map(|person| {
        company.invent_new_name(person, &mut random).map(|name| Event::Rename { person, name })
    });
    let mut wednesday: Vec<Event> = renames.collect();
    let mut thursday: Vec<Event> = join_thursday.iter().copied().map(Event::Join).collect();
    // "All staff" stays as it is; of the others the last is deleted and the last but one renamed.
    let last = company.groups.len().saturating_sub(1);
    if last > 1 {
        let name = format!("{} (neu)", company.groups[last - 1].display_name);
        wednesday.push(Event::RenameGroup { group: last - 1, name });
        thursday.push(Event::DeleteGroup(last));
    }
    let joins = join_monday.iter().copied().map(Event::Join);
    let monday = joins.chain(leave_monday.iter().copied().map(Event::Leave)).collect();
    let tuesday = transfers.into_iter().chain(leave_tuesday.iter().copied().map(Event::Leave)).collect();
    let friday = returning.iter().copied().map(Event::Return).collect();
    let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    let events = [monday, tuesday, wednesday, thursday, friday];
    Week { days: names.into_iter().zip(events).map(|(name, events)| Day { name, events }).collect() }
}

/// A move to another department, one that has a group if there is such.
fn plan_move(company: &Company, person: usize, random: &mut Random) -> Event {
    let present = company.people[person].department();
    let with_group = company.groups.iter().filter_map(|group| match group.circle {
        Circle::Department(department) => Some(department),
        _ => None,
    });
    let mut choice: Vec<&'static str> =
        with_group.filter(|department| Some(*department) != present).collect();
    if choice.is_empty() {
        choice = DEPARTMENTS.iter().copied().filter(|department| Some(*department) != present).collect();
    }
    Event::Move { person, department: choice[random.below(choice.len())] }
}
