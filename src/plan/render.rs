//! The sheets of a plan as CSV: a walk over typed rows that writes as it goes.
//!
//! In: a [`Draft`] and where to write. Out: the bytes of one file: header, rows, line feeds, quotes
//! only where they are needed. Holds one cell.

use std::fmt::Write as _;
use std::io::{self, Write};

use rayon::slice::ParallelSliceMut as _;
use sha2::{Digest as _, Sha256};

use super::cell::{Cells, Value};
use super::diff::changes;
use super::draft::{Draft, Member};
use super::manifest::{Files, TableFacts};
use super::sheet::Sheet;
use crate::ids::{OrganizationId, hex};
use crate::schema::Field;
use crate::transform::matching::Compared;

/// `members.csv`.
const MEMBERS: &[&str] = &[
    "tenant_id",
    "name",
    "normalized",
    "organization_id",
    "slug",
    "joined_by",
    "score_millibits",
    "contacts",
    "comparisons",
    "compared",
    "compared_with",
];

/// `review.csv`.
const REVIEW: &[&str] = &[
    "tenant",
    "a",
    "b",
    "score_millibits",
    "decision",
    "contacts_a",
    "contacts_b",
    "organization_a",
    "organization_b",
    "comparisons",
    "projects_a",
    "projects_b",
];

/// `findings.csv`.
const FINDINGS: &[&str] = &["code", "severity", "table", "id", "column", "message", "remedy"];

/// `diff.csv`.
const DIFF: &[&str] = &["table", "id", "label", "column", "before", "after", "cause"];

/// What stands for the column where a row is inserted whole.
const WHOLE_ROW: &str = "*";

/// What tells a spreadsheet that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The names of the columns of a sheet.
pub fn header(draft: &Draft, sheet: Sheet) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    match sheet {
        Sheet::Members => own(MEMBERS),
        Sheet::Review => own(REVIEW),
        Sheet::Findings => own(FINDINGS),
        Sheet::Diff => own(DIFF),
        _ => sheet.columns(draft.declared).into_iter().map(|column| column.name).collect(),
    }
}

/// What the load-bearing files of a draft would be, without writing one.
pub fn rendered(draft: &Draft) -> Files {
    let facts = |sheet: Sheet| {
        let facts = render(draft, sheet, io::sink()).expect("a sink takes everything");
        (sheet.file().to_owned(), facts)
    };
    Sheet::LOAD_BEARING.into_iter().map(facts).collect()
}

/// Writes a sheet; gives back what a manifest says of it.
///
/// # Errors
/// Those of the writer.
pub fn render(draft: &Draft, sheet: Sheet, out: impl Write) -> io::Result<TableFacts> {
    let mut out = Hashed { out, hash: Sha256::new() };
    if sheet == Sheet::Review {
        // People open this one, and fill it in.
        out.write_all(BYTE_ORDER_MARK.as_bytes())?;
    }
    let mut lines = Lines::new(&mut out);
    for name in header(draft, sheet) {
        lines.raw(name.as_bytes())?;
    }
    lines.end()?;
    let rows = match sheet {
        Sheet::Members => members(draft, &mut lines),
        Sheet::Review => review(draft, &mut lines),
        Sheet::Findings => findings(draft, &mut lines),
        Sheet::Diff => diff(draft, &mut lines),
        _ => frame(draft, sheet, &mut lines),
    }?;
    lines.csv.flush()?;
    drop(lines);
    Ok(TableFacts { rows, sha256: hex(&out.hash.finalize()) })
}

/// A writer that hashes what it passes on.
struct Hashed<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Lines under way.
struct Lines<W: Write> {
    csv: csv::Writer<W>,
    cell: String,
}

impl<W: Write> Lines<W> {
    fn new(out: W) -> Self {
        let csv = csv::WriterBuilder::new().buffer_capacity(1 << 18).from_writer(out);
        Self { csv, cell: String::new() }
    }

    fn raw(&mut self, cell: &[u8]) -> io::Result<()> {
        Ok(self.csv.write_field(cell)?)
    }

    fn cell(&mut self, value: Value<'_>) -> io::Result<()> {
        self.cell.clear();
        value.print(&mut self.cell);
        Ok(self.csv.write_field(&self.cell)?)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.cell(Value::Text(text))
    }

    fn count(&mut self, count: u32) -> io::Result<()> {
        self.cell(Value::Number(count.into()))
    }

    fn maybe(&mut self, text: Option<&str>) -> io::Result<()> {
        self.cell(text.map_or(Value::Null, Value::Text))
    }

    fn organization(&mut self, id: Option<OrganizationId>) -> io::Result<()> {
        self.cell(id.map_or(Value::Null, |id| Value::Uuid(id.uuid())))
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }
}

fn frame<W: Write>(draft: &Draft, sheet: Sheet, lines: &mut Lines<W>) -> io::Result<usize> {
    let frame = &draft.frames[&sheet].frame;
    let columns = Cells::all(frame);
    for row in 0..frame.height() {
        for cells in &columns {
            lines.cell(cells.get(row))?;
        }
        lines.end()?;
    }
    Ok(frame.height())
}

fn members<W: Write>(draft: &Draft, lines: &mut Lines<W>) -> io::Result<usize> {
    let mut members: Vec<Member<'_>> = draft.spellings().collect();
    members
        .par_sort_unstable_by_key(|row| (row.tenant, row.name, row.normalized, row.organization));
    let mut listed = String::new();
    for row in &members {
        lines.cell(Value::Uuid(row.tenant.uuid()))?;
        lines.text(row.name)?;
        lines.text(row.normalized)?;
        lines.organization(Some(row.organization))?;
        lines.maybe(draft.organization(row.organization).and_then(|of| of.slug.as_deref()))?;
        lines.text(row.ground.name())?;
        let score = row.compared.map(|compared| i64::from(compared.score.get()));
        lines.cell(score.map_or(Value::Null, Value::Number))?;
        lines.count(row.contacts)?;
        if let Some(compared) = row.compared {
            comparisons_into(compared, &mut listed);
            lines.text(&listed)?;
        } else {
            lines.cell(Value::Null)?;
        }
        lines.maybe(row.pair.map(|pair| &*pair[0]))?;
        lines.maybe(row.pair.map(|pair| &*pair[1]))?;
        lines.end()?;
    }
    Ok(members.len())
}

fn review<W: Write>(draft: &Draft, lines: &mut Lines<W>) -> io::Result<usize> {
    for row in &draft.reviews {
        let of = |company: Option<usize>| company.map(|at| draft.company_ids[at]);
        lines.text(draft.tenant(row.tenant))?;
        lines.text(&row.spellings.0)?;
        lines.text(&row.spellings.1)?;
        lines.cell(Value::Number(row.compared.score.get().into()))?;
        lines.text("")?;
        lines.count(row.rows.0)?;
        lines.count(row.rows.1)?;
        lines.organization(of(row.companies.0))?;
        lines.organization(of(row.companies.1))?;
        lines.text(&comparisons(&row.compared))?;
        lines.count(row.projects.0)?;
        lines.count(row.projects.1)?;
        lines.end()?;
    }
    Ok(draft.reviews.len())
}

fn findings<W: Write>(draft: &Draft, lines: &mut Lines<W>) -> io::Result<usize> {
    for finding in &draft.findings {
        let code = finding.code;
        lines.text(code.name())?;
        lines.text(code.severity().name())?;
        lines.text(code.subject().name())?;
        lines.text(&finding.id)?;
        lines.text(finding.column)?;
        lines.text(&finding.message())?;
        lines.text(code.remedy())?;
        lines.end()?;
    }
    Ok(draft.findings.len())
}

fn diff<W: Write>(draft: &Draft, lines: &mut Lines<W>) -> io::Result<usize> {
    let mut rows = 0;
    changes(&draft.frames, draft.declared, |change| {
        rows += 1;
        lines.text(change.table.name())?;
        lines.cell(Value::Uuid(change.id))?;
        lines.maybe(change.label)?;
        lines.raw(change.field.map_or(WHOLE_ROW, Field::name).as_bytes())?;
        lines.cell(change.before)?;
        lines.cell(change.after)?;
        lines.text(change.cause.name())?;
        lines.end()
    })?;
    Ok(rows)
}

/// `prior -3300; shared words +14230`: what adds up to the score.
pub fn comparisons(compared: &Compared) -> String {
    let mut text = String::new();
    comparisons_into(compared, &mut text);
    text
}

fn comparisons_into(compared: &Compared, text: &mut String) {
    text.clear();
    for comparison in &compared.comparisons {
        let between = if text.is_empty() { "" } else { "; " };
        write!(text, "{between}{} {:+}", comparison.name, comparison.weight.get())
            .expect("writing into a string does not fail");
    }
}
