//! What remarks on requests mean: of the habits on the porch, and of those that are met where they stand.

use super::HABITS;

/// Remarks that are made outside the porch: habits that only the reader of a filter, a path or a document can see, and
/// parts that are accepted and not applied. Name and meaning, in one line.
pub const REMARKS: &[(&str, &str)] = &[
    ("created-by-filter", "A replacement whose filter met no value was read as the wish to have one."),
    ("empty-text", "Empty text says that there is no value."),
    (
        "filter-in-attributes",
        "The list of attributes to show chooses values by a filter; all of them are shown.",
    ),
    ("hollow-element", "A value of which only the type was left was removed."),
    ("member-by-filter", "A member that a filter names was added."),
    ("missing-schemas", "A body does not name the schema of its resource type."),
    (
        "name-without-urn",
        "A filter or the list of attributes names an extension's attribute without its URN, or with a malformed one.",
    ),
    ("remove-listed", "A removal that lists values was read as the removal of these, not of all."),
    ("unquoted-filter-value", "Text in a filter lacks its quotation marks."),
    ("value-path-comparison", "A filter compares behind the [ ] instead of inside."),
    ("already-member", "Somebody was added to a group who is a member already."),
    ("empty-operations", "A PATCH held no operation."),
    ("no-member", "Somebody was removed from a group who is no member."),
    ("not-synchronised", "An attribute is not synchronised on this connection."),
    ("password-ignored", "A password was sent; passwords are never taken."),
    ("read-only", "A read-only attribute, such as id or meta, was sent along."),
    ("repeated-value", "A value was sent more than once."),
    ("unknown-attribute", "An attribute that no schema has was sent."),
    ("unknown-member", "A member was named that the connection does not have."),
    ("unknown-schema", "A schema was named that the resource type does not have."),
    ("more", "There were more remarks than a record keeps."),
];

/// What a remark of that name means; `None` for a name of another release.
pub fn meaning(name: &str) -> Option<&'static str> {
    let habit = HABITS.iter().find(|habit| habit.name == name).map(|habit| habit.meaning);
    habit.or_else(|| REMARKS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning))
}
