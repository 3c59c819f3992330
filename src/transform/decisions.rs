//! What people decided, keyed by content: tenant and spellings, never a row id.
//!
//! In: the bytes of decision files, or of a filled-in `review.csv`. Out: [`Decisions`], free of
//! contradictions that the file alone can show. Who decided and why are for people; they are no
//! part of the fingerprint.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::normalize::fold;
use super::sets::Sets;
use crate::cells;
use crate::dialect;
use crate::encoding::decoded;
use crate::ids::{Fingerprint, Slug};

/// What a decision says about one or two spellings of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Two spellings are one company.
    Same,
    /// Two spellings are two companies.
    Different,
    /// The organization of a spelling is called this.
    Name(String),
    /// The organization of a spelling has this slug.
    Slug(Slug),
    /// The organization of a spelling is the existing one with this slug.
    Adopt(String),
    /// The spelling never adopts an existing organization.
    NeverAdopt,
}

impl Verdict {
    /// Name of its kind in the file.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Name(_) => "name",
            Self::Slug(_) => "slug",
            Self::Adopt(_) | Self::NeverAdopt => "adopt",
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Same | Self::Different => "",
            Self::Name(value) | Self::Adopt(value) => value,
            Self::Slug(slug) => slug.as_str(),
            Self::NeverAdopt => "-",
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// Slug or id of the tenant, `-` where there are no tenants.
    pub tenant: String,
    /// The spelling, folded; the smaller one of two.
    pub a: String,
    /// The other spelling of `same` and `different`, folded; empty for the other kinds.
    pub b: String,
    /// What is decided.
    pub verdict: Verdict,
    /// Where it stands, for errors: file and line.
    pub place: (PathBuf, u64),
}

impl Decision {
    /// What it says, for the `id` of a finding and for the fingerprint.
    pub fn content(&self) -> String {
        let parts = [self.verdict.kind(), &self.tenant, &self.a, &self.b, self.verdict.value()];
        parts.join(" | ").trim_end_matches([' ', '|']).to_owned()
    }
}

/// All decisions, sorted by content, each once.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    decisions: Vec<Decision>,
}

/// Decisions that cannot be read, or that contradict each other.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}{}: {problem}", file.display(), column.map(|c| format!(", column `{c}`")).unwrap_or_default())]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u64,
    /// The column at fault.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a decision.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The CSV itself.
    #[error("cannot read the decisions: {0}")]
    Csv(String),
    /// A column that must be there.
    #[error("the column is missing")]
    MissingColumn,
    /// A kind that does not exist.
    #[error(
        "unknown decision; known are same, different, name, slug and adopt, and in a review file also \
         yes and no"
    )]
    UnknownKind,
    /// An empty cell.
    #[error("the cell is empty, and this kind of decision needs it")]
    Empty,
    /// A slug that is none.
    #[error(
        "the value is not a slug: lower-case words of a-z and 0-9 joined by single hyphens, at most 100 bytes"
    )]
    BadSlug,
    /// A name that does not fit.
    #[error("the name is longer than the 255 characters of organizations.name")]
    LongName,
    /// One spelling twice.
    #[error("both spellings are the same one (case and blanks do not count)")]
    OneSpelling,
    /// Another decision says otherwise.
    #[error("the decision contradicts {}", Others(.0))]
    Contradiction(Vec<(PathBuf, u64)>),
}

struct Others<'a>(&'a [(PathBuf, u64)]);

impl fmt::Display for Others<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.0.len() == 1 { "the one at " } else { "those at " };
        f.write_str(more)?;
        for (index, (file, line)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}:{line}", file.display())?;
        }
        Ok(())
    }
}

impl Error {
    /// What a person can do about it.
    pub fn help(&self) -> &'static str {
        match self.problem {
            Problem::Csv(_) | Problem::MissingColumn => {
                "the columns are decision,tenant,a,b,value,by,note; a filled-in review.csv will do too"
            }
            Problem::UnknownKind => "use one of these words, or leave the cell empty",
            Problem::Empty => {
                "same and different need a and b; name, slug and adopt need a and value"
            }
            Problem::BadSlug | Problem::LongName => "choose another value",
            Problem::OneSpelling => "name two different spellings",
            Problem::Contradiction(_) => "remove one of them",
        }
    }
}

impl Decisions {
    /// Reads any number of files: `(name, bytes)`.
    ///
    /// # Errors
    /// The first row that cannot be understood; the first that contradicts earlier ones.
    pub fn read(files: &[(PathBuf, Vec<u8>)]) -> Result<Self, Error> {
        let mut decisions = Vec::new();
        for (file, bytes) in files {
            read_file(file, bytes, &mut decisions)?;
        }
        decisions.sort();
        let same_content = |a: &mut Decision, b: &mut Decision| {
            (&a.tenant, &a.a, &a.b, &a.verdict) == (&b.tenant, &b.a, &b.b, &b.verdict)
        };
        decisions.dedup_by(same_content);
        for of_tenant in decisions.chunk_by(|a: &Decision, b| a.tenant == b.tenant) {
            check_values(&of_tenant.iter().collect::<Vec<_>>())?;
        }
        for of_tenant in decisions.chunk_by(|a: &Decision, b| a.tenant == b.tenant) {
            check_pairs(&of_tenant.iter().collect::<Vec<_>>())?;
        }
        Ok(Self { decisions })
    }

    /// Every decision, sorted by tenant and spelling.
    pub fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter()
    }

    /// A decision, by its place.
    pub(super) fn at(&self, place: usize) -> &Decision {
        &self.decisions[place]
    }

    /// Places of the decisions about the tenant that is called so.
    fn places(&self, tenant: &str) -> Range<usize> {
        let start = self.decisions.partition_point(|decision| decision.tenant.as_str() < tenant);
        let own = self.decisions[start..].partition_point(|decision| decision.tenant == tenant);
        start..start + own
    }

    /// Places of the decisions about a tenant that some call by its slug and others by its id.
    ///
    /// # Errors
    /// Decisions under one that contradict those under the other.
    pub(super) fn about(&self, slug: &str, id: &str) -> Result<Vec<usize>, Error> {
        let by_id = self.places(id);
        let by_slug = if slug == id { 0..0 } else { self.places(slug) };
        if !by_id.is_empty() && !by_slug.is_empty() {
            let said = |decision: &Decision| {
                let Decision { a, b, verdict, .. } = decision;
                (a.clone(), b.clone(), verdict.clone())
            };
            let both = by_slug.clone().chain(by_id.clone());
            let mut decisions: Vec<&Decision> = both.map(|place| self.at(place)).collect();
            decisions.sort_by_cached_key(|decision| said(decision));
            decisions.dedup_by(|one, other| said(one) == said(other));
            check(&decisions)?;
        }
        Ok(by_slug.chain(by_id).collect())
    }

    /// Number of decisions.
    pub fn len(&self) -> usize {
        self.decisions.len()
    }

    /// Whether nobody decided anything.
    pub fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }

    /// What they say, not who wrote them, where, or in which order.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut text = String::new();
        for decision in &self.decisions {
            let parts = [
                decision.verdict.kind(),
                &decision.tenant,
                &decision.a,
                &decision.b,
                decision.verdict.value(),
            ];
            for part in parts {
                text.push_str(&part.len().to_string());
                text.push(':');
                text.push_str(part);
            }
        }
        Fingerprint::of(text.as_bytes())
    }
}

/// Checks what is said about one tenant.
fn check(decisions: &[&Decision]) -> Result<(), Error> {
    check_values(decisions)?;
    check_pairs(decisions)
}

/// One spelling must not be given two names, two slugs, two organizations.
fn check_values(decisions: &[&Decision]) -> Result<(), Error> {
    let mut seen: BTreeMap<(&str, &str), &Decision> = BTreeMap::new();
    for decision in decisions {
        if matches!(decision.verdict, Verdict::Same | Verdict::Different) {
            continue;
        }
        let key = (decision.a.as_str(), decision.verdict.kind());
        if let Some(other) = seen.insert(key, decision) {
            return Err(contradiction(decision, vec![other.place.clone()]));
        }
    }
    Ok(())
}

/// Two spellings that `same` decisions lead to must not be `different`.
fn check_pairs(decisions: &[&Decision]) -> Result<(), Error> {
    let of = |verdict: Verdict| {
        decisions.iter().copied().filter(move |decision| decision.verdict == verdict)
    };
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups = Sets::default();
    for decision in of(Verdict::Same) {
        let [a, b] = [&decision.a, &decision.b]
            .map(|spelling| *numbers.entry(spelling).or_insert_with(|| groups.grow()));
        groups.join(a, b);
    }
    for decision in of(Verdict::Different) {
        let number = |spelling: &str| numbers.get(spelling).copied();
        if let (Some(a), Some(b)) = (number(&decision.a), number(&decision.b))
            && groups.root(a) == groups.root(b)
        {
            let same: Vec<&Decision> = of(Verdict::Same).collect();
            return Err(contradiction(decision, path(decision, &same)));
        }
    }
    Ok(())
}

/// Where the fewest of the `same` decisions stand that lead from one spelling of a decision to the
/// other.
fn path(decision: &Decision, same: &[&Decision]) -> Vec<(PathBuf, u64)> {
    let mut edges: BTreeMap<&str, Vec<(&str, &Decision)>> = BTreeMap::new();
    for edge in same {
        edges.entry(&edge.a).or_default().push((&edge.b, edge));
        edges.entry(&edge.b).or_default().push((&edge.a, edge));
    }
    let mut reached: BTreeMap<&str, Option<(&str, &Decision)>> = BTreeMap::new();
    reached.insert(&decision.a, None);
    let mut queue = VecDeque::from([decision.a.as_str()]);
    while let Some(at) = queue.pop_front() {
        for &(next, edge) in edges.get(at).into_iter().flatten() {
            reached.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some((at, edge))
            });
        }
    }
    let mut places = Vec::new();
    let mut at = decision.b.as_str();
    while let Some(Some((before, edge))) = reached.get(at) {
        places.push(edge.place.clone());
        at = before;
    }
    places.sort();
    places
}

/// Two decisions that cannot both hold.
pub(super) fn contradiction(decision: &Decision, others: Vec<(PathBuf, u64)>) -> Error {
    let (file, line) = decision.place.clone();
    Error { file, line, column: None, problem: Problem::Contradiction(others) }
}

fn read_file(file: &Path, bytes: &[u8], decisions: &mut Vec<Decision>) -> Result<(), Error> {
    let fail = |line, column, problem| Error { file: file.to_owned(), line, column, problem };
    let text = decoded(bytes)
        .ok_or_else(|| fail(1, None, Problem::Csv("the bytes are not UTF-8".to_owned())))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(cells::delimiter_of(text))
        .from_reader(text);
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return Err(fail(1, None, Problem::Csv(csv_text(&error)))),
    };
    let position = |name: &str| headers.iter().position(|header| header.trim() == name);
    let must = |name: &'static str| {
        position(name).ok_or_else(|| fail(1, Some(name), Problem::MissingColumn))
    };
    let (kind, tenant, a) = (must("decision")?, must("tenant")?, must("a")?);
    let (b, value) = (position("b"), position("value"));
    // A review file of a plan is in our dialect; a decisions file is written by people.
    let ours = position("score_millibits").is_some();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            fail(line, None, Problem::Csv(csv_text(&error)))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |position: Option<usize>| {
            let text = position.and_then(|position| record.get(position)).unwrap_or_default();
            if ours { dialect::unescape(text).into_owned() } else { text.to_owned() }
        };
        let kind = cell(Some(kind));
        if kind.trim().is_empty() {
            continue;
        }
        let row =
            Row { tenant: cell(Some(tenant)), a: cell(Some(a)), b: cell(b), value: cell(value) };
        let word = kind.trim().to_lowercase();
        let kind = match word.as_str() {
            // What people type under a question.
            "yes" | "y" | "1" if ours => "same",
            "no" | "n" | "0" if ours => "different",
            word => word,
        };
        let decision = row
            .decide(kind, (file.to_owned(), line))
            .map_err(|(column, problem)| fail(line, Some(column), problem))?;
        decisions.push(decision);
    }
    Ok(())
}

/// What the `csv` crate found, without a cell's value.
fn csv_text(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "the bytes are not UTF-8".to_owned(),
        _ => "the file is not CSV".to_owned(),
    }
}

/// A tenant as decisions are sorted by it: an id in lower case, a slug as it is.
fn tenant(text: &str) -> String {
    let text = text.trim();
    let is_hyphenated = text.len() == Hyphenated::LENGTH;
    match Uuid::try_parse(text) {
        Ok(id) if is_hyphenated => id.hyphenated().to_string(),
        _ => text.to_owned(),
    }
}

struct Row {
    tenant: String,
    a: String,
    b: String,
    value: String,
}

impl Row {
    fn decide(
        self,
        kind: &str,
        place: (PathBuf, u64),
    ) -> Result<Decision, (&'static str, Problem)> {
        let value = self.value.trim();
        let pair = matches!(kind, "same" | "different");
        let verdict = match kind {
            "same" => Verdict::Same,
            "different" => Verdict::Different,
            "name" | "slug" | "adopt" if value.is_empty() => return Err(("value", Problem::Empty)),
            "name" if value.chars().count() > 255 => return Err(("value", Problem::LongName)),
            "name" => Verdict::Name(value.to_owned()),
            "slug" => Verdict::Slug(Slug::parse(value).ok_or(("value", Problem::BadSlug))?),
            "adopt" if value == "-" => Verdict::NeverAdopt,
            "adopt" => Verdict::Adopt(value.to_owned()),
            _ => return Err(("decision", Problem::UnknownKind)),
        };
        let (mut a, mut b) = (fold(&self.a), if pair { fold(&self.b) } else { String::new() });
        if a.is_empty() {
            return Err(("a", Problem::Empty));
        }
        if pair && b.is_empty() {
            return Err(("b", Problem::Empty));
        }
        if a == b {
            return Err(("b", Problem::OneSpelling));
        }
        if pair && b < a {
            std::mem::swap(&mut a, &mut b);
        }
        Ok(Decision { tenant: tenant(&self.tenant), a, b, verdict, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Decisions, String> {
        Decisions::read(&[("d.csv".into(), text.as_bytes().to_vec())]).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn refused(rows: &str, expected: &str) {
        let text = format!("decision,tenant,a,b,value,by,note\n{rows}");
        assert_eq!(read(&text).err().as_deref(), Some(expected), "{rows}");
    }

    #[test]
    fn order_author_and_dress_are_no_part_of_what_is_said() {
        let one =
            "decision,tenant,a,b,value,by,note\nsame,t,ACME  Co,acme,,ann,why\nname,t,x,,X,,\n";
        let two = "note,by,value,b,a,tenant,decision\n,,X,,X,t,name\n,bob,,Acme co,ACME,t,same\n,,,,Acme,t,\n";
        assert_eq!(read(one).unwrap().fingerprint(), read(two).unwrap().fingerprint());
        assert_ne!(read(one).unwrap().fingerprint(), Decisions::default().fingerprint());
    }

    #[test]
    fn a_filled_in_review_is_a_decisions_file() {
        let text = "tenant,a,b,score_millibits,decision\nt,'=Acme,Acme Co,3000,same\nt,x,y,2000,\n";
        let decisions = read(text).unwrap();
        assert_eq!(
            decisions.iter().map(Decision::content).collect::<Vec<_>>(),
            ["same | t | =acme | acme co"]
        );
    }

    #[test]
    fn words_are_read_whatever_their_case() {
        let text = "decision,tenant,a,b,value\nSame,t,x,y,\n DIFFERENT ,t,x,z,\nNAME,t,x,,X\n";
        let decisions = read(text).unwrap();
        let said: Vec<String> = decisions.iter().map(Decision::content).collect();
        assert_eq!(said, ["name | t | x |  | X", "same | t | x | y", "different | t | x | z"]);
    }

    #[test]
    fn yes_and_no_are_answers_to_questions_only() {
        for (word, expected) in [
            ("yes", "same"),
            ("Y", "same"),
            ("1", "same"),
            ("No", "different"),
            ("n", "different"),
            ("0", "different"),
        ] {
            let review = format!("tenant,a,b,score_millibits,decision\nt,x,y,3000,{word}\n");
            let decisions = read(&review).unwrap();
            let said: Vec<String> = decisions.iter().map(Decision::content).collect();
            assert_eq!(said, [format!("{expected} | t | x | y")], "{word}");
            refused(
                &format!("{word},t,x,y,,,"),
                "d.csv:2, column `decision`: unknown decision; known are same, different, name, slug and adopt, and in a review file also yes and no",
            );
        }
        let other = "tenant,a,b,score_millibits,decision\nt,x,y,3000,\nt,x,z,9,maybe\n";
        assert!(read(other).err().unwrap().starts_with("d.csv:3, column `decision`: unknown"));
    }

    #[test]
    fn bad_rows_are_named() {
        refused(
            "merge,t,a,b,,,",
            "d.csv:2, column `decision`: unknown decision; known are same, different, name, slug and adopt, and in a review file also yes and no",
        );
        refused(
            "same,t,a,,,,",
            "d.csv:2, column `b`: the cell is empty, and this kind of decision needs it",
        );
        refused(
            "same,t,A,a ,,,",
            "d.csv:2, column `b`: both spellings are the same one (case and blanks do not count)",
        );
        refused(
            "slug,t,a,,Not A Slug,,",
            "d.csv:2, column `value`: the value is not a slug: lower-case words of a-z and 0-9 joined by single hyphens, at most 100 bytes",
        );
        refused(
            "adopt,t,a,,,,",
            "d.csv:2, column `value`: the cell is empty, and this kind of decision needs it",
        );
        assert_eq!(
            read("tenant,a\n").err().as_deref(),
            Some("d.csv:1, column `decision`: the column is missing")
        );
    }

    #[test]
    fn contradictions_name_every_decision_involved() {
        refused(
            "same,t,a,b,,,\nsame,t,b,c,,,\nsame,u,x,y,,,\ndifferent,t,c,a,,,",
            "d.csv:5: the decision contradicts those at d.csv:2, d.csv:3",
        );
        refused(
            "same,t,a,b,,,\ndifferent,t,b,a,,,",
            "d.csv:3: the decision contradicts the one at d.csv:2",
        );
        refused(
            "name,t,a,,One,,\nname,t,A,,Two,,",
            "d.csv:3: the decision contradicts the one at d.csv:2",
        );
        refused(
            "adopt,t,a,,x,,\nadopt,t,a,,-,,",
            "d.csv:3: the decision contradicts the one at d.csv:2",
        );
        assert!(read("decision,tenant,a,b\nsame,t,a,b\ndifferent,u,a,b\n").is_ok());
    }
}
