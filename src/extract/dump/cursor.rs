//! A position in the text of a dump: a sliding buffer, and the line it has come to.
//!
//! Memory is bounded by the longest single row that is read: what is skipped passes through the
//! buffer without being held. The only virtual call is the one that fills the buffer.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter};

use crate::extract::error::Problem;
use crate::extract::input;

/// Bytes. Fits the second-level cache, and is large against a row.
const CAPACITY: usize = 256 * 1024;

/// Bytes that stay in the buffer behind the position: the prefix of a string (`E'`) and the byte
/// before it.
const BEHIND: usize = 2;

pub(super) struct Cursor<R> {
    reader: R,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    line: u64,
    /// From here on what was passed stays in the buffer.
    mark: Option<usize>,
}

/// A line without its end.
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// False if the text ended before the line did.
    pub(super) whole: bool,
}

impl<R: Read> Cursor<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; CAPACITY], at: 0, end: 0, line: 1, mark: None }
    }

    /// The line of the position, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The byte so many places before the position; only [`BEHIND`] are kept.
    pub(super) fn behind(&self, places: usize) -> Option<u8> {
        self.at.checked_sub(places).map(|at| self.buffer[at])
    }

    /// Reads more behind what is buffered; false at the end of the text.
    fn fill(&mut self) -> Result<bool, Problem> {
        let gone = self.at.saturating_sub(BEHIND).min(self.mark.unwrap_or(usize::MAX));
        if gone > 0 {
            self.buffer.copy_within(gone..self.end, 0);
            self.at -= gone;
            self.end -= gone;
            self.mark = self.mark.map(|mark| mark - gone);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(input::problem(error)),
            }
        }
    }

    /// Keeps what is passed from now on, for [`Cursor::marked`].
    pub(super) fn mark(&mut self) {
        self.mark = Some(self.at);
    }

    /// Ends what [`Cursor::mark`] began: the text since then.
    pub(super) fn marked(&mut self) -> &[u8] {
        let from = self.mark.take().unwrap_or(self.at);
        &self.buffer[from..self.at]
    }

    /// What is buffered: at least so many bytes, fewer only at the end of the text.
    #[inline]
    pub(super) fn ahead(&mut self, count: usize) -> Result<&[u8], Problem> {
        while self.end - self.at < count && self.fill()? {}
        Ok(&self.buffer[self.at..self.end])
    }

    /// The byte at the position.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Problem> {
        Ok(self.ahead(1)?.first().copied())
    }

    /// Moves on by buffered bytes.
    pub(super) fn advance(&mut self, count: usize) {
        let passed = &self.buffer[self.at..self.at + count];
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.at += count;
    }

    /// Moves on by one buffered byte.
    #[inline]
    pub(super) fn bump(&mut self) {
        self.line += u64::from(self.buffer[self.at] == b'\n');
        self.at += 1;
    }

    /// Moves past the next line break; false if the text ends before it.
    #[inline]
    pub(super) fn skip_line(&mut self) -> Result<bool, Problem> {
        loop {
            let rest = self.ahead(1)?;
            if rest.is_empty() {
                return Ok(false);
            }
            let (count, found) = match memchr(b'\n', rest) {
                Some(at) => (at + 1, true),
                None => (rest.len(), false),
            };
            self.at += count;
            if found {
                self.line += 1;
                return Ok(true);
            }
        }
    }

    /// Takes a line whole. A line break behind a backslash belongs to the line, as it does in the
    /// rows of a COPY.
    pub(super) fn take_line(&mut self) -> Result<Line<'_>, Problem> {
        let mut searched = 0;
        let mut breaks = 0;
        let whole = loop {
            let buffered = &self.buffer[self.at..self.end];
            if let Some(found) = memchr(b'\n', &buffered[searched..]) {
                breaks += 1;
                let line = &buffered[..searched + found];
                searched += found + 1;
                let backslashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
                if backslashes % 2 == 0 {
                    break true;
                }
            } else {
                searched = buffered.len();
                if !self.fill()? {
                    break false;
                }
            }
        };
        let start = self.at;
        self.at += searched;
        self.line += breaks;
        let bytes = &self.buffer[start..self.at];
        let bytes = bytes.strip_suffix(b"\n").filter(|_| whole).unwrap_or(bytes);
        Ok(Line { bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes), whole })
    }
}

/// Yields one byte at a time, so that every boundary is crossed.
#[cfg(test)]
pub(super) struct Trickle<'a>(pub(super) &'a [u8]);

#[cfg(test)]
impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        buffer[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_across_every_boundary() {
        let text = b"one\ntwo\r\nth\\\nree\nlast";
        let mut cursor = Cursor::new(Trickle(text));
        let mut found = Vec::new();
        loop {
            let line = cursor.line();
            let taken = cursor.take_line().unwrap();
            found.push((line, String::from_utf8(taken.bytes.to_vec()).unwrap(), taken.whole));
            if !taken.whole {
                break;
            }
        }
        let expected =
            [(1, "one", true), (2, "two", true), (3, "th\\\nree", true), (5, "last", false)];
        assert!(found.iter().map(|(l, t, w)| (*l, t.as_str(), *w)).eq(expected), "{found:?}");
    }

    #[test]
    fn what_is_marked_is_kept_across_every_boundary() {
        let text = "x".repeat(CAPACITY) + "one;two";
        let mut cursor = Cursor::new(text.as_bytes());
        let buffered = cursor.ahead(1).unwrap().len();
        cursor.advance(buffered);
        cursor.mark();
        assert_eq!(cursor.ahead(4).unwrap(), b"one;two");
        cursor.advance(4);
        assert_eq!(cursor.marked(), b"one;");
        let long = "y".repeat(3 * CAPACITY);
        let mut cursor = Cursor::new(Trickle(long.as_bytes()));
        cursor.mark();
        while cursor.peek().unwrap().is_some() {
            cursor.bump();
        }
        assert_eq!(cursor.marked(), long.as_bytes());
        assert_eq!(cursor.marked(), b"");
    }

    #[test]
    fn a_line_longer_than_the_buffer_is_taken_whole() {
        let mut text = vec![b'x'; 3 * CAPACITY];
        text.extend_from_slice(b"\nnext\n");
        let mut cursor = Cursor::new(text.as_slice());
        assert_eq!(cursor.take_line().unwrap().bytes.len(), 3 * CAPACITY);
        assert_eq!(cursor.take_line().unwrap().bytes, b"next");
        let mut cursor = Cursor::new(text.as_slice());
        assert!(cursor.skip_line().unwrap());
        assert_eq!(cursor.buffer.len(), CAPACITY, "what is skipped is not held");
        assert_eq!((cursor.line(), cursor.take_line().unwrap().bytes), (2, b"next".as_slice()));
    }
}
