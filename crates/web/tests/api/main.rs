//! The admin API as a program sees it: each noun's story, what is refused and how, and what holds for every operation.

mod access;
mod calls;
mod clients;
mod connections;
mod description;
mod directory;
mod every_operation;
mod history;
mod mappings;
mod ownership;
mod paging;
mod problems;
mod support;
mod tenants;
mod versions;
