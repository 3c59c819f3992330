//! Progress on standard error: a bar on a terminal, one plain line for each stage elsewhere.
//!
//! The only module that knows `indicatif`. Never writes to standard output, never a value of a row.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A bar that moves.
    Bars,
    /// One line when a stage ends.
    Lines,
    /// Nothing.
    Silent,
}

impl Progress {
    /// Bars on a terminal, lines elsewhere.
    pub fn detect() -> Self {
        if std::io::stderr().is_terminal() { Self::Bars } else { Self::Lines }
    }

    /// Begins a stage of `length` units, for example bytes; 0 where that is not known.
    pub fn stage(self, name: &str, length: u64) -> Stage {
        let bar = match self {
            Self::Bars if length > 0 => ProgressBar::new(length).with_style(
                ProgressStyle::with_template("{msg:24} {wide_bar} {percent:>3}%")
                    .expect("the template is a constant"),
            ),
            Self::Bars => ProgressBar::new_spinner(),
            Self::Lines | Self::Silent => ProgressBar::hidden(),
        };
        bar.set_message(name.to_owned());
        Stage { bar, name: name.to_owned(), mode: self }
    }
}

/// A stage under way.
pub struct Stage {
    bar: ProgressBar,
    name: String,
    mode: Progress,
}

impl Stage {
    /// So many more units are done.
    pub fn advance(&self, units: u64) {
        self.bar.inc(units);
    }

    /// Ends the stage with what it found: counts, never values.
    pub fn finish(self, found: &str) {
        self.bar.finish_and_clear();
        if self.mode != Progress::Silent {
            // A closed standard error is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{}: {found}", self.name);
        }
    }
}

/// The steps of one stage: a line for each, with its time and rate.
pub struct Laps {
    mode: Progress,
    since: Cell<Instant>,
}

impl Laps {
    /// Begins to measure.
    pub fn new(mode: Progress) -> Self {
        Self { mode, since: Cell::new(Instant::now()) }
    }

    /// Ends a step that handled so many units, named in the plural.
    pub fn end(&self, name: &str, count: usize, unit: &str) {
        let seconds = self.since.replace(Instant::now()).elapsed().as_secs_f64();
        if self.mode == Progress::Silent {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = count as f64 / seconds.max(1e-6);
        // A closed standard error is no reason to stop.
        let _ = writeln!(
            std::io::stderr(),
            "{name:<18}{count:>10} {unit:<16}{seconds:>8.2} s{rate:>13.0}/s"
        );
    }
}
