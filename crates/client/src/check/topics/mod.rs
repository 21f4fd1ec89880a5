//! The checks, one file for each topic: a table, and below it one small function for each row.

mod authentication;
mod bulk;
mod create;
mod create_habits;
mod delete;
mod discovery;
mod errors;
mod etag;
mod filter;
mod groups;
mod http;
mod lifecycle;
mod list;
mod media;
mod members;
mod patch;
mod patch_habits;
mod read;
mod replace;
mod search;

use super::catalogue::Topic;

/// Every topic, in the order in which they run.
pub const TOPICS: &[Topic] = &[
    Topic { name: "Discovery", checks: discovery::CHECKS },
    Topic { name: "Authentication", checks: authentication::CHECKS },
    Topic { name: "Creating users", checks: create::CHECKS },
    Topic { name: "Creating users as providers do", checks: create_habits::CHECKS },
    Topic { name: "Reading users", checks: read::CHECKS },
    Topic { name: "Filters", checks: filter::CHECKS },
    Topic { name: "Lists and paging", checks: list::CHECKS },
    Topic { name: "Replacing users", checks: replace::CHECKS },
    Topic { name: "PATCH by the RFC", checks: patch::CHECKS },
    Topic { name: "PATCH as providers send it", checks: patch_habits::CHECKS },
    Topic { name: "Groups", checks: groups::CHECKS },
    Topic { name: "Members of groups", checks: members::CHECKS },
    Topic { name: "Deactivating users", checks: lifecycle::CHECKS },
    Topic { name: "Deleting users", checks: delete::CHECKS },
    Topic { name: "Errors", checks: errors::CHECKS },
    Topic { name: "Versions", checks: etag::CHECKS },
    Topic { name: "Bulk", checks: bulk::CHECKS },
    Topic { name: "Search by POST", checks: search::CHECKS },
    Topic { name: "Media types", checks: media::CHECKS },
    Topic { name: "HTTP", checks: http::CHECKS },
];
