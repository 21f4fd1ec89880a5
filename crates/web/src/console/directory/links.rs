//! Where each thing has its page.

use crate::console::desk::Desk;

/// A person.
pub fn user(desk: &Desk, id: &str) -> String {
    desk.path(&format!("/users/{id}"))
}

/// An organization.
pub fn organization(desk: &Desk, id: &str) -> String {
    desk.path(&format!("/organizations/{id}"))
}

/// A role.
pub fn role(desk: &Desk, id: &str) -> String {
    desk.path(&format!("/roles/{id}"))
}

/// An event.
pub fn event(desk: &Desk, number: i64) -> String {
    desk.path(&format!("/events/{number}"))
}

/// A connection, or a part of it that `rest` names.
pub fn connection(desk: &Desk, id: &str, rest: &str) -> String {
    desk.path(&format!("/provisioning/{id}{rest}"))
}

/// A group of a connection.
pub fn group(desk: &Desk, connection: &str, id: &str) -> String {
    self::connection(desk, connection, &format!("/groups/{id}"))
}

/// A request of a connection.
pub fn request(desk: &Desk, connection: &str, id: &str) -> String {
    self::connection(desk, connection, &format!("/activity/{id}"))
}
