//! Text of other encodings as UTF-8, while it is read.
//!
//! In: bytes, and the name of an encoding if a person gave one. Out: UTF-8. UTF-16 is told by its
//! mark, as a redirect in `PowerShell` and spreadsheets write it; no other encoding is guessed.
//! Bytes that the encoding does not know are an error, never a replacement character.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

/// What the error says of bytes that the encoding does not know.
pub const MALFORMED: &str = "the bytes are not of the encoding that was named or found";

/// Bytes that are decoded at once.
const CHUNK: usize = 64 * 1024;

/// An encoding that was named.
pub type Named = &'static Encoding;

/// An encoding as people name it: `windows-1252`, `latin1`, `shift_jis`, …
pub fn named(label: &str) -> Option<Named> {
    Encoding::for_label(label.trim().as_bytes())
}

/// A text that is held whole, as UTF-8; `None` if its bytes are not of the encoding that its mark
/// tells.
pub fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut reader = Utf8::new(bytes, None).ok()?;
    reader.read_to_end(&mut text).ok()?;
    Some(text)
}

/// A text as UTF-8.
pub struct Utf8<R> {
    input: R,
    /// What was read to tell the encoding, as far as nobody took it.
    head: io::Cursor<Vec<u8>>,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    raw_end: usize,
    text: Vec<u8>,
    text_at: usize,
    text_end: usize,
    is_over: bool,
}

impl<R: Read> Utf8<R> {
    /// Begins to read a text, of this encoding if it is known.
    ///
    /// # Errors
    /// Nothing can be read.
    pub fn new(mut input: R, encoding: Option<Named>) -> io::Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(2).read_to_end(&mut head)?;
        let marked = match head.as_slice() {
            [0xff, 0xfe] => Some(UTF_16LE),
            [0xfe, 0xff] => Some(UTF_16BE),
            _ => None,
        };
        let decoder = marked.or(encoding).map(Encoding::new_decoder_with_bom_removal);
        let size = if decoder.is_some() { CHUNK } else { 0 };
        Ok(Self {
            input,
            head: io::Cursor::new(head),
            decoder,
            raw: vec![0; size],
            raw_end: 0,
            text: vec![0; 4 * size],
            text_at: 0,
            text_end: 0,
            is_over: false,
        })
    }

    /// Decodes what comes next; nothing is left at the end of the text.
    fn decode(&mut self) -> io::Result<()> {
        while self.text_at == self.text_end && !self.is_over {
            let room = &mut self.raw[self.raw_end..];
            let count = match self.head.read(room)? {
                0 => self.input.read(room)?,
                count => count,
            };
            self.raw_end += count;
            let is_last = count == 0;
            let Some(decoder) = &mut self.decoder else { return Ok(()) };
            let raw = &self.raw[..self.raw_end];
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(raw, &mut self.text, is_last);
            if let DecoderResult::Malformed(..) = result {
                return Err(io::Error::new(io::ErrorKind::InvalidData, MALFORMED));
            }
            self.raw.copy_within(read..self.raw_end, 0);
            self.raw_end -= read;
            (self.text_at, self.text_end) = (0, written);
            self.is_over = is_last && matches!(result, DecoderResult::InputEmpty);
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.decoder.is_none() {
            return match self.head.read(buffer)? {
                0 => self.input.read(buffer),
                count => Ok(count),
            };
        }
        self.decode()?;
        let count = buffer.len().min(self.text_end - self.text_at);
        buffer[..count].copy_from_slice(&self.text[self.text_at..self.text_at + count]);
        self.text_at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], encoding: &str, expected: Option<&str>) {
        let mut text = String::new();
        let mut reader = Utf8::new(bytes, named(encoding)).expect("bytes in memory");
        let read = reader.read_to_string(&mut text);
        assert_eq!(read.ok().map(|_| text.as_str()), expected, "{bytes:?} as {encoding}");
    }

    #[test]
    fn utf16_is_told_by_its_mark_and_others_by_name() {
        check(b"\xff\xfeA\0\xe9\0", "", Some("A\u{e9}"));
        check(b"\xfe\xff\0A\xd8\x3d\xde\x00", "", Some("A\u{1f600}"));
        check(b"caf\xe9 \x80", "windows-1252", Some("caf\u{e9} \u{20ac}"));
        check("caf\u{e9}".as_bytes(), "", Some("caf\u{e9}"));
        check(b"", "latin1", Some(""));
        check(b"A", "", Some("A"));
        check(b"\xff\xfeA", "", None);
        check(b"\x81\x30", "shift_jis", None);
        assert!(named("utf-99").is_none());
    }

    #[test]
    fn a_long_text_is_decoded_whole() {
        let text = "\u{1eaf}\u{65e5}x".repeat(100_000);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&[b"\xff\xfe".as_slice(), &bytes].concat(), "", Some(&text));
    }
}
