//! The protocol as a client sees it: each test names, in its doc comment, the requirements that it holds the server to.

mod auth;
mod bulk;
mod create;
mod cursor;
mod delete;
mod discovery;
mod errors;
mod etag;
mod extensions;
mod filter;
mod http;
mod interop;
mod list;
mod me;
mod paging;
mod patch;
mod projection;
mod replace;
mod resource_shape;
mod retrieve;
mod search;
mod sequence;
mod sort;
mod support;
mod tenancy;
