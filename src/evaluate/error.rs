//! What can be wrong with the files to be measured, with the place and the remedy.

use std::fmt;
use std::path::PathBuf;

use super::UnknownBand;

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named on the command line.
    pub file: PathBuf,
    /// Line of the file, from 1, where the row begins.
    pub line: Option<u64>,
    /// The column at fault.
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    /// This place at a line.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// This place in a column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": column `{column}`")?;
        }
        Ok(())
    }
}

/// Files that cannot be measured.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Error {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// What is wrong. Of the cells, the text holds ids only: names may be personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system said no.
    #[error("cannot read it: {0}")]
    Io(std::io::Error),
    /// There is no header.
    #[error("the file is empty")]
    Empty,
    /// A required column is not in the file.
    #[error("the column is missing; found: {}", .found.join(", "))]
    MissingColumn {
        /// The columns that are there.
        found: Vec<String>,
    },
    /// A column is named twice.
    #[error("the column is named twice")]
    RepeatedColumn,
    /// A row with another number of values than there are columns.
    #[error("the row has {found} values, the header has {expected} columns")]
    Width {
        /// Columns.
        expected: u64,
        /// Values.
        found: u64,
    },
    /// Bytes that are not UTF-8.
    #[error("the bytes are not UTF-8")]
    Utf8,
    /// A file that ends inside quotes.
    #[error("the file ends in the middle of a quoted cell")]
    Open,
    /// An empty cell where there must be a value.
    #[error("the value is empty, and every row must have one")]
    NoValue,
    /// An id that two rows share.
    #[error("the id `{id}` is already used on line {first}")]
    DuplicateId {
        /// The id.
        id: String,
        /// Line of the first row with this id.
        first: u64,
    },
    /// Ids that the other file lacks.
    #[error("{count} of its ids {} not in {}, the first is `{first}`", is(*.count), .other.display())]
    Unmatched {
        /// The file that lacks them.
        other: PathBuf,
        /// How many.
        count: usize,
        /// The first of them, in the order of this file.
        first: String,
    },
    /// A pair with an id that no row has.
    #[error("the id `{id}` is not in {}", .other.display())]
    UnknownId {
        /// The id.
        id: String,
        /// The file that lacks it.
        other: PathBuf,
    },
    /// A pair of a row with itself.
    #[error("the id `{id}` is paired with itself")]
    SelfPair {
        /// The id.
        id: String,
    },
    /// A pair that is listed twice, in this or the other order.
    #[error("the pair is already listed on line {first}")]
    DuplicatePair {
        /// Line of the first row with this pair.
        first: u64,
    },
    /// A score that is not an integer.
    #[error("the score is not a whole number of millibits")]
    Bits(std::num::ParseIntError),
    /// A band that is none.
    #[error(transparent)]
    Band(UnknownBand),
}

/// The verb of so many ids.
fn is(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

impl Error {
    /// An error at a place.
    pub fn new(place: Place, problem: Problem) -> Self {
        Self { place, problem }
    }

    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match &self.problem {
            Problem::Io(_) => "check that the file exists, is whole and readable",
            Problem::Empty => "write a header line, and one row for each name",
            Problem::MissingColumn { .. } => {
                "clusters need `id,cluster`, the truth `id,cluster_id`, pairs \
                 `id_a,id_b,bits,band`; the files are given in this order, and columns are found \
                 by name"
            }
            Problem::RepeatedColumn => "write each column once",
            Problem::Width { .. } => {
                "look for an unquoted separator, quote or line break in this row"
            }
            Problem::Utf8 => "write the file as UTF-8",
            Problem::Open => "look for a quote that is never closed, in this row or below it",
            Problem::NoValue => {
                "give every row an id and a label; a name that stands alone has a label of its own"
            }
            Problem::DuplicateId { .. } => "write each row once, with an id of its own",
            Problem::Unmatched { .. } => {
                "measure the clusters of exactly the rows whose truth is known"
            }
            Problem::UnknownId { .. } => "take the pairs that were written with these clusters",
            Problem::SelfPair { .. } => "list pairs of two distinct spellings only",
            Problem::DuplicatePair { .. } => "list each pair once, in one of its two orders",
            Problem::Bits(_) => "write scores as integers, a thousand to the bit",
            Problem::Band(_) => "use same, review or apart, in lower case",
        }
    }
}
