//! The one integration binary: every test that goes through the public door.

mod support;

mod architecture;
mod cli;
mod contract;
mod extract;
mod load;
<<<<<<< HEAD
mod pack;
mod preflight;
mod samples;
mod report;
mod picture;
mod restore;
mod server;
=======
mod laws;
>>>>>>> tests
