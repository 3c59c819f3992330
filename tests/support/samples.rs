//! The invented samples, planned.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use orgfold::commands::plan;
use orgfold::config::{self, Overrides};
use orgfold::extract::{Source, extract};
use orgfold::plan::Plan;
use orgfold::progress::Progress;
use orgfold::transform::Decisions;
use orgfold::transform::matching::Preset;

pub(crate) const SAMPLES: [&str; 2] = ["factory-pulse", "two-tenants"];

/// The directory of a sample.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new("samples").join(name)
}

/// Plans a source with the built-in configuration.
pub(crate) fn planned(source: &Path, decisions: &Decisions) -> Plan {
    let source = Source::in_schema(source, "public");
    let snapshot = extract(&source, &Progress::Silent).unwrap();
    let config = config::load(None, &Overrides::default()).unwrap();
    plan(&snapshot, &config, decisions).unwrap()
}

/// The plan of a source by a preset, with nothing decided.
pub(crate) fn planned_by(source: &Path, preset: Preset) -> Plan {
    let source = Source::in_schema(source, "public");
    let snapshot = extract(&source, &Progress::Silent).unwrap();
    let mut config = config::load(None, &Overrides::default()).unwrap();
    config.rules.preset = preset;
    plan(&snapshot, &config, &Decisions::default()).unwrap()
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}
