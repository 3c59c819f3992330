//! `orgfold resolve`: the matcher alone, on any CSV of names.

use std::collections::BTreeSet;
use std::fmt;

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{DONE, print, read_file, write_file};
use crate::cli::{self, Format};
use crate::config::{self, Overrides};
use crate::error::{Error, Exit};
use crate::ids::{Slug, TenantId};
use crate::plan::comparisons;
use crate::progress::{Laps, Progress};
use crate::transform::Rules;
use crate::transform::evidence::{Cells, Evidence};
use crate::transform::matching::{Human, Matching, Mention, Settings, Step, match_watched};
use crate::transform::normalize::normalize;
use crate::transform::slug::{bare_slug, suffixed_slug};
use crate::transform::survivorship::clean;

pub(super) fn run(options: &cli::Resolve, progress: Progress) -> Result<Exit, Error> {
    let overrides = Overrides { preset: Some(options.preset), ..Overrides::default() };
    let config = config::load(options.config.as_deref(), &overrides)?;
    let laps = Laps::new(progress);
    let names = Names::read(options, &config.rules)?;
    laps.end("reading", names.rows, "rows");
    let settings = Settings {
        preset: config.rules.preset,
        weights: &config.rules.weights,
        forms: &config.rules.forms,
        background: &config.rules.background,
        lexicon: &config.rules.lexicon,
    };
    let watch = |step: Step| laps.end(step.name, step.count, step.unit);
    let matching = match_watched(&names.mentions, &Human::default(), &settings, &watch);
    let clusters = names.clusters(&matching);
    write_file(&options.out, &Names::cluster_rows(&clusters))?;
    if let Some(path) = &options.pairs {
        write_file(path, &names.pair_rows(&matching))?;
    }
    if let Some(path) = &options.review {
        write_file(path, &names.review_rows(&matching))?;
    }
    laps.end("writing", names.rows, "rows");
    let text = match options.format {
        Format::Text => format!(
            "{} rows, {} spellings, {} clusters, {} questions\n",
            names.rows,
            names.spellings.len(),
            clusters.len(),
            matching.questions.len()
        ),
        Format::Json => format!(
            "{}\n",
            serde_json::json!({
                "rows": names.rows,
                "spellings": names.spellings.len(),
                "clusters": clusters.len(),
                "questions": matching.questions.len(),
            })
        ),
    };
    print(&text);
    DONE
}

/// A row's id: numbers by value before text, so that "smallest" is what people expect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum RowId {
    /// Digits without a leading zero.
    Number(u64),
    Text(CompactString),
}

impl RowId {
    fn new(text: &str) -> Self {
        let is_plain = text == "0" || !text.starts_with(['0', '+']);
        match text.parse() {
            Ok(number) if is_plain => Self::Number(number),
            _ => Self::Text(text.into()),
        }
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
    spellings: Vec<Spelling>,
    at: FxHashMap<String, usize>,
}

impl Found {
    fn take(&mut self, batch: &[csv::StringRecord], columns: &Columns, rules: &Rules) {
        let read: Vec<(RowId, Evidence)> = batch
            .par_iter()
            .map(|record| {
                let mut evidence = Evidence::default();
                evidence.add(&columns.cells(record), &rules.free_mail);
                (RowId::new(&record[columns.id]), evidence)
            })
            .collect();
        for (record, (id, evidence)) in std::iter::zip(batch, read) {
            let raw = &record[columns.name];
            if let Some(&at) = self.at.get(raw) {
                let spelling = &mut self.spellings[at];
                spelling.ids.push(id);
                spelling.evidence.merge(&evidence);
            } else {
                self.at.insert(raw.to_owned(), self.spellings.len());
                self.spellings.push(Spelling { raw: raw.to_owned(), ids: vec![id], evidence });
            }
        }
    }
}

/// The distinct spellings of a file.
struct Names {
    rows: usize,
    /// Spelling of each mention, with the ids of its rows, ascending.
    spellings: Vec<(String, Vec<RowId>)>,
    mentions: Vec<Mention>,
    /// Rows that name no company, each for itself.
    nameless: Vec<(String, RowId)>,
}

/// One group of rows.
struct Cluster<'a> {
    ids: Vec<&'a RowId>,
    name: String,
    slug: Slug,
}

impl Names {
    fn read(options: &cli::Resolve, rules: &Rules) -> Result<Self, Error> {
        let bytes = read_file(&options.names)?;
        let file = &options.names;
        let fail = |line, problem: String, help| {
            Err(Error::Names { file: file.clone(), line, problem, help })
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let headers = match reader.headers() {
            Ok(headers) if !bytes.is_empty() => headers.clone(),
            _ => {
                return fail(
                    Some(1),
                    "there is no header".to_owned(),
                    "name a CSV file with a header",
                );
            }
        };
        let columns = Columns::find(&headers, options).map_err(|column| Error::Names {
            file: file.clone(),
            line: Some(1),
            problem: format!("the column `{column}` is missing"),
            help: "name the column with the option of that name",
        })?;
        let mut ids = FxHashSet::default();
        let mut found = Found::default();
        let mut rows = 0;
        let mut batch: Vec<csv::StringRecord> = Vec::with_capacity(BATCH);
        let mut records = reader.into_records();
        loop {
            let record = records.next();
            let is_last = record.is_none();
            if let Some(record) = record {
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
                rows += 1;
                batch.push(record);
            }
            if is_last || batch.len() == BATCH {
                found.take(&batch, &columns, rules);
                batch.clear();
            }
            if is_last {
                return Ok(Self::new(found.spellings, rows, rules));
            }
        }
    }

    fn new(mut found: Vec<Spelling>, rows: usize, rules: &Rules) -> Self {
        let mut names =
            Self { rows, spellings: Vec::new(), mentions: Vec::new(), nameless: Vec::new() };
        found.par_sort_unstable_by(|a, b| a.raw.cmp(&b.raw));
        // Taking names apart is most of the work before matching.
        let read: Vec<_> = found
            .into_par_iter()
            .map(|mut spelling| {
                spelling.ids.sort_unstable();
                let name = normalize(&spelling.raw, &rules.forms);
                (name.filter(|_| !rules.is_placeholder(&spelling.raw)), spelling)
            })
            .collect();
        for (name, Spelling { raw, ids, evidence }) in read {
            let Some(name) = name else {
                names.nameless.extend(ids.into_iter().map(|id| (raw.clone(), id)));
                continue;
            };
            names.mentions.push(Mention {
                name,
                evidence,
                rows: u32::try_from(ids.len()).unwrap_or(u32::MAX),
                place: None,
                is_title: false,
                is_decided: false,
                by_score: true,
            });
            names.spellings.push((raw, ids));
        }
        names
    }

    /// Clusters sorted by their smallest id.
    fn clusters(&self, matching: &Matching) -> Vec<Cluster<'_>> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); matching.places.len()];
        for (mention, &group) in matching.group_of.iter().enumerate() {
            members[group].push(mention);
        }
        let mut clusters: Vec<(Vec<&RowId>, String)> = members
            .iter()
            .map(|members| {
                let mut ids: Vec<&RowId> =
                    members.iter().flat_map(|&at| &self.spellings[at].1).collect();
                ids.sort_unstable();
                // The spelling of most rows, then the one that is not all capitals, then the
                // longest, then by text.
                let best = members.iter().min_by_key(|&&at| {
                    let (raw, ids) = &self.spellings[at];
                    let shouting = !raw.chars().any(char::is_lowercase);
                    (std::cmp::Reverse(ids.len()), shouting, std::cmp::Reverse(raw.len()), raw)
                });
                let name = best.map_or_else(String::new, |&at| clean(&self.spellings[at].0));
                (ids, name)
            })
            .chain(self.nameless.iter().map(|(raw, id)| (vec![id], clean(raw))))
            .collect();
        clusters.sort();
        let mut taken = BTreeSet::new();
        clusters
            .into_iter()
            .map(|(ids, name)| {
                let mut slug = bare_slug(&name);
                if !taken.insert(slug.clone()) {
                    let key = ids[0].to_string();
                    slug = suffixed_slug(&slug, TenantId::new(uuid::Uuid::nil()), &key, &taken);
                    taken.insert(slug.clone());
                }
                Cluster { ids, name, slug }
            })
            .collect()
    }

    fn cluster_rows(clusters: &[Cluster<'_>]) -> Vec<u8> {
        let mut rows: Vec<(&RowId, &Cluster<'_>)> = clusters
            .iter()
            .flat_map(|cluster| cluster.ids.iter().map(move |id| (*id, cluster)))
            .collect();
        rows.sort_by_key(|(id, _)| *id);
        table(
            &["id", "cluster", "name", "slug"],
            rows.into_iter().map(|(id, cluster)| {
                let label = cluster.ids[0].to_string();
                [id.to_string(), label, cluster.name.clone(), cluster.slug.to_string()]
            }),
        )
    }

    /// One row for each pair of spellings, by their smallest ids.
    fn pair_rows(&self, matching: &Matching) -> Vec<u8> {
        let mut rows: Vec<_> = matching
            .pairs()
            .into_iter()
            .map(|pair| {
                let (a, b) = (&self.spellings[pair.pair.0].1[0], &self.spellings[pair.pair.1].1[0]);
                let (a, b) = if a <= b { (a, b) } else { (b, a) };
                (a, b, pair.score, pair.band)
            })
            .collect();
        rows.sort_unstable();
        table(
            &["id_a", "id_b", "bits", "band"],
            rows.into_iter().map(|(a, b, score, band)| {
                [
                    a.to_string(),
                    b.to_string(),
                    score.to_string(),
                    band.name().to_owned(),
                ]
            }),
        )
    }

    fn review_rows(&self, matching: &Matching) -> Vec<u8> {
        table(
            &["id_a", "id_b", "a", "b", "bits", "comparisons", "decision"],
            matching.questions.iter().map(|question| {
                let side = |at: usize| {
                    let (raw, ids) = &self.spellings[at];
                    (ids[0].to_string(), raw.clone())
                };
                let (a, b) = (side(question.pair.0), side(question.pair.1));
                let bits = question.compared.score.to_string();
                [a.0, b.0, a.1, b.1, bits, comparisons(&question.compared), String::new()]
            }),
        )
    }
}

/// CSV of plain cells.
fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = "writing into memory does not fail";
    writer.write_record(header).expect(written);
    for row in rows {
        writer.write_record(row).expect(written);
    }
    writer.into_inner().expect(written)
}

/// Where the columns are.
struct Columns {
    id: usize,
    name: usize,
    country: Option<usize>,
    email: Option<usize>,
    website: Option<usize>,
    phone: Option<usize>,
    address: Option<usize>,
    city: Option<usize>,
    tax_id: Option<usize>,
}

impl Columns {
    /// Finds the columns; the error is the name of one that is missing.
    fn find(headers: &csv::StringRecord, options: &cli::Resolve) -> Result<Self, String> {
        let position = |name: &str| headers.iter().position(|header| header.trim() == name);
        let must = |name: &str| position(name).ok_or_else(|| name.to_owned());
        // A column that was asked for by name must be there; a default one may be.
        let may = |asked: &Option<String>, default: &str| match asked {
            Some(name) => must(name).map(Some),
            None => Ok(position(default)),
        };
        Ok(Self {
            id: must(&options.id)?,
            name: must(&options.name)?,
            country: may(&options.country, "country")?,
            email: may(&options.email, "email")?,
            website: may(&options.website, "website")?,
            phone: may(&options.phone, "phone")?,
            address: may(&options.address, "address")?,
            city: may(&options.city, "city")?,
            tax_id: may(&options.tax_id, "tax_id")?,
        })
    }

    fn cells<'r>(&self, record: &'r csv::StringRecord) -> Cells<'r> {
        let cell = |position: Option<usize>| {
            position.and_then(|at| record.get(at)).filter(|text| !text.is_empty())
        };
        Cells {
            email: cell(self.email),
            website: cell(self.website),
            phone: cell(self.phone),
            tax_id: cell(self.tax_id),
            address: cell(self.address),
            city: cell(self.city),
            country: cell(self.country),
        }
    }
}
