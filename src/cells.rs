//! CSV as cells: what each holds, whether it was quoted, and on which line its record begins.
//!
//! In: bytes. Out: one [`Record`] after the other, however wide each is; blank lines are none. The
//! grammar is that of `csv-core` (RFC 4180, any line end, a quote inside a bare cell is a quote),
//! which the `csv` crate uses as well. That crate tells neither whether a cell was quoted nor that
//! a quote was never closed. The text may be in UTF-16, and its cells parted by a semicolon, a
//! tab or a bar: the first line tells. Knows nothing of columns or dialects.

use std::io::{self, Read};

use csv_core::ReadFieldResult;

use crate::encoding::Utf8;

/// Bytes that are read at once. Fits the second-level cache, and is large against a record.
const CAPACITY: usize = 128 * 1024;

/// The byte order mark that some tools put before UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Bytes of the first line that are looked at to tell what parts the cells.
const LOOKED_AT: usize = 64 * 1024;

/// What can part cells; where the first line has as many of several, the first of them does.
pub const DELIMITERS: [u8; 4] = *b",;\t|";

/// What parts the cells of a text: of the candidates the one that its first line has most often
/// outside of quotes.
pub fn delimiter_of(text: &[u8]) -> u8 {
    let (mut counts, mut is_quoted, mut has_begun) = ([0_usize; DELIMITERS.len()], false, false);
    for &byte in text.strip_prefix(BOM).unwrap_or(text) {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted && has_begun => break,
            _ if is_quoted => {}
            _ => {
                if let Some(at) = DELIMITERS.iter().position(|delimiter| *delimiter == byte) {
                    counts[at] += 1;
                }
            }
        }
        has_begun |= !matches!(byte, b'\n' | b'\r');
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    DELIMITERS[at]
}

/// Why no record can be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system, or what undoes a compression or an encoding, said no.
    #[error("cannot read it")]
    Io(#[source] io::Error),
    /// The text ends inside a quoted cell.
    #[error("a quoted cell is never closed")]
    Open {
        /// The line on which its record begins, from 1.
        line: u64,
    },
}

/// One record. Its cells stand end to end, so that a record costs no allocation of its own where it
/// is read into again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    line: u64,
    text: Vec<u8>,
    cells: Vec<End>,
}

/// Where a cell ends, and whether it was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    at: usize,
    is_quoted: bool,
}

/// A cell of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it holds, without its quotes.
    pub bytes: &'a [u8],
    /// Whether it begins with a quote.
    pub is_quoted: bool,
}

impl Record {
    /// The line on which it begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Number of cells; 0 only before a record was read.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no record was read yet.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cell at a position, from 0.
    pub fn get(&self, position: usize) -> Option<Cell<'_>> {
        let end = self.cells.get(position)?;
        let start = position.checked_sub(1).map_or(0, |before| self.cells[before].at);
        Some(Cell { bytes: &self.text[start..end.at], is_quoted: end.is_quoted })
    }

    /// All cells.
    pub fn iter(&self) -> impl Iterator<Item = Cell<'_>> {
        let mut start = 0;
        self.cells.iter().map(move |end| {
            let bytes = &self.text[start..end.at];
            start = end.at;
            Cell { bytes, is_quoted: end.is_quoted }
        })
    }

    fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.cells.clear();
    }

    /// Ends a cell behind what the text holds.
    fn end(&mut self, is_quoted: bool) {
        self.cells.push(End { at: self.text.len(), is_quoted });
    }
}

/// Reads the records of a text.
pub struct Reader<R> {
    input: Utf8<R>,
    grammar: csv_core::Reader,
    delimiter: u8,
    buffer: Vec<u8>,
    /// What was unquoted last. As long as the buffer, so it always has room; that of a record would
    /// grow by as much, and records are kept by the thousand.
    unquoted: Vec<u8>,
    at: usize,
    end: usize,
    /// The line of the position.
    line: u64,
}

impl<R: Read> Reader<R> {
    /// Begins to read, behind a byte order mark. The first line tells what parts the cells.
    ///
    /// # Errors
    /// Nothing can be read.
    pub fn new(input: R) -> Result<Self, Error> {
        Self::delimited(input, None)
    }

    /// The same, where it may be known what parts the cells.
    ///
    /// # Errors
    /// Nothing can be read.
    pub fn delimited(input: R, delimiter: Option<u8>) -> Result<Self, Error> {
        let (buffer, unquoted) = (vec![0; CAPACITY], vec![0; CAPACITY]);
        let input = Utf8::new(input, None).map_err(Error::Io)?;
        let grammar = csv_core::Reader::new();
        let mut reader = Self {
            input,
            grammar,
            delimiter: DELIMITERS[0],
            buffer,
            unquoted,
            at: 0,
            end: 0,
            line: 1,
        };
        let is_told = |head: &[u8]| memchr::memchr(b'\n', head).is_some();
        while reader.end < LOOKED_AT && !is_told(&reader.buffer[..reader.end]) && reader.fill()? {}
        let head = &reader.buffer[..reader.end];
        reader.delimiter = delimiter.unwrap_or_else(|| delimiter_of(head));
        reader.grammar = csv_core::ReaderBuilder::new().delimiter(reader.delimiter).build();
        if head.starts_with(BOM) {
            reader.at = BOM.len();
        }
        Ok(reader)
    }

    /// What parts the cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Reads the next record in place of the last; false at the end of the text.
    ///
    /// # Errors
    /// The text cannot be read on, or ends inside quotes.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, Error> {
        if !self.skip_line_ends()? {
            return Ok(false);
        }
        record.clear(self.line);
        let mut quoted = None;
        loop {
            if self.at == self.end && !self.fill()? {
                return self.close(record, quoted.unwrap_or(false));
            }
            let is_quoted = *quoted.get_or_insert(self.buffer[self.at] == b'"');
            let input = &self.buffer[self.at..self.end];
            let (result, read, written) = self.grammar.read_field(input, &mut self.unquoted);
            self.line += memchr::memchr_iter(b'\n', &input[..read]).count() as u64;
            self.at += read;
            record.text.extend_from_slice(&self.unquoted[..written]);
            if let ReadFieldResult::Field { record_end } = result {
                record.end(is_quoted);
                quoted = None;
                if record_end {
                    return Ok(true);
                }
            }
        }
    }

    /// Ends the last record at the end of the text, as a line break would: inside quotes it would
    /// be part of the cell instead.
    fn close(&mut self, record: &mut Record, is_quoted: bool) -> Result<bool, Error> {
        let (result, _, written) = self.grammar.read_field(b"\n", &mut self.unquoted);
        if matches!(result, ReadFieldResult::Field { .. }) {
            record.text.extend_from_slice(&self.unquoted[..written]);
            record.end(is_quoted);
            Ok(true)
        } else {
            Err(Error::Open { line: record.line })
        }
    }

    /// Skips blank lines; false at the end of the text.
    fn skip_line_ends(&mut self) -> Result<bool, Error> {
        loop {
            if self.at == self.end && !self.fill()? {
                return Ok(false);
            }
            match self.buffer[self.at] {
                b'\n' => self.line += 1,
                b'\r' => {}
                _ => return Ok(true),
            }
            self.at += 1;
        }
    }

    /// Reads more behind what is there, or in its place where it was read; false at the end.
    fn fill(&mut self) -> Result<bool, Error> {
        if self.at == self.end {
            (self.at, self.end) = (0, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::Io(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Yields a few bytes at a time, so that every boundary is crossed.
    struct Trickle<'a> {
        text: &'a [u8],
        step: usize,
    }

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.step.min(self.text.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.text[..count]);
            self.text = &self.text[count..];
            Ok(count)
        }
    }

    type Found = Vec<(u64, Vec<(Vec<u8>, bool)>)>;

    fn records(text: &[u8], step: usize) -> Result<Found, Error> {
        let mut reader = Reader::new(Trickle { text, step })?;
        let mut record = Record::default();
        let mut found = Vec::new();
        while reader.read(&mut record)? {
            let cells: Vec<_> =
                record.iter().map(|cell| (cell.bytes.to_vec(), cell.is_quoted)).collect();
            assert_eq!(cells.len(), record.len());
            for (position, (bytes, is_quoted)) in cells.iter().enumerate() {
                let cell = Cell { bytes, is_quoted: *is_quoted };
                assert_eq!(record.get(position), Some(cell));
            }
            found.push((record.line(), cells));
        }
        Ok(found)
    }

    /// The cells of each record; a quoted one in quotes.
    #[track_caller]
    fn check(text: &str, expected: &[(u64, &[&str])]) {
        let shown: Vec<(u64, Vec<String>)> = records(text.as_bytes(), 7)
            .expect(text)
            .into_iter()
            .map(|(line, cells)| {
                let shown = cells.into_iter().map(|(bytes, is_quoted)| {
                    let bytes = String::from_utf8_lossy(&bytes);
                    if is_quoted { format!("\"{bytes}\"") } else { bytes.into_owned() }
                });
                (line, shown.collect())
            })
            .collect();
        let shown: Vec<(u64, Vec<&str>)> = shown
            .iter()
            .map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(u64, Vec<&str>)> =
            expected.iter().map(|(line, cells)| (*line, cells.to_vec())).collect();
        assert_eq!(shown, expected, "{text:?}");
    }

    #[test]
    fn a_quoted_cell_is_told_from_a_bare_one() {
        check("a,\"b\",\"\",\n", &[(1, &["a", "\"b\"", "\"\"", ""])]);
        check("\"\"", &[(1, &["\"\""])]);
        check(",\"\"", &[(1, &["", "\"\""])]);
        check("\"a,b\",\"c\"\"d\"", &[(1, &["\"a,b\"", "\"c\"d\""])]);
        check("a\"b,c\"", &[(1, &["a\"b", "c\""])]);
        check("\"a\"b", &[(1, &["\"ab\""])]);
        check("a,", &[(1, &["a", ""])]);
    }

    #[test]
    fn a_record_begins_on_its_own_line() {
        check("", &[]);
        check("\r\n\n", &[]);
        check("a\n\n\nb\r\n\r\nc", &[(1, &["a"]), (4, &["b"]), (6, &["c"])]);
        check("\"a\nb\"\n\"\"\nd", &[(1, &["\"a\nb\""]), (3, &["\"\""]), (4, &["d"])]);
        check("\u{feff}\"a\"\nb", &[(1, &["\"a\""]), (2, &["b"])]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_on_the_line_of_its_record() {
        for (text, line) in
            [("\"", 1), ("a\nb,\"c\nd\n", 2), ("a\n\"\"\"", 2), ("a,\"b\"\"\n\n", 1)]
        {
            match records(text.as_bytes(), 3) {
                Err(Error::Open { line: found }) => assert_eq!(found, line, "{text:?}"),
                other => panic!("{text:?}: {other:?}"),
            }
        }
        for text in ["\"a\"", "\"a\"b\"", "a\"", "\"\"\"\"", "\"a\n\"\n"] {
            assert!(records(text.as_bytes(), 3).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_text_in_utf16_is_decoded() {
        let found = records(b"\xff\xfea\0,\0\xe9\0", 1).expect("UTF-16");
        assert_eq!(found[0].1[1].0, "\u{e9}".as_bytes());
        assert!(records(b"\xef\xbb", 1).is_ok(), "half of a mark is text");
    }

    #[test]
    fn the_first_line_tells_what_parts_the_cells() {
        for (text, expected) in [
            ("a,b;c", b','),
            ("a;b\nc,d,e", b';'),
            ("\u{feff}a\tb", b'\t'),
            ("\"a,b\"|c", b'|'),
            ("\n\na;b;c,d", b';'),
            ("name", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter_of(text.as_bytes()), expected, "{text:?}");
        }
        check("a;\"b;c\"\n1;2\n", &[(1, &["a", "\"b;c\""]), (2, &["1", "2"])]);
        let mut reader = Reader::delimited(b"a,b;c".as_slice(), Some(b';')).expect("text");
        let mut record = Record::default();
        assert!(reader.read(&mut record).expect("a line"));
        assert_eq!(record.len(), 2);
    }

    #[test]
    fn a_record_holds_no_more_than_its_cells() {
        let mut reader = Reader::new(b"a,b\nc,d\n".as_slice()).expect("text");
        let mut record = Record::default();
        while reader.read(&mut record).expect("closed") {
            assert!(record.text.capacity() < 100, "{}", record.text.capacity());
        }
    }

    #[test]
    fn a_record_longer_than_the_buffer_is_read_whole() {
        let long = "x\"\"y".repeat(CAPACITY);
        let text = format!("\"{long}\",z\nnext");
        let found = records(text.as_bytes(), CAPACITY).expect("closed");
        assert_eq!(found[0].1[0].0.len(), 3 * CAPACITY);
        assert_eq!(found[1], (2, vec![(b"next".to_vec(), false)]));
    }

    /// What the `csv` crate reads, and whether the text ends inside quotes.
    fn of_the_crate(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let records = reader.byte_records().map(|record| record.expect("bytes are not decoded"));
        records.map(|record| record.iter().map(<[u8]>::to_vec).collect()).collect()
    }

    /// Which cells begin with a quote, and whether the last one is never closed: letter by letter.
    fn quotes(text: &[u8]) -> (Vec<bool>, bool) {
        let mut found = Vec::new();
        let (mut begins, mut in_record, mut inside, mut behind) = (true, false, false, false);
        for &byte in text {
            if begins && (in_record || !matches!(byte, b'\r' | b'\n')) {
                found.push(byte == b'"');
                begins = false;
                in_record = true;
                if byte == b'"' {
                    (inside, behind) = (true, false);
                    continue;
                }
            }
            match byte {
                // The second of two quotes, or the first.
                b'"' if behind => (inside, behind) = (true, false),
                b'"' if inside => (inside, behind) = (false, true),
                _ if inside => {}
                b',' => (begins, behind) = (true, false),
                b'\r' | b'\n' => (begins, in_record, behind) = (true, false, false),
                _ => behind = false,
            }
        }
        if begins && in_record {
            found.push(false);
        }
        (found, inside)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn cells_are_those_of_the_csv_crate(
            text in r#"[ab,\n\r"]{0,24}"#,
            step in 1..5_usize,
        ) {
            let (quoted, open) = quotes(text.as_bytes());
            match records(text.as_bytes(), step) {
                Ok(found) => {
                    prop_assert!(!open);
                    let marks: Vec<bool> =
                        found.iter().flat_map(|(_, cells)| cells.iter().map(|cell| cell.1)).collect();
                    prop_assert_eq!(marks, quoted);
                    let texts: Vec<Vec<Vec<u8>>> = found
                        .into_iter()
                        .map(|(_, cells)| cells.into_iter().map(|cell| cell.0).collect())
                        .collect();
                    prop_assert_eq!(texts, of_the_crate(text.as_bytes()));
                }
                Err(_) => prop_assert!(open),
            }
        }

        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..64), step in 1..9_usize) {
            let _ = records(&text, step);
        }
    }
}
