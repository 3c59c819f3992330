//! What several tests need.

<<<<<<< HEAD
pub(crate) mod pg_private;
pub(crate) mod database;
=======
pub(crate) mod golden;
pub(crate) mod samples;
>>>>>>> tests
pub(crate) mod tables;
pub(crate) mod worlds;
