//! The people of an invented company, drawn from a seed: the same seed, the same people.
//!
//! Person `i` does not depend on how many people there are, so a bigger company contains the smaller one and
//! joiners are simply the next ones. What a provider sends about a person, and when, is a player's business.

use std::collections::HashMap;

use crate::groups::{Group, found_groups};
use crate::names::{CULTURES, Culture, Written};
use crate::random::Random;

/// The domain of a company that is given none.
pub const DOMAIN: &str = "acme.example";

/// The departments, the larger ones first.
pub const DEPARTMENTS: &[&str] = &[
    "Engineering",
    "Sales",
    "Customer Support",
    "Product",
    "Marketing",
    "IT",
    "Finance",
    "People & Culture",
    "Produit & Qualité",
    "Security",
    "Legal",
    "Operations / Logistics",
    "研究開発",
    "Дослідження",
];

const TITLES: &[&str] =
    &["Analyst", "Specialist", "Engineer", "Lead", "Architect", "Coordinator", "Consultant", "Director"];
const RANKS: &[&str] = &["", "", "", "Junior ", "Senior ", "Senior ", "Staff ", "Principal "];
const TAGS: &[&str] = &["hr", "ext", "eu", "ops"];

/// Somebody, as the provider's directory has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The place in [`Company::people`].
    pub index: usize,
    /// The provider's id: `00u` and 17 characters. It never changes.
    pub external_id: String,
    /// The login, an ASCII address, unique without regard to case.
    pub user_name: String,
    /// First name, in its own script.
    pub given_name: String,
    /// Last name, in its own script.
    pub family_name: String,
    /// Both, in the order the language has them.
    pub display_name: String,
    /// The work address.
    pub email: String,
    /// BCP 47.
    pub locale: &'static str,
    /// IANA.
    pub timezone: &'static str,
    /// The office.
    pub city: &'static str,
    /// The telephone at work.
    pub phone: String,
    /// What an employee has and a contractor has not.
    pub work: Option<Work>,
    /// Whether the person is assigned to the application at present.
    pub employed: bool,
    /// Which account of theirs this is: one more each time that one was deleted for good.
    pub account: u32,
    /// The lot that decides on teams and such.
    pub lot: u64,
}

/// The position of an employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Job title.
    pub title: String,
    /// One of [`DEPARTMENTS`].
    pub department: &'static str,
    /// `CC-1000` and up, one a department.
    pub cost_center: String,
    /// `E-00001` and up.
    pub employee_number: String,
    /// Whom the person reports to; nobody at the very top.
    pub manager: Option<Manager>,
}

/// A manager, as Okta's default mapping sends one: free text, not a SCIM id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The manager's place in [`Company::people`].
    pub index: usize,
    /// The manager's employee number.
    pub number: String,
    /// The manager's display name.
    pub name: String,
}

/// A last name that changed, with all that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewName {
    /// The new last name.
    pub family_name: String,
    /// The new display name.
    pub display_name: String,
    /// The new login and address.
    pub user_name: String,
}

impl Person {
    /// The department, if the person is an employee.
    pub fn department(&self) -> Option<&'static str> {
        self.work.as_ref().map(|work| work.department)
    }

    /// Moves an employee to another department, with its cost centre.
    pub fn move_to(&mut self, department: &'static str) {
        if let Some(work) = &mut self.work {
            work.department = department;
            work.cost_center = cost_center(department);
        }
    }

    /// Takes a new last name, login and address.
    pub fn take_name(&mut self, name: &NewName) {
        self.family_name.clone_from(&name.family_name);
        self.display_name.clone_from(&name.display_name);
        self.user_name.clone_from(&name.user_name);
        self.email.clone_from(&name.user_name);
    }
}

/// A company: its people, and the groups it pushes.
#[derive(Clone, Debug)]
pub struct Company {
    /// Everybody ever hired, in order of hiring.
    pub people: Vec<Person>,
    /// The pushed groups.
    pub groups: Vec<Group>,
    domain: String,
    random: Random,
    taken: HashMap<String, u32>,
    managers: Vec<Manager>,
}

impl Company {
    /// A company of `users` assigned people and `groups` groups, at [`DOMAIN`].
    pub fn found(users: usize, groups: usize, seed: u64) -> Self {
        Self::found_at(DOMAIN, users, groups, seed)
    }

    /// The same company at another domain: everybody's login and address end in it.
    pub fn found_at(domain: &str, users: usize, groups: usize, seed: u64) -> Self {
        let random = Random::for_purpose(seed, 1);
        let mut company = Self {
            people: Vec::with_capacity(users),
            groups: found_groups(groups),
            domain: domain.to_owned(),
            random,
            taken: HashMap::new(),
            managers: Vec::new(),
        };
        for _ in 0..users {
            let index = company.hire();
            company.people[index].employed = true;
        }
        company
    }

    /// Adds the next person, not yet assigned, and says where.
    pub fn hire(&mut self) -> usize {
        let index = self.people.len();
        let culture = self.choose_culture(index);
        let given = *self.random.pick(culture.given);
        let family = *self.random.pick(culture.family);
        let user_name = self.invent_user_name(given.1, family.1);
        let display_name = display_name(culture, given.0, family.0);
        let external_id = format!("00u{}", self.random.base62(17));
        let phone = format!("{} {:04}", culture.dial, self.random.below(10_000));
        let contractor = index >= CULTURES.len() && self.random.one_in(30);
        let work = (!contractor).then(|| self.employ(index, &display_name));
        self.people.push(Person {
            index,
            external_id,
            email: user_name.clone(),
            user_name,
            given_name: given.0.to_owned(),
            family_name: family.0.to_owned(),
            display_name,
            locale: culture.locale,
            timezone: culture.timezone,
            city: culture.city,
            phone,
            work,
            employed: false,
            account: 0,
            lot: self.random.draw(),
        });
        index
    }

    /// Deletes the account of the person at `index`; nobody reports to it any more.
    pub fn delete_account(&mut self, index: usize) {
        self.people[index].account += 1;
        for work in self.people.iter_mut().filter_map(|person| person.work.as_mut()) {
            work.manager.take_if(|manager| manager.index == index);
        }
    }

    /// Invents a new last name for the person at `index`, with a login that nobody has.
    pub fn invent_new_name(&mut self, index: usize, random: &mut Random) -> Option<NewName> {
        let person = self.people.get(index)?;
        let culture = CULTURES.iter().find(|culture| culture.locale == person.locale)?;
        let others: Vec<Written> =
            culture.family.iter().copied().filter(|(written, _)| *written != person.family_name).collect();
        let given = culture.given.iter().find(|(written, _)| *written == person.given_name)?;
        let family = *random.pick(&others);
        let display_name = display_name(culture, given.0, family.0);
        let user_name = self.free_user_name(&format!("{}.{}", given.1, family.1));
        Some(NewName { family_name: family.0.to_owned(), display_name, user_name })
    }

    /// The first people cover every culture; curiosities are rare after that.
    fn choose_culture(&mut self, index: usize) -> &'static Culture {
        let common = CULTURES.len() - 1;
        let drawn = if self.random.one_in(40) { common } else { self.random.below(common) };
        CULTURES.get(index).unwrap_or(&CULTURES[drawn])
    }

    fn invent_user_name(&mut self, given: &str, family: &str) -> String {
        let tag = if self.random.one_in(40) { format!("+{}", self.random.pick(TAGS)) } else { String::new() };
        if self.random.one_in(40) {
            return self.free_user_name(&format!("{}.{}{tag}", capitalise(given), capitalise(family)));
        }
        self.free_user_name(&format!("{given}.{family}{tag}"))
    }

    /// `name`, or `name2`, `name3` … if it is taken in any case; no name of ours ends with a digit.
    fn free_user_name(&mut self, name: &str) -> String {
        let times = self.taken.entry(name.to_ascii_lowercase()).or_insert(0);
        *times += 1;
        let number = if *times == 1 { String::new() } else { times.to_string() };
        format!("{name}{number}@{}", self.domain)
    }

    fn employ(&mut self, index: usize, display_name: &str) -> Work {
        // The smaller of two draws: the first departments are the largest.
        let place = self.random.below(DEPARTMENTS.len()).min(self.random.below(DEPARTMENTS.len()));
        let department = DEPARTMENTS[place];
        let employee_number = format!("E-{:05}", index + 1);
        let manager = (!self.managers.is_empty()).then(|| self.random.pick(&self.managers).clone());
        if index.is_multiple_of(8) {
            let (number, name) = (employee_number.clone(), display_name.to_owned());
            self.managers.push(Manager { index, number, name });
        }
        let title = format!("{}{}", self.random.pick(RANKS), self.random.pick(TITLES));
        Work { title, department, cost_center: cost_center(department), employee_number, manager }
    }
}

fn cost_center(department: &str) -> String {
    let place = DEPARTMENTS.iter().position(|name| *name == department).unwrap_or(DEPARTMENTS.len());
    format!("CC-{}", 1000 + 100 * place)
}

fn display_name(culture: &Culture, given: &str, family: &str) -> String {
    if culture.family_first { format!("{family} {given}") } else { format!("{given} {family}") }
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
