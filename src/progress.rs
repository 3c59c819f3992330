//! Progress on standard error: what lasts longer than a second shows itself, with a rate and, where
//! the total is known, the time left. A bar on a terminal, lines elsewhere.
//!
//! The only module that knows `indicatif`. Never writes to standard output, never a value of a row.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What takes no longer than this needs not show itself.
const SHORT: Duration = Duration::from_secs(1);
/// How often a line says how far a stage is, where no bar can move.
const PAUSE: Duration = Duration::from_secs(10);
/// How often a bar is drawn anew, though nothing advanced.
const TICK: Duration = Duration::from_millis(250);

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A bar that moves.
    Bars,
    /// Lines: one when a stage ends, and some while it lasts.
    Lines,
    /// Nothing.
    Silent,
}

/// What a stage counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Rows, statements or whatever else is counted one by one.
    Items,
}

impl Progress {
    /// Bars on a terminal, lines elsewhere.
    pub fn detect() -> Self {
        if std::io::stderr().is_terminal() { Self::Bars } else { Self::Lines }
    }

    /// Begins a stage of so many items; 0 where that is not known.
    pub fn stage(self, name: &str, length: u64) -> Stage {
        Stage::begin(self, name, length, Unit::Items)
    }

    /// Begins a stage of so many bytes; 0 where that is not known.
    pub fn bytes(self, name: &str, length: u64) -> Stage {
        Stage::begin(self, name, length, Unit::Bytes)
    }
}

/// A stage under way. Dropped without an end, it leaves nothing behind but the lines it wrote.
pub struct Stage {
    mode: Progress,
    name: String,
    begun: Instant,
    done: Arc<AtomicU64>,
    shown: Shown,
}

/// How a stage is shown while it lasts.
enum Shown {
    Bar(ProgressBar),
    Lines(Watch),
    Not,
}

impl Stage {
    fn begin(mode: Progress, name: &str, length: u64, unit: Unit) -> Self {
        let (name, begun) = (name.to_owned(), Instant::now());
        let done = Arc::new(AtomicU64::new(0));
        let shown = match mode {
            Progress::Bars => Shown::Bar(bar(&name, length, unit)),
            Progress::Lines => {
                let far = Far { name: name.clone(), length, unit, begun, done: Arc::clone(&done) };
                Shown::Lines(Watch::begin(far))
            }
            Progress::Silent => Shown::Not,
        };
        Self { mode, name, begun, done, shown }
    }

    /// So many more units are done.
    pub fn advance(&self, units: u64) {
        match &self.shown {
            Shown::Bar(bar) => bar.inc(units),
            Shown::Lines(_) => {
                self.done.fetch_add(units, Ordering::Relaxed);
            }
            Shown::Not => {}
        }
    }

    /// Ends the stage with what it found: counts, never values.
    pub fn finish(mut self, found: &str) {
        self.hide();
        if self.mode == Progress::Silent {
            return;
        }
        let elapsed = self.begun.elapsed();
        if elapsed > SHORT {
            say(&format!("{}: {found} ({:.1} s)", self.name, elapsed.as_secs_f64()));
        } else {
            say(&format!("{}: {found}", self.name));
        }
    }

    /// Ends a stage that handled so many units, named in the plural: told only if it lasted.
    pub fn end(mut self, count: usize, unit: &str) {
        self.hide();
        let elapsed = self.begun.elapsed();
        if self.mode != Progress::Silent && elapsed > SHORT {
            say(&lap(&self.name, count, unit, elapsed));
        }
    }

    fn hide(&mut self) {
        match std::mem::replace(&mut self.shown, Shown::Not) {
            Shown::Bar(bar) => bar.finish_and_clear(),
            Shown::Lines(watch) => watch.end(),
            Shown::Not => {}
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.hide();
    }
}

fn bar(name: &str, length: u64, unit: Unit) -> ProgressBar {
    let template = match (length, unit) {
        (0, Unit::Items) => "{msg:24} {spinner} {human_pos} {elapsed}",
        (0, Unit::Bytes) => "{msg:24} {spinner} {decimal_bytes} {decimal_bytes_per_sec} {elapsed}",
        (_, Unit::Items) => "{msg:24} {wide_bar} {percent:>3}% {per_sec} {eta} left",
        (_, Unit::Bytes) => "{msg:24} {wide_bar} {percent:>3}% {decimal_bytes_per_sec} {eta} left",
    };
    let bar = if length == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(length) };
    let style = ProgressStyle::with_template(template).expect("the template is a constant");
    let bar = bar.with_style(style).with_message(name.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

/// A thread that says how far a stage is: after a second, and then now and again. A stage that waits
/// for a server cannot say it itself.
struct Watch {
    ended: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    fn begin(far: Far) -> Self {
        let (ended, watched) = mpsc::channel();
        let watch = move || {
            let mut pause = SHORT;
            while let Err(RecvTimeoutError::Timeout) = watched.recv_timeout(pause) {
                say(&far.line(far.begun.elapsed()));
                pause = PAUSE;
            }
        };
        // Without a thread there is one line less, which is no reason to stop.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(watch).ok();
        Self { ended, thread }
    }

    /// Waits for a line under way, so that none comes after what the stage says at its end.
    fn end(self) {
        drop(self.ended);
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}

/// How far a stage is.
struct Far {
    name: String,
    length: u64,
    unit: Unit,
    begun: Instant,
    done: Arc<AtomicU64>,
}

impl Far {
    /// One line, after so long a time.
    fn line(&self, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64().max(1e-6);
        let done = self.done.load(Ordering::Relaxed);
        let mut line = self.name.clone();
        if done == 0 {
            let _ = write!(line, ": {seconds:.0} s so far");
            return line;
        }
        let rate = as_float(done) / seconds;
        if self.length > 0 {
            let done = done.min(self.length);
            let left = as_float(self.length - done) / rate;
            let percent = u128::from(done) * 100 / u128::from(self.length);
            let _ = write!(line, ": {percent} %, {}, {left:.0} s left", self.unit.rate(rate));
        } else {
            let _ = write!(line, ": {}, {}", self.unit.amount(done), self.unit.rate(rate));
        }
        line
    }
}

impl Unit {
    fn amount(self, count: u64) -> String {
        match self {
            Self::Bytes => format!("{:.1} MB", as_float(count) / 1e6),
            Self::Items => count.to_string(),
        }
    }

    fn rate(self, rate: f64) -> String {
        match self {
            Self::Bytes => format!("{:.1} MB/s", rate / 1e6),
            Self::Items => format!("{rate:.0}/s"),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// The line of a step that ended.
fn lap(name: &str, count: usize, unit: &str, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let rate = as_float(count as u64) / seconds.max(1e-6);
    format!("{name:<18}{count:>10} {unit:<16}{seconds:>8.2} s{rate:>13.0}/s")
}

fn say(line: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{line}");
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
        let elapsed = self.since.replace(Instant::now()).elapsed();
        if self.mode != Progress::Silent {
            say(&lap(name, count, unit, elapsed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(length: u64, unit: Unit, done: u64, seconds: u64, expected: &str) {
        let done = Arc::new(AtomicU64::new(done));
        let far = Far { name: "read".to_owned(), length, unit, begun: Instant::now(), done };
        assert_eq!(far.line(Duration::from_secs(seconds)), expected);
    }

    #[test]
    fn a_line_says_how_far_a_stage_is_and_how_long_it_takes() {
        check(200, Unit::Items, 50, 5, "read: 25 %, 10/s, 15 s left");
        check(2_000_000, Unit::Bytes, 500_000, 1, "read: 25 %, 0.5 MB/s, 3 s left");
        check(0, Unit::Items, 50, 5, "read: 50, 10/s");
        check(0, Unit::Bytes, 5_000_000, 2, "read: 5.0 MB, 2.5 MB/s");
        check(0, Unit::Items, 0, 7, "read: 7 s so far");
        check(100, Unit::Items, 0, 7, "read: 7 s so far");
    }

    #[test]
    fn more_than_was_expected_is_all_of_it() {
        check(100, Unit::Items, 250, 5, "read: 100 %, 50/s, 0 s left");
    }

    #[test]
    fn a_stage_ends_its_thread_however_it_ends() {
        let ends: [fn(Stage); 2] = [drop, |stage| stage.end(1, "rows")];
        for end in ends {
            let stage = Progress::Lines.stage("test", 0);
            let done = Arc::downgrade(&stage.done);
            end(stage);
            assert!(done.upgrade().is_none(), "the thread would hold it");
        }
    }

    #[test]
    fn there_is_a_bar_for_every_stage() {
        for (length, unit) in
            [(0, Unit::Items), (0, Unit::Bytes), (9, Unit::Items), (9, Unit::Bytes)]
        {
            bar("test", length, unit).finish_and_clear();
        }
    }
}
