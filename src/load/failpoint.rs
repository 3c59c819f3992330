//! Fail points: places where a test ends this process at once, to show that what is left behind is
//! before or after, never between. Compiled out of the release.

/// Ends the process, as `kill -9` would, if the environment names this point.
#[cfg(debug_assertions)]
pub fn reach(point: &str) {
    if std::env::var("ORGFOLD_FAIL_AT").is_ok_and(|wanted| wanted == point) {
        std::process::abort();
    }
}

/// Nothing in the release.
#[cfg(not(debug_assertions))]
pub fn reach(_point: &str) {}

/// Every point, in the order in which an apply reaches them.
pub const POINTS: [&str; 19] = [
    "after stage",
    "before expand",
    "inside expand",
    "before expand commit",
    "after expand",
    "before lock",
    "after lock",
    "after stale check",
    "after tables",
    "after triggers off",
    "after organizations",
    "after contacts",
    "after projects",
    "after contact points",
    "after keys",
    "after validation",
    "before commit",
    "after commit",
    "after vacuum",
];
