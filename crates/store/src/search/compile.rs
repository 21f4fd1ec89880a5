//! From a filter to SQL: the predicate holds for every row the filter matches, and says so when it holds for no other.
//!
//! Every predicate has two values, never null, so that `not` may stand before it. The columns that SQL can speak
//! about are in one table below; whatever else a filter says is left to the reader in memory.

use super::Within;
use crate::Scope;
use scim::filter::{Filter, Literal, Operator};
use scim::schema::definition::AttributeRef;

/// Which resources are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `mirror_users`.
    User,
    /// `mirror_groups`.
    Group,
    /// `users`: the directory's, of every connection and of none.
    Person,
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
}

/// A compiled condition.
#[derive(Debug)]
pub struct Narrowed {
    /// The table.
    pub table: &'static str,
    /// The condition.
    pub predicate: String,
    /// The parameters, `$1` first.
    pub values: Vec<Value>,
    /// Whether the condition says exactly what the filter says.
    pub exact: bool,
}

/// How SQL can speak about an attribute.
#[derive(Clone, Copy)]
enum Reach {
    /// A text column compared letter by letter; never null.
    Exact(&'static str),
    /// The same, where no value is null.
    ExactOrNull(&'static str),
    /// A column that holds the comparison key; never null.
    Key(&'static str),
    /// The same, where no value is null.
    KeyOrNull(&'static str),
    /// A column of microseconds since 1970.
    Instant(&'static str),
    /// A boolean column that reads absent as true.
    Active(&'static str),
    /// A status that reads `active` as true.
    Status(&'static str),
    /// A column that holds one of a few words, folded; never null.
    Word(&'static str),
    /// A boolean that is true where a column has a value.
    Marked(&'static str),
    /// The one e-mail address of a user of the directory: a key, where no value is null.
    Email(&'static str),
    /// A name of a user of the directory: a key, where no value is null; of use while all users are folded.
    Name(&'static str),
    /// The e-mail addresses, in their index.
    Emails,
    /// The members of a group.
    Members,
}

const USER: &[(&str, Reach)] = &[
    ("id", Reach::Exact("id")),
    ("externalId", Reach::ExactOrNull("external_id")),
    ("userName", Reach::Key("user_name_key")),
    ("displayName", Reach::KeyOrNull("display_name_key")),
    ("active", Reach::Active("active")),
    ("emails.value", Reach::Emails),
    ("emails", Reach::Emails),
    ("meta.created", Reach::Instant("created_at")),
    ("meta.lastModified", Reach::Instant("modified_at")),
];

const GROUP: &[(&str, Reach)] = &[
    ("id", Reach::Exact("id")),
    ("externalId", Reach::ExactOrNull("external_id")),
    ("displayName", Reach::Key("display_name_key")),
    ("members.value", Reach::Members),
    ("members", Reach::Members),
    ("meta.created", Reach::Instant("created_at")),
    ("meta.lastModified", Reach::Instant("modified_at")),
];

const PERSON: &[(&str, Reach)] = &[
    ("id", Reach::Exact("id")),
    ("externalId", Reach::ExactOrNull("external_id")),
    ("userName", Reach::Key("user_name_key")),
    ("displayName", Reach::Name("display_name_key")),
    ("name.givenName", Reach::Name("given_name_key")),
    ("name.familyName", Reach::Name("family_name_key")),
    ("active", Reach::Status("status")),
    ("status", Reach::Word("status")),
    ("locked", Reach::Marked("locked_at")),
    ("emails.value", Reach::Email("email_key")),
    ("emails", Reach::Email("email_key")),
    ("meta.created", Reach::Instant("created_at")),
    ("meta.lastModified", Reach::Instant("modified_at")),
];

fn reaches(kind: Kind) -> &'static [(&'static str, Reach)] {
    match kind {
        Kind::User => USER,
        Kind::Group => GROUP,
        Kind::Person => PERSON,
    }
}

/// Compiles a filter for the resources of one connection, or for the users of a tenant: whether the keys of their names
/// are all there, `is_folded` says.
pub fn narrow(
    kind: Kind,
    scope: Scope,
    (within, is_folded): (Option<&Within>, bool),
    filter: Option<&Filter>,
) -> Narrowed {
    let table = match kind {
        Kind::User => "mirror_users",
        Kind::Group => "mirror_groups",
        Kind::Person => "users",
    };
    let mut compiler = Compiler { reaches: reaches(kind), is_folded, scope, values: Vec::new() };
    // The tenant, and the connection, is a condition of its own around the filter: no operator inside can reach past it.
    let mut own = if kind == Kind::Person { compiler.own_tenant() } else { compiler.own_scope() };
    if let Some(within) = within {
        own = format!("{own} and {}", compiler.within(table, within));
    }
    let condition = filter.map(|filter| compiler.filter(filter));
    let (predicate, exact) = match condition {
        None => (own, true),
        Some(Some(part)) => (format!("{own} and ({})", part.sql), part.exact),
        Some(None) => (own, false),
    };
    Narrowed { table, predicate, values: compiler.values, exact }
}

/// A predicate; `None` where SQL has nothing to say, which holds for every row.
struct Part {
    sql: String,
    exact: bool,
}

struct Compiler {
    reaches: &'static [(&'static str, Reach)],
    is_folded: bool,
    scope: Scope,
    values: Vec<Value>,
}

impl Compiler {
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn own_tenant(&mut self) -> String {
        format!("tenant_id = {}", self.bind(Value::Int(self.scope.tenant.0)))
    }

    fn own_scope(&mut self) -> String {
        let tenant = self.own_tenant();
        let connection = self.bind(Value::Int(self.scope.connection));
        format!("{tenant} and connection_id = {connection}")
    }

    /// Each row is looked up among the rows that tie it: what that costs grows with the rows looked at, however many are
    /// tied.
    fn within(&mut self, table: &str, within: &Within) -> String {
        match within {
            Within::Role(role) => {
                let (tenant, role) = (self.own_tenant(), self.bind(Value::Text(role.clone())));
                format!(
                    "exists (select 1 from memberships where {tenant} and user_id = {table}.id and role_id = {role})"
                )
            }
            Within::Organizations(places) => {
                let tenant = self.own_tenant();
                let places: Vec<String> = places
                    .iter()
                    .map(|(id, inherited_only)| {
                        let least = i64::from(*inherited_only);
                        let id = self.bind(Value::Text(id.clone()));
                        format!("(organization_id = {id} and inherit >= {least})")
                    })
                    .collect();
                format!(
                    "exists (select 1 from memberships where {tenant} and user_id = {table}.id and ({}))",
                    places.join(" or ")
                )
            }
            Within::Group(group) => {
                let (own, group) = (self.own_scope(), self.bind(Value::Text(group.clone())));
                format!(
                    "exists (select 1 from members where {own} and group_id = {group} and member_id = {table}.id)"
                )
            }
        }
    }

    fn reach(&self, attribute: &AttributeRef) -> Option<Reach> {
        self.reaches.iter().find(|(path, _)| attribute.is(path)).map(|(_, reach)| *reach)
    }

    fn filter(&mut self, filter: &Filter) -> Option<Part> {
        match filter {
            Filter::And(left, right) => match (self.filter(left), self.filter(right)) {
                (Some(left), Some(right)) => Some(Part {
                    sql: format!("({} and {})", left.sql, right.sql),
                    exact: left.exact && right.exact,
                }),
                (Some(one), None) | (None, Some(one)) => Some(Part { exact: false, ..one }),
                (None, None) => None,
            },
            Filter::Or(left, right) => {
                let (before, left) = (self.values.len(), self.filter(left));
                match (left, self.filter(right)) {
                    (Some(left), Some(right)) => Some(Part {
                        sql: format!("({} or {})", left.sql, right.sql),
                        exact: left.exact && right.exact,
                    }),
                    _ => self.withdraw(before),
                }
            }
            Filter::Not(inner) => {
                let before = self.values.len();
                match self.filter(inner) {
                    Some(part) if part.exact => {
                        Some(Part { sql: format!("not ({})", part.sql), exact: true })
                    }
                    // The opposite of "holds for every match" is nothing.
                    _ => self.withdraw(before),
                }
            }
            Filter::Compare { attribute, operator, value } => self.compare(attribute, *operator, value),
            Filter::Present(attribute) => self.present(attribute),
            Filter::Element { attribute, filter } => self.element(attribute, filter),
            Filter::Never => Some(Part { sql: "1 = 0".into(), exact: true }),
        }
    }

    /// Takes back the parameters of a part that is not used.
    fn withdraw(&mut self, before: usize) -> Option<Part> {
        self.values.truncate(before);
        None
    }

    fn present(&mut self, attribute: &AttributeRef) -> Option<Part> {
        let sql = match self.reach(attribute)? {
            Reach::Exact(_) | Reach::Key(_) | Reach::Instant(_) | Reach::Word(_) => "1 = 1".to_owned(),
            Reach::ExactOrNull(column) => format!("{column} is not null"),
            Reach::KeyOrNull(_)
            | Reach::Active(_)
            | Reach::Status(_)
            | Reach::Marked(_)
            | Reach::Email(_)
            | Reach::Name(_)
            | Reach::Emails
            | Reach::Members => return None,
        };
        Some(Part { sql, exact: true })
    }

    fn compare(&mut self, attribute: &AttributeRef, operator: Operator, value: &Literal) -> Option<Part> {
        let reach = self.reach(attribute)?;
        match (reach, value) {
            (Reach::Exact(column), Literal::Exact(text)) => self.text(column, operator, text, false),
            (Reach::ExactOrNull(column), Literal::Exact(text)) => self.text(column, operator, text, true),
            (Reach::Key(column) | Reach::Word(column), Literal::Folded { key, .. }) => {
                self.text(column, operator, key, false)
            }
            (Reach::KeyOrNull(column), Literal::Folded { key, .. }) => self.text(column, operator, key, true),
            (Reach::Instant(column), Literal::Instant(at)) => self.ordered(column, operator, *at),
            (Reach::Active(column), Literal::Boolean(flag)) => {
                let wanted = match operator {
                    Operator::Eq => *flag,
                    Operator::Ne => !*flag,
                    _ => return None,
                };
                Some(Part { sql: format!("{column} = {}", i64::from(wanted)), exact: true })
            }
            (Reach::Status(column), Literal::Boolean(flag)) => match (operator, flag) {
                (Operator::Eq, true) | (Operator::Ne, false) => {
                    Some(Part { sql: format!("{column} = 'active'"), exact: true })
                }
                (Operator::Eq, false) | (Operator::Ne, true) => {
                    Some(Part { sql: format!("{column} <> 'active'"), exact: true })
                }
                _ => None,
            },
            (Reach::Marked(column), Literal::Boolean(flag)) => match (operator, flag) {
                (Operator::Eq, true) | (Operator::Ne, false) => {
                    Some(Part { sql: format!("{column} is not null"), exact: true })
                }
                (Operator::Eq, false) | (Operator::Ne, true) => {
                    Some(Part { sql: format!("{column} is null"), exact: true })
                }
                _ => None,
            },
            (Reach::Email(column), Literal::Folded { key, .. })
                if matches!(operator, Operator::Eq | Operator::Sw)
                    || (self.is_folded && operator == Operator::Co) =>
            {
                self.text(column, operator, key, true)
            }
            (Reach::Name(column), Literal::Folded { key, .. }) if self.is_folded => {
                self.text(column, operator, key, true)
            }
            (Reach::Emails, Literal::Folded { key, .. }) if operator == Operator::Eq => {
                Some(self.emails(key))
            }
            (Reach::Members, Literal::Exact(id)) if operator == Operator::Eq => Some(self.members(id)),
            _ => None,
        }
    }

    fn text(&mut self, column: &str, operator: Operator, text: &str, nullable: bool) -> Option<Part> {
        let condition = match operator {
            Operator::Eq => format!("{column} = {}", self.bind(Value::Text(text.to_owned()))),
            Operator::Ne if nullable => {
                // Unassigned is not identical to anything.
                let value = self.bind(Value::Text(text.to_owned()));
                return Some(Part { sql: format!("({column} is null or {column} <> {value})"), exact: true });
            }
            Operator::Ne => format!("{column} <> {}", self.bind(Value::Text(text.to_owned()))),
            // A prefix is a range of the index: from itself to the first text that no longer begins with it.
            Operator::Sw if !text.is_empty() => {
                let from = self.bind(Value::Text(text.to_owned()));
                match successor(text) {
                    Some(end) => format!("{column} >= {from} and {column} < {}", self.bind(Value::Text(end))),
                    None => format!("{column} >= {from}"),
                }
            }
            // What is taken out of a text was in it. Unlike `like`, it is the same on both engines for every letter.
            Operator::Co if !text.is_empty() => {
                format!("replace({column}, {}, '') <> {column}", self.bind(Value::Text(text.to_owned())))
            }
            _ => return None,
        };
        let sql = if nullable { format!("({column} is not null and {condition})") } else { condition };
        Some(Part { sql, exact: true })
    }

    fn ordered(&mut self, column: &str, operator: Operator, at: i64) -> Option<Part> {
        let sign = match operator {
            Operator::Eq => "=",
            Operator::Ne => "<>",
            Operator::Gt => ">",
            Operator::Ge => ">=",
            Operator::Lt => "<",
            Operator::Le => "<=",
            Operator::Co | Operator::Sw | Operator::Ew => return None,
        };
        Some(Part { sql: format!("{column} {sign} {}", self.bind(Value::Int(at))), exact: true })
    }

    fn emails(&mut self, key: &str) -> Part {
        let own = self.own_scope();
        let key = self.bind(Value::Text(key.to_owned()));
        Part {
            sql: format!("id in (select id from mirror_emails where {own} and email_key = {key})"),
            exact: true,
        }
    }

    fn members(&mut self, id: &str) -> Part {
        let own = self.own_scope();
        let id = self.bind(Value::Text(id.to_owned()));
        Part {
            sql: format!("id in (select group_id from members where {own} and member_id = {id})"),
            exact: true,
        }
    }

    /// One element has a certain value, and perhaps more: the value finds the rows, memory judges the rest.
    fn element(&mut self, attribute: &AttributeRef, filter: &Filter) -> Option<Part> {
        let reach = self.reach(attribute)?;
        let (value, alone) = wanted_value(filter)?;
        let part = match (reach, value) {
            (Reach::Email(column), Literal::Folded { key, .. }) => {
                self.text(column, Operator::Eq, key, true)?
            }
            (Reach::Emails, Literal::Folded { key, .. }) => self.emails(key),
            (Reach::Members, Literal::Exact(id)) => self.members(id),
            _ => return None,
        };
        Some(Part { exact: alone, ..part })
    }
}

/// The first text after all that begin with `prefix`, by code points; `None` if nothing comes after them.
fn successor(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        // A range of characters steps over the surrogates, which are none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

/// The literal that `value eq` names in every case, and whether it is the whole condition.
fn wanted_value(filter: &Filter) -> Option<(&Literal, bool)> {
    match filter {
        Filter::Compare { attribute, operator: Operator::Eq, value } if attribute.leaf().name == "value" => {
            Some((value, true))
        }
        Filter::And(left, right) => {
            let (value, _) = wanted_value(left).or_else(|| wanted_value(right))?;
            Some((value, false))
        }
        _ => None,
    }
}

/// Whether a filter names a key that an index finds at once: such a search is as short as a read by id.
pub fn is_keyed(kind: Kind, filter: &Filter) -> bool {
    match filter {
        Filter::And(left, right) => is_keyed(kind, left) || is_keyed(kind, right),
        Filter::Compare { attribute, operator: Operator::Eq, .. } => {
            reaches(kind).iter().any(|(path, reach)| {
                let is_wide = matches!(
                    reach,
                    Reach::Active(_)
                        | Reach::Status(_)
                        | Reach::Word(_)
                        | Reach::Marked(_)
                        | Reach::Instant(_)
                        | Reach::Name(_)
                        | Reach::Members
                );
                attribute.is(path) && !is_wide
            })
        }
        Filter::Element { attribute, filter } => attribute.is("emails") && wanted_value(filter).is_some(),
        _ => false,
    }
}
