//! The rows of a plan as the text that COPY reads.

use std::io::Write;

use crate::load::stage::{Cells, create, staged};
use crate::load::{Error, stage};
use crate::plan::archive::Stored;
use crate::plan::cell::timestamp;
use crate::plan::sheet::Sheet;
use crate::schema::Schema;

/// Bytes that are written at once.
const CHUNK: usize = 256 * 1024;

/// Writes the staging table of a sheet with its rows.
pub(super) fn copy(
    plan: &Stored,
    sheet: Sheet,
    declared: &'static Schema,
    out: &mut impl Write,
) -> Result<(), Error> {
    let failed = |source| Error::Io { action: "write", path: "the script".into(), source };
    let Some(table) = sheet.table() else { return Ok(()) };
    let batches = plan.batches(sheet, declared)?;
    let columns = staged(batches.columns());
    let name = stage::staging(table);
    let mut text = format!("{};\ncopy {name} from stdin;\n", create(table, &columns));
    for frame in batches {
        let frame = frame?;
        let cells: Vec<Cells<'_>> =
            columns.iter().map(|column| Cells::of(&frame, column)).collect();
        for row in 0..frame.height() {
            for (at, cells) in cells.iter().enumerate() {
                if at > 0 {
                    text.push('\t');
                }
                add(cells, row, &mut text);
            }
            text.push('\n');
        }
        if text.len() >= CHUNK {
            out.write_all(text.as_bytes()).map_err(failed)?;
            text.clear();
        }
    }
    text.extend([format!("\\.\nanalyze {name};\n")]);
    out.write_all(text.as_bytes()).map_err(failed)
}

fn add(cells: &Cells<'_>, row: usize, text: &mut String) {
    const NULL: &str = "\\N";
    match cells {
        Cells::Uuid(cells) => match cells.get(row) {
            Some(id) => text.push_str(&uuid::Uuid::from_u128(id).to_string()),
            None => text.push_str(NULL),
        },
        Cells::Text(cells) => match cells.get(row) {
            Some(value) => escape(value, text),
            None => text.push_str(NULL),
        },
        Cells::Bool(cells) => match cells.get(row) {
            Some(flag) => text.push(if flag { 't' } else { 'f' }),
            None => text.push_str(NULL),
        },
        Cells::Timestamp(cells) => match cells.get(row) {
            Some(micros) => text.push_str(&timestamp(micros)),
            None => text.push_str(NULL),
        },
    }
}

/// Adds a text so that COPY, and psql before it, read it back as it was.
fn escape(value: &str, text: &mut String) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_text_stays_on_its_line_and_ends_nothing() {
        for (value, written) in [
            ("plain", "plain"),
            ("a\tb\nc\rd", "a\\tb\\nc\\rd"),
            ("\\.", "\\\\."),
            ("\\N", "\\\\N"),
            ("", ""),
        ] {
            let mut text = String::new();
            escape(value, &mut text);
            assert_eq!(text, written);
        }
    }
}
