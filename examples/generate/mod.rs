//! The generator behind `examples/generate.rs`; the kinds and rates stand there.

pub(crate) mod beside;
pub(crate) mod company;
pub(crate) mod corrupt;
pub(crate) mod countries;
pub(crate) mod cultures;
pub(crate) mod lists;
pub(crate) mod rng;
pub(crate) mod source;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use rustc_hash::{FxHashMap, FxHashSet};

use company::{Company, Founder, Origin, Style, joined};
use corrupt::{KINDS, spell};
use lists::{Lists, fingerprint};
use rng::Rng;
use source::Source;

/// The largest number of contacts of one company.
const LARGEST: usize = 60;
/// How often another spelling is tried where one is another company's.
const TRIES: usize = 4;

/// What is to be generated.
pub(crate) struct Options {
    /// How many rows.
    pub(crate) contacts: usize,
    /// Another seed, other contacts.
    pub(crate) seed: u64,
    /// Names of a real list with their countries; empty to invent all.
    pub(crate) names: Vec<(String, String)>,
}

/// What was generated.
pub(crate) struct Summary {
    /// Rows.
    pub(crate) contacts: usize,
    /// Clusters.
    pub(crate) companies: usize,
    /// Distinct spellings, byte by byte.
    pub(crate) spellings: usize,
    /// Spellings that two companies have, case, marks and punctuation apart.
    pub(crate) ambiguous: usize,
    /// Rows with such a spelling.
    pub(crate) ambiguous_rows: usize,
    /// Rows whose corrupted spelling is the official one of another company.
    pub(crate) usurped_rows: usize,
    /// Rows by number of kinds applied: none, one, two, more.
    pub(crate) touched: [usize; 4],
    /// Rows by kind.
    pub(crate) kinds: Vec<(&'static str, usize)>,
    /// Companies by origin.
    pub(crate) origins: BTreeMap<Origin, usize>,
    /// Rows with a value, by column after `name`.
    pub(crate) filled: [usize; 7],
    /// Projects; `None` where no source was written.
    pub(crate) projects: Option<usize>,
}

/// The columns after `name`.
const COLUMNS: [&str; 7] = ["email", "phone", "website", "address", "city", "country", "tax_id"];

/// Writes contacts and truth, and the same contacts into a source.
///
/// # Errors
/// If a row cannot be written.
pub(crate) fn generate(
    options: &Options,
    contacts: impl Write,
    truth: impl Write,
    mut source: Option<Source>,
) -> Result<Summary, csv::Error> {
    let lists = Lists::load();
    let sizes = sizes(options);
    let mut founder = Founder::new(&lists, options.seed);
    founder.take(&options.names, sizes.len());
    let mut companies = founder.invent(sizes.len());
    beside::give_domains(&lists, options.seed, &mut companies);
    let mut rows: Vec<usize> = Vec::with_capacity(options.contacts);
    for (company, &size) in sizes.iter().enumerate() {
        rows.extend(std::iter::repeat_n(company, size));
    }
    Rng::new(options.seed, 5, 0).shuffle(&mut rows);

    let mut contacts = csv::Writer::from_writer(contacts);
    let mut truth = csv::Writer::from_writer(truth);
    contacts.write_field("id")?;
    contacts.write_field("name")?;
    contacts.write_record(COLUMNS)?;
    truth.write_record(["id", "cluster_id", "name", "kinds"])?;
    let mut names = Names::new(&lists, &companies);
    let mut summary = names.summary(rows.len());
    for (row, &which) in rows.iter().enumerate() {
        let spelling = names.spell(which, options.seed, row, &mut summary);
        let id = (row + 1).to_string();
        let cells = beside::cells(&lists, &companies, which, options.seed, row);
        for (count, cell) in summary.filled.iter_mut().zip(&cells) {
            *count += usize::from(!cell.is_empty());
        }
        contacts.write_field(&id)?;
        contacts.write_field(&spelling.text)?;
        contacts.write_record(&cells)?;
        let cluster = format!("c{which}");
        truth.write_record([&id, &cluster, &spelling.text, &spelling.kinds.words()])?;
        if let Some(source) = &mut source {
            source.push(row, which, &spelling.text, &cells)?;
        }
    }
    contacts.flush()?;
    truth.flush()?;
    summary.projects = source.map(Source::finish).transpose()?;
    summary.spellings = names.spellings.len();
    summary.ambiguous = names.owners.values().filter(|owner| owner.shared).count();
    Ok(summary)
}

/// How many contacts each company has: 1/n² up to 8, thinner above.
fn sizes(options: &Options) -> Vec<usize> {
    let weight = |n: usize| if n <= 8 { 8_000_000 / (n * n) } else { 64_000_000 / (n * n * n) };
    let weighted = rng::Weighted::new((1..=LARGEST).map(weight));
    let mut rng = Rng::new(options.seed, 0, 0);
    let mut left = options.contacts;
    let mut sizes = Vec::new();
    while left > 0 {
        let size = (1 + weighted.pick(&mut rng)).min(left);
        sizes.push(size);
        left -= size;
    }
    sizes
}

/// Whose a spelling is.
struct Owner {
    company: usize,
    /// Whether it is the official name.
    official: bool,
    /// Whether rows of another company have it too.
    shared: bool,
}

/// All spellings so far.
struct Names<'a> {
    lists: &'a Lists,
    companies: &'a [Company],
    owners: FxHashMap<u64, Owner>,
    spellings: FxHashSet<u64>,
}

impl<'a> Names<'a> {
    fn new(lists: &'a Lists, companies: &'a [Company]) -> Self {
        let mut owners = FxHashMap::default();
        for (company, it) in companies.iter().enumerate() {
            let name = joined(&it.recipe.words(lists, Style::Native));
            let form = it.official_form().map_or("", |(form, _)| form);
            for text in [name.clone(), format!("{name}{form}"), format!("{form}{name}")] {
                let owner = Owner { company, official: true, shared: false };
                owners.entry(fingerprint(&text)).or_insert(owner);
            }
        }
        Self { lists, companies, owners, spellings: FxHashSet::default() }
    }

    fn summary(&self, contacts: usize) -> Summary {
        let mut origins = BTreeMap::new();
        for company in self.companies {
            *origins.entry(company.origin).or_default() += 1;
        }
        Summary {
            contacts,
            companies: self.companies.len(),
            spellings: 0,
            ambiguous: 0,
            ambiguous_rows: 0,
            usurped_rows: 0,
            touched: [0; 4],
            kinds: KINDS.iter().map(|(_, word, ..)| (*word, 0)).collect(),
            origins,
            filled: [0; 7],
            projects: None,
        }
    }

    /// A spelling of the company; where it is another's, it is drawn again a few times.
    fn spell(
        &mut self,
        which: usize,
        seed: u64,
        row: usize,
        summary: &mut Summary,
    ) -> corrupt::Spelling {
        let company = &self.companies[which];
        let mut spelling = spell(self.lists, company, which, seed, row);
        for attempt in 1..=TRIES {
            let owner = self.owners.get(&fingerprint(&spelling.text));
            if owner.is_none_or(|owner| owner.company == which) {
                break;
            }
            // A stream of its own for each attempt: rows are numbered below this.
            let row = row + (attempt << 40);
            spelling = spell(self.lists, company, which, seed, row);
        }
        let new = Owner { company: which, official: false, shared: false };
        let owner = self.owners.entry(fingerprint(&spelling.text)).or_insert(new);
        if owner.company != which {
            owner.shared = true;
            summary.ambiguous_rows += 1;
            summary.usurped_rows += usize::from(owner.official && spelling.kinds.count() > 0);
        }
        summary.touched[spelling.kinds.count().min(3)] += 1;
        for ((_, count), (kind, ..)) in summary.kinds.iter_mut().zip(KINDS) {
            *count += usize::from(spelling.kinds.holds(*kind));
        }
        self.spellings.insert(exact(&spelling.text));
        spelling
    }
}

/// A number for the bytes of a text.
fn exact(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |count: usize, of: usize| {
            let tenths = (count * 1000 + of / 2) / of.max(1);
            format!("{count:>9}  {:>3}.{} %", tenths / 10, tenths % 10)
        };
        let row = |count: usize| share(count, self.contacts);
        writeln!(out, "contacts             {:>9}", self.contacts)?;
        writeln!(out, "companies            {}", row(self.companies))?;
        writeln!(out, "distinct spellings   {}", row(self.spellings))?;
        writeln!(out, "spellings of two companies   {}", self.ambiguous)?;
        writeln!(out, "  rows with such a spelling  {}", row(self.ambiguous_rows))?;
        writeln!(out, "  of these corrupted into another's official name  {}", self.usurped_rows)?;
        writeln!(out, "rows by corruptions applied")?;
        for (label, count) in ["none", "one", "two", "more"].iter().zip(self.touched) {
            writeln!(out, "  {label:<18} {}", row(count))?;
        }
        writeln!(out, "rows by corruption")?;
        for (word, count) in &self.kinds {
            writeln!(out, "  {word:<18} {}", row(*count))?;
        }
        writeln!(out, "companies by origin")?;
        for (origin, count) in &self.origins {
            writeln!(out, "  {:<36} {}", origin.name(), share(*count, self.companies))?;
        }
        writeln!(out, "rows with a value")?;
        for (column, count) in COLUMNS.iter().zip(self.filled) {
            writeln!(out, "  {column:<18} {}", row(count))?;
        }
        if let Some(projects) = self.projects {
            writeln!(out, "projects             {projects:>9}")?;
        }
        Ok(())
    }
}
