//! What was typed: the command line, with an environment variable for every option. No logic.

mod beside;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::encoding::{self, Named};

pub use beside::{Beside, Group, OfA, OfB, OfFile};

/// Folds the customer contacts of a database into customer organizations.
#[derive(Debug, Parser)]
#[command(name = "orgfold", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Number of threads; all cores if not given. The result does not depend on it.
    #[arg(long, global = true, env = "ORGFOLD_THREADS", value_name = "N")]
    pub threads: Option<usize>,
    /// No progress on standard error.
    #[arg(long, short, global = true, env = "ORGFOLD_QUIET")]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Dry run: reads a source, writes a plan directory to review. Never writes to a database.
    Plan(Box<Plan>),
    /// What is in a source, and a mapping with which it could be planned.
    Inspect(Inspect),
    /// Read-only look at the target: role, policies, triggers, keys, locks, and the DDL that would run.
    #[command(visible_alias = "doctor")]
    Preflight(Box<Preflight>),
    /// Proof by rehearsal: a throw-away local server, restore, apply, verify, rollback, compare.
    Rehearse(Box<Rehearse>),
    /// Records an approval of a plan.
    Approve(Approve),
    /// Loads an approved plan in one transaction that verifies before it commits.
    Apply(Box<Apply>),
    /// Runs the validation pack against a database, and shows the offending rows.
    Verify(Box<Verify>),
    /// Undoes an applied plan to the last value.
    Rollback(Box<Rollback>),
    /// Prints a plan as one psql script that is equal to an apply.
    Sql(Box<Sql>),
    /// What is applied, approved, rolled back.
    Status(Box<Status>),
    /// What changed from one plan to another: organizations new, gone, merged, split, renamed, and
    /// contacts that moved.
    Diff(Diff),
    /// Prints the DDL of the expand phase.
    #[command(subcommand)]
    Schema(Schema),
    /// The journal of images by which loads are undone.
    #[command(subcommand)]
    Journal(Journal),
    /// Takes the schema orgfold away, and nothing else.
    Uninstall(Box<Uninstall>),
    /// The matcher alone: groups the names of a CSV file.
    Resolve(Box<Resolve>),
    /// Why two names are, or are not, one company: how each is read, and what every comparison tells.
    Explain(Box<Explain>),
    /// Measures a grouping of names against the truth.
    Evaluate(Evaluate),
    /// Estimates the weights of the comparisons from names whose companies are known.
    Fit(Box<Fit>),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// A severity of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Any finding.
    Info,
}

/// `mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// `organization_id` becomes the customer organization.
    Rehome,
    /// `organization_id` stays the tenant.
    Link,
}

/// `load.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Strategy {
    /// Row by row; readers go on.
    Update,
    /// Tables are written anew; readers wait.
    Rewrite,
}

/// `individuals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Individuals {
    /// A finding for each.
    Report,
    /// An organization for each.
    Organization,
    /// They are left alone.
    Skip,
}

/// `preset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// What is joined is right, the rest is asked.
    Cautious,
    /// The best single answer.
    Balanced,
}

/// `matching.level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// A legal entity.
    Company,
    /// A brand: one customer for all firms of a group.
    Group,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// A directory of CSV or Parquet files, or a dump; of a dump in several files, all of them in
    /// their order.
    #[arg(value_name = "SOURCE", env = "ORGFOLD_SOURCE", hide_env_values = true, required = true)]
    pub source: Vec<PathBuf>,
    /// How it is written.
    #[command(flatten)]
    pub reading: Reading,
    /// Where plan directories are written.
    #[arg(long, default_value = "reports", env = "ORGFOLD_OUT", value_name = "DIR")]
    pub out: PathBuf,
    /// A configuration file; what it does not say is as in the built-in defaults.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Human decisions, or a filled-in review.csv; may be given several times.
    #[arg(long, env = "ORGFOLD_DECISIONS", value_name = "FILE", value_delimiter = ',')]
    pub decisions: Vec<PathBuf>,
    /// Where a contact's customer organization is written.
    #[arg(long, env = "ORGFOLD_MODE")]
    pub mode: Option<Mode>,
    /// What becomes of customer contacts without a company.
    #[arg(long, env = "ORGFOLD_INDIVIDUALS")]
    pub individuals: Option<Individuals>,
    /// What is joined without asking.
    #[arg(long, env = "ORGFOLD_PRESET")]
    pub preset: Option<Preset>,
    /// What one company is.
    #[arg(long, env = "ORGFOLD_LEVEL")]
    pub level: Option<Level>,
    /// Plan the rows of this tenant alone, named by slug or id; may be given several times.
    #[arg(long, env = "ORGFOLD_TENANT", value_name = "SLUG", value_delimiter = ',')]
    pub tenant: Vec<String>,
    /// The schema whose tables are read from a dump.
    #[arg(long, env = "ORGFOLD_SCHEMA", value_name = "NAME")]
    pub schema: Option<String>,
    /// An earlier plan: says what changed since, beside the summary. Writes nothing of it.
    #[arg(long, env = "ORGFOLD_SINCE", value_name = "PLAN")]
    pub since: Option<PathBuf>,
    /// Exit with code 3 if there are findings of this severity or above.
    #[arg(long, env = "ORGFOLD_FAIL_ON", value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// How the summary is printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// A directory of tables, one CSV or Parquet file, or the files of a dump.
    #[arg(value_name = "SOURCE", env = "ORGFOLD_SOURCE", hide_env_values = true, required = true)]
    pub source: Vec<PathBuf>,
    /// How it is written.
    #[command(flatten)]
    pub reading: Reading,
    /// How the answer is printed; the text is a configuration with the rest in comments.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// How a source is written, where it does not tell that itself.
#[derive(Clone, Debug, Args)]
pub struct Reading {
    /// What parts the cells of CSV files: a character, or its name (comma, semicolon, tab, pipe); else
    /// the first line tells.
    #[arg(long, env = "ORGFOLD_DELIMITER", value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// The encoding of the source, such as windows-1252 or latin1; else UTF-8, or UTF-16 with its
    /// mark.
    #[arg(long, env = "ORGFOLD_ENCODING", value_name = "NAME", value_parser = encoding)]
    pub encoding: Option<Named>,
    /// The database that is read of a dump of several.
    #[arg(long, env = "ORGFOLD_DBNAME", value_name = "NAME")]
    pub dbname: Option<String>,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("semicolon", _) => Ok(b';'),
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("pipe" | "bar", _) => Ok(b'|'),
        (_, [byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        _ => Err("it is neither one character nor the name of one".to_owned()),
    }
}

fn encoding(text: &str) -> Result<Named, String> {
    encoding::named(text).ok_or_else(|| "no encoding is called so".to_owned())
}

/// Which database.
#[derive(Debug, Args)]
pub struct Database {
    /// The database, as libpq names it: a URL `postgres://user@host:port/name`, `key=value` pairs,
    /// or a name; else `DATABASE_URL`. What that leaves open is as `PGSERVICE` and `PG*` say.
    #[arg(long, env = "ORGFOLD_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// The schema of the application's tables.
    #[arg(long = "schema", env = "ORGFOLD_SCHEMA", value_name = "NAME")]
    pub schema_name: Option<String>,
    /// How long to give way to others who hold locks, and to try again.
    #[arg(long, env = "ORGFOLD_LOCK_WAIT", value_name = "SECONDS")]
    pub lock_wait: Option<u32>,
    /// A configuration file.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How results are printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// Options of `preflight`.
#[derive(Debug, Args)]
pub struct Preflight {
    /// The plan directory; without one the mode of the configuration is looked at.
    #[arg(value_name = "PLAN", env = "ORGFOLD_PLAN")]
    pub plan: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub database: Database,
    /// How rows that exist would be changed; else as the configuration says.
    #[arg(long, env = "ORGFOLD_STRATEGY")]
    pub strategy: Option<Strategy>,
}

/// Options of `rehearse`.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// The plan directory.
    #[arg(value_name = "PLAN", env = "ORGFOLD_PLAN")]
    pub plan: PathBuf,
    /// What the plan was made from.
    #[arg(long, env = "ORGFOLD_SOURCE", value_name = "SOURCE", hide_env_values = true)]
    pub source: PathBuf,
    /// The schema of the application's tables.
    #[arg(long, env = "ORGFOLD_SCHEMA", value_name = "NAME")]
    pub schema: Option<String>,
    /// The schema to restore into, where the source has none; else the built-in one.
    #[arg(long, env = "ORGFOLD_SCHEMA_FILE", value_name = "FILE")]
    pub schema_file: Option<PathBuf>,
    /// A configuration file.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How the receipt is printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// Options of `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The plan directory.
    #[arg(value_name = "PLAN", env = "ORGFOLD_PLAN")]
    pub plan: PathBuf,
    /// In which role.
    #[arg(long, env = "ORGFOLD_ROLE", value_name = "ROLE", required_unless_present = "renews")]
    pub role: Option<String>,
    /// Who.
    #[arg(long, env = "ORGFOLD_BY", value_name = "NAME", required_unless_present = "renews")]
    pub by: Option<String>,
    /// Carry the approvals of another plan over to this one, which may differ from it only in what
    /// rows held before, and in rows that it leaves alone.
    #[arg(long, env = "ORGFOLD_RENEWS", value_name = "OLD", conflicts_with_all = ["role", "by"])]
    pub renews: Option<PathBuf>,
    /// A configuration file: its roles are those that may approve.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Options of `apply`.
#[derive(Debug, Args)]
pub struct Apply {
    /// The plan directory.
    #[arg(value_name = "PLAN", env = "ORGFOLD_PLAN")]
    pub plan: PathBuf,
    /// Where.
    #[command(flatten)]
    pub database: Database,
    /// Do not ask.
    #[arg(long, env = "ORGFOLD_YES")]
    pub yes: bool,
    /// Refuse also when rows outside the plan were added or removed.
    #[arg(long, env = "ORGFOLD_STRICT")]
    pub strict: bool,
    /// How rows that exist are changed; else as the configuration says.
    #[arg(long, env = "ORGFOLD_STRATEGY")]
    pub strategy: Option<Strategy>,
    /// Whether it is only tried.
    #[command(flatten)]
    pub dry: Dry,
}

/// How an apply is only tried.
#[derive(Clone, Copy, Debug, Args)]
pub struct Dry {
    /// Do everything but the commit: writers wait as long as for the load. Needs no approval.
    #[arg(long = "dry-run", env = "ORGFOLD_DRY_RUN")]
    pub run: bool,
    /// Let a dry run add columns too: readers wait as long.
    #[arg(long, env = "ORGFOLD_LOCK_READERS", requires = "run")]
    pub lock_readers: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The plan directory, whose forecast is compared; without one the rows are only shown.
    #[arg(value_name = "PLAN", env = "ORGFOLD_PLAN")]
    pub plan: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub database: Database,
}

/// Options of `rollback`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags, as they are typed")]
pub struct Rollback {
    /// The plan: its id, or at least 12 digits of it.
    #[arg(value_name = "PLAN_ID", env = "ORGFOLD_PLAN_ID")]
    pub plan: String,
    /// Where.
    #[command(flatten)]
    pub database: Database,
    /// Do not ask.
    #[arg(long, env = "ORGFOLD_YES", conflicts_with = "look")]
    pub yes: bool,
    /// Only print what would be restored.
    #[arg(long, env = "ORGFOLD_LOOK")]
    pub look: bool,
    /// Undo what the load added to the schema, too: columns, constraints, indexes, policies.
    #[arg(long, env = "ORGFOLD_DROP_SCHEMA_CHANGES")]
    pub drop_schema_changes: bool,
    /// Leave rows that people changed since, and what later rows refer to; restore all others.
    #[arg(long, env = "ORGFOLD_KEEP_EDITED")]
    pub keep_edited: bool,
    /// Undo the rows of one tenant only, named by slug or id.
    #[arg(
        long,
        env = "ORGFOLD_ONLY",
        value_name = "TENANT",
        conflicts_with = "drop_schema_changes"
    )]
    pub only: Option<String>,
    /// Where plan directories are: the receipt goes into that of the plan, and so does the list of
    /// rows that were changed since, with their values.
    #[arg(long, default_value = "reports", env = "ORGFOLD_OUT", value_name = "DIR")]
    pub out: PathBuf,
}

/// Options of `sql`.
#[derive(Debug, Args)]
pub struct Sql {
    /// The plan directory.
    #[arg(value_name = "PLAN", env = "ORGFOLD_PLAN")]
    pub plan: PathBuf,
    /// The receipt of a preflight, in place of a database: what DDL is due follows from it.
    #[arg(long, env = "ORGFOLD_PREFLIGHT", value_name = "RECEIPT", conflicts_with = "database")]
    pub preflight: Option<PathBuf>,
    /// Where.
    #[command(flatten)]
    pub database: Database,
}

/// Options of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Where plan directories are.
    #[arg(long, default_value = "reports", env = "ORGFOLD_OUT", value_name = "DIR")]
    pub out: PathBuf,
    /// Where.
    #[command(flatten)]
    pub database: Database,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier plan: its directory, or its id, of which 12 digits will do.
    #[arg(value_name = "PLAN_A", env = "ORGFOLD_PLAN_A")]
    pub before: PathBuf,
    /// The later plan.
    #[arg(value_name = "PLAN_B", env = "ORGFOLD_PLAN_B")]
    pub after: PathBuf,
    /// Where plan directories are, for a plan that is named by its id.
    #[arg(long, default_value = "reports", env = "ORGFOLD_OUT", value_name = "DIR")]
    pub out: PathBuf,
    /// A configuration file.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How the result is printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// The subcommands of `schema`.
#[derive(Debug, Subcommand)]
pub enum Schema {
    /// Prints the DDL that an apply would run.
    Expand(Box<Expand>),
}

/// Options of `schema expand`.
#[derive(Debug, Args)]
pub struct Expand {
    /// For what.
    #[command(flatten)]
    pub of: Preflight,
    /// Take back what loads have added to the schema and no applied plan needs.
    #[arg(long, env = "ORGFOLD_EXPAND_UNDO", conflicts_with = "plan")]
    pub undo: bool,
}

/// The subcommands of `journal`.
#[derive(Debug, Subcommand)]
pub enum Journal {
    /// Empties it of runs that were rolled back, and of older ones if told so.
    Purge(Box<Purge>),
}

/// Options of `journal purge`.
#[derive(Debug, Args)]
pub struct Purge {
    /// Where.
    #[command(flatten)]
    pub database: Database,
    /// Empty it also of runs that were applied so many days ago or more: they can be rolled back no
    /// longer.
    #[arg(long, env = "ORGFOLD_OLDER_THAN", value_name = "DAYS")]
    pub older_than: Option<u32>,
    /// Do not ask.
    #[arg(long, env = "ORGFOLD_YES")]
    pub yes: bool,
}

/// Options of `uninstall`.
#[derive(Debug, Args)]
pub struct Uninstall {
    /// Where.
    #[command(flatten)]
    pub database: Database,
    /// Do not ask.
    #[arg(long, env = "ORGFOLD_YES")]
    pub yes: bool,
}

/// The columns of a file of names.
#[derive(Debug, Args)]
pub struct Columns {
    /// Column of the row's id.
    #[arg(long, default_value = "id", env = "ORGFOLD_COLUMN_ID", value_name = "COLUMN")]
    pub id: String,
    /// Column of the name.
    #[arg(long, default_value = "name", env = "ORGFOLD_COLUMN_NAME", value_name = "COLUMN")]
    pub name: String,
    /// Columns of what stands beside it.
    #[command(flatten)]
    pub beside: Beside<OfFile>,
}

/// Options of `resolve`.
#[derive(Debug, Args)]
pub struct Resolve {
    /// A CSV file of names.
    #[arg(value_name = "NAMES.csv", env = "ORGFOLD_NAMES")]
    pub names: PathBuf,
    /// Where `id,cluster,name,slug` is written.
    #[arg(long, env = "ORGFOLD_CLUSTERS", value_name = "CLUSTERS.csv")]
    pub out: PathBuf,
    /// Where every compared pair of spellings is written.
    #[arg(long, env = "ORGFOLD_PAIRS", value_name = "PAIRS.csv")]
    pub pairs: Option<PathBuf>,
    /// Where the open questions are written.
    #[arg(long, env = "ORGFOLD_REVIEW", value_name = "REVIEW.csv")]
    pub review: Option<PathBuf>,
    /// A configuration file.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What is joined without asking.
    #[arg(long, default_value = "balanced", env = "ORGFOLD_PRESET")]
    pub preset: Preset,
    /// What one company is.
    #[arg(long, env = "ORGFOLD_LEVEL")]
    pub level: Option<Level>,
    /// Which columns are read.
    #[command(flatten)]
    pub columns: Columns,
    /// How the summary is printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A company name; with --names as it stands in the file, or the id of a row.
    #[arg(value_name = "NAME_A", env = "ORGFOLD_NAME_A", hide_env_values = true)]
    pub name_a: String,
    /// The other name, or the id of its row.
    #[arg(value_name = "NAME_B", env = "ORGFOLD_NAME_B", hide_env_values = true)]
    pub name_b: String,
    /// What stands beside the one.
    #[command(flatten)]
    pub beside_a: Beside<OfA>,
    /// What stands beside the other.
    #[command(flatten)]
    pub beside_b: Beside<OfB>,
    /// The CSV file in whose company the two are compared, as `resolve` does; without it only the
    /// shipped frequencies tell how common a word is.
    #[arg(long, env = "ORGFOLD_NAMES", value_name = "NAMES.csv")]
    pub names: Option<PathBuf>,
    /// Which columns are read.
    #[command(flatten)]
    pub columns: Columns,
    /// A configuration file.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Which preset groups the names of the file; what each does with the pair is always said.
    #[arg(long, default_value = "balanced", env = "ORGFOLD_PRESET")]
    pub preset: Preset,
    /// What one company is.
    #[arg(long, env = "ORGFOLD_LEVEL")]
    pub level: Option<Level>,
    /// How the explanation is printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// What `resolve` wrote: `id,cluster`.
    #[arg(value_name = "CLUSTERS.csv", env = "ORGFOLD_CLUSTERS")]
    pub clusters: PathBuf,
    /// The truth: `id,cluster_id`, and `name` to measure blocking.
    #[arg(value_name = "TRUTH.csv", env = "ORGFOLD_TRUTH")]
    pub truth: PathBuf,
    /// The compared pairs that `resolve --pairs` wrote.
    #[arg(long, env = "ORGFOLD_PAIRS", value_name = "PAIRS.csv")]
    pub pairs: Option<PathBuf>,
    /// How the measures are printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}

/// Options of `fit`.
#[derive(Debug, Args)]
#[command(
    after_help = "Weights are in bits for one of each comparison, and never on the other side \
    of 0. One file without a column of clusters is learnt from as it is, which is only as good as \
    the weights to begin with."
)]
pub struct Fit {
    /// CSV files of names, with the true cluster of each row; each file counts the same.
    #[arg(
        value_name = "LABELLED.csv",
        env = "ORGFOLD_LABELLED",
        required = true,
        value_delimiter = ','
    )]
    pub labelled: Vec<PathBuf>,
    /// Where the `[matching]` section is written, for --config.
    #[arg(
        long,
        env = "ORGFOLD_WEIGHTS",
        value_name = "WEIGHTS.toml",
        conflicts_with = "leave_one_out"
    )]
    pub out: Option<PathBuf>,
    /// Measures each file under weights that are fitted on all others.
    #[arg(long, env = "ORGFOLD_LEAVE_ONE_OUT")]
    pub leave_one_out: bool,
    /// What one company is in the files, whose weights are fitted.
    #[arg(long, env = "ORGFOLD_LEVEL")]
    pub level: Option<Level>,
    /// A configuration file: the weights to begin with.
    #[arg(long, env = "ORGFOLD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Column of the true cluster; `cluster_id` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_CLUSTER", value_name = "COLUMN")]
    pub cluster: Option<String>,
    /// Which columns are read.
    #[command(flatten)]
    pub columns: Columns,
    /// How the tables are printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
}
