//! The one integration binary: every test that goes through the public door.

mod support;

mod extract;
mod pack;
mod preflight;
mod samples;
mod report;
mod picture;
mod restore;
mod server;
