//! What was typed for a switch, as what it means.

use crate::cli;
use crate::load::transaction::Strategy;
use crate::transform::matching::{Level, Preset};
use crate::transform::{Individuals, Mode};

impl From<cli::Mode> for Mode {
    fn from(mode: cli::Mode) -> Self {
        match mode {
            cli::Mode::Rehome => Self::Rehome,
            cli::Mode::Link => Self::Link,
        }
    }
}

impl From<cli::Strategy> for Strategy {
    fn from(strategy: cli::Strategy) -> Self {
        match strategy {
            cli::Strategy::Update => Self::Update,
            cli::Strategy::Rewrite => Self::Rewrite,
        }
    }
}

impl From<cli::Individuals> for Individuals {
    fn from(individuals: cli::Individuals) -> Self {
        match individuals {
            cli::Individuals::Report => Self::Report,
            cli::Individuals::Organization => Self::Organization,
            cli::Individuals::Skip => Self::Skip,
        }
    }
}

impl From<cli::Preset> for Preset {
    fn from(preset: cli::Preset) -> Self {
        match preset {
            cli::Preset::Cautious => Self::Cautious,
            cli::Preset::Balanced => Self::Balanced,
        }
    }
}

impl From<cli::Level> for Level {
    fn from(level: cli::Level) -> Self {
        match level {
            cli::Level::Company => Self::Company,
            cli::Level::Group => Self::Group,
        }
    }
}
