//! What was meant: built-in defaults, a file, the environment and flags, as validated values.
//!
//! Precedence: flag > environment > file > default (`clap` settles the first two). Unknown keys
//! are errors. Owns the reading of the lists in `config/`.

mod mapping;
mod matching;
mod switches;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli;
use crate::ids::Fingerprint;
use crate::load::approval;
use crate::load::expand::Audit;
use crate::load::transaction::{Strategy, Triggers, Waits};
use crate::load::visibility;
use crate::schema::{Field, Names, Schema};
use crate::transform::evidence::{Hosts, Kinds, Lists};
use crate::transform::legal_forms::{LegalForm, LegalForms};
use crate::transform::lexicon::{Entry, Lexicon};
use crate::transform::matching::{Background, Preset};
use crate::transform::normalize::bare;
use crate::transform::phrases::{self, Phrases};
use crate::transform::roles::Roles;
use crate::transform::survivorship::Choice;
use crate::transform::{Individuals, Mode, Rules};

const DEFAULTS: &str = include_str!("../config/orgfold.toml");

/// The configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// What planning reads.
    pub rules: Rules,
    /// How the database spells schema, tables and columns.
    pub names: Names,
    /// What columns there are, and what each is for.
    pub declared: &'static Schema,
    /// Files with human decisions.
    pub decisions: Vec<PathBuf>,
    /// What planning reads, as a hash.
    pub fingerprint: Fingerprint,
    /// Who must approve a plan.
    pub approval: approval::Wanted,
    /// What happens to triggers.
    pub triggers: Triggers,
    /// How a load changes rows that exist.
    pub strategy: Strategy,
    /// What happens to audit rows.
    pub audit: Audit,
    /// How a connection becomes a user.
    pub visibility: visibility::Settings,
    /// How long a load waits.
    pub waits: Waits,
}

/// What the command line and the environment say.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `mode`.
    pub mode: Option<cli::Mode>,
    /// `individuals`.
    pub individuals: Option<cli::Individuals>,
    /// `preset`.
    pub preset: Option<cli::Preset>,
    /// `matching.level`.
    pub level: Option<cli::Level>,
    /// `schema`.
    pub schema: Option<String>,
    /// `load.lock_wait_s`.
    pub lock_wait_s: Option<u32>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file that says something this program does not understand.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and key.
        problem: String,
    },
    /// A list with a wrong row.
    #[error("{}:{line}, column `{column}`: {problem}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Read { .. } => "check the path; paths in a configuration are relative to it",
            Self::File { .. } => "config/orgfold.toml shows every key with its default",
            Self::List { .. } => "config/README.md describes the columns of every list",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mode: Mode,
    individuals: Individuals,
    preset: Preset,
    schema: String,
    decisions: Vec<PathBuf>,
    defaults: Defaults,
    attributes: BTreeMap<String, Choice>,
    lists: BTreeMap<List, PathBuf>,
    #[serde(default)]
    mapping: mapping::Section,
    approval: approval::Wanted,
    load: Load,
    visibility: visibility::Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    triggers: Triggers,
    strategy: Strategy,
    audit: Audit,
    lock_ms: u32,
    lock_wait_s: u32,
    statement_ms: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    description: String,
    industry: String,
}

/// A list of `config/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    LegalForms,
    Placeholders,
    FreeMail,
    SharedHosts,
    Countries,
    Roles,
    TokenFrequencies,
    TradeWords,
    Places,
    Phrases,
}

impl List {
    const ALL: [Self; 10] = [
        Self::LegalForms,
        Self::Placeholders,
        Self::FreeMail,
        Self::SharedHosts,
        Self::Countries,
        Self::Roles,
        Self::TokenFrequencies,
        Self::TradeWords,
        Self::Places,
        Self::Phrases,
    ];

    const fn built_in(self) -> (&'static str, &'static str) {
        match self {
            Self::LegalForms => {
                ("config/legal_forms.csv", include_str!("../config/legal_forms.csv"))
            }
            Self::Placeholders => {
                ("config/placeholders.csv", include_str!("../config/placeholders.csv"))
            }
            Self::FreeMail => ("config/free_mail.csv", include_str!("../config/free_mail.csv")),
            Self::SharedHosts => {
                ("config/shared_hosts.csv", include_str!("../config/shared_hosts.csv"))
            }
            Self::Countries => ("config/countries.csv", include_str!("../config/countries.csv")),
            Self::Roles => ("config/roles.csv", include_str!("../config/roles.csv")),
            Self::TokenFrequencies => {
                ("config/token_frequencies.csv", include_str!("../config/token_frequencies.csv"))
            }
            Self::TradeWords => {
                ("config/trade_words.csv", include_str!("../config/trade_words.csv"))
            }
            Self::Places => ("config/places.csv", include_str!("../config/places.csv")),
            Self::Phrases => ("config/phrases.csv", include_str!("../config/phrases.csv")),
        }
    }
}

/// Reads the configuration.
///
/// # Errors
/// A file that cannot be read, an unknown key, a value of the wrong type, a wrong row of a list.
pub fn load(path: Option<&Path>, overrides: &Overrides) -> Result<Config, Error> {
    load_for((Schema::shipped(), Kinds::default()), path, overrides)
}

/// The same, for other columns and kinds of evidence than those that are shipped.
///
/// # Errors
/// Those of [`load`].
pub fn load_for(
    (declared, kinds): (&'static Schema, Kinds),
    path: Option<&Path>,
    overrides: &Overrides,
) -> Result<Config, Error> {
    let built_in = PathBuf::from("config/orgfold.toml");
    let mut table: toml::Table = DEFAULTS.parse().map_err(|error| file_error(&built_in, &error))?;
    let mut base = PathBuf::new();
    let mut sections = vec![section(&table)];
    if let Some(path) = path {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let own: toml::Table = text.parse().map_err(|error| file_error(path, &error))?;
        // Its keys are checked on their own, so that an error names its line.
        check_keys(&own, &table, path)?;
        sections.push(section(&own));
        overlay(&mut table, own);
        base = path.parent().map(Path::to_owned).unwrap_or_default();
    }
    let at = path.unwrap_or(&built_in);
    table.remove(MATCHING);
    let file: File = table.clone().try_into().map_err(|error| file_error(at, &error))?;
    let mut lists = BTreeMap::new();
    for list in List::ALL {
        let (name, text) = list.built_in();
        let read = match file.lists.get(&list) {
            Some(path) => {
                let path = base.join(path);
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| Error::Read { path: path.clone(), source })?;
                (path, text)
            }
            None => (PathBuf::from(name), text.to_owned()),
        };
        lists.insert(list, read);
    }
    let mode = overrides.mode.map_or(file.mode, Into::into);
    let individuals = overrides.individuals.map_or(file.individuals, Into::into);
    let preset = overrides.preset.map_or(file.preset, Into::into);
    let matching = matching::read(&sections, &kinds, at)?;
    let level = overrides.level.map_or(matching.level, Into::into);
    let rules = Rules {
        mode,
        individuals,
        preset,
        level,
        levels: matching.levels,
        forms: legal_forms(&lists[&List::LegalForms])?,
        placeholders: column(&lists[&List::Placeholders], "text")?,
        lists: evidence_lists(&lists)?,
        roles: roles(&lists[&List::Roles])?,
        background: background(&lists[&List::TokenFrequencies])?,
        lexicon: lexicon(
            &lists[&List::TradeWords],
            &lists[&List::Places],
            &lists[&List::TokenFrequencies],
        )?,
        phrases: phrases(&lists[&List::Phrases])?,
        kinds,
        attributes: attributes(file.attributes, declared, at)?,
        description: file.defaults.description,
        industry: file.defaults.industry,
    };
    let schema = overrides.schema.as_deref().unwrap_or(&file.schema);
    let names = file.mapping.names(schema, declared).map_err(|key| Error::File {
        path: at.to_owned(),
        problem: format!("`{key}` is no table or column of ours"),
    })?;
    let fingerprint = fingerprint(&rules, &table, &matching.canonical, &lists);
    Ok(Config {
        rules,
        names,
        declared,
        decisions: file.decisions.iter().map(|path| base.join(path)).collect(),
        fingerprint,
        approval: file.approval,
        triggers: file.load.triggers,
        strategy: file.load.strategy,
        audit: file.load.audit,
        visibility: file.visibility,
        waits: Waits {
            lock_ms: file.load.lock_ms,
            lock_wait_s: overrides.lock_wait_s.unwrap_or(file.load.lock_wait_s),
            statement_ms: file.load.statement_ms,
        },
    })
}

/// The section that is read level by level.
const MATCHING: &str = "matching";

/// What a file says in it.
fn section(table: &toml::Table) -> toml::Table {
    table.get(MATCHING).and_then(toml::Value::as_table).cloned().unwrap_or_default()
}

/// The rules of the declared attributes.
fn attributes(
    named: BTreeMap<String, Choice>,
    declared: &Schema,
    path: &Path,
) -> Result<BTreeMap<Field, Choice>, Error> {
    let rule = |(name, choice): (String, Choice)| {
        let column = declared.carried().find(|column| column.field.name() == name);
        let problem = || format!("unknown key `attributes.{name}`");
        let unknown = || Error::File { path: path.to_owned(), problem: problem() };
        column.map(|column| (column.field, choice)).ok_or_else(unknown)
    };
    named.into_iter().map(rule).collect()
}

/// What planning reads: the settled switches, the sections as they stand, the lists.
fn fingerprint(
    rules: &Rules,
    table: &toml::Table,
    matching: &str,
    lists: &BTreeMap<List, (PathBuf, String)>,
) -> Fingerprint {
    let mut text = format!(
        "mode={} individuals={} preset={:?} level={}\n{matching}",
        rules.mode.name(),
        rules.individuals.name(),
        rules.preset,
        rules.level.name()
    );
    for section in ["defaults", "attributes"] {
        text.push_str(section);
        text.push('=');
        text.push_str(&table.get(section).map(ToString::to_string).unwrap_or_default());
        text.push('\n');
    }
    if let Some(mapping) = table.get("mapping") {
        text.extend(["mapping=", &mapping.to_string(), "\n"]);
    }
    for (_, content) in lists.values() {
        text.push_str(&Fingerprint::of(content.as_bytes()).to_string());
        text.push('\n');
    }
    Fingerprint::of(text.as_bytes())
}

fn file_error(path: &Path, error: &toml::de::Error) -> Error {
    Error::File { path: path.to_owned(), problem: error.to_string().trim_end().to_owned() }
}

/// Keys that the defaults do not have.
fn check_keys(own: &toml::Table, known: &toml::Table, path: &Path) -> Result<(), Error> {
    for (key, value) in own {
        let problem = match (known.get(key), value) {
            // Its keys are those of the source; what it says is checked when it is read.
            (None, toml::Value::Table(_)) if key == "mapping" => continue,
            (None, _) => format!("unknown key `{key}`"),
            (Some(toml::Value::Table(known)), toml::Value::Table(own))
                if !matches!(key.as_str(), "lists" | "attributes" | "matching") =>
            {
                match own.keys().find(|name| !known.contains_key(*name)) {
                    Some(name) => format!("unknown key `{key}.{name}`"),
                    None => continue,
                }
            }
            _ => continue,
        };
        return Err(Error::File { path: path.to_owned(), problem });
    }
    Ok(())
}

fn overlay(table: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(own)) => overlay(inner, own),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

/// The rows of a list: line, and one cell for each wanted column.
fn rows<const N: usize>(
    (path, text): &(PathBuf, String),
    columns: [&'static str; N],
) -> Result<Vec<(u64, [String; N])>, Error> {
    let fail = |line, column, problem| Error::List { path: path.clone(), line, column, problem };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|_| fail(1, columns[0], "the list is not CSV"))?.clone();
    let mut positions = [0; N];
    for (position, column) in positions.iter_mut().zip(columns) {
        let found = headers.iter().position(|header| header == column);
        *position = found.ok_or_else(|| fail(1, column, "the column is missing"))?;
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            fail(error.position().map_or(0, csv::Position::line), columns[0], "the row is not CSV")
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut cells = std::array::from_fn(|_| String::new());
        for ((cell, position), column) in cells.iter_mut().zip(positions).zip(columns) {
            let text = record.get(position);
            text.ok_or_else(|| fail(line, column, "the cell is missing"))?.clone_into(cell);
        }
        rows.push((line, cells));
    }
    Ok(rows)
}

fn column(list: &(PathBuf, String), name: &'static str) -> Result<BTreeSet<String>, Error> {
    Ok(rows(list, [name])?.into_iter().map(|(_, [text])| text).collect())
}

/// What texts beside names are worth.
fn evidence_lists(lists: &BTreeMap<List, (PathBuf, String)>) -> Result<Lists, Error> {
    let free_mail = column(&lists[&List::FreeMail], "domain")?;
    let shared = column(&lists[&List::SharedHosts], "host")?;
    let countries = rows(&lists[&List::Countries], ["name", "code"])?;
    let countries = countries.into_iter().map(|(_, [name, code])| (bare(&name), code)).collect();
    Ok(Lists { hosts: Hosts::new(free_mail, shared), countries })
}

fn legal_forms(list: &(PathBuf, String)) -> Result<LegalForms, Error> {
    let columns = ["form", "normalized", "kind", "countries", "position"];
    let forms: Vec<LegalForm> = rows(list, columns)?
        .into_iter()
        .map(|(_, [form, normalized, kind, countries, position])| LegalForm {
            form,
            normalized,
            kind,
            countries: countries.split_whitespace().map(str::to_owned).collect(),
            position,
        })
        .collect();
    Ok(LegalForms::new(&forms))
}

fn roles(list: &(PathBuf, String)) -> Result<Roles, Error> {
    let (mut mailboxes, mut titles) = (BTreeMap::new(), BTreeMap::new());
    for (line, [kind, pattern, role]) in rows(list, ["kind", "pattern", "role"])? {
        let into = match kind.as_str() {
            "mailbox" => &mut mailboxes,
            "title" => &mut titles,
            _ => {
                return Err(Error::List {
                    path: list.0.clone(),
                    line,
                    column: "kind",
                    problem: "the kind is neither mailbox nor title",
                });
            }
        };
        into.insert(pattern, role);
    }
    Ok(Roles::new(mailboxes, titles))
}

fn background(list: &(PathBuf, String)) -> Result<Background, Error> {
    let mut counts = BTreeMap::new();
    let mut total = 0;
    for (line, [token, names]) in rows(list, ["token", "names"])? {
        let count: u32 = names.parse().map_err(|_| Error::List {
            path: list.0.clone(),
            line,
            column: "names",
            problem: "the count is not a number",
        })?;
        if token == "*" {
            total = count;
        } else {
            counts.insert(token, count);
        }
    }
    Ok(Background::new(counts, total))
}

fn lexicon(
    trade_words: &(PathBuf, String),
    places: &(PathBuf, String),
    token_frequencies: &(PathBuf, String),
) -> Result<Lexicon, Error> {
    let trade_words: Vec<Entry> = rows(trade_words, ["word", "concept", "language"])?
        .into_iter()
        .map(|(_, [words, concept, language])| Entry { words, concept, language, is_behind: false })
        .collect();
    let places: Vec<Entry> = rows(places, ["place", "concept", "kind"])?
        .into_iter()
        .map(|(_, [words, concept, kind])| Entry {
            words,
            concept,
            language: String::new(),
            is_behind: kind == "ending",
        })
        .collect();
    Ok(Lexicon::new(&trade_words, &places, column(token_frequencies, "token")?))
}

fn phrases(list: &(PathBuf, String)) -> Result<Phrases, Error> {
    let known = |(line, [phrase, kind]): (u64, [String; 2])| match phrases::Kind::of(&kind) {
        Some(kind) => Ok((phrase, kind)),
        None => Err(Error::List {
            path: list.0.clone(),
            line,
            column: "kind",
            problem: "the kind is none of alias, care of, on behalf, particle",
        }),
    };
    let list: Vec<_> =
        rows(list, ["phrase", "kind"])?.into_iter().map(known).collect::<Result<_, _>>()?;
    Ok(Phrases::new(list))
}
