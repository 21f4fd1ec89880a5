//! The rules: what a connection's identity provider maintains (the mirror) and what follows from it (the directory).
//!
//! Mirror → policy → directory. A request changes the mirror; `policy` derives users, organizations and memberships
//! from it; events and the request's record are written in the same transaction. Never in here: SQL, HTTP.

pub mod access;
pub mod administrators;
pub mod calls;
pub mod clients;
pub mod connections;
pub mod contact;
mod directory;
pub mod doctor;
pub mod domains;
pub mod effort;
pub mod ending;
pub mod entra;
pub mod erasure;
pub mod error;
pub mod extensions;
pub mod figures;
pub mod find;
pub mod grants;
pub mod ground;
pub mod groups;
pub mod hand;
pub mod jobs;
pub mod journal;
pub mod jwt;
pub mod keys;
pub mod links;
pub mod lock;
pub mod mappings;
mod names;
pub mod one_time_codes;
pub mod organizations;
pub mod ownership;
pub mod passwords;
pub mod people;
pub mod policy;
pub mod preview;
pub mod records;
pub mod relocation;
pub mod retention;
pub mod roles;
pub mod roster;
pub mod rules;
pub mod scratch;
pub mod second_factors;
pub mod session;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod tenants;
pub mod tokens;
pub mod transfer;
pub mod unit;
pub mod users;

pub use error::Error;
pub use session::{Caller, Session};
pub use settings::Settings;
pub use unit::{Outcome, Unit};
