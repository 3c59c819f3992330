//! A CSV file of names, for the commands that work on names alone.
//!
//! In: a file and the names of its columns. Out: [`Names`], its distinct spellings as mentions, with
//! the ids of their rows. A row that cannot be read is an error with its line.

use std::fmt;
use std::path::Path;

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::read_file;
use crate::cli;
use crate::config::Config;
use crate::error::Error;
use crate::transform::Rules;
use crate::transform::evidence::Evidence;
use crate::transform::matching::Mention;
use crate::transform::normalize::{Name, beginning, fold};

/// A name that rows use.
pub(super) fn mention(name: Name, evidence: Evidence, rows: usize) -> Mention {
    Mention {
        name,
        evidence,
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        place: None,
        is_title: false,
        is_decided: false,
        by_score: true,
    }
}

/// A row's id: numbers by value before text, so that "smallest" is what people expect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum RowId {
    /// Digits without a leading zero.
    Number(u64),
    Text(CompactString),
}

impl RowId {
    pub(super) fn new(text: &str) -> Self {
        let is_plain = text == "0" || !text.starts_with(['0', '+']);
        match text.parse() {
            Ok(number) if is_plain => Self::Number(number),
            _ => Self::Text(text.into()),
        }
    }

    /// Whether this is the id that a person wrote.
    fn is(&self, text: &str) -> bool {
        *self == Self::new(text)
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Rows whose evidence is read at once, in parallel.
const BATCH: usize = 16_384;

/// A spelling as it was written, with its rows and what stands beside it in them.
struct Spelling {
    raw: String,
    ids: Vec<RowId>,
    evidence: Evidence,
}

/// Spellings while a file is read.
#[derive(Default)]
struct Found {
    /// Each with its beginning, which decides nearly all comparisons when they are sorted.
    spellings: Vec<(u64, Box<Spelling>)>,
    at: FxHashMap<String, usize>,
}

impl Found {
    fn take(&mut self, batch: &[csv::StringRecord], columns: &Columns, rules: &Rules) {
        let read: Vec<(RowId, Evidence)> = batch
            .par_iter()
            .map(|record| {
                let mut evidence = Evidence::default();
                for &(at, kind) in &columns.beside {
                    if let Some(text) = record.get(at) {
                        rules.kinds.add(&mut evidence, (kind, text), &rules.free_mail);
                    }
                }
                (RowId::new(&record[columns.id]), evidence)
            })
            .collect();
        for (record, (id, evidence)) in std::iter::zip(batch, read) {
            let raw = &record[columns.name];
            if let Some(&at) = self.at.get(raw) {
                let spelling = &mut self.spellings[at].1;
                spelling.ids.push(id);
                spelling.evidence.merge(&evidence);
            } else {
                self.at.insert(raw.to_owned(), self.spellings.len());
                let spelling = Spelling { raw: raw.to_owned(), ids: vec![id], evidence };
                self.spellings.push((beginning(raw), Box::new(spelling)));
            }
        }
    }
}

/// The distinct spellings of a file.
pub(super) struct Names {
    pub(super) rows: usize,
    /// Spelling of each mention, with the ids of its rows, ascending.
    pub(super) spellings: Vec<(String, Vec<RowId>)>,
    pub(super) mentions: Vec<Mention>,
    /// Rows that name no company, each for itself.
    pub(super) nameless: Vec<(String, RowId)>,
}

impl Names {
    pub(super) fn read(
        file: &Path,
        options: &cli::Columns,
        config: &Config,
    ) -> Result<Self, Error> {
        let rules = &config.rules;
        let bytes = read_file(file)?;
        let failed = |line, problem: String, help| Error::Names {
            file: file.to_owned(),
            line,
            problem,
            help,
        };
        let fail = |line, problem, help| Err(failed(line, problem, help));
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let headers = match reader.headers() {
            Ok(headers) if !bytes.is_empty() => headers.clone(),
            _ => {
                let problem = "there is no header".to_owned();
                return Err(failed(Some(1), problem, "name a CSV file with a header"));
            }
        };
        let columns = Columns::find(&headers, options, config).map_err(|column| Error::Names {
            file: file.to_owned(),
            line: Some(1),
            problem: format!("the column `{column}` is missing"),
            help: "name the column with the option of that name",
        })?;
        let mut ids = FxHashSet::default();
        let mut records = reader.into_records();
        let mut next = || {
            let mut batch: Vec<csv::StringRecord> = Vec::with_capacity(BATCH);
            for record in records.by_ref().take(BATCH) {
                let record = match record {
                    Ok(record) => record,
                    Err(error) => {
                        let line = error.position().map(csv::Position::line);
                        let problem = "the row is not CSV in UTF-8".to_owned();
                        return fail(line, problem, "export as UTF-8");
                    }
                };
                let line = record.position().map(csv::Position::line);
                if record.len() != headers.len() {
                    let (has, header) = (record.len(), headers.len());
                    let problem = format!("the row has {has} values, the header has {header}");
                    return fail(line, problem, "look for an unquoted separator or line break");
                }
                if !ids.insert(RowId::new(&record[columns.id])) {
                    let problem = "the id is already used".to_owned();
                    return fail(line, problem, "give each row its own id");
                }
                batch.push(record);
            }
            Ok(batch)
        };
        let mut found = Found::default();
        let mut rows = 0;
        let mut batch = next()?;
        while !batch.is_empty() {
            rows += batch.len();
            // The file is read on while what stands beside the names is understood.
            let (read, ()) = rayon::join(&mut next, || found.take(&batch, &columns, rules));
            batch = read?;
        }
        Ok(Self::new(found.spellings, rows, rules))
    }

    fn new(mut found: Vec<(u64, Box<Spelling>)>, rows: usize, rules: &Rules) -> Self {
        found.par_sort_unstable_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| left.raw.cmp(&right.raw))
        });
        // Taking names apart is most of the work before matching.
        let read: Vec<(Option<Name>, Box<Spelling>)> = found
            .into_par_iter()
            .map(|(_, mut spelling)| {
                spelling.ids.sort_unstable();
                (rules.name(&spelling.raw), spelling)
            })
            .collect();
        let mut nameless = Vec::new();
        let mut named = Vec::with_capacity(read.len());
        for (name, spelling) in read {
            if let Some(name) = name {
                named.push((name, spelling));
            } else {
                nameless.extend(spelling.ids.into_iter().map(|id| (spelling.raw.clone(), id)));
            }
        }
        let (mut mentions, mut spellings) = (Vec::new(), Vec::new());
        let parts = named.into_par_iter().map(|(name, spelling)| {
            let Spelling { raw, ids, evidence } = *spelling;
            (mention(name, evidence, ids.len()), (raw, ids))
        });
        parts.unzip_into_vecs(&mut mentions, &mut spellings);
        Self { rows, spellings, mentions, nameless }
    }

    /// Where a spelling stands: as it is written, else by the id of a row, else but for case and
    /// blanks.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let written = self.spellings.binary_search_by(|(raw, _)| raw.as_str().cmp(text)).ok();
        let by_id = || self.spellings.iter().position(|(_, ids)| ids.iter().any(|id| id.is(text)));
        let folded = || {
            let folded = fold(text);
            self.mentions.iter().position(|mention| mention.name.folded == folded)
        };
        written.or_else(by_id).or_else(folded)
    }

    /// Whether a text is a name, or the id of a row, that names no company.
    pub(super) fn is_nameless(&self, text: &str) -> bool {
        self.nameless.iter().any(|(raw, id)| raw == text || id.is(text))
    }
}

/// Where the columns are.
struct Columns {
    id: usize,
    name: usize,
    /// Those that are evidence, with the places of their kinds.
    beside: Vec<(usize, usize)>,
}

impl Columns {
    /// Finds the columns; the error is the name of one that is missing.
    fn find(
        headers: &csv::StringRecord,
        options: &cli::Columns,
        config: &Config,
    ) -> Result<Self, String> {
        let position = |name: &str| headers.iter().position(|header| header.trim() == name);
        let must = |name: &str| position(name).ok_or_else(|| name.to_owned());
        let mut beside = Vec::new();
        for column in config.declared.evidence() {
            // A column that was asked for by name must be there; a default one may be.
            let at = match options.beside.get(column.field) {
                Some(name) => Some(must(name)?),
                None => position(column.field.name()),
            };
            let kind = column.evidence.and_then(|kind| config.rules.kinds.place(kind));
            beside.extend(at.zip(kind));
        }
        Ok(Self { id: must(&options.id)?, name: must(&options.name)?, beside })
    }
}
