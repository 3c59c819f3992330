//! The one integration binary: every test that goes through the public door.

mod support;

mod extract;
mod matching;
mod samples;
