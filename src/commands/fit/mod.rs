//! `orgfold fit`: the weights of the comparisons, from names whose companies are known.
//!
//! In: CSV files of names with a column of clusters. Out: a table of weights, and where wanted a
//! `[matching]` section that `--config` takes. One file without that column is learnt from as it is.

mod shown;

use std::path::Path;

use rustc_hash::FxHashMap;

use self::shown::{Left, Shown};
use super::names::{Names, RowId};
use super::{DONE, print, read_file, write_file};
use crate::cli::{self, Format};
use crate::config::{self, Config, Overrides};
use crate::error::{Error, Exit};
use crate::fit::{Fitter, Sample, em};
use crate::progress::{Laps, Progress};
use crate::transform::matching::{Level, Weights};

pub(super) fn run(options: &cli::Fit, progress: Progress) -> Result<Exit, Error> {
    if options.leave_one_out && options.labelled.len() < 2 {
        return Err(Error::Usage {
            problem: "--leave-one-out has one file only: without it nothing is left to fit on"
                .to_owned(),
            help: "name two files or more",
        });
    }
    let overrides = Overrides { level: options.level, ..Overrides::default() };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let rules = &config.rules;
    let laps = Laps::new(progress);
    if let [file] = &options.labelled[..]
        && options.cluster.is_none()
        && !has_column(file, CLUSTER)?
    {
        return learn(options, file, &config, &laps);
    }
    let mut samples = Vec::new();
    for file in &options.labelled {
        samples.push(read(file, options, &config)?);
    }
    let rows = samples.iter().map(|sample| sample.rows.len()).sum();
    laps.end("reading", rows, "rows");
    let settings = rules.settings();
    let fitter = Fitter::new(&samples, &settings)?;
    laps.end("observing", samples.len(), "files");
    let all: Vec<usize> = (0..samples.len()).collect();
    if options.leave_one_out {
        let mut left = Vec::new();
        for &out in &all {
            let others: Vec<usize> = all.iter().copied().filter(|&at| at != out).collect();
            let fit = fitter.fit(&others)?;
            let compared = fitter.compare(out, &fit)?;
            left.push(Left { weights: fit.weights, compared });
            laps.end("leaving one out", others.len(), "other files");
        }
        show(options, &Shown::LeaveOneOut { left: &left }, settings.level);
        return DONE;
    }
    let fit = fitter.fit(&all)?;
    laps.end("fitting", all.len(), "files");
    let compared: Vec<_> =
        all.iter().map(|&at| fitter.compare(at, &fit)).collect::<Result<_, _>>()?;
    laps.end("measuring", all.len(), "files");
    let shown = Shown::Fitted { fit: &fit, configured: settings.weights, files: &compared };
    write(options, &shown, &fit.weights, settings.level)?;
    show(options, &shown, settings.level);
    DONE
}

/// Learns from one file without labels.
fn learn(options: &cli::Fit, file: &Path, config: &Config, laps: &Laps) -> Result<Exit, Error> {
    let rules = &config.rules;
    let names = Names::read(file, &options.columns, config)?;
    laps.end("reading", names.rows, "rows");
    let name = file_name(file);
    let settings = rules.settings();
    let learnt = em::learn(&name, &names.mentions, &settings)?;
    laps.end("learning", learnt.rounds, "rounds");
    let shown = Shown::Learnt { learnt: &learnt, configured: settings.weights, file: &name };
    write(options, &shown, &learnt.weights, settings.level)?;
    show(options, &shown, settings.level);
    DONE
}

fn show(options: &cli::Fit, shown: &Shown<'_>, level: Level) {
    match options.format {
        Format::Text => print(&shown.text(level)),
        Format::Json => print(&format!("{}\n", shown.json(level))),
    }
}

fn write(
    options: &cli::Fit,
    shown: &Shown<'_>,
    weights: &Weights,
    level: Level,
) -> Result<(), Error> {
    match &options.out {
        Some(path) => write_file(path, shown.toml(weights, level).as_bytes()),
        None => Ok(()),
    }
}

/// The column that is read where none is named.
const CLUSTER: &str = "cluster_id";

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A file with its truth.
fn read(file: &Path, options: &cli::Fit, config: &Config) -> Result<Sample, Error> {
    let names = Names::read(file, &options.columns, config)?;
    let mut clusters = clusters(file, options)?;
    let mut cluster = |id: &RowId| clusters.remove(id).expect("every row was read twice");
    let mut rows = Vec::with_capacity(names.rows);
    for (mention, (_, ids)) in names.spellings.iter().enumerate() {
        rows.extend(ids.iter().map(|id| (Some(mention), cluster(id))));
    }
    rows.extend(names.nameless.iter().map(|(_, id)| (None, cluster(id))));
    Ok(Sample { name: file_name(file), mentions: names.mentions, rows })
}

/// The cluster of each row of a file that was read without an error before.
fn clusters(file: &Path, options: &cli::Fit) -> Result<FxHashMap<RowId, String>, Error> {
    let bytes = read_file(file)?;
    let (mut reader, headers) = open(&bytes);
    let position = |name: &str| headers.iter().position(|header| header.trim() == name);
    let wanted = options.cluster.as_deref().unwrap_or(CLUSTER);
    let fail = |line: Option<u64>, problem: String, help| {
        Err(Error::Names { file: file.to_owned(), line, problem, help })
    };
    let (Some(id), Some(cluster)) = (position(&options.columns.id), position(wanted)) else {
        let problem = format!("the column `{wanted}` is missing");
        return fail(
            Some(1),
            problem,
            "name the column of the true clusters with --cluster; names without it are learnt \
             from one file at a time",
        );
    };
    let mut clusters = FxHashMap::default();
    for record in reader.records().flatten() {
        if record[cluster].trim().is_empty() {
            let line = record.position().map(csv::Position::line);
            let problem = "the cluster is empty".to_owned();
            return fail(
                line,
                problem,
                "give each row its cluster, a row by itself one of its own",
            );
        }
        clusters.insert(RowId::new(&record[id]), record[cluster].to_owned());
    }
    Ok(clusters)
}

fn has_column(file: &Path, column: &str) -> Result<bool, Error> {
    let bytes = read_file(file)?;
    Ok(open(&bytes).1.iter().any(|header| header.trim() == column))
}

/// A reader of CSV and the header.
fn open(bytes: &[u8]) -> (csv::Reader<&[u8]>, csv::StringRecord) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headers = reader.headers().cloned().unwrap_or_default();
    (reader, headers)
}
