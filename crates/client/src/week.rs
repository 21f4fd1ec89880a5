//! What happens in a company from Monday to Friday, and to who left, a month later: a plan, drawn from the seed.
//!
//! The counts grow with the company. Nobody has two things happen to them, but leavers: some come back on
//! Friday, some accounts are deleted a month later, and of those people some come back after all. Nothing is
//! sent here, and nothing happens before a player makes it happen.

use crate::groups::Circle;
use crate::people::{Company, DEPARTMENTS, NewName, Person};
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
    /// The account of somebody who left is deleted for good, where the provider does that.
    Delete(usize),
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
    /// `Monday` to `Friday`, `A month later`, `The day after`.
    pub name: &'static str,
    /// In no order that matters, but groups after people.
    pub events: Vec<Event>,
}

/// A week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// Five days, and two in the month after.
    pub days: Vec<Day>,
}

impl Week {
    /// How `person` is at the end of the week, if it gives them another login or another account.
    pub fn later(&self, person: &Person) -> Option<Person> {
        let mut later = person.clone();
        for event in self.events() {
            match event {
                Event::Rename { person: who, name } if *who == person.index => later.take_name(name),
                Event::Delete(who) if *who == person.index => later.account += 1,
                _ => {}
            }
        }
        (later != *person).then_some(later)
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
    let leavers: Vec<usize> = cast.by_ref().take((size / 66).max(5)).collect();
    let movers: Vec<usize> =
        cast.by_ref().filter(|who| company.people[*who].work.is_some()).take((size / 50).max(2)).collect();
    let newlyweds: Vec<usize> = cast.take((size / 200).max(1)).collect();
    let joiners: Vec<usize> = (0..(size / 100).max(2)).map(|_| company.hire()).collect();

    let (leave_monday, leave_tuesday) = leavers.split_at(leavers.len().div_ceil(2));
    let (join_monday, join_thursday) = joiners.split_at(joiners.len().div_ceil(2));
    let returning = &leave_monday[..leavers.len().div_ceil(3).min(leave_monday.len())];
    // Of those who stay away one in three keeps the account.
    let away = &leavers[returning.len()..];
    let deleted = &away[away.len().div_ceil(3)..];
    let after_all = &deleted[..deleted.len().div_ceil(3).min(deleted.len().saturating_sub(1))];
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
    let month = deleted.iter().copied().map(Event::Delete).collect();
    let after = after_all.iter().copied().map(Event::Return).collect();
    let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "A month later", "The day after"];
    let events = [monday, tuesday, wednesday, thursday, friday, month, after];
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
