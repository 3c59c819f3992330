//! The section `[matching]`: the level, and the weights of each.
//!
//! In: the section of the defaults and that of a file, the latter to count before the former. A key
//! right in the section holds for both levels; one in `[matching.company]` or `[matching.group]` for
//! that level alone, and before one right in the section of the same file.

use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use super::{Error, file_error};
use crate::transform::evidence::Kinds;
use crate::transform::matching::{Level, Levels, Weights};

/// What the section says.
pub(super) struct Matching {
    /// The level that is configured.
    pub(super) level: Level,
    /// The weights of each.
    pub(super) levels: Levels,
    /// All of it in one spelling, whichever way it was written.
    pub(super) canonical: String,
}

/// The key that names the level.
const LEVEL: &str = "level";

/// Reads the sections, the first of those that count least.
pub(super) fn read(sections: &[Table], kinds: &Kinds, path: &Path) -> Result<Matching, Error> {
    let mut canonical = String::new();
    let mut weights = |level: Level| -> Result<Weights, Error> {
        let table = of_level(sections, level);
        writeln!(canonical, "{}={table}", level.name()).expect("writing into memory does not fail");
        let weights: Weights =
            table.try_into().map_err(|error: toml::de::Error| file_error(path, &error))?;
        weights.check(kinds).map_err(|refused| {
            let is_own = |section: &Table| {
                let own = section.get(level.name()).and_then(Value::as_table);
                own.is_some_and(|own| own.contains_key(refused.key()))
            };
            let is_own = sections.last().is_some_and(is_own);
            let refused = if is_own { refused.in_section(level) } else { refused };
            Error::File { path: path.to_owned(), problem: refused.to_string() }
        })?;
        Ok(weights)
    };
    let levels = Levels { company: weights(Level::Company)?, group: weights(Level::Group)? };
    let named = sections.iter().filter_map(|section| section.get(LEVEL)).next_back().cloned();
    let level = match named {
        Some(named) => named.try_into().map_err(|error| file_error(path, &error))?,
        None => Level::default(),
    };
    Ok(Matching { level, levels, canonical })
}

/// The keys of one level.
fn of_level(sections: &[Table], level: Level) -> Table {
    let mut keys = Table::new();
    for section in sections {
        let is_own = |key: &str| Level::ALL.iter().any(|level| level.name() == key);
        let common = section.iter().filter(|(key, _)| *key != LEVEL && !is_own(key));
        keys.extend(common.map(|(key, value)| (key.clone(), value.clone())));
        match section.get(level.name()) {
            Some(Value::Table(own)) => keys.extend(own.clone()),
            // Whatever else stands there is refused as a weight that is none.
            Some(other) => keys.extend([(level.name().to_owned(), other.clone())]),
            None => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_level_counts_before_a_common_one_and_a_file_before_the_defaults() {
        let sections: Vec<Table> = [
            "level = \"company\"\na = 1.0\nb = 1.0\n[group]\nb = 2.0\nc = 2.0\n",
            "level = \"group\"\nc = 3.0\n[company]\na = 4.0\n",
        ]
        .map(|text| text.parse().expect("it is TOML"))
        .to_vec();
        let check = |level: Level, expected: &str| {
            assert_eq!(of_level(&sections, level), expected.parse::<Table>().unwrap(), "{level:?}");
        };
        check(Level::Company, "a = 4.0\nb = 1.0\nc = 3.0\n");
        check(Level::Group, "a = 1.0\nb = 2.0\nc = 3.0\n");
    }
}
