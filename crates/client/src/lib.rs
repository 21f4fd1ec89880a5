//! The other side of the wire: a SCIM client, and players that behave as an identity provider does.
//!
//! A player invents a company ([`people`], [`groups`]), keeps it in step with a server over a week
//! ([`week`]), and then reads everything back and says what is not as it believes ([`players`]). An import does
//! the same with people who are not invented ([`import`]).
//! [`check`] asks any server whether it does what the RFCs say and what the providers rely on.
//! [`load`] sends many requests at once and times them.
//! What never enters: the server's internals, the wall clock, and randomness that no seed explains.

pub mod check;
pub mod groups;
pub mod http;
pub mod import;
pub mod load;
pub mod names;
pub mod parallel;
pub mod people;
pub mod players;
pub mod random;
pub mod week;
