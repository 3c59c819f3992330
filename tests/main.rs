//! The one integration binary: every test that goes through the public door.

mod support;

mod architecture;
mod cli;
mod contract;
mod extract;
mod laws;
