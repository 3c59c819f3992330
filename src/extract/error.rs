//! What can be wrong with a source, with the place and the remedy.

use std::fmt;
use std::path::PathBuf;

use crate::schema::Kind;

/// Where something stands in a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named on the command line, or found in the directory that was.
    pub file: PathBuf,
    /// Line of the file, from 1 (of Parquet, the row); that of the uncompressed text for a compressed file.
    pub line: Option<u64>,
    /// The table whose rows are read, as the source calls it.
    pub table: Option<String>,
    /// The column at fault, as the source calls it.
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

    /// This place in a table.
    #[must_use]
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = Some(table.into());
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
        if let Some(table) = &self.table {
            write!(f, ": table `{table}`")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        Ok(())
    }
}

/// A source that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Error {
    /// Where; boxed, so that a result stays small.
    pub place: Box<Place>,
    /// What.
    pub problem: Problem,
}

/// What is wrong. The text never holds a cell's value: it may be personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system, or the decompressor, said no.
    #[error("cannot read it: {0}")]
    Io(std::io::Error),
    /// Neither a directory nor a dump.
    #[error("no such file or directory")]
    NotFound,
    /// A database or another place on a network.
    #[error("this is not a file: a source on a server is not read yet")]
    Live,
    /// Several places are named, and one is a directory.
    #[error("this is a directory, and other files are named beside it")]
    DirectoryAmongFiles,
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// No statement of a dump was found.
    #[error("this is not a Postgres dump: no COPY or INSERT statement was found")]
    NotADump,
    /// An archive of `pg_dump` where only text can be read.
    #[error("this is a dump in one of pg_dump's archive formats")]
    CustomFormat,
    /// An archive of `pg_dump` that is compressed once more.
    #[error("this is a compressed dump in one of pg_dump's archive formats")]
    PackedArchive,
    /// The program that reads archives is not there.
    #[error("this is a dump in one of pg_dump's archive formats, and pg_restore is not found: {0}")]
    NoProgram(String),
    /// A workbook of a spreadsheet.
    #[error("this is a spreadsheet")]
    Spreadsheet,
    /// A zip archive that is not read.
    #[error("cannot read this zip archive: {0}")]
    Zip(&'static str),
    /// A dump of several databases of which more than one has our tables.
    #[error("the dump has these tables in several databases: {}", .0.join(", "))]
    SeveralDatabases([String; 2]),
    /// A database that is not in the dump.
    #[error("the dump has no database `{}`; it has {}", .0, named(.1))]
    NoDatabase(String, Vec<String>),
    /// A setting of the dump under which its text means something else.
    #[error("the dump sets `{0}`, which this reader does not support")]
    Setting(String),
    /// A statement that ends in the middle.
    #[error("the file ends in the middle of {0}: it is truncated")]
    Truncated(&'static str),
    /// A statement that cannot be understood.
    #[error("cannot read this statement: {0}")]
    Syntax(String),
    /// A statement that changes rows which were read.
    #[error("cannot read this statement: {0} changes rows that stand before it")]
    LateChange(String),
    /// Rows that stand in a file which a statement or a command names.
    #[error("`{0}` brings rows from another file")]
    OtherFile(String),
    /// A file that a command of `psql` reads.
    #[error("`{0}` reads another file, which may bring rows")]
    Included(String),
    /// A statement that names one of our tables, with an effect that is not known.
    #[error("`{0}` stands here, and what it does to the rows is not understood")]
    NotUnderstood(String),
    /// A table that is made and gets no rows.
    #[error("the dump makes this table and does not bring its rows")]
    NoRows,
    /// Rows of a part that stand before it is known to be one.
    #[error("rows stand here before the statement that makes this table a part of another")]
    PartTooLate,
    /// Rows of a table that looks like a part of one of ours, which the dump does not tell.
    #[error(
        "this table has all columns of `{of}`, and the dump does not say whether it is a part of it"
    )]
    LikelyPart {
        /// Our table, as the source calls it.
        of: String,
    },
    /// A table is missing, and another schema has one of its name.
    #[error("the table is not in the schema that is read; schema `{0}` has one")]
    OtherSchema(String),
    /// A table is missing, and others have its columns: its parts, or itself under another name.
    #[error("the table is not in the source; these have its columns: {}", .0.join(", "))]
    OnlyParts(Vec<String>),
    /// A required table is not in the source.
    #[error("the table is not in the source")]
    MissingTable,
    /// A table that stands in a directory in two formats.
    #[error("the table is there as CSV and as Parquet")]
    TwoFiles,
    /// A first line that is no header.
    #[error("the first line names no column of the table")]
    NoHeader,
    /// A required column is not in the source.
    #[error("the column is missing; found: {}", .found.join(", "))]
    MissingColumn {
        /// The columns that are there.
        found: Vec<String>,
    },
    /// No contact is a customer's.
    #[error("none of {contacts} contacts is of type `customer`; their types are {types}")]
    NoCustomers {
        /// How many contacts there are.
        contacts: usize,
        /// The types with their counts.
        types: String,
    },
    /// A column is named twice.
    #[error("the column is named twice")]
    RepeatedColumn,
    /// A row with another number of values than there are columns.
    #[error("values in this row: {found}; columns: {expected}")]
    Width {
        /// Columns.
        expected: usize,
        /// Values.
        found: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the bytes are not UTF-8")]
    Utf8,
    /// A NUL character, which Postgres text cannot hold.
    #[error("the text holds a NUL character")]
    Nul,
    /// A value of another type.
    #[error("the value is not a {}", .0.name())]
    Type(Kind),
    /// NULL where there must be a value.
    #[error("the value is NULL, and every row must have one")]
    Null,
    /// A key that two rows share.
    #[error(
        "the key is already used on line {first}{}",
        .file.as_ref().map(|file| format!(" of {}", file.display())).unwrap_or_default()
    )]
    DuplicateKey {
        /// Its file, if it is another.
        file: Option<PathBuf>,
        /// Line of the first row with this key.
        first: u64,
    },
    /// A column of a Parquet file whose type is not the declared one.
    #[error("the column has the type {found}, expected {}", .expected.name())]
    ColumnType {
        /// As declared.
        expected: Kind,
        /// As found.
        found: String,
    },
    /// A directory manifest that cannot be understood.
    #[error("the manifest cannot be read: {0}")]
    Manifest(String),
}

/// Names in a list, or that there are none.
fn named(names: &[String]) -> String {
    if names.is_empty() { "none by name".to_owned() } else { names.join(", ") }
}

impl Error {
    /// An error at a place.
    pub fn new(place: Place, problem: Problem) -> Self {
        Self { place: Box::new(place), problem }
    }

    /// What a person can do about it; at last, look at what is there.
    pub fn help(&self) -> Option<String> {
        let remedy = self.remedy();
        Some(match self.problem {
            Problem::NotFound | Problem::Live => remedy,
            _ => format!("{remedy}; `orgfold inspect SOURCE` shows what is in it"),
        })
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each problem")]
    fn remedy(&self) -> String {
        let table = self.place.table.as_deref().unwrap_or("the table");
        match &self.problem {
            Problem::NotFound => {
                "name a directory of CSV files, or a dump".to_owned()
            }
            Problem::Live => "read it into a dump first: pg_dump --file=FILE.sql DATABASE".to_owned(),
            Problem::DirectoryAmongFiles => {
                "name one directory, or the files of one dump in their order".to_owned()
            }
            Problem::Io(_) => "check that the file is whole and readable".to_owned(),
            Problem::Empty if self.place.table.is_some() => {
                "an export of an empty table still has its header line".to_owned()
            }
            Problem::Empty | Problem::NotADump => {
                "make one with `pg_dump --data-only --column-inserts` or `supabase db dump --data-only`"
                    .to_owned()
            }
            Problem::CustomFormat => {
                "turn it into text first: `pg_restore -f dump.sql FILE`".to_owned()
            }
            Problem::PackedArchive => "unpack it first".to_owned(),
            Problem::NoProgram(_) => {
                "install the PostgreSQL client programs, or name their folder: PG_BIN=FOLDER"
                    .to_owned()
            }
            Problem::Spreadsheet => {
                "save each of its sheets as CSV in UTF-8, one file for each table".to_owned()
            }
            Problem::Zip(_) => "unpack it first, and name the file that is in it".to_owned(),
            Problem::SeveralDatabases(_) => "choose one: `--dbname NAME`".to_owned(),
            Problem::NoDatabase(_, found) if found.is_empty() => {
                "leave --dbname out: the dump is of one database".to_owned()
            }
            Problem::NoDatabase(..) => "name one of them: `--dbname NAME`".to_owned(),
            Problem::Setting(setting) if setting.starts_with("client_encoding") => {
                "dump again with `--encoding=UTF8`, or say how it is written, such as `--encoding \
                 latin1`"
                    .to_owned()
            }
            Problem::Setting(_) => "dump again with the defaults and `--encoding=UTF8`".to_owned(),
            Problem::Truncated(_) => "dump or copy the file again, and compare its size".to_owned(),
            Problem::Syntax(_) | Problem::LateChange(_) => "dump again with pg_dump (COPY or `--column-inserts`)".to_owned(),
            Problem::OtherFile(_) => {
                "dump with pg_dump, or name a directory with the tables as CSV files".to_owned()
            }
            Problem::Included(_) => {
                "name that file too, all files in their order: `orgfold plan FIRST.sql SECOND.sql`"
                    .to_owned()
            }
            Problem::NotUnderstood(_) => {
                "restore the dump into a database and dump that with pg_dump, or take the statement \
                 out if it changes no row"
                    .to_owned()
            }
            Problem::NoRows => {
                "dump with the rows (neither --schema-only nor --exclude-table-data), or name the \
                 file that has them too: `orgfold plan SCHEMA.sql DATA.sql`"
                    .to_owned()
            }
            Problem::PartTooLate => "put the statement before the rows, as pg_dump does".to_owned(),
            Problem::LikelyPart { .. } => {
                "name a dump of the schema first, which tells whose part it is: `orgfold plan \
                 SCHEMA.sql DATA.sql`"
                    .to_owned()
            }
            Problem::OnlyParts(_) => {
                "if the table is called otherwise, say so under `[mapping.tables]`; if these are its \
                 parts, name a dump of the schema first: `orgfold plan SCHEMA.sql DATA.sql`"
                    .to_owned()
            }
            Problem::OtherSchema(schema) => format!("read that schema: `--schema {schema}`"),
            Problem::MissingTable => {
                format!(
                    "include `{table}` in the export; where the table is called otherwise, say so \
                     under `[mapping.tables]`; of a dump, only one schema is read (`--schema NAME`)"
                )
            }
            Problem::TwoFiles => "remove one of the two files".to_owned(),
            Problem::NoHeader => {
                "export with a header line; names are matched exactly, and commas, semicolons, tabs or \
                 bars part them (`--delimiter` names another character)"
                    .to_owned()
            }
            Problem::MissingColumn { .. } => {
                format!("export `{table}` with this column; columns are found by name")
            }
            Problem::NoCustomers { .. } => {
                "say in the configuration which types are customers, such as `[mapping]` with \
                 `customers = [\"client\"]`"
                    .to_owned()
            }
            Problem::RepeatedColumn => "export each column once".to_owned(),
            Problem::Width { .. } => {
                "look for an unquoted separator or line break in this row".to_owned()
            }
            Problem::Utf8 => {
                "export as UTF-8 (`pg_dump --encoding=UTF8`), or say how it is written, such as \
                 `--encoding windows-1252`"
                    .to_owned()
            }
            Problem::Nul => "remove the character; Postgres cannot store it".to_owned(),
            Problem::Type(kind) => match kind {
                Kind::Uuid => {
                    "ids are UUIDs unless the configuration says `keys = \"any\"` under `[mapping]`"
                        .to_owned()
                }
                Kind::Bool => "use t, f, true or false".to_owned(),
                Kind::Timestamp => "use ISO 8601, for example 2025-01-27 08:00:00+00".to_owned(),
                Kind::Text => "export the column as text".to_owned(),
            },
            Problem::Null => "repair the row in the source, or leave it out of the export".to_owned(),
            Problem::DuplicateKey { .. } => {
                "export each row once; a primary key would have refused the second".to_owned()
            }
            Problem::ColumnType { .. } => "write the column with the expected type".to_owned(),
            Problem::Manifest(_) => {
                "write the directory again, or remove the manifest to read it as foreign CSV"
                    .to_owned()
            }
        }
    }
}
