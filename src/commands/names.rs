//! A CSV file of names, for the commands that work on names alone.
//!
//! In: a file and the names of its columns. Out: [`Names`], its distinct spellings as mentions, with
//! the ids of their rows. A row that cannot be read is an error with its line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::read_file;
use crate::cells::{self, Reader, Record};
use crate::cli;
use crate::config::Config;
use crate::error::Error;
use crate::transform::Rules;
use crate::transform::evidence::{Evidence, Flaw};
use crate::transform::matching::Mention;
use crate::transform::normalize::{Name, beginning, fold};

/// A name that rows use.
pub(super) fn mention(name: Name, evidence: Evidence, rows: usize) -> Mention {
    Mention {
        name,
        evidence,
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        projects: 0,
        place: None,
        is_title: false,
        is_decided: false,
        is_loose: false,
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

/// What in a row was meant as evidence and is none, by its place.
type Flaws = SmallVec<[(usize, Flaw); 2]>;

/// Rows whose evidence is read at once, in parallel.
const BATCH: usize = 16_384;

/// A spelling as it was written, with its rows and what stands beside it in them.
struct Spelling {
    raw: String,
    ids: Vec<RowId>,
    evidence: Evidence,
}

/// The cells that are read of some rows, end to end.
struct Batch {
    /// Cells of each row: the id, the name, and what stands beside it.
    width: usize,
    text: String,
    ends: Vec<usize>,
}

impl Batch {
    fn new(width: usize) -> Self {
        Self { width, text: String::new(), ends: Vec::with_capacity(BATCH * width) }
    }

    fn rows(&self) -> usize {
        self.ends.len() / self.width
    }

    fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    fn cell(&self, row: usize, place: usize) -> &str {
        let at = row * self.width + place;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }
}

/// Spellings while a file is read.
#[derive(Default)]
struct Found {
    /// Each with its beginning, which decides nearly all comparisons when they are sorted.
    spellings: Vec<(u64, Box<Spelling>)>,
    at: FxHashMap<String, usize>,
    flaws: BTreeMap<Flaw, usize>,
}

impl Found {
    fn take(&mut self, batch: &Batch, kinds: &[usize], rules: &Rules) {
        let read: Vec<(RowId, Evidence, Flaws)> = (0..batch.rows())
            .into_par_iter()
            .map(|row| {
                let mut evidence = Evidence::default();
                let texts = (2..).zip(kinds).map(|(place, &kind)| (kind, batch.cell(row, place)));
                let flaws = rules.kinds.read(&mut evidence, texts, &rules.lists);
                (RowId::new(batch.cell(row, 0)), evidence, flaws)
            })
            .collect();
        for (row, (id, evidence, flaws)) in read.into_iter().enumerate() {
            for (_, flaw) in flaws {
                *self.flaws.entry(flaw).or_default() += 1;
            }
            let raw = batch.cell(row, 1);
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

/// A file of names, read row by row.
struct Rows<'a> {
    file: &'a Path,
    reader: Reader<&'a [u8]>,
    record: Record,
    header: Vec<String>,
    ids: FxHashSet<RowId>,
}

impl<'a> Rows<'a> {
    fn open(file: &'a Path, bytes: &'a [u8]) -> Result<Self, Error> {
        let reader = Reader::new(bytes).map_err(|error| unreadable(file, &error))?;
        let (header, ids) = (Vec::new(), FxHashSet::default());
        let mut rows = Self { file, reader, record: Record::default(), header, ids };
        if !rows.advance()? {
            return Err(rows.refuse(1, "there is no header", "name a CSV file with a header"));
        }
        rows.header = (0..rows.record.len()).map(|at| rows.text(at).trim().to_owned()).collect();
        Ok(rows)
    }

    /// Reads the next row; false at the end of the file.
    fn advance(&mut self) -> Result<bool, Error> {
        let is_there = self.reader.read(&mut self.record);
        if !is_there.map_err(|error| unreadable(self.file, &error))? {
            return Ok(false);
        }
        if self.record.iter().any(|cell| std::str::from_utf8(cell.bytes).is_err()) {
            let problem = "the row is not CSV in UTF-8";
            return Err(self.refuse(self.record.line(), problem, "export as UTF-8"));
        }
        Ok(true)
    }

    /// A cell of the row that was read.
    fn text(&self, place: usize) -> &str {
        let bytes = self.record.get(place).map(|cell| cell.bytes).unwrap_or_default();
        std::str::from_utf8(bytes).expect("checked when it was read")
    }

    /// Reads some rows, of each the cells at these places: first the id.
    fn batch(&mut self, places: &[usize]) -> Result<Batch, Error> {
        let mut batch = Batch::new(places.len());
        while batch.rows() < BATCH && self.advance()? {
            let line = self.record.line();
            let (has, header) = (self.record.len(), self.header.len());
            if has != header {
                let problem = format!("the row has {has} values, the header has {header}");
                let help = "look for an unquoted separator or line break";
                return Err(self.refuse(line, &problem, help));
            }
            for &place in places {
                batch.push(self.text(place));
            }
            let id = RowId::new(self.text(places[0]));
            if !self.ids.insert(id) {
                let problem = "the id is already used";
                return Err(self.refuse(line, problem, "give each row its own id"));
            }
        }
        Ok(batch)
    }

    fn refuse(&self, line: u64, problem: &str, help: &'static str) -> Error {
        let (file, problem) = (self.file.to_owned(), problem.to_owned());
        Error::Names { file, line: Some(line), problem, help }
    }
}

/// Why a file is no CSV.
fn unreadable(file: &Path, error: &cells::Error) -> Error {
    let (line, problem, help) = match error {
        cells::Error::Open { line } => (
            Some(*line),
            "the file ends in the middle of a quoted cell".to_owned(),
            "look for a quote that is never closed, in this row or below it",
        ),
        cells::Error::Io(_) => (None, error.to_string(), "export as CSV in UTF-8"),
    };
    Error::Names { file: file.to_owned(), line, problem, help }
}

/// The distinct spellings of a file.
pub(super) struct Names {
    pub(super) rows: usize,
    /// Spelling of each mention, with the ids of its rows, ascending.
    pub(super) spellings: Vec<(String, Vec<RowId>)>,
    pub(super) mentions: Vec<Mention>,
    /// Rows that name no company, each for itself.
    pub(super) nameless: Vec<(String, RowId)>,
    /// How many values are evidence of nothing, and why.
    pub(super) flaws: BTreeMap<Flaw, usize>,
}

impl Names {
    pub(super) fn read(
        file: &Path,
        options: &cli::Columns,
        config: &Config,
    ) -> Result<Self, Error> {
        let rules = &config.rules;
        let bytes = read_file(file)?;
        let mut rows = Rows::open(file, &bytes)?;
        let columns = Columns::find(&rows.header, options, config).map_err(|column| {
            let problem = format!("the column `{column}` is missing");
            rows.refuse(1, &problem, "name the column with the option of that name")
        })?;
        let Columns { places, kinds } = columns;
        let mut found = Found::default();
        let mut count = 0;
        let mut batch = rows.batch(&places)?;
        while batch.rows() > 0 {
            count += batch.rows();
            // The file is read on while what stands beside the names is understood.
            let (next, ()) =
                rayon::join(|| rows.batch(&places), || found.take(&batch, &kinds, rules));
            batch = next?;
        }
        Ok(Self { flaws: found.flaws, ..Self::new(found.spellings, count, rules) })
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
        Self { rows, spellings, mentions, nameless, flaws: BTreeMap::new() }
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
    /// Those that are read: the id, the name, and those that are evidence.
    places: Vec<usize>,
    /// The places of the kinds of those that are evidence.
    kinds: Vec<usize>,
}

impl Columns {
    /// Finds the columns; the error is the name of one that is missing.
    fn find(header: &[String], options: &cli::Columns, config: &Config) -> Result<Self, String> {
        let position = |name: &str| header.iter().position(|column| column == name);
        let must = |name: &str| position(name).ok_or_else(|| name.to_owned());
        let mut places = vec![must(&options.id)?, must(&options.name)?];
        let mut kinds = Vec::new();
        for column in config.declared.evidence() {
            // A column that was asked for by name must be there; a default one may be.
            let place = match options.beside.get(column.field) {
                Some(name) => Some(must(name)?),
                None => position(column.field.name()),
            };
            let kind = column.evidence.and_then(|kind| config.rules.kinds.place(kind));
            if let (Some(place), Some(kind)) = (place, kind) {
                places.push(place);
                kinds.push(kind);
            }
        }
        Ok(Self { places, kinds })
    }
}
