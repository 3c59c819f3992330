//! What was typed: the command line, with an environment variable for every option. No logic.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// The matcher alone: groups the names of a CSV file.
    Resolve(Box<Resolve>),
    /// Measures a grouping of names against the truth.
    Evaluate(Evaluate),
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

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// A directory of CSV or Parquet files, or a plain `.sql` / `.sql.gz` dump.
    #[arg(value_name = "SOURCE", env = "ORGFOLD_SOURCE")]
    pub source: PathBuf,
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
    /// The schema whose tables are read from a dump.
    #[arg(long, env = "ORGFOLD_SCHEMA", value_name = "NAME")]
    pub schema: Option<String>,
    /// Exit with code 3 if there are findings of this severity or above.
    #[arg(long, env = "ORGFOLD_FAIL_ON", value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// How the summary is printed.
    #[arg(long, default_value = "text", env = "ORGFOLD_FORMAT")]
    pub format: Format,
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
    /// Column of the row's id.
    #[arg(long, default_value = "id", env = "ORGFOLD_COLUMN_ID", value_name = "COLUMN")]
    pub id: String,
    /// Column of the name.
    #[arg(long, default_value = "name", env = "ORGFOLD_COLUMN_NAME", value_name = "COLUMN")]
    pub name: String,
    /// Column of the country; `country` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_COUNTRY", value_name = "COLUMN")]
    pub country: Option<String>,
    /// Column of the e-mail address; `email` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_EMAIL", value_name = "COLUMN")]
    pub email: Option<String>,
    /// Column of the website; `website` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_WEBSITE", value_name = "COLUMN")]
    pub website: Option<String>,
    /// Column of the phone number; `phone` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_PHONE", value_name = "COLUMN")]
    pub phone: Option<String>,
    /// Column of the address; `address` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_ADDRESS", value_name = "COLUMN")]
    pub address: Option<String>,
    /// Column of the city; `city` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_CITY", value_name = "COLUMN")]
    pub city: Option<String>,
    /// Column of the tax id; `tax_id` where it exists.
    #[arg(long, env = "ORGFOLD_COLUMN_TAX_ID", value_name = "COLUMN")]
    pub tax_id: Option<String>,
    /// How the summary is printed.
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
